// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backend/vulkan/stream.h"

namespace filigree::app {

struct VulkanBenchmarkOptions {
    std::string device;  ///< as vulkan::DeviceOptions has it
    std::int64_t width = 1024;
    std::int64_t batch = 128;
    std::vector<double> sparsities{0.9, 0.95, 0.99};
    std::vector<std::int64_t>
        tokens{};        ///< of sparse attention, 4 heads of width 64; none: it is not measured
    double seconds = 5;  ///< in all, about
};

/// One kernel at one sparsity.
struct VulkanKernelTime {
    std::string kernel;
    double sparsity = 0;
    std::int64_t tokens = 0;  ///< of attention, else 0
    double milliseconds = 0;
    double gigabytes = 0;  ///< per second: each array counted once
    double gigaflops = 0;
    double share = 0;  ///< of the device's own measured bandwidth
};

/// A training step of 784-width-width-10, its two large layers sparse.
struct VulkanStepTime {
    double sparsity = 0;  ///< 0: dense, through the dense product
    double milliseconds = 0;
    double speedup = 1;           ///< over the dense step
    double hostMilliseconds = 0;  ///< of the processor, to record a step and send it off
    std::int64_t kernels = 0;     ///< in a step
};

struct VulkanBenchmark {
    gpu::DeviceInfo device;
    std::uint32_t subgroupSize = 0;
    double bandwidth = 0;  ///< GB/s of a copy of a large array by a kernel, read and written bytes counted
    std::vector<VulkanKernelTime> kernels;
    std::vector<VulkanStepTime> steps;
    /// Kernels of the sparse step at the first sparsity, by the device's clock; empty if it has none.
    std::vector<vulkan::KernelTime> profile;
    std::int64_t profiledSteps = 0;
};

VulkanBenchmark measureVulkan(const VulkanBenchmarkOptions& options);

}  // namespace filigree::app
