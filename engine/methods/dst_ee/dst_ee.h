// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "methods/registry.h"

/// DST-EE: dynamic sparse training that balances exploration and exploitation.
///
/// Every interval each layer drops its k connections of smallest |w| and grows the k inactive positions of
/// largest
///   |dL/dW| + c ln(t) / (N + eps),
/// t the optimiser step, N the rounds a position has been active. c = 0 is RigL; growth "random" is SET,
/// "none" static. Source: Huang, Lei, Xu, Peng, Sun, Xie, Ding, "Dynamic Sparse Training via Balancing the
/// Exploration-Exploitation Trade-off", DAC 2023, arXiv 2211.16667.
namespace filigree::methods::dst_ee {

extern const Method method;

}  // namespace filigree::methods::dst_ee
