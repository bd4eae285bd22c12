// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/vulkan_benchmark.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>

#include "backend/vulkan/attention.h"
#include "backend/vulkan/elementwise.h"
#include "backend/vulkan/matmul.h"
#include "backend/vulkan/mlp_step.h"
#include "backend/vulkan/sparse_linear.h"
#include "base/platform.h"
#include "base/random.h"
#include "sparse/topology.h"

namespace filigree::app {
namespace {

using namespace vulkan;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t inputs = 784, classes = 10;

std::vector<float> randomValues(std::uint64_t count, const char* name, double scale = 1) {
    RandomStream random(1, name);
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>(scale * (2 * random.uniform() - 1));
    return values;
}

/// Seconds per call of `pass`, which records commands: the median of three series of submissions, each of
/// about `seconds`.
double secondsPer(Stream& stream, double seconds, const std::function<void()>& pass) {
    const auto series = [&](std::int64_t calls) {
        const auto start = Clock::now();
        for (std::int64_t i = 0; i < calls; ++i) pass();
        stream.finish();
        return std::chrono::duration<double>(Clock::now() - start).count();
    };
    series(1);  // pipelines, caches
    const double once = series(1);
    const auto calls =
        std::clamp<std::int64_t>(static_cast<std::int64_t>(seconds / 3 / std::max(once, 1e-6)), 1, 2000);
    double times[3];
    for (double& time : times) time = series(calls) / static_cast<double>(calls);
    std::sort(std::begin(times), std::end(times));
    return times[1];
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
                static_cast<double>(3 + (4 + 2 * options.tokens.size()) * options.sparsities.size())) {}

    double bandwidth() {
        const bool software = stream_.device().info().software;
        const std::uint64_t most = std::min<std::uint64_t>(stream_.device().budgetBytes() / 4,
                                                           stream_.device().limits().maxStorageBufferRange);
        const std::uint64_t count = std::min<std::uint64_t>(most / 4, software ? 1U << 22 : 1U << 26);
        const Array from = stream_.make(count, "from"), to = stream_.make(count, "to");
        stream_.fill(from, 0x3F800000U);
        const double seconds =
            secondsPer(stream_, each_, [&] { apply(stream_, backend::Unary::Scale, from, to, 1); });
        return 8 * static_cast<double>(count) / seconds / 1e9;
    }

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
            const double seconds = secondsPer(stream_, each_, [&] {
                linear(stream_, layout_, width_, width_, x, weight, nullptr, result);
            });
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
                secondsPer(stream_, each_,
                           [&] { sparseLinear(stream_, layout_, pattern, values, x, nullptr, result); }),
                8 * (E + B * W), 2 * B * E);
            add("SpMM transposed", sparsity,
                secondsPer(stream_, each_,
                           [&] { sparseLinearInputGradient(stream_, layout_, pattern, values, dy, result); }),
                12 * E + 8 * B * W, 2 * B * E);
            add("SDDMM", sparsity,
                secondsPer(stream_, each_,
                           [&] { sparseLinearValueGradient(stream_, layout_, pattern, x, dy, gradient); }),
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
                const sparse::Topology topology = topologyOf(T, T, sparsity, "attention mask");
                const DevicePattern mask = DevicePattern::upload(stream_, topology.pattern(), "mask");
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
                add("attention", secondsPer(stream_, each_, forward), 4, 4 * E);
                add("attention, both ways",
                    secondsPer(stream_, each_,
                               [&] {
                                   forward();
                                   sparseAttentionBackward(stream_, shape, mask, q, k, v, y, sums, dOut, dq,
                                                           dk, dv, delta);
                               }),
                    16, 18 * E);
            }
        return times;
    }

    /// Seconds of a training step; 0: dense.
    double step(double sparsity) {
        Network network(*this, sparsity);
        return secondsPer(stream_, each_, [&] { network.step(); });
    }

    std::vector<KernelTime> profile(double sparsity, std::int64_t steps) {
        Network network(*this, sparsity);
        network.step();
        stream_.resetProfile();
        for (std::int64_t i = 0; i < steps; ++i) network.step();
        return stream_.profile();
    }

    const Stream& stream() const { return stream_; }

  private:
    struct Network {
        Network(Benchmark& bench, double sparsity) {
            const std::uint64_t W = bench.width_;
            std::vector<MlpLayer> layers{{"fc1", inputs, W}, {"fc2", W, W}, {"fc3", W, classes}};
            const sparse::Topology first = topologyOf(W, inputs, sparsity, "fc1"),
                                   second = topologyOf(W, W, sparsity, "fc2");
            if (sparsity > 0) {
                layers[0].pattern = first.pattern();
                layers[1].pattern = second.pattern();
            }
            network = std::make_unique<MlpStep>(bench.stream_, layers, bench.layout_.batch);
            for (std::size_t l = 0; l < 3; ++l) {
                const std::uint64_t dense = layers[l].inputs * layers[l].outputs;
                const std::uint64_t count = layers[l].pattern ? layers[l].pattern->column.size() : dense;
                const double scale = std::sqrt(6 / (static_cast<double>(layers[l].inputs) *
                                                    static_cast<double>(count) / static_cast<double>(dense)));
                network->setParameters(l, randomValues(count, "weights", scale),
                                       std::vector<float>(layers[l].outputs));
            }
            samples = randomValues(bench.layout_.batch * inputs, "samples");
            for (std::uint64_t n = 0; n < bench.layout_.batch; ++n)
                labels.push_back(static_cast<std::uint32_t>(n % classes));
        }
        void step() { network->step(samples, labels, {1e-4F, 0.9F}); }

        std::unique_ptr<MlpStep> network;
        std::vector<float> samples;
        std::vector<std::uint32_t> labels;
    };

    const VulkanBenchmarkOptions& options_;
    Stream stream_;
    std::uint64_t width_;
    Layout layout_;
    double each_;
};

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
        const double dense = bench.step(0);
        result.steps.push_back({0, dense * 1e3, 1});
        for (const double sparsity : options.sparsities) {
            const double seconds = bench.step(sparsity);
            result.steps.push_back({sparsity, seconds * 1e3, dense / seconds});
        }
    }
    if (options.sparsities.empty()) return result;
    // Clocks cost time: on a device of their own.
    how.timestamps = true;
    Benchmark timed(options, Device::open(how));
    result.profiledSteps = 5;
    result.profile = timed.profile(options.sparsities.front(), result.profiledSteps);
    return result;
}

}  // namespace filigree::app
