// SPDX-License-Identifier: Apache-2.0
#include "run/performance.h"

#include <cmath>

#include "base/platform.h"

namespace filigree::run {
namespace {

/// step / steps per epoch may come out a little below a whole number.
double wholeEpochs(double epoch) {
    return std::floor(epoch + 1e-6);
}

}  // namespace

PerformanceRecorder::PerformanceRecorder(double intervalSeconds, const train::Progress& start)
    : interval_(intervalSeconds),
      lastCpuSeconds_(platform::processCpuSeconds()),
      lastStep_(start.step),
      lastEpoch_(wholeEpochs(start.epoch)) {
    if (std::abs(start.epoch - lastEpoch_) < 1e-6) epochStart_ = 0;
}

void PerformanceRecorder::after(const train::Progress& progress, double seconds, record::Recorder& recorder) {
    if (const double epochs = wholeEpochs(progress.epoch); epochs > lastEpoch_) {
        if (epochStart_)
            recorder.scalar("perf/seconds_per_epoch", (seconds - *epochStart_) / (epochs - lastEpoch_),
                            {progress.step, progress.epoch});
        epochStart_ = seconds;
        lastEpoch_ = epochs;
    }
    if (seconds - lastSeconds_ >= interval_) record(progress, seconds, recorder);
}

void PerformanceRecorder::finish(const train::Progress& progress, double seconds,
                                 record::Recorder& recorder) {
    if (progress.step > lastStep_ && seconds > lastSeconds_) record(progress, seconds, recorder);
}

void PerformanceRecorder::record(const train::Progress& progress, double seconds,
                                 record::Recorder& recorder) {
    const record::Stamp stamp{progress.step, progress.epoch};
    recorder.scalar("perf/steps_per_second",
                    static_cast<double>(progress.step - lastStep_) / (seconds - lastSeconds_), stamp);
    const double cpuSeconds = platform::processCpuSeconds();
    recorder.scalar("perf/cpu_ms_per_step",
                    1e3 * (cpuSeconds - lastCpuSeconds_) / static_cast<double>(progress.step - lastStep_),
                    stamp);
    recorder.scalar("perf/peak_memory_bytes", static_cast<double>(platform::peakResidentBytes()), stamp);
    lastSeconds_ = seconds;
    lastCpuSeconds_ = cpuSeconds;
    lastStep_ = progress.step;
}

}  // namespace filigree::run
