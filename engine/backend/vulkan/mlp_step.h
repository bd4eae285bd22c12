// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backend/vulkan/optimizer.h"
#include "backend/vulkan/rewiring.h"

namespace filigree::vulkan {

/// One layer of the network: dense [outputs, inputs], or the edges of a pattern.
struct MlpLayer {
    std::string name;
    std::uint64_t inputs = 0, outputs = 0;
    std::optional<backend::SparsePattern> pattern{};
};

struct MlpLoss {
    double loss = 0;     ///< mean over the batch
    double correct = 0;  ///< share of the batch
};

/// Training steps of a fully connected network (ReLU between layers, softmax cross entropy at the end) that
/// stay on the device: forward, loss, backward and the optimiser's step are recorded and go out as one
/// submission; nothing comes back unless asked for. All parameters lie in one array, so that the optimiser is
/// one kernel; weights of sparse layers, their gradients and their momentum are the non-zeros alone. Cost of
/// a step: 6 batch operations per weight (4 for the first layer's).
class MlpStep {
  public:
    /// Parameters and momentum start at 0. Throws Error (Run) if the layers do not follow each other.
    MlpStep(Stream& stream, const std::vector<MlpLayer>& layers, std::uint64_t batch);

    /// Values [edges] or [outputs * inputs], bias [outputs].
    void setParameters(std::size_t layer, std::span<const float> values, std::span<const float> bias);
    std::vector<float> values(std::size_t layer);
    std::vector<float> bias(std::size_t layer);
    /// Pattern of a sparse layer, as rewiring left it.
    const DevicePattern& pattern(std::size_t layer) const { return *layers_[layer].pattern; }

    /// One batch: x row-major [batch, inputs of the first layer], labels [batch] in 0 … classes - 1 (Error
    /// (Run) else). Returns as soon as the commands are on their way.
    void step(std::span<const float> x, std::span<const std::uint32_t> labels, const SgdStep& optimizer,
              float labelSmoothing = 0);
    /// Forward and backward alone.
    void learn(std::span<const float> x, std::span<const std::uint32_t> labels, float labelSmoothing = 0);
    /// Of the last batch; waits.
    MlpLoss loss();

    /// Drop and grow in a sparse layer, by the dense gradient of the last batch. With `step.bonus` the layer
    /// counts how often each position has been active (4 bytes per position), from the first round on.
    void rewire(std::size_t layer, const RoundStep& step);

    std::uint64_t batch() const { return layout_.batch; }

  private:
    struct Layer {
        std::string name;
        std::uint64_t inputs = 0, outputs = 0;
        std::unique_ptr<DevicePattern> pattern;  ///< none: dense
        View values, bias, valuesGradient, biasGradient, valuesMomentum;
        Array output, outputGradient;
        Array rounds;
    };
    void forward();
    void backward();
    void optimize(const SgdStep& step);
    View input(std::size_t layer) const {
        return layer == 0 ? input_.view() : layers_[layer - 1].output.view();
    }

    Stream& stream_;
    Layout layout_;
    std::vector<Layer> layers_;
    std::uint64_t weightCount_ = 0;  ///< of the parameters: weights first, then biases
    Array parameters_, gradient_, momentum_;
    Array samples_, input_, labels_, losses_, correct_, lossSum_, correctSum_;
    Array denseGradient_;
    std::unique_ptr<Rewiring> rewiring_;
};

}  // namespace filigree::vulkan
