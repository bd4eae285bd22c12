// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/optimizer.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t code[] = {
#include "shaders/compute/sgd.comp.inc"
};
const Shader shader{"SGD", code, 3};

}  // namespace

void sgd(Stream& stream, const SgdStep& step, const View& parameters, const View& gradient,
         const View& velocity) {
    const bool keeps = step.momentum > 0;
    requireCount("SGD", "the gradient", gradient, parameters.count);
    if (keeps) requireCount("SGD", "the momentum", velocity, parameters.count);
    struct {
        std::uint32_t count;
        float rate, momentum, shrink, pull;
    } const push{u32(parameters.count), step.rate, step.momentum, step.shrink, step.pull};
    const auto n = static_cast<double>(parameters.count);
    stream.dispatch(shader, {listThreads, step.nesterov, keeps},
                    {inOut(parameters), in(gradient), keeps ? inOut(velocity) : in(gradient)}, push,
                    groupsFor(parameters.count), {(keeps ? 20 : 12) * n, (keeps ? 6 : 4) * n});
}

}  // namespace filigree::vulkan
