// SPDX-License-Identifier: Apache-2.0
#include "sparse/activity.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "base/error.h"

namespace filigree::sparse {

Activity::Activity(std::vector<std::uint32_t> positions, std::vector<std::uint16_t> counts)
    : positions_(std::move(positions)), counts_(std::move(counts)) {
    const bool ascending =
        std::adjacent_find(positions_.begin(), positions_.end(), std::greater_equal<>()) == positions_.end();
    if (positions_.size() != counts_.size() || !ascending)
        throw Error(
            ErrorKind::Data, "the activity counters of a layer are damaged",
            std::to_string(positions_.size()) + " positions, " + std::to_string(counts_.size()) + " counts");
}

void Activity::add(const Topology& topology) {
    const std::vector<std::uint32_t> active = topology.positions();
    std::vector<std::uint32_t> positions;
    std::vector<std::uint16_t> counts;
    positions.reserve(positions_.size() + active.size() / 4);
    counts.reserve(positions.capacity());
    auto next = active.begin();
    for (std::size_t i = 0; i < positions_.size(); ++i) {
        for (; next != active.end() && *next < positions_[i]; ++next) {
            positions.push_back(*next);
            counts.push_back(1);
        }
        const bool isActive = next != active.end() && *next == positions_[i];
        if (isActive) ++next;
        const bool saturated = counts_[i] == std::numeric_limits<std::uint16_t>::max();
        positions.push_back(positions_[i]);
        counts.push_back(static_cast<std::uint16_t>(counts_[i] + (isActive && !saturated ? 1 : 0)));
    }
    for (; next != active.end(); ++next) {
        positions.push_back(*next);
        counts.push_back(1);
    }
    positions_ = std::move(positions);
    counts_ = std::move(counts);
}

std::uint16_t Activity::at(std::uint32_t position) const {
    const auto found = std::lower_bound(positions_.begin(), positions_.end(), position);
    if (found == positions_.end() || *found != position) return 0;
    return counts_[static_cast<std::size_t>(found - positions_.begin())];
}

}  // namespace filigree::sparse
