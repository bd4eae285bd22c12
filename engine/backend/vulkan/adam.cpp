// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "backend/vulkan/optimizer.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t code[] = {
#include "shaders/compute/adam.comp.inc"
};
const Shader shader{"Adam", code, 4};

}  // namespace

void adam(Stream& stream, const AdamStep& step, const View& parameters, const View& gradient,
          const View& first, const View& second) {
    for (const View& view : {gradient, first, second})
        requireCount("Adam", "an array", view, parameters.count);
    const auto t = static_cast<double>(step.step);
    struct {
        std::uint32_t count;
        float beta1, beta2, rest1, rest2, rate, rootBias, epsilon, shrink, pull;
    } const push{u32(parameters.count),
                 static_cast<float>(step.beta1),
                 static_cast<float>(step.beta2),
                 static_cast<float>(1 - step.beta1),
                 static_cast<float>(1 - step.beta2),
                 static_cast<float>(static_cast<double>(step.rate) / (1 - std::pow(step.beta1, t))),
                 static_cast<float>(std::sqrt(1 - std::pow(step.beta2, t))),
                 step.epsilon,
                 step.shrink,
                 step.pull};
    const auto n = static_cast<double>(parameters.count);
    stream.dispatch(shader, {listThreads}, {inOut(parameters), in(gradient), inOut(first), inOut(second)},
                    push, groupsFor(parameters.count), {28 * n, 14 * n});
}

}  // namespace filigree::vulkan
