// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/dropout.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t code[] = {
#include "shaders/compute/dropout.comp.inc"
};
const Shader shader{"dropout", code, 2};

}  // namespace

void dropout(Stream& stream, const Layout& layout, std::uint64_t rest, double p, std::uint64_t key,
             const View& x, const View& y) {
    requireCount("dropout", "x", x, layout.count(rest));
    requireCount("dropout", "y", y, layout.count(rest));
    if (!(p >= 0 && p < 1)) throw Error(ErrorKind::Run, "dropout needs a probability in [0, 1)");
    struct {
        std::uint32_t key[2];
        std::uint32_t samples, rest, tile, bound;
        float kept;
    } const push{{u32(key), u32(key >> 32)},
                 u32(layout.batch),
                 u32(rest),
                 u32(layout.tile),
                 u32(static_cast<std::uint64_t>(p * 4294967296.0)),
                 static_cast<float>(1 / (1 - p))};
    const auto n = static_cast<double>(x.count);
    stream.dispatch(shader, {listThreads}, {in(x), out(y)}, push,
                    groupsFor(layout.padded() * ceilDivide(rest, 4)), {8 * n, n});
}

}  // namespace filigree::vulkan
