// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sparse/topology.h"

namespace filigree::sparse {

/// N: in how many mask rounds each position has been active, the initial mask counting as one.
///
/// Stored for positions that were ever active alone, so memory follows the explored part of a layer and not
/// its dense size: gaps between positions and counts, in as few groups of three bits as each needs. That is
/// one to two bytes a position in a layer explored to a tenth or more. Counts saturate at 65 535.
class Activity {
  public:
    Activity() = default;
    /// From sorted positions and their counts (a checkpoint). Throws Error (Data) unless strictly ascending
    /// and equally long.
    Activity(std::span<const std::uint32_t> positions, std::span<const std::uint16_t> counts);

    /// Adds one round in which exactly the edges of `topology` are active.
    void add(const Topology& topology);
    /// Forgets all positions but these (ascending).
    void keepOnly(std::span<const std::uint32_t> positions);

    /// Positions active at least once, ascending, and how often each was.
    struct Listed {
        std::vector<std::uint32_t> positions;
        std::vector<std::uint16_t> counts;

        /// Looks up ascending positions in one walk.
        class Walk {
          public:
            explicit Walk(const Listed& listed) : listed_(&listed) {}
            /// N of this position, 0 if it was never active.
            std::uint16_t at(std::uint32_t position) {
                const std::vector<std::uint32_t>& all = listed_->positions;
                while (next_ < all.size() && all[next_] < position) ++next_;
                return next_ < all.size() && all[next_] == position ? listed_->counts[next_]
                                                                    : std::uint16_t{0};
            }

          private:
            const Listed* listed_;
            std::size_t next_ = 0;
        };
    };
    /// Unpacks everything: ask once for all that needs it.
    Listed listed() const;
    std::int64_t everActive() const { return everActive_; }
    /// The position behind the last that was ever active; 0 if none was.
    std::uint32_t end() const { return next_; }
    std::int64_t bytes() const { return static_cast<std::int64_t>(groups_.capacity()); }
    /// Walks from the start: for single positions.
    std::uint16_t at(std::uint32_t position) const;

  private:
    /// Calls body(position, count) in ascending order.
    template <typename Body>
    void forEach(Body&& body) const;
    class Builder;

    std::vector<std::uint8_t> groups_;  ///< two groups a byte; its highest bit says that the number goes on
    std::int64_t everActive_ = 0;
    std::uint32_t next_ = 0;  ///< the position behind the last
};

}  // namespace filigree::sparse
