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

}  // namespace filigree::vulkan
