// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/random.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t code[] = {
#include "shaders/compute/random.comp.inc"
};
const Shader shader{"random", code, 1};

void fill(Stream& stream, const RandomStream& random, const View& result, bool uniforms) {
    struct {
        RandomKey key;
        std::uint32_t count, block;
    } const push{keyOf(random), u32(result.count), 0};
    const auto n = static_cast<double>(result.count);
    stream.dispatch(shader, {listThreads, uniforms}, {out(result)}, push,
                    groupsFor(ceilDivide(result.count, uniforms ? 2 : 4)), {4 * n, 0});
}

}  // namespace

RandomKey keyOf(const RandomStream& random) {
    const auto key = random.key();
    const std::uint64_t step = random.step();
    return {{key[0], key[1]}, {u32(step), u32(step >> 32)}};
}

void randomWords(Stream& stream, const RandomStream& random, const View& words) {
    fill(stream, random, words, false);
}

void randomUniforms(Stream& stream, const RandomStream& random, const View& uniforms) {
    fill(stream, random, uniforms, true);
}

}  // namespace filigree::vulkan
