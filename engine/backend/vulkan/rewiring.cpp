// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/rewiring.h"

#include <array>

#include "backend/vulkan/reduction.h"

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
constexpr std::uint32_t limitCode[] = {
#include "shaders/compute/rewiring_limit.comp.inc"
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
constexpr std::uint32_t edgesCode[] = {
#include "shaders/compute/rewiring_edges.comp.inc"
};
constexpr std::uint32_t chosenCode[] = {
#include "shaders/compute/rewiring_chosen.comp.inc"
};
const Shader dropShader{"rewiring drop", dropCode, 5};
const Shader markShader{"rewiring mark", markCode, 4};
const Shader growShader{"rewiring grow", growCode, 5};
const Shader limitShader{"rewiring limit", limitCode, 3};
const Shader activeShader{"rewiring active", activeCode, 3};
const Shader writeShader{"rewiring write", writeCode, 7};
const Shader transposeShader{"rewiring transpose", transposeCode, 6};
const Shader remapShader{"rewiring remap", remapCode, 3};
const Shader edgesShader{"rewiring edges", edgesCode, 4};
const Shader chosenShader{"rewiring chosen", chosenCode, 3};

/// Sums over positions go in two stages, the first over so many numbers each.
constexpr std::uint64_t sumBlock = 1024;

void edges(Stream& stream, const DevicePattern& p, bool gather, const View& from, const View& to) {
    struct {
        std::uint32_t edges, columns;
    } const push{u32(p.edges()), u32(p.columns)};
    const auto n = static_cast<double>(p.edges());
    stream.dispatch(edgesShader, {listThreads, gather},
                    {in(p.row), in(p.column), in(from), gather ? out(to) : inOut(to)}, push,
                    groupsFor(p.edges()), {16 * n, 0});
}

}  // namespace

void scatterEdges(Stream& stream, const DevicePattern& pattern, const View& values, const View& dense) {
    requireCount("scatter of edges", "the values", values, pattern.edges());
    requireCount("scatter of edges", "the matrix", dense, pattern.rows * pattern.columns);
    edges(stream, pattern, false, values, dense);
}

void gatherEdges(Stream& stream, const DevicePattern& pattern, const View& dense, const View& values) {
    requireCount("gather of edges", "the values", values, pattern.edges());
    requireCount("gather of edges", "the matrix", dense, pattern.rows * pattern.columns);
    edges(stream, pattern, true, dense, values);
}

void rearrange(Stream& stream, const View& source, const View& from, const View& to) {
    requireCount("rearrange", "the result", to, source.count);
    const auto n = static_cast<double>(to.count);
    stream.dispatch(remapShader, {listThreads}, {in(source), in(from), out(to)}, u32(to.count),
                    groupsFor(to.count), {12 * n, n});
}

Rewiring::Rewiring(Stream& stream, std::uint64_t mostPositions, std::uint64_t mostEdges)
    : slot_(stream.make(mostPositions, "rewiring.slot")),
      key_(stream.make(mostPositions, "rewiring.key")),
      flag_(stream.make(mostPositions, "rewiring.flag")),
      before_(stream.make(mostPositions, "rewiring.before")),
      source_(stream.make(mostEdges, "rewiring.source")),
      moved_(stream.make(mostEdges, "rewiring.moved")),
      dropped_(stream.make(mostEdges, "rewiring.dropped")),
      limit_(stream.make(1, "rewiring.limit")),
      select_(stream, mostPositions) {}

/// The workspace of a layer, cut to its size.
struct Rewiring::Places {
    Places(const Rewiring& all, const DevicePattern& p)
        : positions(p.rows * p.columns),
          edges(p.edges()),
          slot(all.slot_.view().part(0, positions)),
          key(all.key_.view().part(0, positions)),
          flag(all.flag_.view().part(0, positions)),
          before(all.before_.view().part(0, positions)),
          source(all.source_.view().part(0, edges)),
          moved(all.moved_.view().part(0, edges)),
          dropped(all.dropped_.view().part(0, edges)) {}
    std::uint64_t positions, edges;
    View slot, key, flag, before, source, moved, dropped;
};

