// SPDX-License-Identifier: GPL-3.0-or-later
// How fast the gate board draws while a person scrubs through the steps: off screen, and (with a display) in
// a window.
//   bench_gate_board_frames [GATES [CHANNELS [STEPS]]]
#include "frame_times.h"
#include "ui/canvas_window/canvas_widget.h"
// After Vulkan's header.
#include <QApplication>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/random.h"
#include "ui/canvas/offscreen.h"
#include "ui/views/gate_board_painter.h"

namespace {

using namespace filigree;
using bench::Clock;
using bench::since;

void print(const char* what, std::vector<double> times) {
    std::sort(times.begin(), times.end());
    const auto at = [&](double share) {
        return times[std::min(times.size() - 1,
                              static_cast<std::size_t>(share * static_cast<double>(times.size())))];
    };
    std::printf("%-28s median %6.2f ms  p95 %6.2f ms  longest %6.2f ms  (%.0f frames/s)\n", what, at(0.5),
                at(0.95), times.back(), 1000 / at(0.5));
}

/// Scores that wander.
ui::GateRecords wandering(std::size_t gates, std::int64_t channels, std::int64_t steps) {
    ui::GateRecords records;
    records.runName = "bench";
    for (std::int64_t s = 0; s < steps; ++s) records.steps.push_back(10 * s);
    for (std::size_t g = 0; g < gates; ++g) {
        RandomStream random(1, "gate", g);
        ui::GateSeries gate{"block" + std::to_string(g), channels, records.steps, {}};
        std::vector<double> w(static_cast<std::size_t>(channels));
        for (std::int64_t s = 0; s < steps; ++s)
            for (double& value : w) {
                value += 0.1 * random.normal();
                gate.scores.push_back(static_cast<float>(1 / (1 + std::exp(-value))));
            }
        records.gates.push_back(std::move(gate));
    }
    return records;
}

}  // namespace

int main(int argc, char** argv) {
    const auto argument = [&](int at, std::int64_t otherwise) {
        return argc > at ? std::atoll(argv[at]) : otherwise;
    };
    const std::int64_t gates = argument(1, 24), channels = argument(2, 192), steps = argument(3, 500);
    constexpr int width = 1200, height = 800;
    ui::GateBoardPainter painter;
    auto begin = Clock::now();
    ui::GateRecords records = wandering(static_cast<std::size_t>(gates), channels, steps);
    std::printf("%lld gates, %lld channels, %lld steps; made in %.0f ms\n", static_cast<long long>(gates),
                static_cast<long long>(channels), static_cast<long long>(steps), since(begin));
    begin = Clock::now();
    painter.show(std::move(records));
    std::printf("shown in %.1f ms\n", since(begin));
    const auto scrub = [&](std::int64_t frame) { painter.setStep(10 * (frame % steps)); };
    try {
        ui::Scene scene;
        const auto device = ui::Device::open(gpu::Instance::shared());
        ui::Offscreen target(device);
        target.draw(scene.build(painter, width, height));
        std::vector<double> all, building;
        for (std::int64_t frame = 0; frame < steps; ++frame) {
            scrub(frame);
            begin = Clock::now();
            ui::Frame built = scene.build(painter, width, height);
            building.push_back(since(begin));
            target.draw(built);
            all.push_back(since(begin));
        }
        std::printf("%s, %d x %d\n", device->info().name.c_str(), width, height);
        print("  off screen, read back", all);
        print("  of it building (UI thread)", building);
        if (qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY")) {
            std::printf("no display: the window is not measured\n");
            return 0;
        }
        QApplication application(argc, argv);
        ui::Theme theme;
        ui::CanvasWidget canvas(theme, painter);
        canvas.resize(width, height);
        std::vector<double> intervals;
        Clock::time_point last{};
        std::int64_t frame = 0;
        QObject::connect(&canvas.window(), &ui::CanvasWindow::frameShown, &canvas, [&] {
            if (last != Clock::time_point{}) intervals.push_back(since(last));
            last = Clock::now();
            if (++frame > steps) {
                QApplication::quit();
                return;
            }
            scrub(frame);
            canvas.update();
        });
        QObject::connect(&canvas.window(), &ui::CanvasWindow::failed, &canvas, [&](const Error& error) {
            std::fprintf(stderr, "%s\n", error.what());
            QApplication::exit(1);
        });
        canvas.show();
        const int code = QApplication::exec();
        if (!intervals.empty()) print("  window, frame to frame", intervals);
        return code;
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return error.exitCode();
    }
}
