// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/indexing.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t selectCode[] = {
#include "shaders/compute/indexing_select.comp.inc"
};
constexpr std::uint32_t addCode[] = {
#include "shaders/compute/indexing_add.comp.inc"
};
const Shader selectShader{"indexing select", selectCode, 3};
const Shader addShader{"indexing add", addCode, 3};

struct Push {
    std::uint32_t outer, size, inner, count;
};

void run(Stream& stream, const Shader& shader, const IndexShape& s, const View& from, const View& ids,
         bool each, const View& to, std::uint64_t invocations) {
    requireCount(shader.name, "the ids", ids, each ? s.outer * s.count * s.inner : s.count);
    const auto n = static_cast<double>(s.outer * s.count * s.inner);
    stream.dispatch(shader, {listThreads, each}, {in(from), in(ids), out(to)},
                    Push{u32(s.outer), u32(s.size), u32(s.inner), u32(s.count)}, groupsFor(invocations),
                    {4 * (2 * n + static_cast<double>(ids.count)), 0});
}

}  // namespace

void selectRows(Stream& stream, const IndexShape& shape, const View& from, const View& ids, bool each,
                const View& to) {
    const std::uint64_t count = shape.outer * shape.count * shape.inner;
    requireCount("indexing select", "the source", from, shape.outer * shape.size * shape.inner);
    requireCount("indexing select", "the result", to, count);
    if (count == 0) return;
    if (shape.size == 0) return stream.fill(to, 0);
    run(stream, selectShader, shape, from, ids, each, to, count);
}

void addRows(Stream& stream, const IndexShape& shape, const View& from, const View& ids, bool each,
             const View& to) {
    const std::uint64_t lines = shape.outer * shape.inner;
    requireCount("indexing add", "the source", from, lines * shape.count);
    requireCount("indexing add", "the result", to, lines * shape.size);
    if (lines * shape.size == 0) return;
    if (shape.count == 0) return stream.fill(to, 0);
    run(stream, addShader, shape, from, ids, each, to, lines);
}

}  // namespace filigree::vulkan
