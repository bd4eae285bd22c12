// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "backend/machine_peak.h"
#include "backend/vulkan/stream.h"
#include "tensor/tensor.h"

namespace filigree::app {

/// Seconds per call of `pass`, after which `finish` waits: the median of three series, about `seconds` in
/// all. A device that has been `idle` for a while computes for half a second before (a tenth of the clock is
/// usual then, and the driver takes its time to notice), or for ten times `seconds` if that is less.
double secondsPer(double seconds, const std::function<void()>& pass, const std::function<void()>& finish,
                  bool idle = true);

/// GB/s of a kernel that copies a large array, read and written bytes counted; about `seconds` long.
double streamBandwidth(vulkan::Stream& stream, double seconds);

/// What a device could do at best: its streamBandwidth, and the GFLOP/s of its dense matrix product. A
/// software device has the processor's.
backend::MachinePeak measureDevicePeak(const Tensor::Device& device);

}  // namespace filigree::app
