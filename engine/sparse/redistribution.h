// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace filigree::sparse {

/// Shares `total` connections among layers in proportion to `shares` (>= 0; all 0 counts as all equal), no
/// layer getting more than its `room`. What a full layer cannot take goes to the others in the same
/// proportion. The parts are whole numbers that sum to `total` exactly: fractions are rounded down and the
/// largest remainders (ties: the first layer) get one more. Throws Error (Run) if there is not room enough.
///
/// SNFS: shares = mean |momentum| of a layer's connections (Dettmers and Zettlemoyer 2019; its code rounds
/// each part up and so grows a few more than it removes). DSR: shares = connections that survived the drop
/// (Mostafa and Wang 2019).
std::vector<std::int64_t> apportion(std::int64_t total, std::span<const double> shares,
                                    std::span<const std::int64_t> room);

}  // namespace filigree::sparse
