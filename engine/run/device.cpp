// SPDX-License-Identifier: Apache-2.0
#include "run/device.h"

#include "backend/vulkan/tensor_device.h"
#include "base/platform.h"

namespace filigree::run {

Tensor::Device openDevice(const std::string& name, bool timed) {
    if (name == "cpu") return nullptr;
    const std::string prefix = "vulkan:";
    if (name != "vulkan" && !name.starts_with(prefix))
        throw Error(
            ErrorKind::Device, "there is no device \"" + name + "\"", "",
            "write cpu, vulkan, or vulkan: and a number or part of a name; filigree devices lists them");
    vulkan::DeviceOptions options;
    if (name.starts_with(prefix)) options.name = name.substr(prefix.size());
    options.timestamps = timed;
    options.pipelineCache = platform::folders().cache / "vulkan";
    return vulkan::TensorDevice::open(options);
}

}  // namespace filigree::run
