// SPDX-License-Identifier: GPL-3.0-or-later
// How fast the connectivity view draws a large layer while it is panned and zoomed: off screen, and (with a
// display) in a window.
//   connectivity_frames [SIDE [DENSITY [FRAMES]]]
#include "frame_times.h"
#include "ui/canvas_window/canvas_widget.h"
// After Vulkan's header.
#include <QApplication>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "ui/canvas/offscreen.h"
#include "ui/views/connectivity_painter.h"

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

/// One step of a tour: in, sideways, out, so that every level is crossed.
void move(ui::ConnectivityModel& model, int frame) {
    const int phase = frame % 120;
    if (phase < 40)
        model.zoom(500, 300, 1.12);
    else if (phase < 80)
        model.pan(phase % 2 ? -31 : -17, phase % 3 ? -13 : -7);
    else
        model.zoom(400, 350, 1 / 1.12);
}

}  // namespace

int main(int argc, char** argv) {
    const std::int64_t side = argc > 1 ? std::atoll(argv[1]) : 4096;
    const double density = argc > 2 ? std::atof(argv[2]) : 0.1;
    const int frames = argc > 3 ? std::atoi(argv[3]) : 240;
    constexpr int width = 1200;
    constexpr int height = 800;

    std::mt19937_64 random(7);
    std::geometric_distribution<std::uint32_t> gap(density);
    record::Mask mask{"layer", side, side, {}, {}};
    for (std::int64_t at = gap(random); at < side * side; at += 1 + gap(random))
        mask.active.push_back(static_cast<std::uint32_t>(at));
    auto begin = Clock::now();
    ui::Connectivity pattern = ui::makeConnectivity(mask, 0);
    std::normal_distribution<float> weight(0, 0.1F);
    for (std::size_t i = 0; i < mask.active.size(); ++i) pattern.weight.push_back(weight(random));
    const double made = since(begin);
    const auto shared = std::make_shared<const ui::Connectivity>(std::move(pattern));
    begin = Clock::now();
    const auto data = ui::prepare(shared, ui::Colouring::Sign);
    std::printf("%lld x %lld, %zu connections; pattern %.0f ms, levels of detail %.0f ms\n",
                static_cast<long long>(side), static_cast<long long>(side), mask.active.size(), made,
                since(begin));

    try {
        for (const ui::Colouring colouring : {ui::Colouring::Presence, ui::Colouring::Sign}) {
            ui::ConnectivityPainter painter;
            painter.model().show(colouring == ui::Colouring::Sign ? data : ui::prepare(shared, colouring));
            ui::Scene scene;
            const auto device = ui::Device::open(gpu::Instance::shared());
            ui::Offscreen target(device);
            target.draw(scene.build(painter, width, height));
            std::vector<double> all;
            std::vector<double> building;
            std::vector<double> rastering;
            for (int frame = 0; frame < frames; ++frame) {
                move(painter.model(), frame);
                begin = Clock::now();
                ui::Frame built = scene.build(painter, width, height);
                building.push_back(since(begin));
                target.draw(built);
                all.push_back(since(begin));
                begin = Clock::now();
                const ui::Picture again = built.textures[1].make();
                rastering.push_back(since(begin));
            }
            std::printf("%s, %s, %d x %d\n", std::string(ui::nameOf(colouring)).c_str(),
                        device->info().name.c_str(), width, height);
            print("  off screen, read back", all);
            print("  of it building (UI thread)", building);
            print("  of it the matrix's pixels", rastering);
        }

        if (qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY")) {
            std::printf("no display: the window is not measured\n");
            return 0;
        }
        QApplication application(argc, argv);
        ui::Theme theme;
        ui::ConnectivityPainter painter;
        painter.model().show(data);
        ui::CanvasWidget canvas(theme, painter);
        canvas.resize(width, height);
        std::vector<double> intervals;
        Clock::time_point last{};
        int frame = 0;
        QObject::connect(&canvas.window(), &ui::CanvasWindow::frameShown, &canvas, [&] {
            if (last != Clock::time_point{}) intervals.push_back(since(last));
            last = Clock::now();
            if (++frame > frames) {
                QApplication::quit();
                return;
            }
            move(painter.model(), frame);
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
