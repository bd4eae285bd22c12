// SPDX-License-Identifier: Apache-2.0
#include "train/grown_values.h"

#include <cmath>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "nn/initialization.h"
#include "sparse/rewiring.h"

namespace filigree::train {
namespace {

/// Mean |w| and standard deviation of the connections that are not new.
struct Old {
    double meanMagnitude = 0;
    double deviation = 0;
};

Old oldValues(const std::vector<double>& w, const std::vector<std::int32_t>& births, std::int32_t round) {
    double count = 0, sum = 0, magnitudes = 0, squares = 0;
    for (std::size_t e = 0; e < w.size(); ++e) {
        if (births[e] == round) continue;
        ++count;
        sum += w[e];
        magnitudes += std::abs(w[e]);
        squares += w[e] * w[e];
    }
    if (count == 0) return {};
    const double mean = sum / count;
    return {magnitudes / count, std::sqrt(std::max(0.0, squares / count - mean * mean))};
}

}  // namespace

GrownValue grownValueFrom(std::string_view name) {
    if (name == "normal") return GrownValue::Normal;
    if (name == "uniform") return GrownValue::Uniform;
    if (name == "initial") return GrownValue::Initial;
    if (name == "gradient") return GrownValue::Gradient;
    return name == "gradient_sign" ? GrownValue::GradientSign : GrownValue::Zero;
}

bool needsGradient(GrownValue value) {
    return value == GrownValue::Gradient || value == GrownValue::GradientSign;
}

void setGrownValues(sparse::SparseWeight& weight, GrownValue value, double divisor, const Tensor& gradient,
                    std::uint64_t seed) {
    if (value == GrownValue::Zero) return;
    if (weight.values().value().onDevice())
        throw Error(ErrorKind::Device, "grown connections start at 0 on a device",
                    "layer '" + weight.name() + "'", "leave rewire.grown at \"zero\", or use the cpu");
    const std::vector<std::int32_t>& births = weight.birthRounds();
    const std::int32_t round = weight.round();
    const std::vector<std::uint32_t> positions = weight.topology().positions();
    std::vector<double> w = weight.values().value().toDoubles();
    const Old old = oldValues(w, births, round);
    RandomStream random(seed, "grown/" + weight.name(), static_cast<std::uint64_t>(round));
    const nn::InitialWeights initial(seed, weight.name(), weight.denseShape(), {});
    const sparse::DenseGradient g =
        needsGradient(value) ? sparse::DenseGradient(gradient) : sparse::DenseGradient();
    const auto start = [&](std::uint32_t position) {
        switch (value) {
            case GrownValue::Zero:
                return 0.0;
            case GrownValue::Normal:
                return old.deviation * random.normal();
            case GrownValue::Uniform:
                return random.uniform(-old.meanMagnitude, old.meanMagnitude);
            case GrownValue::Initial:
                return initial.at(position);
            case GrownValue::Gradient:
                return g[position];
            case GrownValue::GradientSign:
                return g[position] > 0 ? 1.0 : g[position] < 0 ? -1.0 : 0.0;
        }
        return 0.0;
    };
    for (std::size_t e = 0; e < w.size(); ++e)
        if (births[e] == round) w[e] = start(positions[e]) / divisor;
    Tensor& values = weight.values().mutableValue();
    values = Tensor::from(w, values.shape()).to(values.dtype());
}

}  // namespace filigree::train
