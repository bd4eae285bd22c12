// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/softmax.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t code[] = {
#include "shaders/compute/softmax.comp.inc"
};
const Shader shader{"softmax", code, 3};

void run(Stream& stream, const AxisShape& shape, std::uint32_t operation, const View& x, const View& y,
         const View& result) {
    const std::uint64_t count = shape.outer * shape.length * shape.inner;
    for (const View& view : {x, y, result}) requireCount("softmax", "an array", view, count);
    struct {
        std::uint32_t outer, length, inner;
    } const push{u32(shape.outer), u32(shape.length), u32(shape.inner)};
    const auto n = static_cast<double>(count);
    stream.dispatch(shader, {treeThreads, operation}, {in(x), in(y), out(result)}, push,
                    groupsFor(shape.outer * shape.inner, 1), {(operation < 2 ? 8 : 12) * n, 4 * n});
}

}  // namespace

void softmax(Stream& stream, const AxisShape& shape, const View& x, const View& y) {
    run(stream, shape, 0, x, x, y);
}
void logSoftmax(Stream& stream, const AxisShape& shape, const View& x, const View& y) {
    run(stream, shape, 1, x, x, y);
}
void softmaxBackward(Stream& stream, const AxisShape& shape, const View& gradient, const View& y,
                     const View& dx) {
    run(stream, shape, 2, gradient, y, dx);
}
void logSoftmaxBackward(Stream& stream, const AxisShape& shape, const View& gradient, const View& y,
                        const View& dx) {
    run(stream, shape, 3, gradient, y, dx);
}

}  // namespace filigree::vulkan
