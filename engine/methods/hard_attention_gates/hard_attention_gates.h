// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "methods/registry.h"

/// Hard-attention gates with gradient routing: a learnt weight in (0, 1) on every channel, the same for every
/// input, trained by a forward and backward pass and an optimiser of its own (see nn/channel_gate.h and
/// gradient_routing.h). Two tasks: which inputs matter (decoys), and the size of a polyp from a computed
/// colonoscopy picture. For research, not for diagnosis.
namespace filigree::methods::hard_attention_gates {

extern const Method method;

}  // namespace filigree::methods::hard_attention_gates
