// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/between_layers.h"

namespace filigree::methods::sparse_training {
namespace {

/// Soft deep rewiring: DeepR whose number of connections is free. The weight of a position is s max(0, theta)
/// with a fixed random sign s. After each update
///   connected (theta > 0):  theta <- theta - eta alpha + sqrt(2 eta T) nu,   nu ~ N(0, 1)
///   dormant:                theta <- max(theta + sqrt(2 eta T) nu, theta_min),
/// and whoever crosses 0 changes sides, with the theta it has. Without gradients the share D is connected in
/// the long run if theta_min = -(1 - D) T / (D alpha). Source: Bellec et al., ICLR 2018, algorithm 2 and its
/// public program. Dormant positions have a theta each: one dense number.
///
/// Random streams: "sign/<layer>" at the position, "dormant/<layer>", "walk/<layer>" at the step.
class SoftDeepR final : public train::DropAndGrow {
  public:
    explicit SoftDeepR(const config::Config& config)
        : DropAndGrow(config, sparse::randomGrowth(), false),
          l1_(config.real("deepr.l1")),
          temperature_(config.real("deepr.temperature")),
          interval_(config.integer("deepr.interval_steps")),
          minimum_(config.real("deepr.minimum")) {
        requireSingleConnections(config);
        if (config.text("rewire.grown") != "zero")
            throw Error(ErrorKind::Usage, "soft DeepR grows connections at the theta that they have",
                        "rewire.grown", "leave it at \"zero\"");
        const double density = config.real("sparsity.density");
        if (minimum_ == 0 && l1_ == 0)
            throw Error(ErrorKind::Usage, "without a pull the limit of dormant connections must be given",
                        "deepr.minimum", "choose a negative number, or deepr.l1 above 0");
        if (minimum_ == 0) minimum_ = -(1 - density) * temperature_ / (density * l1_);
    }

    bool roundDue(std::int64_t step) const override {
        return step <= schedule_.endStep && step % interval_ == 0;
    }

    void attach(train::DynamicSparsity& sparsity, nn::Module&) override {
        seed_ = sparsity.seed();
        for (const auto& weight : sparsity.weights()) {
            const auto size = static_cast<std::size_t>(weight->topology().size());
            Layer layer{"deepr.dormant." + weight->name(), Tensor::zeros({weight->topology().size()}), {}};
            layer.signs.reserve(size);
            const std::string stream = "sign/" + weight->name();
            for (std::size_t p = 0; p < size; ++p)
                layer.signs.push_back(RandomStream(seed_, stream, p).next32() & 1U ? 1 : -1);
            RandomStream random(seed_, "dormant/" + weight->name());
            for (float& theta : layer.dormant.values<float>())
                theta = static_cast<float>(minimum_ * random.uniform());
            std::vector<double> values = weight->values().value().toDoubles();
            const std::vector<std::uint32_t> active = weight->topology().positions();
            for (std::size_t e = 0; e < active.size(); ++e)
                values[e] = layer.signs[active[e]] * std::abs(values[e]);
            setValues(*weight, values);
            layers_.push_back(std::move(layer));
        }
    }

    void afterUpdate(train::SparseStep& now) override {
        if (!roundDue(now.step)) return;
        const double rate = now.optimizer.learningRate(), steps = static_cast<double>(interval_);
        const double left = 1 - static_cast<double>(now.step) /
                                    static_cast<double>(std::max<std::int64_t>(1, schedule_.endStep));
        const Walk walk{rate * l1_ * steps, std::sqrt(2 * rate * temperature_ * left * steps)};
        now.sparsity.beginRound();
        for (std::size_t l = 0; l < layers_.size(); ++l) walkLayer(now, l, walk);
        if (now.step % schedule_.intervalSteps == 0) now.sparsity.recordDensity(now.recorder, now.stamp);
    }

    std::int64_t stateBytes() const override {
        std::int64_t bytes = 0;
        for (const Layer& layer : layers_)
            bytes += static_cast<std::int64_t>(layer.dormant.bytes()) + std::ssize(layer.signs);
        return bytes;
    }
    void save(train::Checkpoint& checkpoint) const override {
        DropAndGrow::save(checkpoint);
        for (const Layer& layer : layers_) checkpoint.put(layer.key, layer.dormant);
    }
    void load(const train::Checkpoint& checkpoint) override {
        DropAndGrow::load(checkpoint);
        for (Layer& layer : layers_)
            layer.dormant.copyFrom(checkpoint.get(layer.key, layer.dormant.dtype(), layer.dormant.shape()));
    }

  private:
    struct Layer {
        std::string key;
        Tensor dormant;  ///< theta of the positions that are not connected; what it says of others is old
        std::vector<std::int8_t> signs;
    };
    struct Walk {
        double pull, noise;
    };

    static void setValues(sparse::SparseWeight& weight, const std::vector<double>& values) {
        Tensor& tensor = weight.values().mutableValue();
        tensor = Tensor::from(values, tensor.shape()).to(tensor.dtype());
    }

    void walkLayer(train::SparseStep& now, std::size_t l, const Walk& walk) {
        sparse::SparseWeight& weight = *now.sparsity.weights()[l];
        Layer& layer = layers_[l];
        RandomStream random(seed_, "walk/" + weight.name(), static_cast<std::uint64_t>(now.step));
        const std::vector<std::uint32_t> active = weight.topology().positions();
        const std::vector<double> before = weight.values().value().toDoubles();
        const std::span<float> dormant = layer.dormant.values<float>();
        std::vector<std::uint32_t> positions;
        std::vector<double> values;
        bool changed = false;
        std::size_t edge = 0;
        for (std::uint32_t p = 0; p < dormant.size(); ++p) {
            const bool connected = edge < active.size() && active[edge] == p;
            const double sign = layer.signs[p], step = walk.noise > 0 ? walk.noise * random.normal() : 0;
            const double theta = connected ? sign * before[edge++] - walk.pull + step
                                           : std::max(static_cast<double>(dormant[p]) + step, minimum_);
            changed = changed || connected != (theta > 0);
            if (theta > 0) {
                positions.push_back(p);
                values.push_back(sign * theta);
            } else {
                dormant[p] = static_cast<float>(std::max(theta, minimum_));
            }
        }
        if (changed) now.sparsity.keepOnly(l, positions, now);
        setValues(weight, values);
    }

    std::vector<Layer> layers_;
    std::uint64_t seed_ = 0;
    double l1_;
    double temperature_;
    std::int64_t interval_;
    double minimum_;  ///< of theta
};

}  // namespace

Created createSoftDeepR(const config::Config& config) {
    return std::make_unique<SoftDeepR>(config);
}

}  // namespace filigree::methods::sparse_training