namespace {

void check(const RoundStep& step, const DevicePattern& p, const View* gradient, const View& values,
           std::span<const View> states, const View* rounds) {
    const std::uint64_t positions = p.rows * p.columns, edges = p.edges();
    if (step.moved > edges || (step.regrow == Regrow::Forbid && step.moved > positions - edges))
        throw Error(ErrorKind::Run, "rewiring: cannot move " + std::to_string(step.moved) + " connections",
                    std::to_string(edges) + " of " + std::to_string(positions) + " positions are active");
    if ((!step.random && !gradient) || (step.dropsByGradient && !gradient) ||
        ((step.bonus != 0.0F || step.fewestFirst) && !rounds))
        throw Error(ErrorKind::Run,
                    "rewiring: this round needs the dense gradient and, to explore, the rounds");
    requireCount("rewiring", "the weight", values, edges);
    if (gradient) requireCount("rewiring", "the gradient", *gradient, positions);
    if (rounds) requireCount("rewiring", "the rounds", *rounds, positions);
    for (const View& state : states) requireCount("rewiring", "optimiser state", state, edges);
}

}  // namespace

void Rewiring::drop(Stream& stream, const RoundStep& step, const Places& places, const DevicePattern& p,
                    const View* gradient, const View& values) {
    const auto E = static_cast<double>(places.edges);
    const View edgeKey = places.key.part(0, places.edges);
    struct {
        std::uint32_t edges, columns;
    } const mark{u32(places.edges), u32(p.columns)};
    stream.dispatch(
        dropShader, {listThreads, step.dropsByGradient},
        {in(values), in(p.row), in(p.column), in(step.dropsByGradient ? *gradient : values), out(edgeKey)},
        mark, groupsFor(places.edges), {8 * E, E});
    select_.run(stream, edgeKey, step.moved, places.dropped);
    stream.fill(places.slot, 0);
    stream.dispatch(markShader, {listThreads},
                    {in(p.row), in(p.column), in(places.dropped), inOut(places.slot)}, mark,
                    groupsFor(places.edges), {16 * E, E});
}

void Rewiring::score(Stream& stream, const RoundStep& step, Order order, const Places& places,
                     const View* gradient, const View* rounds) {
    const auto P = static_cast<double>(places.positions);
    struct {
        RandomKey key;
        std::uint32_t count;
        float bonus, eps;
    } const grow{step.random ? keyOf(*step.random) : RandomKey{}, u32(places.positions), step.bonus,
                 step.eps};
    stream.dispatch(growShader,
                    {listThreads, step.random != nullptr, step.regrow == Regrow::Forbid,
                     static_cast<std::uint32_t>(order)},
                    {in(places.slot), in(step.random ? places.slot : *gradient),
                     in(order != Order::Gradient ? *rounds : places.slot), in(limit_), out(places.key)},
                    grow, groupsFor(places.positions), {12 * P, 2 * P});
}

void Rewiring::grow(Stream& stream, const RoundStep& step, const Places& places, const View* gradient,
                    const View* rounds) {
    const auto select = [&](Order order) {
        score(stream, step, order, places, gradient, rounds);
        select_.run(stream, places.key, step.moved, places.flag);
    };
    if (step.random || !step.fewestFirst)
        return select(step.bonus != 0.0F ? Order::Exploration : Order::Gradient);
    select(Order::Rounds);
    stream.fill(limit_, 0);
    const auto P = static_cast<double>(places.positions);
    stream.dispatch(limitShader, {listThreads}, {in(places.flag), in(*rounds), inOut(limit_)},
                    u32(places.positions), groupsFor(places.positions), {8 * P, P});
    select(Order::GradientWithinLimit);
}

void Rewiring::write(Stream& stream, const RoundStep& step, const Places& places, DevicePattern& p,
                     const View& values, std::span<const View> states, const View* rounds) {
    const Groups perPosition = groupsFor(places.positions);
    const auto E = static_cast<double>(places.edges), P = static_cast<double>(places.positions);
    stream.dispatch(activeShader, {listThreads, rounds != nullptr},
                    {in(places.slot), inOut(places.flag), rounds ? inOut(*rounds) : in(places.slot)},
                    u32(places.positions), perPosition, {16 * P, P});
    select_.scan().run(stream, places.flag, places.before);
    struct {
        std::uint32_t count, rows, columns, edges;
    } const shape{u32(places.positions), u32(p.rows), u32(p.columns), u32(places.edges)};
    stream.dispatch(writeShader, {listThreads, step.regrow == Regrow::Keep},
                    {in(places.flag), in(places.before), inOut(places.slot), out(p.rowStart), out(p.row),
                     out(p.column), out(places.source)},
                    shape, perPosition, {16 * P + 16 * E, P});
    for (const bool writes : {false, true}) {
        stream.dispatch(transposeShader, {listThreads, writes},
                        {in(places.slot), inOut(places.flag), in(places.before), out(p.columnStart),
                         out(p.transposedRow), out(p.transposedEdge)},
                        shape, perPosition, {8 * P + 8 * E, P});
        if (!writes) select_.scan().run(stream, places.flag, places.before);
    }
    const auto remap = [&](const View& numbers) {
        rearrange(stream, places.source, numbers, places.moved);
        stream.copy(places.moved, numbers);
    };
    remap(values);
    for (const View& state : states) remap(state);
}

