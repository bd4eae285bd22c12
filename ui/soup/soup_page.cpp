// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <algorithm>

#include "ui/base/error_bar.h"
#include "ui/soup/soup_page.h"
#include "ui/views/render_command.h"
#include "ui/views/soup_painter.h"

namespace filigree::ui {

SoupPage::SoupPage(Workspace& shared, QWidget* parent)
    : RecordPage(shared, "soup", 50, std::make_unique<SoupPainter>(), parent),
      painter_(static_cast<SoupPainter&>(view())) {
    makeBar();
    body().addWidget(&canvas(), 1);
    addExportActions(tr("Export so&up\u2026"), tr("Saves the picture of the soup, or its networks as CSV"),
                     tr("Copy soup as command"));
    // Both are called while a picture is being drawn: what listens may draw too.
    painter_.runChosen = [this](std::int64_t id) {
        QMetaObject::invokeMethod(
            this,
            [this, id] {
                emit workspace().showRun({run().store, id});
            },
            Qt::QueuedConnection);
    };
    painter_.phaseChosen = [this](int phase) {
        QMetaObject::invokeMethod(
            this, [this, phase] { phase_->setCurrentIndex(std::max(0, phase_->findData(phase))); },
            Qt::QueuedConnection);
    };
    begin();
}

void SoupPage::makeBar() {
    bar().addStretch(1);
    phase_ = addChoice("Phase", tr("Barriers of"));
    phase_->setAccessibleName(tr("Phase whose barriers are shown"));
    connect(phase_, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (filling_ || index < 0) return;
        wantedPhase_ = phase_->itemData(index).toInt();
        showPhase();
    });
    addExport(tr("Saves the picture, or the networks as CSV"));
}

void SoupPage::forget() {
    painter_.show({});
}

void SoupPage::read() {
    ask([id = run().run](const store::Reader& reader) { return loadSoup(reader, id); },
        [this](Soup soup) { take(std::move(soup)); });
}

void SoupPage::take(Soup soup) {
    errors().clear();
    runLabel().setText(QString::fromStdString(soup.runName));
    if (soup.empty()) {
        painter_.show({});
        showEmpty(
            tr("This run recorded no networks of a soup. Choose a run of Sparse Model Soups whose dense "
               "training has ended, or start one, for example soup-digits."));
        return;
    }
    painter_.show(std::move(soup));
    fillPhases();
    showCanvas();
    showPhase();
}

void SoupPage::fillPhases() {
    filling_ = true;
    phase_->clear();
    phase_->addItem(tr("the last phase"), 0);
    for (const SoupBarriers& barriers : painter_.soup().barriers)
        phase_->addItem(tr("phase %1").arg(barriers.phase), barriers.phase);
    phase_->setCurrentIndex(std::max(0, phase_->findData(wantedPhase_)));
    phase_->setEnabled(phase_->count() > 1);
    filling_ = false;
}

void SoupPage::showPhase() {
    painter_.setPhase(wantedPhase_ > 0 ? std::optional(wantedPhase_) : std::nullopt);
    redraw();
}

QString SoupPage::command() const {
    if (painter_.soup().empty()) return {};
    SoupPictureRequest request;
    request.phase = wantedPhase_ > 0 ? painter_.phase() : 0;
    return commandLine(request);
}

std::function<std::string()> SoupPage::table() const {
    if (painter_.soup().empty()) return {};
    return [soup = painter_.soup()] { return soup.csv(); };
}

QJsonObject SoupPage::save() const {
    return {{QStringLiteral("phase"), wantedPhase_}};
}

void SoupPage::restore(const QJsonObject& state) {
    wantedPhase_ = state[QStringLiteral("phase")].toInt();
    outdate();
}

}  // namespace filigree::ui
