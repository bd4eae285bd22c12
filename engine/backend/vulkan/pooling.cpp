// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/pooling.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t code[] = {
#include "shaders/compute/pooling.comp.inc"
};
const Shader shader{"pooling", code, 3};

void run(Stream& stream, const WindowShape& s, bool average, bool backward, const View& a, const View& b,
         const View& result) {
    const WindowConstants window = constantsOf("pooling", s);
    if (s.outputs != s.channels) throw Error(ErrorKind::Run, "pooling keeps the number of channels");
    requireCount("pooling", "the result", result, backward ? s.inputCount() : s.outputCount());
    if (!average || !backward) requireCount("pooling", "x", a, s.inputCount());
    if (backward) requireCount("pooling", "the gradient", b, s.outputCount());
    stream.dispatch(shader, {listThreads, average, backward}, {in(a), in(b), out(result)}, window,
                    groupsFor(result.count), {4 * static_cast<double>(s.inputCount() + s.outputCount()), 0});
}

}  // namespace

void maxPool(Stream& stream, const WindowShape& shape, const View& x, const View& y) {
    run(stream, shape, false, false, x, x, y);
}
void maxPoolGradient(Stream& stream, const WindowShape& shape, const View& x, const View& dy,
                     const View& dx) {
    run(stream, shape, false, true, x, dy, dx);
}
void averagePool(Stream& stream, const WindowShape& shape, const View& x, const View& y) {
    run(stream, shape, true, false, x, x, y);
}
void averagePoolGradient(Stream& stream, const WindowShape& shape, const View& dy, const View& dx) {
    run(stream, shape, true, true, dy, dy, dx);
}

}  // namespace filigree::vulkan
