// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <tuple>
#include <vector>

#include "base/platform.h"
#include "run/performance.h"
#include "run/speed.h"

using namespace filigree;

namespace {

/// Keeps the scalars in the order they came.
class Notebook final : public record::Recorder {
  public:
    struct Line {
        std::string tag;
        double value;
        std::int64_t step;
    };
    std::vector<Line> lines;
    std::vector<Line> of(const std::string& tag) const {
        std::vector<Line> found;
        for (const Line& line : lines)
            if (line.tag == tag) found.push_back(line);
        return found;
    }

    void scalar(std::string_view tag, double value, const record::Stamp& stamp) override {
        lines.push_back({std::string(tag), value, stamp.step});
    }
    void mask(const record::Mask&, const record::Stamp&) override {}
    void edgeValues(const record::EdgeValues&, const record::Stamp&) override {}
    void rewiring(const record::Rewiring&, const record::Stamp&) override {}
    void matrix(const record::Matrix&, const record::Stamp&) override {}
    void image(const record::Image&, const record::Stamp&) override {}
    void text(const record::Text&, const record::Stamp&) override {}
    void event(const record::Event&, const record::Stamp&) override {}
    void log(record::LogLevel, std::string_view, const record::Stamp&) override {}
};

train::Progress at(std::int64_t step, double stepsPerEpoch) {
    return {step, 100, static_cast<double>(step) / stepsPerEpoch, 100 / stepsPerEpoch, {}};
}

}  // namespace

class MeasuresTest : public QObject {
    Q_OBJECT

  private slots:
    void speedIsUnknownUntilTimeHasPassed() {
        run::SpeedMeter meter;
        QCOMPARE(meter.stepsPerSecond(), 0.0);
        meter.add(0, 0);
        meter.add(0.01, 5);
        QCOMPARE(meter.stepsPerSecond(), 0.0);
        QVERIFY(!meter.secondsFor(10));
    }

    void speedIsStepsOverTimeAndFollowsAChangeWithinTheWindow() {
        run::SpeedMeter meter(10);
        for (int i = 0; i <= 100; ++i) meter.add(0.1 * i, 20 * i);
        QVERIFY(std::abs(meter.stepsPerSecond() - 200) < 1e-9);
        QVERIFY(std::abs(meter.secondsFor(1000).value() - 5) < 1e-9);
        // Half as fast for twice the window: what was before is forgotten.
        for (int i = 1; i <= 200; ++i) meter.add(10 + 0.1 * i, 2000 + 10 * i);
        QVERIFY(std::abs(meter.stepsPerSecond() - 100) < 1);
    }

    void speedOfAMillionPointsIsThatOfTheLastSeconds() {
        run::SpeedMeter meter(1);
        for (int i = 0; i <= 1000000; ++i) meter.add(i * 1e-5, i);
        QVERIFY(std::abs(meter.stepsPerSecond() - 100000) < 1000);
    }

    void aPauseIsForgotten() {
        run::SpeedMeter meter;
        meter.add(0, 0);
        meter.add(1, 100);
        meter.restart();
        meter.add(60, 100);
        meter.add(61, 200);
        QVERIFY(std::abs(meter.stepsPerSecond() - 100) < 1e-9);
    }

    void stepsPerSecondAreRecordedAtTheInterval() {
        Notebook notes;
        run::PerformanceRecorder recorder(1.0, at(0, 10));
        for (int step = 1; step <= 25; ++step) recorder.after(at(step, 10), 0.1 * step + 1e-9, notes);
        recorder.finish(at(25, 10), 2.5, notes);
        const auto speeds = notes.of("perf/steps_per_second");
        QCOMPARE(speeds.size(), std::size_t{3});
        for (const auto& line : speeds) QVERIFY(std::abs(line.value - 10) < 1e-6);
        QCOMPARE(speeds[0].step, std::int64_t{10});
        QCOMPARE(speeds[1].step, std::int64_t{20});
        QCOMPARE(speeds[2].step, std::int64_t{25});
        QCOMPARE(notes.of("perf/peak_memory_bytes").size(), std::size_t{3});
    }

    // What this process computes between two records belongs to the second, over the steps between them.
    void processorTimeIsPerStepSinceTheLastRecord() {
        Notebook notes;
        run::PerformanceRecorder recorder(1.0, at(0, 10));
        const double start = platform::processCpuSeconds();
        while (platform::processCpuSeconds() < start + 0.05) {
        }
        for (int step = 1; step <= 20; ++step) recorder.after(at(step, 10), 0.1 * step + 1e-9, notes);
        const double used = 1e3 * (platform::processCpuSeconds() - start);
        const auto times = notes.of("perf/cpu_ms_per_step");
        QCOMPARE(times.size(), std::size_t{2});
        QVERIFY(times[0].value >= 5);
        QVERIFY(times[1].value >= 0);
        QVERIFY(10 * (times[0].value + times[1].value) <= used + 1);
    }

    void anEpochThatBeganBeforeIsNotTimed() {
        Notebook notes;
        // Resumed in the middle of the second epoch: the third is the first whole one.
        run::PerformanceRecorder recorder(1e9, at(15, 10));
        for (int step = 16; step <= 40; ++step) recorder.after(at(step, 10), 0.5 * (step - 15), notes);
        const auto epochs = notes.of("perf/seconds_per_epoch");
        QCOMPARE(epochs.size(), std::size_t{2});
        QCOMPARE(epochs[0].step, std::int64_t{30});
        QVERIFY(std::abs(epochs[0].value - 5) < 1e-9);
        QCOMPARE(epochs[1].step, std::int64_t{40});
        QVERIFY(std::abs(epochs[1].value - 5) < 1e-9);
    }

    // 100 steps in epochs of 100/3 steps: boundaries fall between steps, and 3 x (1/3) is not quite 1.
    void epochsThatAreNoWholeNumberOfStepsAreCountedOnce() {
        Notebook notes;
        run::PerformanceRecorder recorder(1e9, at(0, 100.0 / 3));
        for (int step = 1; step <= 100; ++step) recorder.after(at(step, 100.0 / 3), step, notes);
        const auto epochs = notes.of("perf/seconds_per_epoch");
        QCOMPARE(epochs.size(), std::size_t{3});
        QCOMPARE(epochs[0].step, std::int64_t{34});
        QCOMPARE(epochs[2].step, std::int64_t{100});
    }
};

QTEST_APPLESS_MAIN(MeasuresTest)
#include "test_measures.moc"
