// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>

#include "app/output.h"
#include "run/runner.h"

namespace filigree::app {

/// Auto: a line that is rewritten on a terminal, else plain lines.
enum class ProgressKind { Auto, Bar, Plain, Json, None };

/// Throws Error (Usage) for any other word.
ProgressKind parseProgressKind(const std::string& word);

/// Epoch, loss, accuracy, density, speed and time left: "epoch 3.2/20  loss 0.2134  accuracy 0.93  1204
/// steps/s  0:41 left".
std::string progressText(const run::ProgressReport& report);

/// Shows how a run gets on, on stderr: Bar rewrites one line; Plain writes a line per 10 % or 60 s, without
/// control characters; Json writes such lines as objects.
class ProgressDisplay {
  public:
    using Clock = std::chrono::steady_clock;

    ProgressDisplay(Output& output, ProgressKind kind);
    void show(const run::ProgressReport& report) { show(report, Clock::now()); }
    void show(const run::ProgressReport& report, Clock::time_point now);
    /// Ends the line that is being rewritten.
    void end();

  private:
    void rewrite(const std::string& text);

    Output& output_;
    ProgressKind kind_;
    std::size_t shown_ = 0;   ///< characters of the present line
    int tenth_ = -1;          ///< last tenth of the run that had a line
    std::int64_t step_ = -1;  ///< step of the last line
    bool paused_ = false;
    Clock::time_point last_{};
};

}  // namespace filigree::app
