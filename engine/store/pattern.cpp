// SPDX-License-Identifier: Apache-2.0
// Thompson's construction: the pattern becomes a program of a machine that is in many places at once.
#include "store/pattern.h"

#include <string>
#include <utility>

#include "base/error.h"

namespace filigree::store {
namespace {

constexpr std::size_t longestPattern = 1000;
constexpr int deepestNesting = 50;

/// The next code point; a byte that is no UTF-8 stands for itself.
char32_t decode(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at++);
    const int more = lead >= 0xf0 && lead < 0xf8 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (more == 0 || lead >= 0xf8 || at + static_cast<std::size_t>(more) > text.size()) return lead;
    char32_t point = lead & (0x3fu >> more);
    for (int i = 0; i < more; ++i) {
        const unsigned char next = byte(at + static_cast<std::size_t>(i));
        if ((next & 0xc0) != 0x80) return lead;
        point = (point << 6) | (next & 0x3f);
    }
    at += static_cast<std::size_t>(more);
    return point;
}

char32_t lower(char32_t character) {
    return character >= 'A' && character <= 'Z' ? character + 32 : character;
}

}  // namespace

class Pattern::Parser {
  public:
    Parser(Pattern& pattern, std::string_view text) : pattern_(pattern), text_(text) {}

    void parse() {
        if (text_.size() > longestPattern) fail("the pattern is longer than 1000 characters", longestPattern);
        alternatives(0);
        if (at_ < text_.size()) fail("a ')' without its '('", at_);
        emit({Kind::Match});
    }

  private:
    [[noreturn]] static void fail(const char* message, std::size_t at) {
        throw Error(ErrorKind::Usage, message, std::to_string(at));
    }
    bool has(char character) const { return at_ < text_.size() && text_[at_] == character; }
    std::uint32_t here() const { return static_cast<std::uint32_t>(pattern_.program_.size()); }
    std::uint32_t emit(const Instruction& instruction) {
        pattern_.program_.push_back(instruction);
        return here() - 1;
    }
    /// Makes room for one instruction in front of what was emitted since `start`.
    void insert(std::uint32_t start, Instruction instruction) {
        auto& program = pattern_.program_;
        program.insert(program.begin() + start, instruction);
        for (std::uint32_t i = start + 1; i < here(); ++i) {
            Instruction& moved = program[i];
            if (moved.kind != Kind::Split && moved.kind != Kind::Jump) continue;
            if (moved.first >= start) ++moved.first;
            if (moved.second >= start) ++moved.second;
        }
    }

    void alternatives(int depth) {
        if (depth > deepestNesting) fail("brackets are nested too deeply", at_);
        std::vector<std::uint32_t> jumps;
        std::uint32_t start = here();
        sequence(depth);
        while (has('|')) {
            ++at_;
            insert(start, {Kind::Split, false, 0, start + 1, 0});
            jumps.push_back(emit({Kind::Jump}));
            pattern_.program_[start].second = here();
            start = here();
            sequence(depth);
        }
        for (const std::uint32_t jump : jumps) pattern_.program_[jump].first = here();
    }

    void sequence(int depth) {
        while (at_ < text_.size() && !has('|') && !has(')')) {
            const std::uint32_t start = here();
            const bool canRepeat = item(depth);
            while (canRepeat && (has('*') || has('+') || has('?'))) {
                const char how = text_[at_++];
                if (how == '+') {
                    const std::uint32_t split = emit({Kind::Split, false, 0, start, 0});
                    pattern_.program_[split].second = here();
                } else {
                    insert(start, {Kind::Split, false, 0, start + 1, 0});
                    if (how == '*') emit({Kind::Jump, false, 0, start, 0});
                    pattern_.program_[start].second = here();
                }
            }
        }
    }

    /// False for what cannot be repeated.
    bool item(int depth) {
        const std::size_t began = at_;
        const char32_t character = decode(text_, at_);
        switch (character) {
            case '(':
                alternatives(depth + 1);
                if (!has(')')) fail("a '(' without its ')'", began);
                ++at_;
                return true;
            case '[':
                set(began);
                return true;
            case '.':
                emit({Kind::Any});
                return true;
            case '^':
                emit({Kind::Begin});
                return false;
            case '$':
                emit({Kind::End});
                return false;
            case '*':
            case '+':
            case '?':
                fail("nothing to repeat", began);
            case '\\':
                escape(began);
                return true;
            default:
                emit({Kind::Character, false, lower(character)});
                return true;
        }
    }

