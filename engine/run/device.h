// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tensor/tensor.h"

namespace filigree::run {

/// What run.device names: "cpu" (null), "vulkan" (the first Vulkan device), or "vulkan:" and the number of a
/// device, a part of its name or "software". Throws Error (Device) if there is no such device, or no Vulkan.
/// `timed`: it keeps the time of its kernels (backend::DeviceKernels::kernelTimes), which costs some.
Tensor::Device openDevice(const std::string& name, bool timed = false);

}  // namespace filigree::run
