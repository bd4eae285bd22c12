// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace filigree::sparse {

/// Keeps the k positions of highest score of a stream, with memory for 2 k of them. Equal scores: lower
/// position first.
class TopK {
  public:
    explicit TopK(std::int64_t k) : k_(static_cast<std::size_t>(k)) { kept_.reserve(2 * k_ + 1024); }

    void offer(std::uint32_t position, double score, double second = 0) {
        if (k_ == 0 || (full_ && score < threshold_)) return;
        kept_.push_back({score, second, position});
        if (kept_.size() == kept_.capacity()) shrink();
    }

    /// Nothing of a lower score can be among the k any more; at first minus infinity.
    double threshold() const { return full_ ? threshold_ : -std::numeric_limits<double>::infinity(); }

    struct Entry {
        double score;
        double second;
        std::uint32_t position;
    };
    /// The chosen entries by ascending position; fewer than k if fewer were offered.
    std::vector<Entry> take() {
        shrink();
        std::sort(kept_.begin(), kept_.end(),
                  [](const Entry& a, const Entry& b) { return a.position < b.position; });
        return std::move(kept_);
    }

  private:
    void shrink() {
        if (kept_.size() <= k_) return;
        const auto better = [](const Entry& a, const Entry& b) {
            if (a.score != b.score) return a.score > b.score;
            return a.second != b.second ? a.second > b.second : a.position < b.position;
        };
        const auto last = kept_.begin() + static_cast<std::ptrdiff_t>(k_) - 1;
        std::nth_element(kept_.begin(), last, kept_.end(), better);
        threshold_ = last->score;
        full_ = true;
        kept_.resize(k_);
    }

    std::size_t k_;
    std::vector<Entry> kept_;
    double threshold_ = 0;
    bool full_ = false;
};

}  // namespace filigree::sparse