    bool addClass(char32_t letter) {
        auto& ranges = pattern_.ranges_;
        if (letter == 'd') {
            ranges.push_back({'0', '9'});
        } else if (letter == 'w') {
            ranges.insert(ranges.end(), {{'0', '9'}, {'a', 'z'}, {'_', '_'}});
        } else if (letter == 's') {
            ranges.insert(ranges.end(), {{' ', ' '}, {'\t', '\r'}});
        } else {
            return false;
        }
        return true;
    }

    void escape(std::size_t began) {
        if (at_ >= text_.size()) fail("nothing follows the '\\'", began);
        const char32_t letter = decode(text_, at_);
        const auto first = static_cast<std::uint32_t>(pattern_.ranges_.size());
        if (addClass(letter))
            emit({Kind::Set, false, 0, first, static_cast<std::uint32_t>(pattern_.ranges_.size())});
        else
            emit({Kind::Character, false, lower(letter)});
    }

    void set(std::size_t began) {
        Instruction result{Kind::Set};
        result.first = static_cast<std::uint32_t>(pattern_.ranges_.size());
        if (has('^')) {
            ++at_;
            result.negated = true;
        }
        bool isFirst = true;
        while (isFirst || !has(']')) {
            if (at_ >= text_.size()) fail("a '[' without its ']'", began);
            isFirst = false;
            char32_t low = decode(text_, at_);
            if (low == '\\' && at_ < text_.size()) {
                low = decode(text_, at_);
                if (addClass(low)) continue;
            }
            char32_t high = low;
            if (has('-') && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
                ++at_;
                high = decode(text_, at_);
            }
            if (high < low) fail("a range that ends before it begins", began);
            pattern_.ranges_.push_back({low, high});
        }
        ++at_;
        result.second = static_cast<std::uint32_t>(pattern_.ranges_.size());
        emit(result);
    }

    Pattern& pattern_;
    std::string_view text_;
    std::size_t at_ = 0;
};

Pattern::Pattern(std::string_view text) {
    Parser(*this, text).parse();
}

bool Pattern::accepts(const Instruction& instruction, char32_t character) const {
    switch (instruction.kind) {
        case Kind::Character:
            return instruction.character == lower(character);
        case Kind::Any:
            return true;
        case Kind::Set: {
            bool inside = false;
            for (std::uint32_t i = instruction.first; i < instruction.second && !inside; ++i) {
                const Range& range = ranges_[i];
                const char32_t small = lower(character);
                const char32_t large = small >= 'a' && small <= 'z' ? small - 32 : small;
                inside = (small >= range.low && small <= range.high) ||
                         (large >= range.low && large <= range.high);
            }
            return inside != instruction.negated;
        }
        default:
            return false;
    }
}

bool Pattern::isIn(std::string_view text) const {
    std::vector<std::uint32_t> current, next, stack;
    std::vector<std::size_t> seen(program_.size(), static_cast<std::size_t>(-1));
    std::size_t at = 0;
    bool matched = false;
    // Follows everything that consumes no character; `mark` tells the places of one position from another's.
    const auto follow = [&](std::uint32_t start, std::size_t mark, bool atBegin, bool atEnd,
                            std::vector<std::uint32_t>& into) {
        stack.push_back(start);
        while (!stack.empty()) {
            const std::uint32_t place = stack.back();
            stack.pop_back();
            if (seen[place] == mark) continue;
            seen[place] = mark;
            const Instruction& instruction = program_[place];
            switch (instruction.kind) {
                case Kind::Match:
                    matched = true;
                    break;
                case Kind::Jump:
                    stack.push_back(instruction.first);
                    break;
                case Kind::Split:
                    stack.push_back(instruction.first);
                    stack.push_back(instruction.second);
                    break;
                case Kind::Begin:
                    if (atBegin) stack.push_back(place + 1);
                    break;
                case Kind::End:
                    if (atEnd) stack.push_back(place + 1);
                    break;
                default:
                    into.push_back(place);
            }
        }
    };
    follow(0, 0, true, text.empty(), current);
    while (!matched && at < text.size()) {
        const char32_t character = decode(text, at);
        next.clear();
        for (const std::uint32_t place : current)
            if (accepts(program_[place], character)) follow(place + 1, at, false, at == text.size(), next);
        // The match may begin anywhere.
        follow(0, at, false, at == text.size(), next);
        current.swap(next);
    }
    return matched;
}

}  // namespace filigree::store
