// SPDX-License-Identifier: GPL-3.0-or-later
// Takes pictures of every page, in both themes, of a store with real runs.
#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QEventLoop>
#include <QLineEdit>
#include <QProcess>
#include <QScreen>
#include <QTabWidget>
#include <QTemporaryDir>
#include <QTimer>
#include <QToolButton>
#include <QWindow>
#include <cstdio>

#include "run/presets.h"
#include "store/annotations.h"
#include "ui/charts/metric_chart.h"
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

void analyze(const QString& store, const QStringList& words) {
    QProcess process;
    process.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    process.start(FILIGREE_PROGRAM, QStringList{"analyze"} + words + QStringList{"-q", "--store", store});
    if (!process.waitForFinished(600000) || process.exitCode() != 0)
        qFatal("filigree analyze %s failed", qPrintable(words.join(' ')));
}

void makeRuns(const QString& store) {
    train(store, {"fashion-mlp", "--name", "wiring", "--set", "train.epochs=3"});
    analyze(store, {"landscape", "1", "--samples", "200"});
    int number = 0;
    for (const char* density : {"0.05", "0.1", "0.2"})
        for (const char* seed : {"0", "1", "2"})
            train(store, {"digits", "--seed", seed, "--name", QString("digits-%1").arg(++number), "--set",
                          QString("sparsity.density=%1").arg(density), "--set",
                          QString("optimizer.lr=%1").arg(seed[0] == '2' ? 0.01 : 0.1), "--set",
                          "record.candidates_every=1"});
    analyze(store, {"barriers", "digits-4", "digits-5", "digits-6"});
    for (const char* rule : {"gradient", "random"})
        train(store, {"planted", "--name", QString("planted-%1").arg(rule), "--set",
                      QString("rewire.growth=%1").arg(rule)});
    for (const char* routing : {"clean", "joint"})
        for (const char* seed : {"0", "1"})
            train(store, {"sizing", "--seed", seed, "--name", QString("sizing-%1-%2").arg(routing, seed),
                          "--set", QString("gate.routing=%1").arg(routing)});
    analyze(store, {"ablation", "sizing-clean-0"});
    analyze(store, {"prune", "sizing-clean-0", "--channels", "12"});
    analyze(store, {"frames", "sizing-clean-0", "--polyp", "3"});
    train(store, {"soup-digits", "--name", "soup"});
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

/// One picture for each entry of a choice.
void eachChoice(Photographer& photo, const QWidget& window, const char* choice, const QString& page) {
    auto* box = window.findChild<QComboBox*>(choice);
    for (int index = 0; index < box->count(); ++index) {
        box->setCurrentIndex(index);
        photo.page(page, page + '-' + QString::number(index + 1), 2000);
    }
    box->setCurrentIndex(0);
}

void landscapePages(Photographer& photo, Workspace& workspace, const QWidget& window) {
    photo.page("landscape", "landscape", 2500);
    auto* relief = window.findChild<QToolButton*>("landscapeRelief");
    relief->click();
    photo.page("landscape", "landscape-surface", 2500);
    relief->click();
    workspace.selection.setCurrent({workspace.selection.current().store, 5});
    auto* barriers = window.findChild<QToolButton*>("landscapeBarriers");
    photo.page("landscape", "landscape-none", 1000);
    barriers->click();
    photo.page("landscape", "barriers", 2000);
    barriers->click();
    auto* rounds = window.findChild<QComboBox*>("rewiringShow");
    rounds->setCurrentIndex(1);
    photo.page("rewiring", "acquisition", 2000);
    rounds->setCurrentIndex(0);
}

void gatePages(Photographer& photo, Workspace& workspace, const QWidget& window) {
    const QString store = workspace.selection.current().store;
    photo.page("gates", "gates-none", 1000);
    photo.page("predictions", "predictions-none", 1000);
    photo.page("soup", "soup-none", 1000);
    workspace.selection.setCurrent({store, 13});
    photo.page("gates", "gates", 1500);
    eachChoice(photo, window, "gatesPart", "gates");
    photo.page("predictions", "predictions", 1500);
    eachChoice(photo, window, "predictionsPart", "predictions");
    workspace.selection.setCurrent({store, 14});
    photo.page("gates", "gates-other", 1500);
    auto* part = window.findChild<QComboBox*>("gatesPart");
    part->setCurrentIndex(part->count() - 3);
    photo.page("gates", "gates-not-closed", 1000);
    part->setCurrentIndex(0);
    workspace.selection.setCurrent({store, 17});
    photo.page("soup", "soup", 2000);
}

void figurePage(Photographer& photo, Workspace& workspace, const QWidget& window) {
    const QString store = workspace.selection.current().store;
    photo.page("figure", "figure-none", 1000);
    workspace.selection.setCurrent({store, 1});
    for (const char* view : {"connectivity", "rewiring", "landscape"}) {
        photo.page(view, QString("before-figure-%1").arg(view), 1500);
        workspace.actions.find(QString("%1.addToFigure").arg(view))->trigger();
    }
    emit workspace.showRun({store, 1});
    wait(1500);
    window.findChild<MetricChart*>()->addToFigure();
    photo.page("figure", "figure", 6000);
}

}  // namespace

int main(int count, char** words) {
    QTemporaryDir home;
    for (const char* name : {"XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"})
        qputenv(name, home.filePath(name).toUtf8());
    qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
    QApplication application(count, words);
    if (count < 2) qFatal("usage: filigree_screenshots FOLDER");
    // A store that is kept is made once, for pictures of several sizes.
    const QString store =
        count > 2 ? QDir::current().absoluteFilePath(words[2]) : home.filePath("experiments.filigree");
    if (!QFile::exists(store)) makeRuns(store);

    Workspace workspace({home.filePath("session.json"), FILIGREE_PROGRAM, store});
    MainWindow window(workspace);
    window.setGeometry(QGuiApplication::primaryScreen()->geometry());
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
        workspace.selection.setCurrent(wiring);
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
        landscapePages(photo, workspace, window);
        gatePages(photo, workspace, window);
        figurePage(photo, workspace, window);
        emit workspace.showComparison({{store, 2}, {store, 5}, {store, 8}});
        photo.page("compare", "compare", 2500);
        QList<RunKey> sweep;
        for (qint64 run = 2; run <= 10; ++run) sweep.append({store, run});
        emit workspace.showComparison(sweep);
        auto* comparison = window.findChild<ComparePage*>();
        comparison->showSweep(true);
        photo.page("compare", "sweep", 1000);
        window.findChild<QToolButton*>("sweepAddToFigure")->click();
        comparison->showSweep(false);
        photo.page("figure", "figure-with-sweep", 3000);
        workspace.actions.find("figure.clear")->trigger();
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
