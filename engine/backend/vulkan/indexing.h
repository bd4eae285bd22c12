// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/vulkan/kernel.h"

namespace filigree::vulkan {

/// An array [outer, size, inner] whose rows along the axis in the middle are taken by number, and one
/// [outer, count, inner] with one row per number.
struct IndexShape {
    std::uint64_t outer = 1, size = 0, inner = 1, count = 0;
};

/// to [outer, count, inner] = rows ids [count] of `from`, or with `each`, element by element, ids
/// [outer, count, inner]. An id that does not exist gives 0.
void selectRows(Stream& stream, const IndexShape& shape, const View& from, const View& ids, bool each,
                const View& to);

/// to [outer, size, inner] = sums of the rows of `from` [outer, count, inner] by their ids, in ascending
/// order of the row; `each` as above. Ids that do not exist are left out.
void addRows(Stream& stream, const IndexShape& shape, const View& from, const View& ids, bool each,
             const View& to);

}  // namespace filigree::vulkan
