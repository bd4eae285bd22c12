// SPDX-License-Identifier: Apache-2.0
#include "config/sweep_file.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "base/random.h"
#include "config/nearest.h"
#include "config/toml_reader.h"

namespace filigree::config {
namespace {

constexpr std::size_t mostCells = 100000;
constexpr std::uintmax_t maximumFileBytes = 1 << 20;

[[noreturn]] void fail(const std::string& what, const std::string& where, const std::string& advice = {}) {
    throw Error(ErrorKind::Usage, what, where, advice);
}

/// A key whose value is no table, with its dotted name.
struct Leaf {
    std::string key;
    const toml::node* node;
    toml::source_position at;
};

void collect(const toml::table& table, const std::string& prefix, std::vector<Leaf>& leaves) {
    for (const auto& [written, node] : table) {
        const std::string key = (prefix.empty() ? "" : prefix + ".") + std::string(written.str());
        if (const toml::table* below = node.as_table())
            collect(*below, key, leaves);
        else
            leaves.push_back({key, &node, written.source().begin});
    }
}

/// In the order of the file.
std::vector<Leaf> leavesOf(const toml::table& table) {
    std::vector<Leaf> leaves;
    collect(table, "", leaves);
    std::stable_sort(leaves.begin(), leaves.end(), [](const Leaf& a, const Leaf& b) { return a.at < b.at; });
    return leaves;
}

class Reader {
  public:
    Reader(const toml::table& table, std::string fileName) : table_(table), file_(std::move(fileName)) {}

    SweepFile read() const;

  private:
    using Assignments = std::vector<SweepAssignment>;
    struct Entry {
        std::vector<std::pair<std::string, std::string>> bases;  ///< and where
        std::string name;
        Assignments assignments;
    };

    std::string where(const toml::node& node) const { return position(file_, node.source()); }
    void requireKnown(const toml::table& table, const std::vector<std::string>& known) const;

    std::string asToml(const toml::node& node) const;
    SweepAssignment assignment(const std::string& key, const toml::node& node) const {
        return {key, asToml(node), where(node)};
    }
    const toml::array& listOf(const Leaf& leaf) const;
    const toml::table& tableOf(const toml::node& node) const;
    std::int64_t wholeNumber(const toml::node& node, std::int64_t least, std::int64_t most) const;
    std::string text(const toml::node& node) const;

    std::vector<std::pair<std::string, std::string>> bases(const toml::node& node) const;
    std::vector<std::uint64_t> seeds() const;
    Assignments fixed() const;
    std::vector<Entry> entries() const;
    std::vector<Assignments> grid() const;
    std::vector<Assignments> draws() const;
    std::string drawn(const Leaf& leaf, bool logarithmic, double share) const;

