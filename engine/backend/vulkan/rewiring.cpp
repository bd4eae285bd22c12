// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/rewiring.h"

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t dropCode[] = {
#include "shaders/compute/rewiring_drop.comp.inc"
};
constexpr std::uint32_t markCode[] = {
#include "shaders/compute/rewiring_mark.comp.inc"
};
constexpr std::uint32_t growCode[] = {
#include "shaders/compute/rewiring_grow.comp.inc"
};
constexpr std::uint32_t activeCode[] = {
#include "shaders/compute/rewiring_active.comp.inc"
};
constexpr std::uint32_t writeCode[] = {
#include "shaders/compute/rewiring_write.comp.inc"
};
constexpr std::uint32_t transposeCode[] = {
#include "shaders/compute/rewiring_transpose.comp.inc"
};
constexpr std::uint32_t remapCode[] = {
#include "shaders/compute/rewiring_remap.comp.inc"
};
const Shader dropShader{"rewiring drop", dropCode, 2};
const Shader markShader{"rewiring mark", markCode, 4};
const Shader growShader{"rewiring grow", growCode, 4};
const Shader activeShader{"rewiring active", activeCode, 3};
const Shader writeShader{"rewiring write", writeCode, 7};
const Shader transposeShader{"rewiring transpose", transposeCode, 6};
const Shader remapShader{"rewiring remap", remapCode, 3};

}  // namespace

Rewiring::Rewiring(Stream& stream, std::uint64_t mostPositions, std::uint64_t mostEdges)
    : slot_(stream.make(mostPositions, "rewiring.slot")),
      key_(stream.make(mostPositions, "rewiring.key")),
      flag_(stream.make(mostPositions, "rewiring.flag")),
      before_(stream.make(mostPositions, "rewiring.before")),
      source_(stream.make(mostEdges, "rewiring.source")),
      moved_(stream.make(mostEdges, "rewiring.moved")),
      select_(stream, mostPositions) {}

void Rewiring::run(Stream& stream, const RoundStep& step, DevicePattern& p, const View* gradient,
                   const View& values, std::span<const View> states, const View* rounds) {
    const std::uint64_t positions = p.rows * p.columns, edges = p.edges();
    if (positions > slot_.count() || edges > source_.count())
        throw Error(ErrorKind::Run, "rewiring: the layer is larger than the workspace was made for");
    if (step.moved > edges || (step.regrow == Regrow::Forbid && step.moved > positions - edges))
        throw Error(ErrorKind::Run, "rewiring: cannot move " + std::to_string(step.moved) + " connections",
                    std::to_string(edges) + " of " + std::to_string(positions) + " positions are active");
    const bool explores = step.bonus != 0.0F;
    if ((!step.random && !gradient) || (explores && !rounds))
        throw Error(ErrorKind::Run,
                    "rewiring: this growth needs the dense gradient and, to explore, the rounds");
    requireCount("rewiring", "the weight", values, edges);
    if (gradient) requireCount("rewiring", "the gradient", *gradient, positions);
    if (rounds) requireCount("rewiring", "the rounds", *rounds, positions);
    for (const View& state : states) requireCount("rewiring", "optimiser state", state, edges);
    if (edges == 0) return;

    const View slot = slot_.view().part(0, positions), key = key_.view().part(0, positions),
               flag = flag_.view().part(0, positions), before = before_.view().part(0, positions),
               source = source_.view().part(0, edges), moved = moved_.view().part(0, edges);
    const Groups perEdge = groupsFor(edges), perPosition = groupsFor(positions);
    const auto E = static_cast<double>(edges), P = static_cast<double>(positions);

    const View edgeKey = key.part(0, edges);
    stream.dispatch(dropShader, {listThreads}, {in(values), out(edgeKey)}, u32(edges), perEdge, {8 * E, E});
    select_.run(stream, edgeKey, step.moved, moved);

    stream.fill(slot, 0);
    struct {
        std::uint32_t edges, columns;
    } const mark{u32(edges), u32(p.columns)};
    stream.dispatch(markShader, {listThreads}, {in(p.row), in(p.column), in(moved), inOut(slot)}, mark,
                    perEdge, {16 * E, E});
    struct {
        RandomKey key;
        std::uint32_t count;
        float bonus, eps;
    } const grow{step.random ? keyOf(*step.random) : RandomKey{}, u32(positions), step.bonus, step.eps};
    stream.dispatch(growShader,
                    {listThreads, step.random != nullptr, step.regrow == Regrow::Forbid, explores},
                    {in(slot), in(step.random ? slot : *gradient), in(explores ? *rounds : slot), out(key)},
                    grow, perPosition, {12 * P, 2 * P});
    select_.run(stream, key, step.moved, flag);
    stream.dispatch(activeShader, {listThreads, rounds != nullptr},
                    {in(slot), inOut(flag), rounds ? inOut(*rounds) : in(slot)}, u32(positions), perPosition,
                    {16 * P, P});

    select_.scan().run(stream, flag, before);
    struct {
        std::uint32_t count, rows, columns, edges;
    } const shape{u32(positions), u32(p.rows), u32(p.columns), u32(edges)};
    stream.dispatch(
        writeShader, {listThreads, step.regrow == Regrow::Keep},
        {in(flag), in(before), inOut(slot), out(p.rowStart), out(p.row), out(p.column), out(source)}, shape,
        perPosition, {16 * P + 16 * E, P});
    for (const bool writes : {false, true}) {
        stream.dispatch(transposeShader, {listThreads, writes},
                        {in(slot), inOut(flag), in(before), out(p.columnStart), out(p.transposedRow),
                         out(p.transposedEdge)},
                        shape, perPosition, {8 * P + 8 * E, P});
        if (!writes) select_.scan().run(stream, flag, before);
    }

    const auto remap = [&](const View& numbers) {
        stream.dispatch(remapShader, {listThreads}, {in(source), in(numbers), out(moved)}, u32(edges),
                        perEdge, {12 * E, E});
        stream.copy(moved, numbers);
    };
    remap(values);
    for (const View& state : states) remap(state);
}

}  // namespace filigree::vulkan
