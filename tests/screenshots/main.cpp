// SPDX-License-Identifier: GPL-3.0-or-later
// Takes pictures of every page, in both themes, of a store with real runs.
#include <QApplication>
#include <QDir>
#include <QComboBox>
#include <QEventLoop>
#include <QLineEdit>
#include <QToolButton>
#include <QProcess>
#include <QScreen>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTimer>
#include <QWindow>
#include <cstdio>

#include "run/presets.h"
#include "store/annotations.h"
#include "ui/compare/compare_page.h"
#include "ui/shell/main_window.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

void wait(int milliseconds) {
    // A loop of its own, as the program has: objects that ask for it are deleted only in one.
    QEventLoop loop;
    QTimer::singleShot(milliseconds, &loop, &QEventLoop::quit);
    loop.exec();
}

void train(const QString& store, const QStringList& words) {
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(FILIGREE_PROGRAM,
                  QStringList{"run"} + words + QStringList{"-q", "--store", store, "--threads", "1"});
    if (!process.waitForFinished(600000) || process.exitCode() != 0)
        qFatal("filigree run %s failed", qPrintable(words.join(' ')));
}

void makeRuns(const QString& store) {
    train(store, {"fashion-mlp", "--name", "wiring", "--set", "train.epochs=3"});
    QProcess landscape;
    landscape.start(FILIGREE_PROGRAM, {"analyze", "landscape", "1", "--samples", "200", "-q", "--store", store,
                                       "--threads", "1"});
    if (!landscape.waitForFinished(600000) || landscape.exitCode() != 0)
        qFatal("filigree analyze landscape failed");
    int number = 0;
    for (const char* density : {"0.05", "0.1", "0.2"})
        for (const char* seed : {"0", "1", "2"})
            train(store, {"digits", "--seed", seed, "--name", QString("digits-%1").arg(++number), "--set",
                          QString("sparsity.density=%1").arg(density), "--set",
                          QString("optimizer.lr=%1").arg(seed[0] == '2' ? 0.01 : 0.1)});
    for (const char* rule : {"gradient", "random"})
        train(store, {"planted", "--name", QString("planted-%1").arg(rule), "--set",
                      QString("rewire.growth=%1").arg(rule)});
    store::Store opened = store::Store::open(store.toStdU16String(), store::Mode::ReadWrite);
    const std::vector<std::int64_t> paper{2, 3, 4}, keep{1};
    store::tag(opened, paper, "paper");
    store::tag(opened, keep, "figure");
    store::setNote(opened, 1,
                   "Three epochs are enough to see the *wiring* settle in the middle of the picture.");
}

class Photographer {
  public:
    Photographer(Workspace& workspace, MainWindow& window, const QString& folder)
        : workspace_(workspace), window_(window), folder_(folder) {}

    void page(const QString& id, const QString& name, int settle_ms = 1500) {
        QAction* action = workspace_.actions.find("view.page." + id);
        if (!action) qFatal("there is no page %s", qPrintable(id));
        action->trigger();
        wait(settle_ms);
        take(name);
    }

    void take(const QString& name) {
        // From the screen, not from the widgets: the canvas is a window of its own.
        const QPixmap picture = window_.screen()->grabWindow(0);
        const QString theme = workspace_.theme.appearance() == Appearance::Dark ? "dark" : "light";
        const QString path = QDir(folder_).absoluteFilePath(name + '-' + theme + ".png");
        if (!picture.save(path)) qFatal("cannot write %s", qPrintable(path));
        std::printf("%s\n", qPrintable(path));
    }

  private:
    Workspace& workspace_;
    MainWindow& window_;
    QString folder_;
};

}  // namespace

int main(int count, char** words) {
    QTemporaryDir home;
    for (const char* name : {"XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"})
        qputenv(name, home.filePath(name).toUtf8());
    qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
    QApplication application(count, words);
    if (count < 2) qFatal("usage: filigree_screenshots FOLDER");
    const QString store = home.filePath("experiments.filigree");
    makeRuns(store);

    Workspace workspace({home.filePath("session.json"), FILIGREE_PROGRAM, store});
    MainWindow window(workspace);
    window.setGeometry(0, 0, 1440, 900);
    window.openFiles({store});
    window.show();
    wait(1500);
    const RunKey wiring{store, 1};
    const Photographer camera(workspace, window, words[1]);
    for (const Theme::Mode mode : {Theme::Mode::Light, Theme::Mode::Dark}) {
        workspace.theme.setMode(mode);
        Photographer photo = camera;
        photo.page("gallery", "start");
        workspace.selection.setRuns({{store, 2}, {store, 5}, {store, 8}});
        photo.page("runs", "runs");
        emit workspace.editExperiment(run::openRunFile("digits"));
        wait(500);
        photo.page("new", "form");
        emit workspace.showRun(wiring);
        photo.page("run", "run", 2500);
        workspace.selection.setRuns({wiring});
        emit workspace.showConnectivity(wiring);
        photo.page("connectivity", "connectivity", 3000);
        auto* graph = window.findChild<QToolButton*>("connectivityGraph");
        graph->setChecked(true);
        photo.page("connectivity", "graph", 2500);
        graph->setChecked(false);
        auto* lesion = window.findChild<QToolButton*>("connectivityLesion");
        lesion->setChecked(true);
        window.findChild<QLineEdit*>("lesionQuery")->setText("row < 40");
        emit window.findChild<QLineEdit*>("lesionQuery")->returnPressed();
        photo.page("connectivity", "lesion", 4000);
        lesion->setChecked(false);
        photo.page("rewiring", "rewiring", 2500);
        workspace.actions.find("rewiring.addToFigure")->trigger();
        photo.page("landscape", "landscape", 2500);
        workspace.actions.find("landscape.addToFigure")->trigger();
        photo.page("figure", "figure", 4000);
        emit workspace.showComparison({{store, 2}, {store, 5}, {store, 8}});
        photo.page("compare", "compare", 2500);
        QList<RunKey> sweep;
        for (qint64 run = 2; run <= 10; ++run) sweep.append({store, run});
        emit workspace.showComparison(sweep);
        auto* comparison = window.findChild<ComparePage*>();
        comparison->showSweep(true);
        photo.page("compare", "sweep", 1000);
        comparison->showSweep(false);
        emit workspace.showHelp("methods/dst_ee");
        photo.page("run", "help", 1500);
        if (QAction* dock = workspace.actions.find("window.helpDock")) dock->trigger();
        if (QAction* palette = workspace.actions.find("view.palette")) {
            palette->trigger();
            wait(500);
            photo.take("palette");
            if (QWidget* popup = QApplication::activePopupWidget()) popup->close();
            if (QWidget* active = QApplication::activeModalWidget()) active->close();
        }
    }
    window.setQuitQuestion([](int) { return MainWindow::QuitChoice::KeepRunning; });
    window.close();
    wait(300);
    return 0;
}
