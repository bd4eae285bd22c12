// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/shape.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t copyCode[] = {
#include "shaders/compute/shape_copy.comp.inc"
};
const Shader copyShader{"shape copy", copyCode, 2};

struct Push {
    std::array<std::uint32_t, 4> size, stride;
    std::uint32_t tile, limit;
};

void copy(Stream& stream, const View& from, const View& to, const Push& push) {
    std::uint64_t count = 1, last = 0;
    for (std::size_t axis = 0; axis < 4; ++axis) {
        count *= push.size[axis];
        if (push.size[axis] > 0) last += std::uint64_t{push.size[axis] - 1} * push.stride[axis];
    }
    requireCount("copy", "the result", to, count);
    // Lanes past the batch are not read.
    if (count > 0 && push.limit == ~0U && last >= from.count)
        throw Error(ErrorKind::Run, "copy: the strides lead out of the array",
                    std::to_string(last) + " of " + std::to_string(from.count));
    const auto n = static_cast<double>(count);
    stream.dispatch(copyShader, {listThreads, false}, {in(from), out(to)}, push, groupsFor(count),
                    {8 * n, 0});
}

}  // namespace

void copyStrided(Stream& stream, const View& from, const std::array<std::uint32_t, 4>& size,
                 const std::array<std::uint32_t, 4>& stride, const View& to) {
    copy(stream, from, to, {size, stride, 0, ~0U});
}

void spreadStrided(Stream& stream, const View& from, const std::array<std::uint32_t, 4>& size,
                   const std::array<std::uint32_t, 4>& stride, const View& to) {
    std::uint64_t count = 1, last = 0;
    for (std::size_t axis = 0; axis < 4; ++axis) {
        count *= size[axis];
        if (size[axis] > 0) last += std::uint64_t{size[axis] - 1} * stride[axis];
    }
    requireCount("copy", "the source", from, count);
    if (count == 0) return;
    if (last >= to.count) throw Error(ErrorKind::Run, "copy: the strides lead out of the array");
    const auto n = static_cast<double>(count);
    stream.dispatch(copyShader, {listThreads, true}, {in(from), inOut(to)}, Push{size, stride, 0, ~0U},
                    groupsFor(count), {8 * n, 0});
}

void tile(Stream& stream, const View& from, const View& to, const Layout& layout, std::uint64_t features) {
    requireCount("tile", "the source", from, layout.batch * features);
    const std::uint32_t T = u32(layout.tile), F = u32(features);
    // [tiles][features][lanes] of [batch][features]
    copy(stream, from, to, {{u32(layout.tiles()), 1, F, T}, {T * F, 0, 1, F}, T, u32(layout.batch)});
}

void untile(Stream& stream, const View& from, const View& to, const Layout& layout, std::uint64_t features) {
    requireCount("untile", "the source", from, layout.count(features));
    requireCount("untile", "the result", to, layout.batch * features);
    const std::uint32_t T = u32(layout.tile), F = u32(features), B = u32(layout.batch);
    // Whole tiles first: [tiles][lanes][features]; then the lanes of the last one.
    const std::uint32_t whole = B / T;
    if (whole > 0)
        copy(stream, from, to.part(0, std::uint64_t{whole} * T * F),
             {{whole, T, F, 1}, {T * F, 1, T, 0}, 0, ~0U});
    if (B % T == 0) return;
    // A part may begin anywhere only where the kernel is told so: the rest goes through an array of its own.
    Array rest = stream.make(std::uint64_t{B % T} * F, "rest of a batch");
    Array lanes = stream.make(std::uint64_t{T} * F, "last tile of a batch");
    stream.copy(from.part(std::uint64_t{whole} * T * F, std::uint64_t{T} * F), lanes);
    copy(stream, lanes, rest, {{1, B % T, F, 1}, {0, 1, T, 0}, 0, ~0U});
    stream.copy(rest, to.part(std::uint64_t{whole} * T * F, std::uint64_t{B % T} * F));
}

}  // namespace filigree::vulkan
