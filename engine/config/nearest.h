// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace filigree::config {

/// Number of single-character insertions, deletions, replacements and swaps of neighbours that turn `a` into
/// `b` (optimal string alignment distance); case does not count.
std::size_t editDistance(std::string_view a, std::string_view b);

/// The candidate nearest to `word` if it is near enough to be what was meant (at most a third of its length,
/// and at least one edit allowed); ties go to the first. A candidate whose last dotted word is `word` is near
/// too.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

/// `did you mean "density"?` or empty.
std::string didYouMean(std::string_view word, std::span<const std::string> candidates);

}  // namespace filigree::config
