// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "data/dataset.h"

namespace filigree::data {

/// The samples first .. first + count - 1 as a set of their own. Throws Error (Usage) if there are not as
/// many.
Dataset slice(const Dataset& dataset, std::int64_t first, std::int64_t count);

}  // namespace filigree::data
