// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/pages.h"

#include "ui/browser/browser_page.h"
#include "ui/browser/runs_dock.h"
#include "ui/compare/compare_page.h"
#include "ui/connectivity/connectivity_page.h"
#include "ui/figure/figure_page.h"
#include "ui/gates/gates_page.h"
#include "ui/help/command_palette.h"
#include "ui/help/help_actions.h"
#include "ui/help/help_dock.h"
#include "ui/landscape/landscape_page.h"
#include "ui/predictions/predictions_page.h"
#include "ui/rewiring/rewiring_page.h"
#include "ui/run/run_page.h"
#include "ui/soup/soup_page.h"
#include "ui/start/form_page.h"
#include "ui/start/gallery_page.h"

namespace filigree::ui {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("filigree::ui::Pages", text);
}

}  // namespace

void Pages::make(Workspace& workspace, QWidget* window) {
    gallery = new GalleryPage(workspace, window);
    browser = new BrowserPage(workspace, window);
    form = new FormPage(workspace, window);
    run = new RunPage(workspace, window);
    connectivity = new ConnectivityPage(workspace, window);
    rewiring = new RewiringPage(workspace, window);
    gates = new GatesPage(workspace, window);
    predictions = new PredictionsPage(workspace, window);
    landscape = new LandscapePage(workspace, window);
    soup = new SoupPage(workspace, window);
    compare = new ComparePage(workspace, window);
    figure = new FigurePage(workspace, window);
    help = new HelpDock(workspace, window);
    runsPanel = new RunsDock(workspace, window);
    helpPanel = help;
    palette = new CommandPalette(workspace, window);
    addHelpActions(workspace, window);
}

std::vector<Pages::Named> Pages::all() const {
    return {{QStringLiteral("gallery"), gallery, tr("&Start page")},
            {QStringLiteral("runs"), browser, tr("&Runs")},
            {QStringLiteral("new"), form, tr("&New run")},
            {QStringLiteral("run"), run, tr("R&un")},
            {QStringLiteral("connectivity"), connectivity, tr("C&onnectivity")},
            {QStringLiteral("rewiring"), rewiring, tr("Re&wiring")},
            {QStringLiteral("gates"), gates, tr("&Gates")},
            {QStringLiteral("landscape"), landscape, tr("&Landscape")},
            {QStringLiteral("compare"), compare, tr("Co&mpare")},
            {QStringLiteral("soup"), soup, tr("Sou&p")},
            {QStringLiteral("predictions"), predictions, tr("Predic&tions")},
            {QStringLiteral("figure"), figure, tr("&Figure")}};
}

Page* Pages::browserPage() const {
    return browser;
}

void Pages::connectWishes(Workspace& workspace, const std::function<void(Page*)>& show,
                          const std::function<void(const QString&)>& showDock) {
    Workspace* w = &workspace;
    const auto current = [w](const RunKey& key) { w->selection.setCurrent(key); };
    QObject::connect(w, &Workspace::showRun, run, [=, this](const RunKey& key) {
        current(key);
        show(run);
    });
    QObject::connect(w, &Workspace::showConnectivity, connectivity, [=, this](const RunKey& key) {
        current(key);
        show(connectivity);
    });
    QObject::connect(w, &Workspace::showComparison, compare, [=, this](const QList<RunKey>& runs) {
        compare->setRuns(runs);
        show(compare);
    });
    QObject::connect(w, &Workspace::showGallery, gallery, [=, this] { show(gallery); });
    QObject::connect(w, &Workspace::editExperiment, form, [=, this](const config::RunFile& file) {
        form->edit(file);
        show(form);
    });
    QObject::connect(w, &Workspace::showHelp, help, [=, this](const QString& topic) {
        showDock(QStringLiteral("helpDock"));
        help->open(topic);
    });
}

}  // namespace filigree::ui
