// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/vulkan_benchmark.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <functional>

#include "app/device_peak.h"
#include "app/step_benchmark.h"
#include "backend/device_kernels.h"
#include "backend/vulkan/attention.h"
#include "backend/vulkan/matmul.h"
#include "backend/vulkan/sparse_linear.h"
#include "backend/vulkan/tensor_device.h"
#include "base/platform.h"
#include "base/random.h"
#include "run/device.h"
#include "sparse/topology.h"

namespace filigree::app {
namespace {

using namespace vulkan;
using Clock = std::chrono::steady_clock;

std::vector<float> randomValues(std::uint64_t count, const char* name, double scale = 1) {
    RandomStream random(1, name);
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>(scale * (2 * random.uniform() - 1));
    return values;
}

/// The same number of edges in every row: quick to draw for the largest masks too.
sparse::Topology topologyOf(std::uint64_t rows, std::uint64_t columns, double sparsity, const char* name) {
    RandomStream random(1, name);
    const auto each = std::clamp<std::int64_t>(std::llround((1 - sparsity) * static_cast<double>(columns)), 1,
                                               static_cast<std::int64_t>(columns));
    std::vector<std::uint32_t> active;
    active.reserve(rows * static_cast<std::uint64_t>(each));
    for (std::uint64_t row = 0; row < rows; ++row)
        for (const std::int64_t column : random.sample(static_cast<std::int64_t>(columns), each))
            active.push_back(static_cast<std::uint32_t>(row * columns + static_cast<std::uint64_t>(column)));
    return {static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns), active};
}

class Benchmark {
  public:
    Benchmark(const VulkanBenchmarkOptions& options, std::shared_ptr<Device> device)
        : options_(options),
          stream_(std::move(device)),
          width_(static_cast<std::uint64_t>(options.width)),
          layout_{static_cast<std::uint64_t>(options.batch), options.batch >= 64 ? 64U : 32U},
          each_(options.seconds /
                static_cast<double>(3 + (4 + 4 * options.tokens.size()) * options.sparsities.size())) {}

    double bandwidth() { return streamBandwidth(stream_, each_); }

    std::vector<VulkanKernelTime> kernels(double bandwidth) {
        const double W = static_cast<double>(width_), B = static_cast<double>(layout_.batch);
        std::vector<VulkanKernelTime> times;
        const auto add = [&](const char* name, double sparsity, double seconds, double bytes,
                             double operations) {
            const double rate = bytes / seconds / 1e9;
            times.push_back(
                {name, sparsity, 0, seconds * 1e3, rate, operations / seconds / 1e9, rate / bandwidth});
        };
        const auto activations = randomValues(layout_.count(width_), "activations");
        const Array x = stream_.upload(std::span<const float>(activations), "x"),
                    dy = stream_.upload(std::span<const float>(activations), "dy"),
                    result = stream_.make(layout_.count(width_), "y");
        {
            const auto values = randomValues(width_ * width_, "weight");
            const Array weight = stream_.upload(std::span<const float>(values), "weight");
            const double seconds =
                time([&] { linear(stream_, layout_, width_, width_, x, weight, nullptr, result); });
            add("GEMM", 0, seconds, 4 * (W * W + 2 * B * W), 2 * B * W * W);
        }
        for (const double sparsity : options_.sparsities) {
            const sparse::Topology topology = topologyOf(width_, width_, sparsity, "kernel mask");
            const DevicePattern pattern = DevicePattern::upload(stream_, topology.pattern(), "layer");
            const double E = static_cast<double>(pattern.edges());
            const auto numbers = randomValues(pattern.edges(), "values");
            const Array values = stream_.upload(std::span<const float>(numbers), "values"),
                        gradient = stream_.make(pattern.edges(), "gradient");
            add("SpMM", sparsity,
                time([&] { sparseLinear(stream_, layout_, pattern, values, x, nullptr, result); }),
                8 * (E + B * W), 2 * B * E);
            add("SpMM transposed", sparsity,
                time([&] { sparseLinearInputGradient(stream_, layout_, pattern, values, dy, result); }),
                12 * E + 8 * B * W, 2 * B * E);
            add("SDDMM", sparsity,
                time([&] { sparseLinearValueGradient(stream_, layout_, pattern, x, dy, gradient); }),
                12 * E + 8 * B * W, 2 * B * E);
        }
        return times;
    }

