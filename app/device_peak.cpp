// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/device_peak.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <vector>

#include "backend/vulkan/elementwise.h"
#include "backend/vulkan/matmul.h"
#include "backend/vulkan/tensor_device.h"

namespace filigree::app {

double secondsPer(double seconds, const std::function<void()>& pass, const std::function<void()>& finish,
                  bool idle) {
    using Clock = std::chrono::steady_clock;
    const auto series = [&](std::int64_t calls) {
        const auto start = Clock::now();
        for (std::int64_t i = 0; i < calls; ++i) pass();
        finish();
        return std::chrono::duration<double>(Clock::now() - start).count();
    };
    series(1);  // pipelines, caches
    double once = series(1);
    const auto callsIn = [&](double time) {
        return std::clamp<std::int64_t>(static_cast<std::int64_t>(time / std::max(once, 1e-6)), 1, 2000);
    };
    const auto warm = Clock::now() + std::chrono::duration<double>(std::min(10 * seconds, 0.5));
    while (idle && Clock::now() < warm) {
        const std::int64_t calls = callsIn(0.02);
        once = series(calls) / static_cast<double>(calls);
    }
    const std::int64_t calls = callsIn(seconds / 3);
    std::array<double, 3> times;
    for (double& time : times) time = series(calls) / static_cast<double>(calls);
    std::sort(times.begin(), times.end());
    return times[1];
}

double streamBandwidth(vulkan::Stream& stream, double seconds) {
    const bool software = stream.device().info().software;
    const std::uint64_t most = std::min<std::uint64_t>(stream.device().budgetBytes() / 4,
                                                       stream.device().limits().maxStorageBufferRange);
    const std::uint64_t count = std::min<std::uint64_t>(most / 4, software ? 1U << 22 : 1U << 26);
    const vulkan::Array from = stream.make(count, "from"), to = stream.make(count, "to");
    stream.fill(from, 0x3F800000U);
    const double each = secondsPer(
        seconds, [&] { vulkan::apply(stream, backend::Unary::Scale, from, to, 1); },
        [&] { stream.finish(); });
    return 8 * static_cast<double>(count) / each / 1e9;
}

backend::MachinePeak measureDevicePeak(const Tensor::Device& device) {
    // There is no other kind of device.
    vulkan::Stream& stream = static_cast<vulkan::TensorDevice&>(*device).stream();
    if (stream.device().info().software) return backend::measureMachinePeak();
    constexpr double each = 0.3;
    constexpr std::uint64_t width = 4096;
    const vulkan::Layout layout{width, 64};
    const vulkan::Array x = stream.make(layout.count(width), "x"), y = stream.make(layout.count(width), "y"),
                        weight = stream.make(width * width, "weight");
    for (const vulkan::Array* array : {&x, &weight}) stream.fill(*array, 0x3F800000U);
    const double product = secondsPer(
        each, [&] { vulkan::linear(stream, layout, width, width, x, weight, nullptr, y); },
        [&] { stream.finish(); });
    backend::MachinePeak peak;
    peak.gflops = 2 * std::pow(static_cast<double>(width), 3) / product / 1e9;
    peak.streamGigabytes = streamBandwidth(stream, each);
    return peak;
}

}  // namespace filigree::app
