// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sparse/topology.h"

namespace filigree::sparse {

/// N: in how many mask rounds each position has been active, the initial mask counting as one.
///
/// Stored for positions that were ever active alone (6 bytes each), so memory follows the explored part of a
/// layer and not its dense size. Counts saturate at 65 535.
class Activity {
  public:
    Activity() = default;
    /// From sorted positions and their counts (a checkpoint). Throws Error (Data) unless strictly ascending
    /// and equally long.
    Activity(std::vector<std::uint32_t> positions, std::vector<std::uint16_t> counts);

    /// Adds one round in which exactly the edges of `topology` are active.
    void add(const Topology& topology);

    /// Positions active at least once, ascending, and how often each was.
    std::span<const std::uint32_t> positions() const { return positions_; }
    std::span<const std::uint16_t> counts() const { return counts_; }
    std::int64_t everActive() const { return static_cast<std::int64_t>(positions_.size()); }
    std::uint16_t at(std::uint32_t position) const;

  private:
    std::vector<std::uint32_t> positions_;
    std::vector<std::uint16_t> counts_;
};

}  // namespace filigree::sparse
