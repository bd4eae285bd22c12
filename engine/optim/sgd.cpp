// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/prefetch.h"
#include "optim/optimizer.h"

namespace filigree::optim {
namespace {

constexpr std::int64_t grain = 16384;

std::vector<std::string> kindsOf(const SgdOptions& options) {
    if (options.momentum == 0) return {};
    return {"momentum"};
}

/// Factors of one step in the type of the values.
template <typename T>
struct Step {
    T rate;
    T momentum;
    T shrink;  ///< decoupled decay: factor of the value
    T pull;    ///< coupled decay: factor of the value in the gradient
};

template <typename T>
void plain(const Step<T>& s, T* w, const T* g, std::int64_t first, std::int64_t last) {
    forEachLine(w, g, first, last, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) w[i] = s.shrink * w[i] - s.rate * (g[i] + s.pull * w[i]);
    });
}

template <typename T, bool nesterov>
void withMomentum(const Step<T>& s, T* w, T* v, const T* g, std::int64_t first, std::int64_t last) {
    forEachLine(w, g, first, last, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const T slope = g[i] + s.pull * w[i];
            v[i] = s.momentum * v[i] + slope;
            w[i] = s.shrink * w[i] - s.rate * (nesterov ? slope + s.momentum * v[i] : v[i]);
        }
    });
}

}  // namespace

Sgd::Sgd(std::vector<ParameterGroup> groups, const SgdOptions& options)
    : Optimizer(std::move(groups), kindsOf(options), false), options_(options) {
    if (!std::isfinite(options.momentum) || options.momentum < 0 || options.momentum >= 1)
        throw Error(ErrorKind::Run,
                    "the momentum must lie in [0, 1), not " + std::to_string(options.momentum));
    if (options.nesterov && options.momentum == 0)
        throw Error(ErrorKind::Run, "Nesterov's step needs a momentum above 0");
}

void Sgd::update(Slot& slot, const ParameterGroup& group, Tensor& value, const Tensor& gradient) {
    const bool isCoupled = options_.decay == WeightDecay::Coupled;
    if (backend::DeviceKernels* const device = backend::kernelsOf(value))
        return device->sgd({.rate = group.learningRate,
                            .momentum = options_.momentum,
                            .nesterov = options_.nesterov,
                            .shrink = isCoupled ? 1.0 : 1.0 - group.learningRate * group.weightDecay,
                            .pull = isCoupled ? group.weightDecay : 0.0},
                           value, slot.buffers.empty() ? nullptr : &slot.buffers[0], gradient);
    dispatchFloating(value.dtype(), "SGD", [&](auto zero) {
        using T = decltype(zero);
        const Step<T> step{static_cast<T>(group.learningRate), static_cast<T>(options_.momentum),
                           static_cast<T>(isCoupled ? 1.0 : 1.0 - group.learningRate * group.weightDecay),
                           static_cast<T>(isCoupled ? group.weightDecay : 0.0)};
        T* const w = value.data<T>();
        const T* const g = gradient.data<T>();
        T* const v = slot.buffers.empty() ? nullptr : slot.buffers[0].template data<T>();
        parallelFor(0, value.elements(), grain, [&](std::int64_t first, std::int64_t last) {
            const FlushSubnormals flush;
            if (!v)
                plain(step, w, g, first, last);
            else if (options_.nesterov)
                withMomentum<T, true>(step, w, v, g, first, last);
            else
                withMomentum<T, false>(step, w, v, g, first, last);
        });
    });
}

}  // namespace filigree::optim
