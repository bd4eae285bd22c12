// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/step_benchmark.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <functional>
#include <sstream>

#include "app/device_peak.h"
#include "autograd/loss.h"
#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/platform.h"
#include "base/process.h"
#include "base/profile.h"
#include "base/random.h"
#include "methods/hard_attention_gates/networks.h"
#include "nn/models/cnn.h"
#include "nn/models/mlp.h"
#include "nn/models/resnet.h"
#include "run/device.h"
#include "run/presets.h"
#include "sparse/distribution.h"

namespace filigree::app {
namespace {

constexpr std::uint64_t seed = 1;

struct Blueprint {
    std::string name;
    std::vector<std::int64_t> sample;
    bool firstDense;
    std::vector<nn::LayerWeight> weights;
    std::function<std::unique_ptr<nn::Module>(const nn::Topologies&)> build;
};

Blueprint mlp(std::int64_t width) {
    const nn::MlpOptions options{.inputs = 784, .hidden = {width, width}};
    return {"mlp-" + std::to_string(width),
            {784},
            false,
            nn::mlpWeights(options),
            [options](const nn::Topologies& t) { return nn::makeMlp(options, t, seed); }};
}
const nn::CnnOptions& cnnOptions() {
    static const nn::CnnOptions options{.channels = {32, 64, 64}};
    return options;
}

std::unique_ptr<nn::Module> pictureNet(bool gated) {
    namespace gates = methods::hard_attention_gates;
    gates::NetworkOptions options;
    options.backbone = gates::Backbone::ResNet18;
    options.branches = {{"rgb", 3}};
    options.size = 96;
    options.outputs = 10;
    options.gated = gated;
    return gates::makeNetwork(options, seed).module;
}

std::vector<Blueprint> blueprints() {
    std::vector<Blueprint> list;
    list.push_back(mlp(1024));
    list.push_back({"cnn-28", {1, 28, 28}, true, nn::cnnWeights(cnnOptions()), [](const nn::Topologies& t) {
                        return nn::makeCnn(cnnOptions(), t, seed);
                    }});
    list.push_back({"resnet18-32", {3, 32, 32}, true, nn::resNetWeights({}), [](const nn::Topologies& t) {
                        return nn::makeResNet({}, t, seed);
                    }});
    // Dense: ResNet-18 for pictures of 96 pixels, without gates and with one behind every stage and in the
    // head.
    for (const bool gated : {false, true})
        list.push_back(
            {gated ? "fsg-r18-96" : "r18-96", {3, 96, 96}, true, {}, [gated](const nn::Topologies&) {
                 return pictureNet(gated);
             }});
    return list;
}

Blueprint blueprintOf(const std::string& model) {
    std::string names;
    for (Blueprint& blueprint : blueprints()) {
        if (blueprint.name == model) return std::move(blueprint);
        names += (names.empty() ? "" : ", ") + blueprint.name;
    }
    const std::string prefix = "mlp-";
    std::int64_t width = 0;
    if (model.starts_with(prefix)) {
        const char* const end = model.data() + model.size();
        const auto [stop, problem] = std::from_chars(model.data() + prefix.size(), end, width);
        if (problem == std::errc() && stop == end && width >= 1 && width <= 65536) return mlp(width);
    }
    throw Error(ErrorKind::Usage, "no model is called \"" + model + "\"", "--model",
                "choose from " + names + ", or mlp- and a width up to 65536");
}

nn::Topologies topologiesOf(const Blueprint& blueprint, double sparsity) {
    nn::Topologies topologies;
    if (sparsity == 0) return topologies;
    for (std::size_t i = blueprint.firstDense ? 1 : 0; i + 1 < blueprint.weights.size(); ++i) {
        const nn::LayerWeight& weight = blueprint.weights[i];
        RandomStream random(seed, "mask/" + weight.layer);
        topologies.emplace(weight.layer,
                           sparse::randomTopology(weight.shape[0], weight.shape.elements() / weight.shape[0],
                                                  sparse::activeCount(weight.shape, 1 - sparsity), random));
    }
    return topologies;
}

struct Times {
    std::vector<double> wall, cpu;
};

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

void time(TrainingStep& step, Times& times) {
    const auto start = std::chrono::steady_clock::now();
    const double cpu = platform::processCpuSeconds();
    step.run();
    step.wait();
    times.cpu.push_back((platform::processCpuSeconds() - cpu) * 1e3);
    times.wall.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
}

/// PyTorch in a process of its own, which waits between steps.
class TorchPeer {
  public:
    TorchPeer(const std::string& python, const StepOptions& options)
        : process_({python, (run::assetsFolder() / "bench" / "torch_step.py").string(), options.model,
                    std::to_string(options.batch), std::to_string(threadCount())}) {
        const auto greeting = process_.readLine();
        if (!greeting || !greeting->starts_with("ready "))
            throw Error(ErrorKind::Run, "PyTorch is not installed for " + python);
        std::istringstream words(greeting->substr(6));
        words >> version_ >> blas_;
    }
    void time(Times& times) {
        const bool asked = process_.writeLine("step");
        const auto answer = asked ? process_.readLine() : std::nullopt;
        std::istringstream words(answer.value_or(""));
        double wall = 0, cpu = 0;
        if (!(words >> wall >> cpu)) throw Error(ErrorKind::Run, "PyTorch's step failed");
        times.wall.push_back(wall);
        times.cpu.push_back(cpu);
    }
    const std::string& version() const { return version_; }
    const std::string& blas() const { return blas_; }

