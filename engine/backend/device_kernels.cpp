// SPDX-License-Identifier: Apache-2.0
#include "backend/device_kernels.h"

#include <algorithm>

#include "base/error.h"

namespace filigree::backend {

void DeviceKernels::fallBack(const char* operation) {
    if (!fallback_)
        throw Error(ErrorKind::Device, std::string("the operation \"") + operation + "\" has no kernel there",
                    name(),
                    "compute on the CPU, or set run.fallback = \"cpu\" to let the CPU do this operation");
    if (std::find(fallen_.begin(), fallen_.end(), operation) != fallen_.end()) return;
    fallen_.emplace_back(operation);
    fallback_(operation);
}

DeviceKernels* kernelsOf(const Tensor& x) {
    // Every ComputeDevice is one.
    return static_cast<DeviceKernels*>(x.device().get());
}

}  // namespace filigree::backend
