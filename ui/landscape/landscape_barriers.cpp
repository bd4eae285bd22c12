// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QComboBox>
#include <QFileInfo>
#include <QProgressBar>
#include <QPushButton>
#include <QToolButton>
#include <algorithm>

#include "ui/base/error_bar.h"
#include "ui/landscape/landscape_page.h"
#include "ui/landscape/landscape_view.h"
#include "ui/landscape/surface_list.h"
#include "ui/views/render_command.h"

/// The barriers between the selected runs, on the landscape page.
namespace filigree::ui {

bool LandscapePage::showsBarriers() const {
    return shown().showsBarriers;
}

std::vector<std::int64_t> LandscapePage::comparedRuns() const {
    if (run().isNull()) return {};
    std::vector<std::int64_t> runs{run().run};
    for (const RunKey& other : workspace().selection.runs())
        if (other.store == run().store && other.run != run().run) runs.push_back(other.run);
    return runs;
}

void LandscapePage::setShowsBarriers(bool on) {
    shown().showsBarriers = on;
    surfaces_->setVisible(!on);
    relief_->setVisible(!on);
    fit_->setVisible(!on);
    compute_->setText(on ? tr("Compute barriers") : tr("Compute\u2026"));
    if (!source()) return;
    if (on)
        takeBarriers(shown().barriers.table());
    else
        showFields(painter_.model());
    showJob();
    refresh();
}

void LandscapePage::takeBarriers(BarrierTable table) {
    BarrierMatrixPainter& painter = shown().barriers;
    QStringList figures, there;
    for (const std::string& figure : table.figures) figures.append(QString::fromStdString(figure));
    for (int i = 0; i < field_->count(); ++i) there.append(field_->itemData(i).toString());
    filling_ = true;
    if (figures != there) {
        field_->clear();
        for (const QString& figure : figures) field_->addItem(fieldText(figure), figure);
    }
    // As the command does it, the last one if none was chosen.
    const int wanted = field_->findData(wantedFigure_);
    field_->setCurrentIndex(wanted < 0 ? field_->count() - 1 : wanted);
    filling_ = false;
    field_->setVisible(!figures.isEmpty());
    export_->setEnabled(!figures.isEmpty());
    painter.show(std::move(table), static_cast<std::size_t>(std::max(0, field_->currentIndex())));
    painter.setMessage((comparedRuns().size() < 2
                            ? tr("A barrier is how much the loss rises on the straight line between two "
                                 "networks. Select two "
                                 "or more runs of one store, on the page Runs or in the panel on the left.")
                        : computesBarriersHere()
                            ? tr("The networks and their data are being loaded\u2026")
                            : tr("No barriers between run %1 and the other selected runs were computed "
                                 "yet: choose Compute barriers.")
                                  .arg(run().run))
                           .toStdString());
    showCanvas();
    redraw();
}

void LandscapePage::chooseFigure() {
    wantedFigure_ = field_->currentData().toString();
    shown().barriers.setFigure(static_cast<std::size_t>(field_->currentIndex()));
    redraw();
}

void LandscapePage::computeBarriers() {
    const std::vector<std::int64_t> runs = comparedRuns();
    if (runs.size() < 2 || job_.isRunning()) return;
    errors().clear();
    jobRun_ = run();
    following_ = false;
    jobIsOfBarriers_ = true;
    std::vector<std::string> words{"analyze", "barriers"};
    for (const std::int64_t one : runs) words.push_back(std::to_string(one));
    words.insert(words.end(), {"--store", run().store.toStdString()});
    job_.start(workspace().launcher.program(), words, QFileInfo(run().store).absolutePath());
    takeBarriers(shown().barriers.table());
}

void LandscapePage::showBarriersProgress() {
    const BarrierTable& table = shown().barriers.table();
    // A complete one is of an earlier computation.
    if (!computesBarriersHere() || table.complete || table.networks.empty()) return;
    const auto pairs = static_cast<int>(table.pairs()), known = static_cast<int>(table.known());
    progress_->setRange(0, pairs);
    progress_->setValue(known);
    if (!job_.isStopping()) progressText_->setText(tr("%1 of %2 pairs").arg(known).arg(pairs));
}

QString LandscapePage::barriersCommand() const {
    const BarrierMatrixPainter& painter = shown().barriers;
    if (painter.table().figures.empty()) return {};
    BarrierPictureRequest request;
    request.tag = painter.table().tag;
    request.figure = painter.table().figures[painter.figure()];
    return commandLine(request, painter.table().run);
}

}  // namespace filigree::ui