void Rewiring::run(Stream& stream, const RoundStep& step, DevicePattern& p, const View* gradient,
                   const View& values, std::span<const View> states, const View* rounds) {
    if (p.rows * p.columns > slot_.count() || p.edges() > source_.count())
        throw Error(ErrorKind::Run, "rewiring: the layer is larger than the workspace was made for");
    check(step, p, gradient, values, states, rounds);
    if (p.edges() == 0) return;
    const Places places(*this, p);
    drop(stream, step, places, p, gradient, values);
    grow(stream, step, places, gradient, rounds);
    write(stream, step, places, p, values, states, rounds);
}

void Rewiring::measure(Stream& stream, const View& chosen, const View& x, std::uint64_t place,
                       bool maximum_) {
    const std::uint64_t count = x.count, blocks = ceilDivide(count, sumBlock);
    const View all = magnitude_.view().part(0, blocks * sumBlock), partial = partial_.view().part(0, blocks);
    const auto figure = [&](std::uint64_t at) { return figures_.view().part(at * Array::alignment, 1); };
    const auto n = static_cast<double>(count);
    stream.fill(all, 0);
    stream.dispatch(chosenShader, {listThreads}, {in(chosen), in(x), inOut(all)}, u32(count),
                    groupsFor(count), {12 * n, n});
    sum(stream, all, blocks, sumBlock, 1, partial);
    sum(stream, partial, 1, blocks, 1, figure(place));
    if (!maximum_) return;
    const View index = position_.view().part(0, blocks);
    maximum(stream, all, blocks, sumBlock, 1, partial, index);
    maximum(stream, partial, 1, blocks, 1, figure(place + 1), index.part(0, 1));
}

Rewiring::Figures Rewiring::runMeasured(Stream& stream, RoundStep step, double bonusPerGradient,
                                        DevicePattern& p, const View* gradient, const View& values,
                                        std::span<const View> states, const View* rounds) {
    if (p.rows * p.columns > slot_.count() || p.edges() > source_.count())
        throw Error(ErrorKind::Run, "rewiring: the layer is larger than the workspace was made for");
    if (bonusPerGradient != 0 && !rounds)
        throw Error(ErrorKind::Run, "rewiring: to explore, this growth needs the rounds");
    check(step, p, gradient, values, states, rounds);
    if (p.edges() == 0) return {};
    if (!figures_) {
        const std::uint64_t blocks = ceilDivide(slot_.count(), sumBlock);
        magnitude_ = stream.make(blocks * sumBlock, "rewiring.magnitude");
        partial_ = stream.make(blocks, "rewiring.partial");
        position_ = stream.make(blocks, "rewiring.position");
        figures_ = stream.make(5 * Array::alignment, "rewiring.figures");
    }
    stream.fill(figures_, 0);
    const Places places(*this, p);
    drop(stream, step, places, p, gradient, values);
    measure(stream, places.dropped, values, 0, false);
    Figures figures;
    if (gradient) {
        // First without the bonus: what growth by the gradient alone would have chosen.
        score(stream, step, Order::Gradient, places, gradient, rounds);
        if (bonusPerGradient != 0) {
            measure(stream, places.key, *gradient, 4, false);
            const double total =
                static_cast<double>(stream.read<float>(figures_.view().part(4 * Array::alignment, 1))[0]);
            const double kept = static_cast<double>(places.edges - step.moved);
            const double active = step.regrow == Regrow::Forbid ? static_cast<double>(places.edges) : kept;
            const double candidates = static_cast<double>(places.positions) - active;
            step.bonus = static_cast<float>(candidates > 0 ? bonusPerGradient * total / candidates : 0);
        }
        select_.run(stream, places.key, step.moved, places.flag);
        measure(stream, places.flag, *gradient, 2, true);
    }
    figures.bonus = static_cast<double>(step.bonus);
    if (!gradient || step.bonus != 0.0F || step.fewestFirst) grow(stream, step, places, gradient, rounds);
    if (gradient) measure(stream, places.flag, *gradient, 1, false);
    write(stream, step, places, p, values, states, rounds);
    const auto read = stream.read<float>(figures_);
    const auto figure = [&](std::size_t at) { return static_cast<double>(read[at * Array::alignment]); };
    figures.droppedMagnitude = figure(0);
    figures.grownGradient = figure(1);
    figures.topGradient = figure(2);
    figures.largestGradient = figure(3);
    return figures;
}

}  // namespace filigree::vulkan
