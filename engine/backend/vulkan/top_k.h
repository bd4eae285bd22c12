// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/vulkan/kernel.h"

namespace filigree::vulkan {

/// before[i] = x[0] + … + x[i - 1] (mod 2^32) over whole numbers.
class Scan {
  public:
    /// Workspace for up to `most` numbers.
    Scan(Stream& stream, std::uint64_t most);
    void run(Stream& stream, const View& x, const View& before);

  private:
    Array sums_;
};

/// Selects the k largest of up to `most` keys by their digits, eight bits at a time (radix select): 4 passes
/// over the keys whatever their distribution, and the same choice in every run.
class TopK {
  public:
    TopK(Stream& stream, std::uint64_t most);
    /// flag[i] = 1 for the k largest of the whole numbers `key`, else 0; of equals the first. Throws Error
    /// (Run) if k is larger than their number.
    void run(Stream& stream, const View& key, std::uint64_t k, const View& flag);
    /// The same for scores (no NaN).
    void runScores(Stream& stream, const View& score, std::uint64_t k, const View& flag);

    Scan& scan() { return scan_; }

  private:
    Array keys_, before_, state_, histogram_;
    Scan scan_;
};

}  // namespace filigree::vulkan
