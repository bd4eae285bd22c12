// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "autograd/gradient_check.h"

namespace filigree::tests {

/// tests/golden/<family>.json: an array of cases made by tests/golden/make_<family>.py with PyTorch. Each
/// case has "name", "inputs" (tensors), "projection" (tensor), "value" (tensor) and "gradients" (tensor or
/// null per input), and whatever else its test needs.
nlohmann::json golden(const std::string& family);

/// {"shape": [..], "dtype": "f64", "values": [..]} as a tensor.
Tensor tensorOf(const nlohmann::json& json);

/// Compares value and gradients of a case with the function: "" or what differs by more than `bound`
/// (relative to max(1, largest expected)).
std::string compareWithGolden(const nlohmann::json& testCase, const Function& function, double bound = 1e-10);

}  // namespace filigree::tests
