// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/normalization.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t applyCode[] = {
#include "shaders/compute/normalization_apply.comp.inc"
};
constexpr std::uint32_t scaleCode[] = {
#include "shaders/compute/normalization_scale.comp.inc"
};
constexpr std::uint32_t rowsCode[] = {
#include "shaders/compute/normalization_rows.comp.inc"
};
constexpr std::uint32_t rowsGradientCode[] = {
#include "shaders/compute/normalization_rows_gradient.comp.inc"
};
const Shader rowsShader{"normalization rows", rowsCode, 6};
const Shader rowsGradientShader{"normalization rows gradient", rowsGradientCode, 7};
const Shader applyShader{"normalization", applyCode, 8};
const Shader scaleShader{"normalization scale", scaleCode, 3};

struct Push {
    std::uint32_t outer, features, inner, tile, batch;
    float epsilon, share;
};

Push pushOf(const FeatureShape& s, float epsilon, float share) {
    return {u32(s.layout.tiles()), u32(s.features), u32(s.inner()), u32(s.layout.tile),
            u32(s.layout.batch),   epsilon,         share};
}

/// Numbers of a row.
std::uint64_t checkRows(std::uint64_t rows, const View& x, std::initializer_list<View> images,
                        std::initializer_list<View> perRow, std::initializer_list<View> perColumn) {
    const std::uint64_t width = rows ? x.count / rows : 0;
    if (width == 0 || width * rows != x.count)
        throw Error(ErrorKind::Run, "layer norm: the rows do not fit",
                    std::to_string(x.count) + " numbers in " + std::to_string(rows) + " rows");
    for (const View& view : images) requireCount("layer norm", "an array", view, x.count);
    for (const View& view : perRow) requireCount("layer norm", "an array per row", view, rows);
    for (const View& view : perColumn) requireCount("layer norm", "an array per column", view, width);
    return width;
}

void check(const FeatureShape& shape, std::initializer_list<View> images,
           std::initializer_list<View> features) {
    for (const View& view : images) requireCount("batch norm", "an array", view, shape.count());
    for (const View& view : features)
        requireCount("batch norm", "an array per feature", view, shape.features);
}

}  // namespace

void featureStatistics(Stream& stream, const FeatureShape& shape, const View& x, const View& mean,
                       const View& variance) {
    if (shape.perFeature() == 0) throw Error(ErrorKind::Run, "batch norm: the statistics of nothing");
    const auto share = static_cast<float>(1 / shape.perFeature());
    featureSum(stream, shape, x, mean, share);
    featureSquares(stream, shape, x, mean, variance, share);
}

void batchNorm(Stream& stream, const FeatureShape& shape, const View& x, const View& mean,
               const View& variance, const View& gamma, const View& beta, float epsilon, const View& y) {
    check(shape, {x, y}, {mean, variance, gamma, beta});
    const auto n = static_cast<double>(shape.count());
    stream.dispatch(applyShader, {listThreads, false},
                    {in(x), in(mean), in(variance), in(gamma), in(beta), in(beta), in(x), out(y)},
                    pushOf(shape, epsilon, 0), groupsFor(shape.count()), {8 * n, 4 * n});
}

void batchNormGradient(Stream& stream, const FeatureShape& shape, const View& x, const View& mean,
                       const View& variance, const View& gamma, const View& dy, float epsilon,
                       bool statisticsOfX, const View& dx, const View& dGamma, const View& dBeta,
                       const View& workspace) {
    check(shape, {x, dy, dx}, {mean, variance, gamma, dGamma, dBeta, workspace});
    featureSum(stream, shape, dy, dBeta);
    featureProducts(stream, shape, dy, x, mean, workspace);
    struct {
        std::uint32_t features;
        float epsilon;
    } const scale{u32(shape.features), epsilon};
    stream.dispatch(scaleShader, {listThreads}, {in(workspace), in(variance), out(dGamma)}, scale,
                    groupsFor(shape.features), {});
    const float share = statisticsOfX ? static_cast<float>(1 / shape.perFeature()) : 0.0F;
    const auto n = static_cast<double>(shape.count());
    stream.dispatch(applyShader, {listThreads, true},
                    {in(x), in(mean), in(variance), in(gamma), in(dBeta), in(workspace), in(dy), out(dx)},
                    pushOf(shape, epsilon, share), groupsFor(shape.count()), {12 * n, 8 * n});
}

void layerNorm(Stream& stream, std::uint64_t rows, const View& x, const View& gamma, const View& beta,
               float epsilon, const View& y, const View& mean, const View& root) {
    const std::uint64_t width = checkRows(rows, x, {y}, {mean, root}, {gamma, beta});
    struct {
        std::uint32_t rows, width;
        float epsilon;
    } const push{u32(rows), u32(width), epsilon};
    const auto n = static_cast<double>(x.count);
    stream.dispatch(rowsShader, {treeThreads}, {in(x), in(gamma), in(beta), out(y), out(mean), out(root)},
                    push, groupsFor(rows, 1), {8 * n, 8 * n});
}

void layerNormGradient(Stream& stream, std::uint64_t rows, const View& x, const View& gamma, const View& mean,
                       const View& root, const View& dy, const View& dx, const View& dGamma,
                       const View& dBeta, const View& workspace) {
    const std::uint64_t width = checkRows(rows, x, {dy, dx, workspace}, {mean, root}, {gamma, dGamma, dBeta});
    struct {
        std::uint32_t rows, width;
    } const push{u32(rows), u32(width)};
    const auto n = static_cast<double>(x.count);
    stream.dispatch(rowsGradientShader, {treeThreads},
                    {in(x), in(mean), in(root), in(gamma), in(dy), out(dx), out(workspace)}, push,
                    groupsFor(rows, 1), {16 * n, 12 * n});
    sum(stream, workspace, 1, rows, width, dGamma);
    sum(stream, dy, 1, rows, width, dBeta);
}

}  // namespace filigree::vulkan
