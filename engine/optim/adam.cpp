// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "backend/device_kernels.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/prefetch.h"
#include "optim/optimizer.h"

namespace filigree::optim {
namespace {

constexpr std::int64_t grain = 8192;

void requireBeta(const char* name, double beta) {
    if (!std::isfinite(beta) || beta < 0 || beta >= 1)
        throw Error(ErrorKind::Run, std::string(name) + " must lie in [0, 1), not " + std::to_string(beta));
}

/// Factors of one step in the type of the values.
template <typename T>
struct Step {
    T beta1, beta2;
    T rest1, rest2;  ///< 1 - beta, rounded once
    T rate;          ///< learning rate / (1 - beta1^t)
    T rootBias;      ///< sqrt(1 - beta2^t)
    T epsilon;
    T shrink;  ///< decoupled decay: factor of the value
    T pull;    ///< coupled decay: factor of the value in the gradient
};

template <typename T>
void stepRange(const Step<T>& s, T* w, T* m, T* v, const T* g, std::int64_t first, std::int64_t last) {
    forEachLine(w, g, first, last, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            const T slope = g[i] + s.pull * w[i];
            m[i] = s.beta1 * m[i] + s.rest1 * slope;
            v[i] = s.beta2 * v[i] + s.rest2 * slope * slope;
            w[i] = s.shrink * w[i] - s.rate * m[i] / (std::sqrt(v[i]) / s.rootBias + s.epsilon);
        }
    });
}

}  // namespace

Adam::Adam(std::vector<ParameterGroup> groups, const AdamOptions& options)
    : Optimizer(std::move(groups), {"first_moment", "second_moment"}, true), options_(options) {
    requireBeta("beta1", options.beta1);
    requireBeta("beta2", options.beta2);
    if (!std::isfinite(options.epsilon) || options.epsilon < 0)
        throw Error(ErrorKind::Run,
                    "epsilon must be a number of at least 0, not " + std::to_string(options.epsilon));
}

void Adam::update(Slot& slot, const ParameterGroup& group, Tensor& value, const Tensor& gradient) {
    const auto t = static_cast<double>(slot.steps);
    const bool coupled = options_.decay == WeightDecay::Coupled;
    if (backend::DeviceKernels* const device = backend::kernelsOf(value))
        return device->adam({.rate = group.learningRate,
                             .beta1 = options_.beta1,
                             .beta2 = options_.beta2,
                             .epsilon = options_.epsilon,
                             .step = slot.steps,
                             .shrink = coupled ? 1.0 : 1.0 - group.learningRate * group.weightDecay,
                             .pull = coupled ? group.weightDecay : 0.0},
                            value, slot.buffers[0], slot.buffers[1], gradient);
    dispatchFloating(value.dtype(), "Adam", [&](auto zero) {
        using T = decltype(zero);
        const Step<T> step{
            .beta1 = static_cast<T>(options_.beta1),
            .beta2 = static_cast<T>(options_.beta2),
            .rest1 = static_cast<T>(1 - options_.beta1),
            .rest2 = static_cast<T>(1 - options_.beta2),
            .rate = static_cast<T>(group.learningRate / (1 - std::pow(options_.beta1, t))),
            .rootBias = static_cast<T>(std::sqrt(1 - std::pow(options_.beta2, t))),
            .epsilon = static_cast<T>(options_.epsilon),
            .shrink = static_cast<T>(coupled ? 1.0 : 1.0 - group.learningRate * group.weightDecay),
            .pull = static_cast<T>(coupled ? group.weightDecay : 0.0),
        };
        T* const w = value.data<T>();
        const T* const g = gradient.data<T>();
        T* const m = slot.buffers[0].template data<T>();
        T* const v = slot.buffers[1].template data<T>();
        parallelFor(0, value.elements(), grain, [&](std::int64_t first, std::int64_t last) {
            const FlushSubnormals flush;
            stepRange(step, w, m, v, g, first, last);
        });
    });
}

}  // namespace filigree::optim
