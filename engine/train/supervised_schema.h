// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/schema.h"

namespace filigree::train {

/// The groups that every supervised method shares: [data], [model], [train], [optimizer], [record].
const config::Schema& supervisedSchema();

/// The groups of dynamic sparse training: [sparsity] and [rewire].
const config::Schema& sparsitySchema();

}  // namespace filigree::train