  private:
    platform::ChildProcess process_;
    std::string version_, blas_;
};

/// The step of the middle of a block, without its first if there are others: that one finds cold caches.
double middleOf(const std::vector<double>& times, std::size_t block) {
    const auto first = times.end() - static_cast<std::ptrdiff_t>(block);
    return median({block > 1 ? first + 1 : first, times.end()});
}

/// How many steps take a tenth of a second; one if they take half a second each.
std::size_t stepsPerBlock(const Times& times) {
    const double fastest = *std::min_element(times.wall.begin(), times.wall.end());
    return fastest > 500 ? 1
                         : static_cast<std::size_t>(std::clamp(100 / std::max(fastest, 1e-3), 5.0, 2000.0));
}

}  // namespace

bool isStepModel(const std::string& name) {
    try {
        blueprintOf(name);
        return true;
    } catch (const Error&) {
        return false;
    }
}

TrainingStep::TrainingStep(const std::string& model, std::int64_t batch, double sparsity,
                           const Tensor::Device& device) {
    const Blueprint blueprint = blueprintOf(model);
    if (!(sparsity >= 0 && sparsity < 1) || batch < 2)
        throw Error(ErrorKind::Usage,
                    "the sparsity must lie in [0, 1), and a batch needs two samples at least");
    if (blueprint.weights.empty() && sparsity > 0)
        throw Error(ErrorKind::Usage, "this model has no sparse layers", "--model " + model,
                    "add --sparsity 0");
    model_ = blueprint.build(topologiesOf(blueprint, sparsity));
    if (device) {
        for (nn::Parameter& parameter : model_->parameters())
            parameter.variable.mutableValue().moveTo(device);
        for (auto& [name, buffer] : model_->buffers()) buffer.moveTo(device);
    }
    optimizer_ = std::make_unique<optim::Sgd>(optim::groupByDecay(model_->parameters(), 0.01, 0.0),
                                              optim::SgdOptions{.momentum = 0.9});
    Shape shape{batch};
    for (const std::int64_t size : blueprint.sample) shape.append(size);
    RandomStream random(seed, "data");
    x_ = Tensor::empty(shape);
    for (float& value : x_.values<float>()) value = static_cast<float>(random.normal());
    labels_ = Tensor::empty({batch}, DType::I32);
    for (std::int32_t& label : labels_.values<std::int32_t>())
        label = static_cast<std::int32_t>(random.below(10));
    x_ = x_.to(device);
    labels_ = labels_.to(device);
}

void TrainingStep::run() {
    optimizer_->zeroGradients();
    autograd::Variable loss = autograd::crossEntropy(model_->forward(autograd::Variable(x_)), labels_);
    loss.backward();
    const profile::Layer update("", profile::Phase::Update);
    double values = 0;
    for (const nn::Parameter& parameter : model_->parameters())
        values += static_cast<double>(parameter.variable.value().elements());
    const profile::Operation timed("optimiser", 4 * values, 5 * 4 * values);
    optimizer_->step();
    if (const Tensor::Device device = x_.device()) device->submit();
}

void TrainingStep::wait() const {
    // Commands of a device take effect in their order, and the update comes after the loss.
    const Tensor& last = model_->parameters().back().variable.value();
    if (last.onDevice()) static_cast<void>(last.host());
}

std::int64_t TrainingStep::stateBytes() const {
    std::size_t bytes = 0;
    for (const nn::Parameter& parameter : model_->parameters())
        bytes += parameter.variable.value().bytes() +
                 (parameter.variable.gradient().defined() ? parameter.variable.gradient().bytes() : 0);
    for (const auto& [name, tensor] : optimizer_->state()) bytes += tensor.bytes();
    auto total = static_cast<std::int64_t>(bytes);
    for (const auto& weight : model_->sparseWeights()) total += weight->indexBytes();
    return total;
}

namespace {

/// One step on a device that times its kernels, which is slower.
std::vector<backend::KernelTime> kernelsOfStep(const StepOptions& options) {
    const Tensor::Device device = run::openDevice(options.device, true);
    TrainingStep step(options.model, options.batch, options.sparsity, device);
    step.run();
    auto& kernels = static_cast<backend::DeviceKernels&>(*device);
    kernels.resetKernelTimes();
    step.run();
    return kernels.kernelTimes();
}

}  // namespace

StepMeasurement measureStep(const StepOptions& options) {
    using Clock = std::chrono::steady_clock;
    StepMeasurement result;
    Tensor::Device device = run::openDevice(options.device);
    result.peak = device ? measureDevicePeak(device) : backend::measureMachinePeak();
    if (device) {
        result.device = device->name();
        result.kernels = kernelsOfStep(options);
        for (const backend::KernelTime& kernel : result.kernels) {
            result.flops += kernel.operations;
            result.bytes += kernel.bytes;
        }
    }
    TrainingStep step(options.model, options.batch, options.sparsity, device);
    step.run();
    resetTensorMemoryPeak();
    if (!device) {
        const profile::Recording recording;
        step.run();
        for (const profile::Event& event : recording.events()) {
            result.flops += event.flops;
            result.bytes += event.bytes;
        }
    }
    result.tensorPeakBytes = tensorMemory().peakBytes;
    result.stateBytes = step.stateBytes();

    std::optional<TorchPeer> peer;
    result.torchProblem =
        device ? "tests/bench/vulkan_vs_torch.py compares on the same device" : "no comparison was asked for";
    for (std::size_t i = 0; i < options.pythons.size() && !peer && !device; ++i) try {
            peer.emplace(options.pythons[i], options);
            result.torchProblem.clear();
        } catch (const Error& error) {
            if (i == 0) result.torchProblem = error.message();
        }

    Times ours, theirs, discarded, discardedPeer;
    time(step, discarded);
    if (peer)
        for (int warmUp = 0; warmUp < 2; ++warmUp) peer->time(discardedPeer);
    // Blocks of like time in turns: long enough that each works as in training, with its own data in the
    // caches.
    const std::size_t block = stepsPerBlock(discarded), peerBlock = peer ? stepsPerBlock(discardedPeer) : 0;
    std::vector<double> ratios;
    const auto end = Clock::now() + std::chrono::duration<double>(options.seconds);
    for (int round = 0; round < 3 || Clock::now() < end; ++round) {
        for (std::size_t i = 0; i < block; ++i) time(step, ours);
        if (!peer) continue;
        for (std::size_t i = 0; i < peerBlock; ++i) peer->time(theirs);
        ratios.push_back(threadCount() == 1 ? middleOf(theirs.cpu, peerBlock) / middleOf(ours.cpu, block)
                                            : middleOf(theirs.wall, peerBlock) / middleOf(ours.wall, block));
    }
    result.milliseconds = median(ours.wall);
    result.cpuMilliseconds = median(ours.cpu);
    result.steps = static_cast<int>(ours.wall.size());
    if (peer)
        result.torch =
            TorchStep{peer->version(), peer->blas(), median(theirs.wall), median(theirs.cpu), median(ratios)};
    return result;
}

}  // namespace filigree::app
