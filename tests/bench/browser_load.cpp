// SPDX-License-Identifier: GPL-3.0-or-later
// The run browser on a store of 10 000 runs with 100 keys and 10^7 scalars: how long until it is usable, how
// fast it filters, sorts, groups and scrolls, and the longest time the window did not answer.
//
//     bench_browser [FILE]      the store is made once (a minute, about 700 MB) and kept
#include <QApplication>
#include <QElapsedTimer>
#include <QScrollBar>
#include <QThread>
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "../browser/many_runs.h"
#include "ui/base/watchdog.h"
#include "ui/browser/browser_page.h"
#include "ui/browser/runs_dock.h"
#include "ui/model/workspace.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

constexpr double patience_ms = 60000;

/// Runs the event loop until `done`; milliseconds it took, or -1.
double waitFor(const std::function<bool()>& done) {
    QElapsedTimer clock;
    clock.start();
    while (!done()) {
        if (static_cast<double>(clock.elapsed()) > patience_ms) return -1;
        QApplication::processEvents(QEventLoop::WaitForMoreEvents, 5);
    }
    return static_cast<double>(clock.nsecsElapsed()) / 1e6;
}

/// Counts the times a widget is painted.
class PaintCounter : public QObject {
  public:
    explicit PaintCounter(QWidget* widget) { widget->installEventFilter(this); }
    int count = 0;

  protected:
    bool eventFilter(QObject*, QEvent* event) override {
        if (event->type() == QEvent::Paint) ++count;
        return false;
    }
};

}  // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    const std::filesystem::path path =
        argc > 1 ? std::filesystem::path(argv[1])
                 : std::filesystem::path(FILIGREE_BINARY_DIR) / "bench" / "many_runs.filigree";
    std::filesystem::create_directories(path.parent_path());
    if (!std::filesystem::exists(path)) std::printf("making %s …\n", path.string().c_str());
    std::fflush(stdout);
    makeManyRuns(path, {.runs = 10000, .keys = 100, .metrics = 5, .points = 200});

    Workspace workspace({.sessionPath = {}, .program = {}, .defaultStore = {}});
    Watchdog watchdog(16);
    QElapsedTimer sinceOpen;
    sinceOpen.start();
    workspace.stores.open(QString::fromStdU16String(path.u16string()));
    BrowserPage page(workspace, nullptr);
    page.resize(1440, 900);
    page.show();
    RunsDock dock(workspace, nullptr);
    dock.resize(240, 900);
    dock.show();
    PaintCounter painted(page.view().viewport());
    RunsModel& model = page.model();
    const auto quiet = [&] { return !model.isBusy(); };
    const auto report = [&](const char* what, double milliseconds) {
        std::printf("%-52s %8.1f ms   longest stall %5.1f ms\n", what, milliseconds, watchdog.longest_ms());
        std::fflush(stdout);
        watchdog.reset();
    };
    waitFor([&] { return model.rowCount() > 0 && painted.count > 0; });
    report("open to first rows shown", static_cast<double>(sinceOpen.nsecsElapsed()) / 1e6);
    RunIndex& index = RunIndex::of(workspace);
    waitFor([&] { return index.table()->isComplete && quiet(); });
    report("open to all configurations and metrics", static_cast<double>(sinceOpen.nsecsElapsed()) / 1e6);
    std::printf("%zu runs, %zu keys, %zu metrics, %d columns shown\n", index.table()->size(),
                index.table()->keys->size(), index.table()->metrics->size(), model.columnCount());

    auto* filter = page.findChild<FilterEdit*>();
    for (const char* query : {"method:rigl", "density<=0.1 best(test/acc)>0.9",
                              "name~\"s[12]$\" tag:paper or lr=0.01", "at(test/acc,500)>0.5", ""}) {
        const int before = painted.count;
        QElapsedTimer clock;
        clock.start();
        filter->setText(QString::fromLatin1(query));
        waitFor([&] { return quiet() && painted.count > before; });
        const QString label =
            QStringLiteral("filter  %1  (%2)").arg(QLatin1String(query)).arg(model.rowCount());
        report(qPrintable(label), static_cast<double>(clock.nsecsElapsed()) / 1e6);
    }
    for (const Column& column : {Column{ColumnKind::Name, {}}, Column{ColumnKind::Config, "sparsity.density"},
                                 Column{ColumnKind::Best, "test/acc"}, Column{ColumnKind::Age, {}}}) {
        const int before = painted.count;
        QElapsedTimer clock;
        clock.start();
        model.setSort(column, column.kind != ColumnKind::Name);
        waitFor([&] { return quiet() && painted.count > before; });
        report(qPrintable("sort by " + column.toString()), static_cast<double>(clock.nsecsElapsed()) / 1e6);
    }
    for (const Grouping& grouping :
         {Grouping{Grouping::Kind::WithoutSeed, {}},
          Grouping{Grouping::Kind::ByColumn, {ColumnKind::Config, "sparsity.density"}}, Grouping{}}) {
        const int before = painted.count;
        QElapsedTimer clock;
        clock.start();
        model.setGrouping(grouping);
        waitFor([&] { return quiet() && painted.count > before; });
        report(qPrintable("group by \"" + grouping.toString() + "\""),
               static_cast<double>(clock.nsecsElapsed()) / 1e6);
    }

    {
        const int before = painted.count;
        QElapsedTimer clock;
        clock.start();
        page.view().selectAll();
        waitFor([&] { return painted.count > before; });
        report("select all", static_cast<double>(clock.nsecsElapsed()) / 1e6);
        page.view().clearSelection();
    }

    // Scrolling: one frame each, as fast as it goes; curves come meanwhile.
    QScrollBar* bar = page.view().verticalScrollBar();
    constexpr int frames = 300;
    std::vector<double> times;
    QElapsedTimer whole;
    whole.start();
    for (int frame = 0; frame < frames; ++frame) {
        const int before = painted.count;
        QElapsedTimer clock;
        clock.start();
        bar->setValue(static_cast<int>(static_cast<double>(bar->maximum()) * frame / frames));
        waitFor([&] { return painted.count > before; });
        times.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
    }
    const double seconds = static_cast<double>(whole.nsecsElapsed()) / 1e9;
    std::sort(times.begin(), times.end());
    std::printf("scroll: %.0f frames/s, median %.1f ms, 99 %% %.1f ms\n", frames / seconds,
                times[times.size() / 2], times[times.size() * 99 / 100]);
    report("scroll, worst frame", times.back());
    return 0;
}