    std::vector<VulkanKernelTime> attention(double bandwidth) {
        constexpr std::uint64_t heads = 4, headWidth = 64;
        std::vector<VulkanKernelTime> times;
        for (const std::int64_t tokens : options_.tokens)
            for (const double sparsity : options_.sparsities) {
                const auto T = static_cast<std::uint64_t>(tokens);
                const std::uint64_t B = T / attentionBlock;
                const DevicePattern mask = DevicePattern::upload(
                                        stream_, topologyOf(T, T, sparsity, "attention mask").pattern(),
                                        "mask"),
                                    blocks = DevicePattern::upload(
                                        stream_, topologyOf(B, B, sparsity, "attention blocks").pattern(),
                                        "blocks");
                const std::uint64_t count = heads * T * headWidth;
                const auto numbers = randomValues(count, "tokens");
                const auto upload = [&](const char* name) {
                    return stream_.upload(std::span<const float>(numbers), name);
                };
                const Array q = upload("q"), k = upload("k"), v = upload("v"), dOut = upload("dout");
                const Array y = stream_.make(count, "out"), dq = stream_.make(count, "dq"),
                            dk = stream_.make(count, "dk"), dv = stream_.make(count, "dv"),
                            sums = stream_.make(heads * T, "sums"), delta = stream_.make(heads * T, "delta");
                const AttentionShape shape{heads, headWidth, 0.125F};
                const double E = static_cast<double>(mask.edges() * heads * headWidth),
                             bytes = 4 * static_cast<double>(count);
                const auto add = [&](const char* name, double seconds, double arrays, double operations) {
                    const double rate = arrays * bytes / seconds / 1e9;
                    times.push_back({name, sparsity, tokens, seconds * 1e3, rate, operations / seconds / 1e9,
                                     rate / bandwidth});
                };
                const auto forward = [&] { sparseAttention(stream_, shape, mask, q, k, v, y, sums); };
                add("attention", time(forward), 4, 4 * E);
                add("attention, both ways", time([&] {
                        forward();
                        sparseAttentionBackward(stream_, shape, mask, q, k, v, y, sums, dOut, dq, dk, dv,
                                                delta);
                    }),
                    16, 18 * E);
                if (T % attentionBlock != 0) continue;
                const double blockE =
                    static_cast<double>(blocks.edges() * attentionBlock * attentionBlock * heads * headWidth);
                const auto byBlocks = [&] { blockAttention(stream_, shape, blocks, q, k, v, y, sums); };
                add("block attention", time(byBlocks), 4, 4 * blockE);
                add("block attention, both ways", time([&] {
                        byBlocks();
                        blockAttentionBackward(stream_, shape, blocks, q, k, v, y, sums, dOut, dq, dk, dv,
                                               delta);
                    }),
                    16, 18 * blockE);
            }
        return times;
    }

    const Stream& stream() const { return stream_; }

  private:
    /// Seconds per call.
    double time(const std::function<void()>& pass) {
        const bool idle = Clock::now() - busy_ > std::chrono::milliseconds(200);
        const double seconds = secondsPer(
            each_, pass, [this] { stream_.finish(); }, idle);
        busy_ = Clock::now();
        return seconds;
    }

    const VulkanBenchmarkOptions& options_;
    Stream stream_;
    std::uint64_t width_;
    Layout layout_;
    double each_;
    Clock::time_point busy_{};  ///< when the device last worked
};

/// Of the processor per step, while the device waits: the middle one of some steps.
double hostSeconds(TrainingStep& step) {
    std::array<double, 5> times;
    for (double& time : times) {
        const auto start = Clock::now();
        step.run();
        time = std::chrono::duration<double>(Clock::now() - start).count();
        step.wait();
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

}  // namespace

VulkanBenchmark measureVulkan(const VulkanBenchmarkOptions& options) {
    VulkanBenchmark result;
    DeviceOptions how;
    how.name = options.device;
    how.pipelineCache = platform::folders().cache / "vulkan";
    {
        Benchmark bench(options, Device::open(how));
        result.device = bench.stream().device().info();
        result.subgroupSize = bench.stream().device().subgroupSize();
        result.bandwidth = bench.bandwidth();
        result.kernels = bench.kernels(result.bandwidth);
        const auto attention = bench.attention(result.bandwidth);
        result.kernels.insert(result.kernels.end(), attention.begin(), attention.end());
    }
    // Whole steps take the way of training: tensors that lie on the device.
    const std::string device = options.device.empty() ? "vulkan" : "vulkan:" + options.device;
    const std::string model = "mlp-" + std::to_string(options.width);
    const double each = options.seconds / static_cast<double>(4 + 4 * options.sparsities.size());
    const Tensor::Device untimed = run::openDevice(device);
    const Stream& stream = static_cast<TensorDevice&>(*untimed).stream();
    const auto step = [&](double sparsity) {
        TrainingStep network(model, options.batch, sparsity, untimed);
        VulkanStepTime time;
        time.sparsity = sparsity;
        time.milliseconds = 1e3 * secondsPer(
                                      each, [&] { network.run(); }, [&] { network.wait(); });
        time.hostMilliseconds = 1e3 * hostSeconds(network);
        const std::int64_t before = stream.dispatches();
        network.run();
        time.kernels = stream.dispatches() - before;
        time.speedup = result.steps.empty() ? 1 : result.steps.front().milliseconds / time.milliseconds;
        result.steps.push_back(time);
    };
    step(0);
    for (const double sparsity : options.sparsities) step(sparsity);
    if (options.sparsities.empty()) return result;
    // Clocks cost time: on a device of their own.
    const Tensor::Device timed = run::openDevice(device, true);
    auto& kernels = static_cast<backend::DeviceKernels&>(*timed);
    TrainingStep network(model, options.batch, options.sparsities.front(), timed);
    network.run();
    kernels.resetKernelTimes();
    result.profiledSteps = 5;
    for (std::int64_t i = 0; i < result.profiledSteps; ++i) network.run();
    result.profile = kernels.kernelTimes();
    return result;
}

}  // namespace filigree::app
