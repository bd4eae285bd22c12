// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "backend/machine_peak.h"
#include "backend/vulkan/stream.h"
#include "tensor/tensor.h"

namespace filigree::app {

/// Seconds per call of `pass`, after which `finish` waits: the median of three series, about `seconds` in
/// all.
double secondsPer(double seconds, const std::function<void()>& pass, const std::function<void()>& finish);

/// GB/s of a kernel that copies a large array, read and written bytes counted; about `seconds` long.
double streamBandwidth(vulkan::Stream& stream, double seconds);

/// What a device could do at best: its streamBandwidth, and the GFLOP/s of its dense matrix product. A
/// software device has the processor's.
backend::MachinePeak measureDevicePeak(const Tensor::Device& device);

}  // namespace filigree::app
