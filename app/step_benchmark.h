// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/kernel_time.h"
#include "backend/machine_peak.h"
#include "nn/module.h"
#include "optim/optimizer.h"
#include "tensor/tensor.h"

namespace filigree::app {

/// Networks whose training step is measured. The first layer of the convolutional ones and the last layer of
/// all are dense, whatever the sparsity of the others:
///   mlp-1024     784-1024-1024-10, ReLU, and mlp-W for any other width W up to 65536;
///   cnn-28       the default network of model.kind = "cnn" on 28 x 28: three blocks of conv 3x3, batch norm,
///   ReLU,
///                max pool with 32, 64 and 64 channels, then 128 units and 10 classes;
///   resnet18-32  ResNet-18 for 32 x 32 images.
bool isStepModel(const std::string& name);

/// One of the networks with random data of its shape, trained by SGD with momentum.
class TrainingStep {
  public:
    /// `sparsity` in [0, 1), the same share of each sparse layer at random; 0: dense layers. On `device`, or
    /// on the processor. Throws Error (Usage) for unknown names.
    TrainingStep(const std::string& model, std::int64_t batch, double sparsity,
                 const Tensor::Device& device = nullptr);

    /// Forward, cross entropy, backward, update. A device may still be at work when it returns.
    void run();
    /// Until the last step is done.
    void wait() const;
    /// Of weights, gradients, optimiser state and indices. Complete after the first step.
    std::int64_t stateBytes() const;

  private:
    std::unique_ptr<nn::Module> model_;
    std::unique_ptr<optim::Optimizer> optimizer_;
    Tensor x_, labels_;
};

struct StepOptions {
    std::string model = "mlp-1024";
    std::int64_t batch = 128;
    double sparsity = 0.9;
    std::string device = "cpu";  ///< as run::openDevice has it
    double seconds = 5;          ///< about how long to measure
    std::vector<std::string> pythons{
        "python3", "/usr/bin/python3"};  ///< the first that has PyTorch; none: no comparison
};

/// PyTorch's dense step of the same network, measured in turns with ours.
struct TorchStep {
    std::string version;
    std::string blas;         ///< the library of its matrix products as far as it can be seen, else ""
    double milliseconds = 0;  ///< median wall time
    double cpuMilliseconds = 0;
    /// Median over the rounds of its time through ours; of CPU times with one thread (other programs on the
    /// computer then disturb least), else of wall times.
    double ratio = 0;
};

struct StepMeasurement {
    double milliseconds = 0;  ///< median wall time
    double cpuMilliseconds = 0;
    int steps = 0;
    double flops = 0;  ///< of one step, a multiply-add counts two
    double bytes = 0;  ///< moved by one step if every operation moved each operand and result once
    std::int64_t stateBytes = 0;
    std::int64_t tensorPeakBytes = 0;          ///< most that tensors held at a time
    backend::MachinePeak peak;                 ///< of the device
    std::string device;                        ///< its name; "" on the processor
    std::vector<backend::KernelTime> kernels;  ///< of one step on a device that has a clock
    std::optional<TorchStep> torch;
    std::string torchProblem;  ///< why there is no comparison

    double gigaflops() const { return flops / (milliseconds * 1e6); }
};

/// With the present number of threads.
StepMeasurement measureStep(const StepOptions& options);

}  // namespace filigree::app
