// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/convolution.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t forwardCode[] = {
#include "shaders/compute/sparse_convolution.comp.inc"
};
constexpr std::uint32_t inputCode[] = {
#include "shaders/compute/sparse_convolution_input.comp.inc"
};
constexpr std::uint32_t valuesCode[] = {
#include "shaders/compute/sparse_convolution_values.comp.inc"
};
const Shader forwardShader{"sparse convolution", forwardCode, 6};
const Shader inputShader{"sparse convolution input", inputCode, 6};
const Shader valuesShader{"sparse convolution values", valuesCode, 5};

constexpr std::uint32_t lanes = 32, items = 4, pixelsPerLane = 4;

void check(const WindowShape& s, const DevicePattern& pattern, const View& values, const View& x,
           const View& y) {
    requireCount("sparse convolution", "the input", x, s.inputCount());
    requireCount("sparse convolution", "the weight", values, pattern.edges());
    requireCount("sparse convolution", "the output", y, s.outputCount());
    if (pattern.rows != s.outputs || pattern.columns != s.columns())
        throw Error(ErrorKind::Run, "sparse convolution: the pattern does not fit the window",
                    std::to_string(pattern.rows) + " x " + std::to_string(pattern.columns) + ", not " +
                        std::to_string(s.outputs) + " x " + std::to_string(s.columns()));
}

Cost costOf(const WindowShape& s, const DevicePattern& pattern) {
    const auto edges = static_cast<double>(pattern.edges());
    return {4 * (static_cast<double>(s.inputCount() + s.outputCount()) + 3 * edges),
            2 * static_cast<double>(s.layout.batch * s.outPixels()) * edges};
}

Groups groupsOver(const WindowShape& s, std::uint64_t work) {
    return {ceilDivide(s.layout.padded(), lanes), std::min(ceilDivide(work, items), mostGroups), 1};
}

}  // namespace

void sparseConvolution(Stream& stream, const WindowShape& s, const DevicePattern& pattern, const View& values,
                       const View& x, const View* bias, const View& y) {
    const WindowConstants window = constantsOf("sparse convolution", s);
    check(s, pattern, values, x, y);
    if (bias) requireCount("sparse convolution", "the bias", *bias, s.outputs);
    const std::uint64_t work = s.outputs * window.outHeight * ceilDivide(window.outWidth, pixelsPerLane);
    stream.dispatch(
        forwardShader, {lanes, items, pixelsPerLane, bias != nullptr},
        {in(pattern.rowStart), in(pattern.column), in(values), in(x), in(bias ? *bias : values), out(y)},
        window, groupsOver(s, work), costOf(s, pattern));
}

void sparseConvolutionInputGradient(Stream& stream, const WindowShape& s, const DevicePattern& pattern,
                                    const View& values, const View& dy, const View& dx) {
    const WindowConstants window = constantsOf("sparse convolution", s);
    check(s, pattern, values, dx, dy);
    stream.dispatch(inputShader, {lanes, items},
                    {in(pattern.columnStart), in(pattern.transposedRow), in(pattern.transposedEdge),
                     in(values), in(dy), out(dx)},
                    window, groupsOver(s, s.channels * s.pixels()), costOf(s, pattern));
}

void sparseConvolutionValueGradient(Stream& stream, const WindowShape& s, const DevicePattern& pattern,
                                    const View& x, const View& dy, const View& dw) {
    const WindowConstants window = constantsOf("sparse convolution", s);
    check(s, pattern, dw, x, dy);
    struct {
        WindowConstants window;
        std::uint32_t edges;
    } const push{window, u32(pattern.edges())};
    stream.dispatch(valuesShader, {treeThreads},
                    {in(pattern.row), in(pattern.column), in(x), in(dy), out(dw)}, push,
                    groupsFor(pattern.edges(), 1), costOf(s, pattern));
}

}  // namespace filigree::vulkan
