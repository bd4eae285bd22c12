// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "record/recorder.h"
#include "train/experiment.h"

namespace filigree::run {

/// Records what a run costs: perf/steps_per_second, perf/cpu_ms_per_step and perf/peak_memory_bytes at an
/// interval of time, and perf/seconds_per_epoch at the end of each whole epoch. Times are those of training:
/// pauses do not count. CPU time is that of all threads of the process: other programs on the computer hardly
/// change it.
class PerformanceRecorder {
  public:
    PerformanceRecorder(double intervalSeconds, const train::Progress& start);

    /// `seconds` of training since the attempt began. Call it after every step; it is cheap when nothing is
    /// due.
    void after(const train::Progress& progress, double seconds, record::Recorder& recorder);
    /// The rest, after the last step.
    void finish(const train::Progress& progress, double seconds, record::Recorder& recorder);

  private:
    void record(const train::Progress& progress, double seconds, record::Recorder& recorder);

    double interval_;
    double lastSeconds_ = 0;
    double lastCpuSeconds_;
    std::int64_t lastStep_;
    double lastEpoch_;                  ///< whole epochs done
    std::optional<double> epochStart_;  ///< none while in an epoch that began in an earlier attempt
};

}  // namespace filigree::run
