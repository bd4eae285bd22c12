// SPDX-License-Identifier: GPL-3.0-or-later
// How fast the graph view draws a network of 784, 2048, 2048 and 10 units while it is panned and zoomed, off
// screen, and how long choosing its edges takes, without and with a chosen unit.
//   graph_frames [EDGES [DENSITY [FRAMES]]]
#include <cstdio>
#include <random>
#include <vector>

#include "base/error.h"
#include "frame_times.h"
#include "ui/canvas/offscreen.h"
#include "ui/canvas/scene.h"
#include "ui/views/graph_painter.h"

namespace {

using namespace filigree;
using bench::Clock;
using bench::print;
using bench::since;

ui::WeighedMask layer(const char* name, std::int64_t rows, std::int64_t columns, double density,
                      std::mt19937_64& random) {
    ui::WeighedMask made{{name, rows, columns, {}, {}}, {}};
    std::geometric_distribution<std::uint32_t> gap(density);
    std::normal_distribution<float> weight(0, 0.1F);
    for (std::int64_t at = gap(random); at < rows * columns; at += 1 + gap(random)) {
        made.mask.active.push_back(static_cast<std::uint32_t>(at));
        made.weights.push_back(weight(random));
    }
    return made;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t budget = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 5000;
    const double density = argc > 2 ? std::atof(argv[2]) : 0.1;
    const int frames = argc > 3 ? std::atoi(argv[3]) : 240;
    constexpr int width = 1200;
    constexpr int height = 800;

    std::mt19937_64 random(7);
    auto begin = Clock::now();
    auto picture = std::make_shared<ui::GraphPicture>();
    picture->graph =
        ui::makeGraph({layer("fc1", 2048, 784, density, random), layer("fc2", 2048, 2048, density, random),
                       layer("fc3", 10, 2048, density, random)});
    picture->shape = ui::GraphShape(picture->graph);
    std::printf("%lld connections, made in %.0f ms\n", static_cast<long long>(picture->graph.connections()),
                since(begin));
    try {
        for (const bool chosen : {false, true}) {
            begin = Clock::now();
            const auto node = chosen ? std::optional(ui::GraphNode{1, 100}) : std::nullopt;
            const auto edges = std::make_shared<const ui::GraphEdges>(
                ui::chooseEdges(picture->graph, picture->shape, budget, node));
            std::printf("%s: %zu edges, chosen in %.0f ms\n", chosen ? "paths of a unit" : "all edges",
                        edges->drawn(), since(begin));
            ui::GraphPainter painter;
            painter.model().show(picture, edges);
            ui::Scene scene;
            const auto device = ui::Device::open(gpu::Instance::shared());
            ui::Offscreen target(device);
            target.draw(scene.build(painter, width, height));
            std::vector<double> all, building;
            for (int frame = 0; frame < frames; ++frame) {
                const int phase = frame % 120;
                if (phase < 30)
                    painter.model().zoom(500, 300, 1.08);
                else if (phase < 90)
                    painter.model().pan(phase < 60 ? -11 : 11, phase % 2 ? -23 : 17);
                else
                    painter.model().zoom(400, 350, 1 / 1.08);
                begin = Clock::now();
                const ui::Frame built = scene.build(painter, width, height);
                building.push_back(since(begin));
                target.draw(built);
                all.push_back(since(begin));
            }
            std::printf("%s, %d x %d\n", device->info().name.c_str(), width, height);
            print("  off screen, read back", all);
            print("  of it building (UI thread)", building);
        }
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return error.exitCode();
    }
    return 0;
}
