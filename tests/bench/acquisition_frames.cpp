// SPDX-License-Identifier: GPL-3.0-or-later
// How long a frame takes while another c is tried on a round of 10^6 candidates, off screen.
//   acquisition_frames [CANDIDATES [FRAMES]]
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>

#include "base/error.h"
#include "frame_times.h"
#include "ui/canvas/offscreen.h"
#include "ui/canvas/scene.h"
#include "ui/views/acquisition_painter.h"

namespace {

using namespace filigree;
using bench::Clock;
using bench::print;
using bench::since;

}  // namespace

int main(int argc, char** argv) {
    const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000000;
    const int frames = argc > 2 ? std::atoi(argv[2]) : 200;
    constexpr int width = 1200;
    constexpr int height = 800;

    std::mt19937_64 random(7);
    std::vector<float> gradient(count), rounds(count);
    std::normal_distribution<float> exponent(-3, 0.8F);
    for (std::size_t i = 0; i < count; ++i) {
        gradient[i] = std::pow(10.0F, exponent(random));
        rounds[i] = random() % 3 == 0 ? static_cast<float>(random() % 60) : 0;
    }
    const ui::AcquisitionRule rule{0.001, 1, false, 4000};
    std::vector<std::uint32_t> grown(count / 40);
    std::iota(grown.begin(), grown.end(), 0U);
    auto begin = Clock::now();
    ui::Acquisition made;
    made.layer = "fc1";
    made.steps = {4000};
    made.round = std::make_shared<ui::AcquisitionRound>(1000, gradient, rounds, grown, rule);
    std::printf("%zu candidates, %zu grown, sorted in %.0f ms\n", count, grown.size(), since(begin));
    try {
        ui::AcquisitionPainter painter;
        painter.show(std::move(made));
        ui::Scene scene;
        const auto device = ui::Device::open(gpu::Instance::shared());
        ui::Offscreen target(device);
        target.draw(scene.build(painter, width, height));
        std::vector<double> choosing, all;
        for (int frame = 0; frame < frames; ++frame) {
            begin = Clock::now();
            painter.setTrial(std::pow(10.0, -5 + 7.0 * frame / frames));
            choosing.push_back(since(begin));
            target.draw(scene.build(painter, width, height));
            all.push_back(since(begin));
        }
        std::printf("%s, %d x %d\n", device->info().name.c_str(), width, height);
        print("  choosing (UI thread)", choosing);
        print("  a frame, read back", all);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return error.exitCode();
    }
    return 0;
}