    const toml::table& table_;
    std::string file_;
};

void Reader::requireKnown(const toml::table& table, const std::vector<std::string>& known) const {
    for (const auto& [key, node] : table)
        if (std::find(known.begin(), known.end(), key.str()) == known.end())
            fail("a sweep has no \"" + std::string(key.str()) + "\"", position(file_, key.source()),
                 didYouMean(key.str(), known));
}

std::string Reader::asToml(const toml::node& node) const {
    if (const auto* held = node.as_string()) return toToml(Value(held->get()));
    if (const auto* held = node.as_integer()) return toToml(Value(held->get()));
    if (const auto* held = node.as_floating_point()) return toToml(Value(held->get()));
    if (const auto* held = node.as_boolean()) return toToml(Value(held->get()));
    const toml::array* list = node.as_array();
    if (!list) fail("no key of a configuration can be " + said(node), where(node));
    std::string whole = "[";
    for (const toml::node& one : *list) whole += (whole.size() > 1 ? ", " : "") + asToml(one);
    return whole + "]";
}

const toml::array& Reader::listOf(const Leaf& leaf) const {
    const toml::array* list = leaf.node->as_array();
    if (!list || list->empty())
        fail(leaf.key + " needs a list of values, not " + said(*leaf.node), where(*leaf.node),
             "write " + leaf.key + " = [first, second]");
    return *list;
}

const toml::table& Reader::tableOf(const toml::node& node) const {
    if (!node.is_table()) fail("this must be a table, not " + said(node), where(node));
    return *node.as_table();
}

std::int64_t Reader::wholeNumber(const toml::node& node, std::int64_t least, std::int64_t most) const {
    const auto* number = node.as_integer();
    if (!number || number->get() < least || number->get() > most)
        fail("this must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
                 ", not " + said(node),
             where(node));
    return number->get();
}

std::string Reader::text(const toml::node& node) const {
    if (!node.is_string()) fail("this must be a text, not " + said(node), where(node));
    return node.as_string()->get();
}

std::vector<std::pair<std::string, std::string>> Reader::bases(const toml::node& node) const {
    if (node.is_string()) return {{text(node), where(node)}};
    std::vector<std::pair<std::string, std::string>> all;
    if (const toml::array* list = node.as_array())
        for (const toml::node& one : *list) all.emplace_back(text(one), where(one));
    if (all.empty()) fail("base names presets or run files, not " + said(node), where(node));
    return all;
}

std::vector<std::uint64_t> Reader::seeds() const {
    const toml::node* node = table_.get("seeds");
    if (!node) return {0};
    std::vector<std::uint64_t> all;
    for (const toml::node& one : listOf({"seeds", node, {}})) {
        all.push_back(
            static_cast<std::uint64_t>(wholeNumber(one, 0, std::numeric_limits<std::int64_t>::max())));
        if (std::count(all.begin(), all.end(), all.back()) > 1) fail("this seed is there twice", where(one));
    }
    return all;
}

Reader::Assignments Reader::fixed() const {
    Assignments all;
    if (const toml::node* node = table_.get("set"))
        for (const Leaf& leaf : leavesOf(tableOf(*node))) all.push_back(assignment(leaf.key, *leaf.node));
    return all;
}

std::vector<Reader::Entry> Reader::entries() const {
    std::vector<std::pair<std::string, std::string>> common;
    if (const toml::node* base = table_.get("base")) common = bases(*base);
    std::vector<Entry> all;
    const toml::node* node = table_.get("list");
    if (!node) {
        all.push_back({common, "", {}});
    } else {
        const toml::array* list = node->as_array();
        if (!list || list->empty()) fail("list is written as [[list]]", where(*node));
        for (const toml::node& one : *list) {
            Entry& entry = all.emplace_back(Entry{common, "", {}});
            for (const Leaf& leaf : leavesOf(tableOf(one))) {
                if (leaf.key == "base")
                    entry.bases = bases(*leaf.node);
                else if (leaf.key == "name")
                    entry.name = text(*leaf.node);
                else
                    entry.assignments.push_back(assignment(leaf.key, *leaf.node));
            }
            if (entry.bases.empty())
                fail("this entry of the list has no base", where(one), "give it one, or the whole file");
        }
    }
    if (all.front().bases.empty())
        fail("the sweep does not say what to run", file_, "begin the file with: base = \"dst_ee/digits\"");
    return all;
}

std::vector<Reader::Assignments> Reader::grid() const {
    std::vector<Assignments> all{{}};
    const toml::node* node = table_.get("grid");
    if (!node) return all;
    for (const Leaf& leaf : leavesOf(tableOf(*node))) {
        const toml::array& values = listOf(leaf);
        if (all.size() * values.size() > mostCells)
            fail("the grid has more than " + std::to_string(mostCells) + " combinations", where(*leaf.node));
        std::vector<Assignments> more;
        for (const Assignments& before : all)
            for (const toml::node& value : values) {
                more.push_back(before);
                more.back().push_back(assignment(leaf.key, value));
            }
        all = std::move(more);
    }
    return all;
}

std::string Reader::drawn(const Leaf& leaf, bool logarithmic, double share) const {
    const toml::array& bounds = listOf(leaf);
    const double none = std::numeric_limits<double>::quiet_NaN();
    const double low = bounds.size() == 2 ? bounds.get(0)->value<double>().value_or(none) : none;
    const double high = bounds.size() == 2 ? bounds.get(1)->value<double>().value_or(none) : none;
    if (!(low < high) || (logarithmic && low <= 0))
        fail(leaf.key + " needs two bounds, the lower one first" + (logarithmic ? ", above 0" : ""),
             where(*leaf.node));
    const bool whole = bounds.get(0)->is_integer() && bounds.get(1)->is_integer();
    // Both bounds can be drawn.
    const double from = whole ? low - 0.5 : low, to = whole ? high + 0.5 : high;
    const double value = logarithmic ? std::exp(std::log(from) + share * (std::log(to) - std::log(from)))
                                     : from + share * (to - from);
    if (whole)
        return toToml(
            Value(std::clamp<std::int64_t>(std::llround(value), std::llround(low), std::llround(high))));
    return toToml(Value(value));
}

std::vector<Reader::Assignments> Reader::draws() const {
    const toml::node* node = table_.get("random");
    if (!node) return {{}};
    const toml::table& random = tableOf(*node);
    requireKnown(random, {"draws", "seed", "uniform", "log", "choice"});
    if (!random.get("draws")) fail("random does not say how many draws", where(random), "write draws = 10");
    const std::int64_t count = wholeNumber(*random.get("draws"), 1, static_cast<std::int64_t>(mostCells));
    const std::uint64_t seed = random.get("seed")
                                   ? static_cast<std::uint64_t>(wholeNumber(
                                         *random.get("seed"), 0, std::numeric_limits<std::int64_t>::max()))
                                   : 0;
    std::vector<Assignments> all(static_cast<std::size_t>(count));
    for (const std::string kind : {"uniform", "log", "choice"}) {
        if (!random.get(kind)) continue;
        for (const Leaf& leaf : leavesOf(tableOf(*random.get(kind))))
            for (std::size_t d = 0; d < all.size(); ++d) {
                RandomStream stream(seed, "sweep/" + leaf.key, d);
                if (kind == "choice") {
                    const toml::array& values = listOf(leaf);
                    all[d].push_back(assignment(leaf.key, *values.get(stream.below(values.size()))));
                } else {
                    all[d].push_back(
                        {leaf.key, drawn(leaf, kind == "log", stream.uniform()), where(*leaf.node)});
                }
            }
    }
    return all;
}

SweepFile Reader::read() const {
    requireKnown(table_, {"base", "tag", "jobs", "threads", "seeds", "set", "grid", "list", "random"});
    SweepFile file;
    if (const toml::node* node = table_.get("tag")) file.tag = text(*node);
    if (const toml::node* node = table_.get("jobs"))
        file.jobs = static_cast<int>(wholeNumber(*node, 1, 1024));
    if (const toml::node* node = table_.get("threads"))
        file.threads = static_cast<int>(wholeNumber(*node, 1, 1024));
    const Assignments all = fixed();
    const auto combinations = grid();
    const auto samples = draws();
    const auto everySeed = seeds();
    for (const Entry& entry : entries())
        for (const auto& [base, at] : entry.bases)
            for (const Assignments& combination : combinations)
                for (const Assignments& sample : samples)
                    for (const std::uint64_t seed : everySeed) {
                        if (file.cells.size() == mostCells)
                            fail("the sweep has more than " + std::to_string(mostCells) + " runs", file_);
                        SweepCell cell{base, at, entry.name, all, seed};
                        for (const Assignments* more : {&entry.assignments, &combination, &sample})
                            cell.assignments.insert(cell.assignments.end(), more->begin(), more->end());
                        file.cells.push_back(std::move(cell));
                    }
    return file;
}

}  // namespace

SweepFile parseSweepFile(std::string_view toml, const std::string& fileName) {
    const toml::table table = parseToml(toml, fileName);
    return Reader(table, fileName).read();
}

SweepFile readSweepFile(const std::string& path) {
    std::error_code code;
    const auto bytes = std::filesystem::file_size(path, code);
    if (code) fail("cannot read the file: " + code.message(), path, "give the path of a sweep file (TOML)");
    if (bytes > maximumFileBytes) fail("the file is larger than 1 MiB: this is no sweep", path);
    std::ifstream stream(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (text.size() != bytes) fail("cannot read the file", path, "check that it may be read");
    SweepFile file = parseSweepFile(text, path);
    if (file.tag.empty()) file.tag = std::filesystem::path(path).stem().string();
    return file;
}

}  // namespace filigree::config
