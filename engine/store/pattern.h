// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace filigree::store {

/// A small regular expression that is looked for anywhere in a text, whatever the case of ASCII letters:
/// characters, `.`, `[a-z]`, `[^…]`, `\d \w \s` and escapes, `( )`, `|`, `* + ?`, `^`, `$`. Time grows with
/// length of pattern times length of text, whatever the two are: both come from anybody.
class Pattern {
  public:
    /// Throws Error (Usage) for a malformed pattern (or one above 1000 characters); `where()` of the error is
    /// the byte at which it goes wrong, as a decimal number.
    explicit Pattern(std::string_view text);

    bool isIn(std::string_view text) const;

  private:
    enum class Kind : std::uint8_t { Character, Any, Set, Begin, End, Split, Jump, Match };
    struct Range {
        char32_t low, high;
    };
    struct Instruction {
        Kind kind;
        bool negated = false;
        char32_t character = 0;
        std::uint32_t first = 0, second = 0;  ///< targets, or the ranges of a set
    };
    class Parser;
    bool accepts(const Instruction& instruction, char32_t character) const;

    std::vector<Instruction> program_;
    std::vector<Range> ranges_;
};

}  // namespace filigree::store
