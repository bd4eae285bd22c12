// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

namespace filigree::analysis {

/// Asked between the parts of a long computation; true ends it early with what there is. May be called by
/// several threads.
using StopCheck = std::function<bool()>;

}  // namespace filigree::analysis
