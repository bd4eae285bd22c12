// SPDX-License-Identifier: Apache-2.0
#include "backend/machine_peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <vector>

#include "backend/cpu/image_kernels.h"
#include "base/parallel.h"
#include "tensor/tensor.h"

namespace filigree::backend {
namespace {

using Clock = std::chrono::steady_clock;

/// Largest work(…) per second over the tries that fit into the time, three at least.
template <typename Work>
double bestRate(double seconds, Work&& work) {
    work();
    double best = 0;
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    for (int tries = 0; tries < 3 || Clock::now() < end; ++tries) {
        const auto start = Clock::now();
        const double done = work();
        best = std::max(best, done / std::chrono::duration<double>(Clock::now() - start).count());
    }
    return best;
}

}  // namespace

MachinePeak measureMachinePeak(double seconds) {
    const ImageKernels& kernels = imageKernels();
    const std::int64_t threads = threadCount();
    const double products = bestRate(seconds / 2, [&] {
        std::atomic<double> total{0};
        parallelFor(0, threads, 1, [&](std::int64_t first, std::int64_t last) {
            std::vector<float> sink(64, 0.5F);
            total.fetch_add(static_cast<double>(last - first) * kernels.multiplyAdds(200000, sink.data()));
        });
        return total.load();
    });
    constexpr std::int64_t floats = std::int64_t{64} << 20;
    const Tensor memory = Tensor::full({floats}, 1);
    const float* const from = memory.data<float>();
    std::atomic<float> sum{0};
    const double read = bestRate(seconds / 2, [&] {
        parallelFor(0, floats / 64, floats / 64 / threads, [&](std::int64_t first, std::int64_t last) {
            sum.store(kernels.stream(from + first * 64, (last - first) * 64), std::memory_order_relaxed);
        });
        return static_cast<double>(floats) * 4;
    });
    return {2 * products * 1e-9, read * 1e-9};
}

}  // namespace filigree::backend
