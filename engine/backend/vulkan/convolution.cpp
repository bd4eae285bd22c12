// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/convolution.h"

#include "backend/vulkan/matmul.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t columnsCode[] = {
#include "shaders/compute/convolution_columns.comp.inc"
};
constexpr std::uint32_t imageCode[] = {
#include "shaders/compute/convolution_image.comp.inc"
};
const Shader columnsShader{"convolution columns", columnsCode, 2};
const Shader imageShader{"convolution image", imageCode, 2};

struct Push {
    WindowConstants window;
    std::uint32_t batchTile;
};

void check(const WindowShape& s, const View& x, const View& weight, const View& y, const View& workspace) {
    requireCount("convolution", "the input", x, s.inputCount());
    requireCount("convolution", "the weight", weight, s.outputs * s.columns());
    requireCount("convolution", "the output", y, s.outputCount());
    requireCount("convolution", "the workspace", workspace, s.columns() * s.outPixels() * s.layout.tile);
}

void makeColumns(Stream& stream, const WindowConstants& window, std::uint64_t batchTile, const View& x,
                 const View& columns) {
    const auto n = static_cast<double>(columns.count);
    stream.dispatch(columnsShader, {listThreads}, {in(x), out(columns)}, Push{window, u32(batchTile)},
                    groupsFor(columns.count), {8 * n, 0});
}

}  // namespace

std::array<std::uint64_t, 2> WindowShape::outImage() const {
    std::array<std::uint64_t, 2> size{};
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const std::uint64_t padded = image[axis] + 2 * padding[axis];
        size[axis] = padded < kernel[axis] ? 0 : (padded - kernel[axis]) / stride[axis] + 1;
    }
    return size;
}

WindowConstants constantsOf(const char* operation, const WindowShape& s) {
    const bool strides = s.stride[0] > 0 && s.stride[1] > 0 && s.kernel[0] > 0 && s.kernel[1] > 0;
    if (!strides || s.outPixels() == 0)
        throw Error(ErrorKind::Run, std::string(operation) + ": the window does not fit the image",
                    std::to_string(s.kernel[0]) + " x " + std::to_string(s.kernel[1]) + " on " +
                        std::to_string(s.image[0]) + " x " + std::to_string(s.image[1]));
    const auto size = s.outImage();
    return {u32(s.channels),   u32(s.outputs),    u32(s.image[0]),     u32(s.image[1]),   u32(size[0]),
            u32(size[1]),      u32(s.kernel[0]),  u32(s.kernel[1]),    u32(s.stride[0]),  u32(s.stride[1]),
            u32(s.padding[0]), u32(s.padding[1]), u32(s.layout.batch), u32(s.layout.tile)};
}

void convolution(Stream& stream, const WindowShape& s, const View& x, const View& weight, const View* bias,
                 const View& y, const View& workspace) {
    const WindowConstants window = constantsOf("convolution", s);
    check(s, x, weight, y, workspace);
    const std::uint64_t perTile = s.outputs * s.outPixels() * s.layout.tile;
    Gemm product{s.outputs, s.outPixels() * s.layout.tile, s.columns()};
    product.a = {s.columns(), 1};
    product.b = {product.n, 1};
    product.cRow = product.n;
    for (std::uint64_t t = 0; t < s.layout.tiles(); ++t) {
        makeColumns(stream, window, t, x, workspace);
        product.cFirst = t * perTile;
        gemm(stream, product, weight, workspace, bias, y);
    }
}

void convolutionInputGradient(Stream& stream, const WindowShape& s, const View& dy, const View& weight,
                              const View& dx, const View& workspace) {
    const WindowConstants window = constantsOf("convolution", s);
    check(s, dx, weight, dy, workspace);
    const std::uint64_t perTile = s.outputs * s.outPixels() * s.layout.tile;
    Gemm product{s.columns(), s.outPixels() * s.layout.tile, s.outputs};
    product.a = {1, s.columns()};
    product.b = {product.n, 1};
    product.cRow = product.n;
    for (std::uint64_t t = 0; t < s.layout.tiles(); ++t) {
        product.bFirst = t * perTile;
        gemm(stream, product, weight, dy, nullptr, workspace);
        const auto n = static_cast<double>(workspace.count);
        stream.dispatch(imageShader, {listThreads}, {in(workspace), out(dx)}, Push{window, u32(t)},
                        groupsFor(s.channels * s.pixels() * s.layout.tile), {8 * n, n});
    }
}

void convolutionWeightGradient(Stream& stream, const WindowShape& s, const View& x, const View& dy,
                               const View& dw, const View& workspace) {
    const WindowConstants window = constantsOf("convolution", s);
    check(s, x, dw, dy, workspace);
    const std::uint64_t perTile = s.outputs * s.outPixels() * s.layout.tile;
    Gemm product{s.outputs, s.columns(), s.outPixels() * s.layout.tile};
    product.a = {product.k, 1};
    product.b = {1, product.k};
    product.cRow = s.columns();
    for (std::uint64_t t = 0; t < s.layout.tiles(); ++t) {
        makeColumns(stream, window, t, x, workspace);
        product.beta = t == 0 ? 0.0F : 1.0F;
        product.aFirst = t * perTile;
        gemm(stream, product, dy, workspace, nullptr, dw);
    }
}

}  // namespace filigree::vulkan
