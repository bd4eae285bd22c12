// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/format.h"
#include "base/error.h"

namespace filigree::app {
namespace {

std::string bar(double share, int width) {
    const int filled = static_cast<int>(share * width);
    std::string text(static_cast<std::size_t>(width), ' ');
    for (int i = 0; i < filled; ++i) text[static_cast<std::size_t>(i)] = '=';
    if (filled < width) text[static_cast<std::size_t>(filled)] = '>';
    return "[" + text + "] ";
}

double shareOf(const train::Progress& progress) {
    if (progress.totalSteps <= 0) return 0;
    return std::clamp(static_cast<double>(progress.step) / static_cast<double>(progress.totalSteps), 0.0,
                      1.0);
}

}  // namespace

ProgressKind parseProgressKind(const std::string& word) {
    if (word == "auto") return ProgressKind::Auto;
    if (word == "bar") return ProgressKind::Bar;
    if (word == "plain") return ProgressKind::Plain;
    if (word == "json") return ProgressKind::Json;
    if (word == "none") return ProgressKind::None;
    throw Error(ErrorKind::Usage, "no kind of progress is called \"" + word + "\"", "--progress=" + word,
                "say auto, bar, plain, json or none");
}

std::string progressText(const run::ProgressReport& report) {
    const train::Progress& progress = report.progress;
    std::string text = fmt::format("epoch {:.4g}/{:.4g}", progress.epoch, progress.totalEpochs);
    for (const auto& [name, value] : progress.figures)
        text += fmt::format("  {} {}", name, shortNumber(value));
    if (report.state == store::RunState::Paused) return text + "  paused";
    if (report.stepsPerSecond > 0) text += fmt::format("  {} steps/s", shortNumber(report.stepsPerSecond));
    if (progress.finished()) {
        text += "  " + duration(report.seconds);
        if (report.peakMemoryBytes > 0)
            text += "  peak memory " + shortBytes(static_cast<double>(report.peakMemoryBytes));
        return text;
    }
    if (report.secondsLeft) text += fmt::format("  {} left", duration(*report.secondsLeft));
    return text;
}

ProgressDisplay::ProgressDisplay(Output& output, ProgressKind kind) : output_(output), kind_(kind) {
    if (kind_ == ProgressKind::Auto)
        kind_ = output.streams().errIsTerminal ? ProgressKind::Bar : ProgressKind::Plain;
    if (output.quiet()) kind_ = ProgressKind::None;
}

void ProgressDisplay::show(const run::ProgressReport& report, Clock::time_point now) {
    if (kind_ == ProgressKind::None) return;
    const double share = shareOf(report.progress);
    if (kind_ == ProgressKind::Bar) {
        rewrite(fmt::format("{}{:3.0f} %  {}", bar(share, 16), 100 * share, progressText(report)));
        return;
    }
    const int tenth = static_cast<int>(share * 10);
    const bool paused = report.state == store::RunState::Paused;
    const bool due =
        step_ < 0 || tenth != tenth_ || paused != paused_ || now - last_ >= std::chrono::seconds(60);
    const bool last = report.progress.finished() && step_ != report.progress.step;
    if (!due && !last) return;
    tenth_ = tenth;
    step_ = report.progress.step;
    paused_ = paused;
    last_ = now;
    if (kind_ == ProgressKind::Plain) {
        output_.err() << fmt::format("{:3.0f} %  {}\n", 100 * share, progressText(report)) << std::flush;
        return;
    }
    nlohmann::json figures = nlohmann::json::object();
    for (const auto& [name, value] : report.progress.figures) figures[name] = value;
    nlohmann::json line = {
        {"schema", 1},
        {"step", report.progress.step},
        {"total_steps", report.progress.totalSteps},
        {"epoch", report.progress.epoch},
        {"total_epochs", report.progress.totalEpochs},
        {"state", store::toString(report.state)},
        {"steps_per_second", report.stepsPerSecond},
        {"seconds", report.seconds},
        {"peak_memory_bytes", report.peakMemoryBytes},
        {"seconds_left", report.secondsLeft ? nlohmann::json(*report.secondsLeft) : nlohmann::json()},
        {"figures", figures}};
    output_.err() << line.dump() << '\n' << std::flush;
}

void ProgressDisplay::rewrite(const std::string& text) {
    // Spaces instead of an escape sequence wipe what a longer line left; one column stays free, or the line
    // would wrap.
    const auto columns = static_cast<std::size_t>(std::max(20, output_.streams().columns));
    const std::string cut = text.substr(0, columns - 1);
    std::string padding;
    if (shown_ > cut.size()) padding.assign(shown_ - cut.size(), ' ');
    output_.err() << '\r' << cut << padding << std::flush;
    shown_ = cut.size();
}

void ProgressDisplay::end() {
    if (shown_ > 0) output_.err() << '\n' << std::flush;
    shown_ = 0;
}

}  // namespace filigree::app
