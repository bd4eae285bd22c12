// SPDX-License-Identifier: GPL-3.0-or-later
// How many frames a second a chart draws while it is panned: one curve of very many points, then very many
// curves.
//
// Usage: bench_chart_pan [points = 1000000] [curves = 200] [folder = the system's temporary one]
// Run under a virtual screen or with QT_QPA_PLATFORM=offscreen.
#include <QApplication>
#include <QElapsedTimer>
#include <QMouseEvent>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <random>

#include "base/platform.h"
#include "store/writer.h"
#include "ui/base/watchdog.h"
#include "ui/charts/chart_plot.h"
#include "ui/charts/metric_chart.h"
#include "ui/model/workspace.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

std::int64_t makeRun(const std::filesystem::path& path, std::int64_t points, unsigned seed) {
    store::NewRun run;
    run.name = "bench-" + std::to_string(seed);
    auto writer = store::RunWriter::createRun(path, run);
    std::mt19937 generator(seed);
    std::normal_distribution<double> noise;
    for (std::int64_t step = 0; step < points; ++step)
        writer->scalar("train/loss",
                       0.1 * seed +
                           2 * std::exp(-3.0 * static_cast<double>(step) / static_cast<double>(points)) +
                           0.1 * noise(generator),
                       {step, static_cast<double>(step) / 100});
    const std::int64_t id = writer->run();
    writer->finish({});
    return id;
}

void settle(const MetricChart& chart) {
    QElapsedTimer time;
    time.start();
    do QApplication::processEvents(QEventLoop::AllEvents, 20);
    while ((chart.isLoading() || time.elapsed() < 300) && time.elapsed() < 60'000);
}

/// Drags the chart to and fro by mouse, a frame per move, and prints what a frame took.
void pan(MetricChart& chart, const char* what) {
    Watchdog watchdog(50);
    ChartPlot& plot = chart.plot();
    const QPointF middle = plot.area().center();
    const auto send = [&](QEvent::Type type, QPointF at, Qt::MouseButton button, Qt::MouseButtons buttons) {
        QMouseEvent event(type, at, plot.mapToGlobal(at), button, buttons, Qt::NoModifier);
        QApplication::sendEvent(&plot, &event);
    };
    send(QEvent::MouseButtonPress, middle, Qt::LeftButton, Qt::LeftButton);
    constexpr int mostFrames = 240;
    int frames = 0;
    double longest = 0;
    QElapsedTimer all;
    all.start();
    for (int frame = 0; frame < mostFrames && all.elapsed() < 8000; ++frame, ++frames) {
        QElapsedTimer one;
        one.start();
        // A sweep over a screen and a half in each direction, so that new parts must be read on the way.
        const double phase = 6.283 * frame / mostFrames;
        send(QEvent::MouseMove, middle + QPointF(1.5 * plot.area().width() * std::sin(phase), 0),
             Qt::NoButton, Qt::LeftButton);
        QApplication::processEvents();
        longest = std::max(longest, static_cast<double>(one.nsecsElapsed()) / 1e6);
    }
    const double seconds = static_cast<double>(all.nsecsElapsed()) / 1e9;
    send(QEvent::MouseButtonRelease, middle, Qt::LeftButton, Qt::NoButton);
    std::printf("%-34s %6.1f frames/s, longest frame %5.1f ms, UI thread above 50 ms: %zu times\n", what,
                frames / seconds, longest, watchdog.stalls().size());
}

}  // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    const std::int64_t points = argc > 1 ? std::stoll(argv[1]) : 1'000'000;
    const int curves = argc > 2 ? std::stoi(argv[2]) : 200;
    const std::filesystem::path folder = argc > 3 ? argv[3] : std::filesystem::temp_directory_path();
    const auto path = folder / ("chart-" + std::to_string(platform::processId()) + ".filigree");
    const std::int64_t large = makeRun(path, points, 1);
    std::vector<std::int64_t> many;
    for (int i = 0; i < curves; ++i) many.push_back(makeRun(path, 5000, static_cast<unsigned>(i)));
    {
        Workspace workspace({});
        const QString store = workspace.stores.open(QString::fromStdU16String(path.u16string()))->path();
        MetricChart chart(workspace);
        chart.resize(1200, 600);
        chart.setMetric(QStringLiteral("train/loss"));
        chart.show();

        QElapsedTimer open;
        open.start();
        chart.setRuns({{store, large}});
        while (chart.isLoading() && open.elapsed() < 60'000)
            QApplication::processEvents(QEventLoop::AllEvents, 5);
        std::printf("one curve of %lld points: first picture after %lld ms\n", static_cast<long long>(points),
                    static_cast<long long>(open.elapsed()));
        settle(chart);
        const double length = static_cast<double>(points);
        chart.zoomX({0.25 * length, 0.75 * length});
        settle(chart);
        pan(chart, "half of them in view");
        chart.zoomX({0.5 * length, 0.5 * length + 1000});
        settle(chart);
        pan(chart, "1000 of them in view");
        chart.fitAll();
        chart.setSmoothing(length / 200);
        settle(chart);
        chart.zoomX({0.25 * length, 0.75 * length});
        settle(chart);
        pan(chart, "half of them, smoothed");
        chart.setSmoothing(0);
        chart.fitAll();

        QList<RunKey> keys;
        for (const std::int64_t run : many) keys << RunKey{store, run};
        open.restart();
        chart.setRuns(keys);
        while (chart.isLoading() && open.elapsed() < 60'000)
            QApplication::processEvents(QEventLoop::AllEvents, 5);
        std::printf("%d curves of 5000 points: whole picture after %lld ms\n", curves,
                    static_cast<long long>(open.elapsed()));
        settle(chart);
        pan(chart, "all curves in view");
        chart.zoomX({1000, 2000});
        settle(chart);
        pan(chart, "a fifth of their length");
    }
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path.string() + suffix);
    return 0;
}
