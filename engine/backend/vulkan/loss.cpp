// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/loss.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t code[] = {
#include "shaders/compute/loss_cross_entropy.comp.inc"
};
const Shader shader{"cross entropy", code, 5};
constexpr std::uint32_t threads = 32;

}  // namespace

void crossEntropy(Stream& stream, const Layout& layout, std::uint64_t classes, const View& logits,
                  const View& labels, float smoothing, float scale, const View& loss, const View& correct,
                  const View& gradient) {
    requireCount("cross entropy", "the logits", logits, layout.count(classes));
    requireCount("cross entropy", "the gradient", gradient, layout.count(classes));
    for (const View& view : {labels, loss, correct})
        requireCount("cross entropy", "an array per sample", view, layout.batch);
    struct {
        std::uint32_t batch, classes, tile;
        float scale, smoothing;
    } const push{u32(layout.batch), u32(classes), u32(layout.tile), scale, smoothing};
    const auto n = static_cast<double>(logits.count);
    stream.dispatch(shader, {threads}, {in(logits), in(labels), out(loss), out(correct), out(gradient)}, push,
                    groupsFor(layout.padded(), threads), {8 * n, 6 * n});
}

}  // namespace filigree::vulkan
