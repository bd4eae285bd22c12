// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/elementwise.h"

#include "backend/vulkan/kernel.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t unaryCode[] = {
#include "shaders/compute/elementwise_unary.comp.inc"
};
constexpr std::uint32_t derivativeCode[] = {
#include "shaders/compute/elementwise_derivative.comp.inc"
};
constexpr std::uint32_t binaryCode[] = {
#include "shaders/compute/elementwise_binary.comp.inc"
};
const Shader unaryShader{"elementwise", unaryCode, 2};
const Shader derivativeShader{"elementwise derivative", derivativeCode, 4};
const Shader binaryShader{"elementwise binary", binaryCode, 3};

struct Scalars {
    std::uint32_t count;
    float a, b;
};

}  // namespace

void apply(Stream& stream, backend::Unary function, const View& x, const View& y, float a, float b) {
    requireCount("element-wise function", "y", y, x.count);
    const auto n = static_cast<double>(x.count);
    stream.dispatch(unaryShader, {listThreads, static_cast<std::uint32_t>(function)}, {in(x), out(y)},
                    Scalars{u32(x.count), a, b}, groupsFor(x.count), {8 * n, n});
}

void applyDerivative(Stream& stream, backend::Unary function, const View& gradient, const View& x,
                     const View& y, const View& dx, float a, float b) {
    for (const View& view : {x, y, dx}) requireCount("derivative", "an array", view, gradient.count);
    const auto n = static_cast<double>(gradient.count);
    stream.dispatch(derivativeShader, {listThreads, static_cast<std::uint32_t>(function)},
                    {in(gradient), in(x), in(y), out(dx)}, Scalars{u32(gradient.count), a, b},
                    groupsFor(gradient.count), {16 * n, n});
}

void apply(Stream& stream, backend::Binary function, const View& a, const View& b, const View& c,
           std::uint64_t inner, std::uint64_t period) {
    requireCount("element-wise function", "the result", c, a.count);
    requireCount("element-wise function", "the second array", b, period);
    struct {
        std::uint32_t count, inner, period;
    } const push{u32(a.count), u32(inner), u32(period)};
    const auto n = static_cast<double>(a.count);
    stream.dispatch(binaryShader, {listThreads, static_cast<std::uint32_t>(function)}, {in(a), in(b), out(c)},
                    push, groupsFor(a.count), {8 * n + 4 * static_cast<double>(period), n});
}

void apply(Stream& stream, backend::Binary function, const View& a, const View& b, const View& c) {
    apply(stream, function, a, b, c, 1, a.count);
}

}  // namespace filigree::vulkan
