// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <algorithm>

#include "ui/base/error_bar.h"
#include "ui/rewiring/rewiring_page.h"
#include "ui/views/render_command.h"
#include "ui/views/rewiring_painter.h"

namespace filigree::ui {

RewiringPage::RewiringPage(Workspace& shared, QWidget* parent)
    : RecordPage(shared, "rewiring", 40, std::make_unique<RewiringPainter>(), parent),
      painter_(static_cast<RewiringPainter&>(view())) {
    makeBar();
    body().addWidget(&canvas(), 1);
    addActions();
    painter_.stepChosen = [this](std::int64_t step) {
        // While a picture is being drawn: what listens may draw too.
        QMetaObject::invokeMethod(
            this, [this, step] { workspace().selection.setStep(step); }, Qt::QueuedConnection);
    };
    connect(&shared.selection, &Selection::stepChanged, this, &RewiringPage::showStep);
    begin();
}

void RewiringPage::makeBar() {
    bar().addStretch(1);
    layer_ = addChoice("Layer", tr("Layer"));
    connect(layer_, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (filling_ || index < 0) return;
        wantedLayer_ = layer_->itemData(index).toString();
        if (!wantedLayer_.isEmpty()) workspace().selection.setLayer(wantedLayer_);
        refresh();
    });
    QToolButton* pattern =
        addButton("Pattern", "connectivity", tr("Pattern"), tr("Shows the connections at the chosen step"));
    connect(pattern, &QToolButton::clicked, this, [this] {
        if (!run().isNull()) emit workspace().showConnectivity(run());
    });
    addExport(tr("Saves the picture, or its numbers as CSV"));
}

void RewiringPage::addActions() {
    addAction(&canvas(), QStringLiteral("previous"), tr("Previous round"), tr("Chooses the round before"),
              {QKeySequence(Qt::Key_Comma), QKeySequence(Qt::Key_Left)}, [this] { moveStep(-1); });
    addAction(&canvas(), QStringLiteral("next"), tr("Next round"), tr("Chooses the next round"),
              {QKeySequence(Qt::Key_Period), QKeySequence(Qt::Key_Right)}, [this] { moveStep(1); });
    addExportActions(tr("Export re&wiring\u2026"),
                     tr("Saves the picture of all rounds, or its numbers as CSV"),
                     tr("Copy rewiring as command"));
}

void RewiringPage::forget() {
    painter_.show({});
    wantedLayer_.clear();
}

void RewiringPage::read() {
    ask([id = run().run, layer = wantedLayer_.toStdString()](
            const store::Reader& reader) { return loadRewiring(reader, id, layer); },
        [this](Rewiring rewiring) { take(std::move(rewiring)); });
}

void RewiringPage::take(Rewiring rewiring) {
    errors().clear();
    runLabel().setText(QString::fromStdString(rewiring.runName));
    if (rewiring.history.empty()) {
        showEmpty(
            tr("The pattern of this run never moved. Choose a preset whose connections are dropped and "
               "grown, for example digits."));
        return;
    }
    fillLayers(rewiring);
    painter_.show(std::move(rewiring));
    showCanvas();
    showStep();
}

void RewiringPage::fillLayers(const Rewiring& rewiring) {
    filling_ = true;
    layer_->clear();
    layer_->addItem(tr("All layers"), QString());
    for (const std::string& layer : rewiring.layers)
        layer_->addItem(QString::fromStdString(layer), QString::fromStdString(layer));
    layer_->setCurrentIndex(std::max(0, layer_->findData(QString::fromStdString(rewiring.layer))));
    filling_ = false;
}

void RewiringPage::showStep() {
    painter_.setStep(workspace().selection.step());
    redraw();
}

void RewiringPage::moveStep(int rounds) {
    const RewiringHistory& history = painter_.rewiring().history;
    if (history.empty()) return;
    const auto last = static_cast<std::ptrdiff_t>(history.rounds.size()) - 1;
    const auto step = workspace().selection.step();
    const std::ptrdiff_t now = step ? static_cast<std::ptrdiff_t>(history.roundAt(*step)) : last;
    workspace().selection.setStep(
        history.rounds[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(now + rounds, 0, last))].step);
}

QString RewiringPage::command() const {
    if (painter_.rewiring().history.empty()) return {};
    RewiringPictureRequest request;
    request.layer = painter_.rewiring().layer;
    request.step = workspace().selection.step();
    return commandLine(request);
}

std::function<std::string()> RewiringPage::table() const {
    if (painter_.rewiring().history.empty()) return {};
    return [history = painter_.rewiring().history] { return history.csv(); };
}

QJsonObject RewiringPage::save() const {
    return {{QStringLiteral("layer"), wantedLayer_}};
}

void RewiringPage::restore(const QJsonObject& state) {
    wantedLayer_ = state[QStringLiteral("layer")].toString();
    outdate();
}

}  // namespace filigree::ui
