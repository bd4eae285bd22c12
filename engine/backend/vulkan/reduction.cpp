// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/reduction.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t axisCode[] = {
#include "shaders/compute/reduction.comp.inc"
};
constexpr std::uint32_t featureCode[] = {
#include "shaders/compute/reduction_features.comp.inc"
};
const Shader axisShader{"reduction", axisCode, 3};
const Shader featureShader{"reduction features", featureCode, 4};

void reduce(Stream& stream, const View& x, std::uint64_t outer, std::uint64_t reduced, std::uint64_t inner,
            const View& value, const View& index, float scale, bool maximum) {
    requireCount("reduction", "x", x, outer * reduced * inner);
    requireCount("reduction", "the result", value, outer * inner);
    struct {
        std::uint32_t outer, reduced, inner;
        float scale;
    } const push{u32(outer), u32(reduced), u32(inner), scale};
    const auto n = static_cast<double>(x.count);
    stream.dispatch(axisShader, {treeThreads, maximum}, {in(x), out(value), out(index)}, push,
                    groupsFor(outer * inner, 1), {4 * n + 4 * static_cast<double>(value.count), n});
}

void reduceFeatures(Stream& stream, const FeatureShape& shape, std::uint32_t what, const View& x,
                    const View& z, const View& mean, const View& sums, float scale) {
    requireCount("sum per feature", "x", x, shape.count());
    requireCount("sum per feature", "the result", sums, shape.features);
    struct {
        std::uint32_t outer, features, inner, tile, batch;
        float scale;
    } const push{u32(shape.layout.tiles()), u32(shape.features),     u32(shape.inner()),
                 u32(shape.layout.tile),    u32(shape.layout.batch), scale};
    const auto n = static_cast<double>(x.count);
    stream.dispatch(featureShader, {treeThreads, what}, {in(x), in(z), in(mean), out(sums)}, push,
                    groupsFor(shape.features, 1), {(what == 2 ? 8 : 4) * n, n});
}

}  // namespace

void sum(Stream& stream, const View& x, std::uint64_t outer, std::uint64_t reduced, std::uint64_t inner,
         const View& sums, float scale) {
    reduce(stream, x, outer, reduced, inner, sums, sums, scale, false);
}

void maximum(Stream& stream, const View& x, std::uint64_t outer, std::uint64_t reduced, std::uint64_t inner,
             const View& value, const View& index) {
    if (reduced == 0) throw Error(ErrorKind::Run, "the maximum of nothing");
    requireCount("maximum", "the index", index, outer * inner);
    reduce(stream, x, outer, reduced, inner, value, index, 1, true);
}

void featureSum(Stream& stream, const FeatureShape& shape, const View& x, const View& sums, float scale) {
    reduceFeatures(stream, shape, 0, x, x, x, sums, scale);
}

void featureSquares(Stream& stream, const FeatureShape& shape, const View& x, const View& mean,
                    const View& sums, float scale) {
    requireCount("sum per feature", "the mean", mean, shape.features);
    reduceFeatures(stream, shape, 1, x, x, mean, sums, scale);
}

void featureProducts(Stream& stream, const FeatureShape& shape, const View& x, const View& z,
                     const View& mean, const View& sums, float scale) {
    requireCount("sum per feature", "z", z, shape.count());
    requireCount("sum per feature", "the mean", mean, shape.features);
    reduceFeatures(stream, shape, 2, x, z, mean, sums, scale);
}

}  // namespace filigree::vulkan
