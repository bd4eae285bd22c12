// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace filigree::backend {

/// Time of all calls of one kernel of a device, from the device's own clock.
struct KernelTime {
    std::string kernel;
    std::int64_t calls = 0;
    double seconds = 0;
    double bytes = 0;       ///< each array counted once per call
    double operations = 0;  ///< floating-point; a multiply-add counts two
};

}  // namespace filigree::backend
