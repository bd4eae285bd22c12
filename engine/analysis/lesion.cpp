// SPDX-License-Identifier: Apache-2.0
#include "analysis/lesion.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <functional>
#include <string>

#include "base/error.h"

namespace filigree::analysis {
namespace {

using Condition = std::function<bool(std::size_t connection)>;
using Field = std::function<double(std::size_t connection)>;

/// Reads a query by recursive descent and makes a function of it.
class Query {
  public:
    Query(const SavedLayer& layer, std::string_view text) : layer_(layer), text_(text) {}

    Condition parse() {
        Condition whole = either();
        skipSpace();
        if (at_ < text_.size()) fail("a word too many");
        return whole;
    }

  private:
    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorKind::Usage, "the query cannot be read: " + what,
                    "character " + std::to_string(at_ + 1) + " of \"" + std::string(text_) + "\"",
                    "write it like: age < 3 and |w| < q10 (fields: w, |w|, age, activity, row, column)");
    }

    void skipSpace() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    }
    bool take(std::string_view symbol) {
        skipSpace();
        if (text_.substr(at_, symbol.size()) != symbol) return false;
        at_ += symbol.size();
        return true;
    }
    bool takeWord(std::string_view word) {
        skipSpace();
        const std::size_t end = at_ + word.size();
        const bool whole = end >= text_.size() || !std::isalnum(static_cast<unsigned char>(text_[end]));
        return whole && take(word);
    }

    Condition either() {
        Condition left = both();
        while (takeWord("or"))
            left = [a = std::move(left), b = both()](std::size_t c) { return a(c) || b(c); };
        return left;
    }
    Condition both() {
        Condition left = one();
        while (takeWord("and"))
            left = [a = std::move(left), b = one()](std::size_t c) { return a(c) && b(c); };
        return left;
    }
    Condition one() {
        if (++depth_ > 200) fail("too many brackets");
        Condition result;
        if (takeWord("not")) {
            result = [inner = one()](std::size_t c) { return !inner(c); };
        } else if (take("(")) {
            result = either();
            if (!take(")")) fail("a closing bracket is missing");
        } else {
            result = comparison();
        }
        --depth_;
        return result;
    }

    Field field() {
        const SavedLayer& layer = layer_;
        const auto width = static_cast<std::uint32_t>(layer.shape.elements() / layer.shape[0]);
        if (take("|w|")) return [&layer](std::size_t c) { return std::abs(layer.values[c]); };
        if (takeWord("age")) return [&layer](std::size_t c) { return static_cast<double>(layer.ages[c]); };
        if (takeWord("activity"))
            return [&layer](std::size_t c) { return static_cast<double>(layer.activity[c]); };
        if (takeWord("row"))
            return [&layer, width](std::size_t c) { return double(layer.positions[c] / width); };
        if (takeWord("column"))
            return [&layer, width](std::size_t c) { return double(layer.positions[c] % width); };
        if (takeWord("w")) return [&layer](std::size_t c) { return layer.values[c]; };
        fail("a field is expected here");
    }

    double number() {
        double value = 0;
        const auto read = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
        if (read.ec != std::errc() || !std::isfinite(value)) fail("a number is expected here");
        at_ = static_cast<std::size_t>(read.ptr - text_.data());
        return value;
    }

    double value(const Field& of) {
        if (!take("q")) return number();
        const double percent = number();
        if (percent < 0 || percent > 100) fail("a quantile lies between q0 and q100");
        std::vector<double> all(layer_.values.size());
        if (all.empty()) return 0;
        for (std::size_t c = 0; c < all.size(); ++c) all[c] = of(c);
        std::sort(all.begin(), all.end());
        const double place = percent / 100 * static_cast<double>(all.size() - 1);
        const auto below = static_cast<std::size_t>(place);
        const std::size_t above = std::min(below + 1, all.size() - 1);
        return all[below] + (place - static_cast<double>(below)) * (all[above] - all[below]);
    }

    Condition comparison() {
        Field of = field();
        static constexpr const char* operators[] = {"<=", ">=", "!=", "==", "<", ">", "="};
        for (const char* const symbol : operators) {
            if (!take(symbol)) continue;
            skipSpace();
            const double bound = value(of);
            const std::string_view kind = symbol;
            if (kind == "<=") return [of, bound](std::size_t c) { return of(c) <= bound; };
            if (kind == ">=") return [of, bound](std::size_t c) { return of(c) >= bound; };
            if (kind == "!=") return [of, bound](std::size_t c) { return of(c) < bound || of(c) > bound; };
            if (kind == "<") return [of, bound](std::size_t c) { return of(c) < bound; };
            if (kind == ">") return [of, bound](std::size_t c) { return of(c) > bound; };
            return [of, bound](std::size_t c) { return of(c) >= bound && of(c) <= bound; };
        }
        fail("a comparison is expected here: < <= > >= = !=");
    }

    const SavedLayer& layer_;
    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

}  // namespace

std::vector<std::size_t> select(const SavedLayer& layer, std::string_view query) {
    const bool all = query.find_first_not_of(" \t") == std::string_view::npos;
    const Condition condition =
        all ? Condition([](std::size_t) { return true; }) : Query(layer, query).parse();
    std::vector<std::size_t> chosen;
    for (std::size_t c = 0; c < layer.positions.size(); ++c)
        if (condition(c)) chosen.push_back(c);
    return chosen;
}

std::vector<std::size_t> connectionsAt(const SavedLayer& layer, std::span<const std::uint32_t> positions) {
    std::vector<std::size_t> chosen;
    const auto width = static_cast<std::uint32_t>(layer.shape.elements() / layer.shape[0]);
    for (const std::uint32_t position : positions) {
        const auto found = std::lower_bound(layer.positions.begin(), layer.positions.end(), position);
        if (found == layer.positions.end() || *found != position)
            throw Error(ErrorKind::Usage,
                        "there is no connection at row " + std::to_string(position / width) + ", column " +
                            std::to_string(position % width),
                        {}, "rows and columns count from 0");
        chosen.push_back(static_cast<std::size_t>(found - layer.positions.begin()));
    }
    std::sort(chosen.begin(), chosen.end());
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
    return chosen;
}

void removeConnections(const Layout& layout, const std::string& layerName, const SavedLayer& layer,
                       std::span<const std::size_t> connections, Point& point) {
    const Block& block = layout.block(layerName + ".weight");
    for (const std::size_t c : connections) {
        std::size_t place = layer.positions[c];
        if (block.sparse)
            place = static_cast<std::size_t>(
                std::lower_bound(block.positions.begin(), block.positions.end(), layer.positions[c]) -
                block.positions.begin());
        point[block.offset + place] = 0;
    }
}

}  // namespace filigree::analysis
