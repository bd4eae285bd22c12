// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "config/schema.h"

namespace filigree::train {

/// The groups that every supervised method shares: [data], [model], [train], [optimizer], [record].
const config::Schema& supervisedSchema();

/// How many connections there are, where, in which pattern: [sparsity].
const config::Schema& patternSchema();
/// When rounds happen and how much they move: the part of [rewire] that all drop-and-grow algorithms share.
const config::Schema& rewireScheduleSchema();
/// The groups of one configurable drop-and-grow algorithm (ConfiguredGrowth): [sparsity] and [rewire].
const config::Schema& sparsitySchema();

}  // namespace filigree::train
