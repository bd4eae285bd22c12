// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "methods/registry.h"

/// The zoo: published algorithms of sparse training and pruning on one update, one loop and one set of data
/// and models, so that they can be compared. sparsity.algorithm chooses; each is in a file of its own, no
/// longer than what makes it different. Papers and equations: assets/help/methods/sparse_training.md.
namespace filigree::methods::sparse_training {

extern const Method method;

}  // namespace filigree::methods::sparse_training
