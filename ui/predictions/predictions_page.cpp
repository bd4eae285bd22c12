// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <algorithm>

#include "ui/base/error_bar.h"
#include "ui/predictions/predictions_page.h"
#include "ui/views/predictions_painter.h"
#include "ui/views/render_command.h"

namespace filigree::ui {

PredictionsPage::PredictionsPage(Workspace& shared, QWidget* parent)
    : RecordPage(shared, "predictions", 65, std::make_unique<PredictionsPainter>(), parent),
      painter_(static_cast<PredictionsPainter&>(view())) {
    makeBar();
    body().addWidget(&canvas(), 1);
    addActions();
    // While a picture is being drawn: what listens may draw too.
    painter_.groupChosen = [this](std::int64_t group) {
        group_ = group;
        QMetaObject::invokeMethod(
            this, [this] { redraw(); }, Qt::QueuedConnection);
    };
    painter_.orderChosen = [this](GroupOrder order, bool) {
        QMetaObject::invokeMethod(
            this,
            [this, name = QString::fromLatin1(nameOf(order))] {
                const QSignalBlocker quiet(order_);
                order_->setCurrentIndex(order_->findData(name));
                redraw();
            },
            Qt::QueuedConnection);
    };
    connect(&shared.selection, &Selection::stepChanged, this, [this] {
        if (isVisible())
            refresh();
        else
            outdate();
    });
    begin();
}

void PredictionsPage::makeBar() {
    bar().addStretch(1);
    part_ = addChoice("Part", tr("Show"));
    part_->addItem(tr("groups and their items"), QString::fromLatin1(nameOf(PredictionsPart::Groups)));
    part_->addItem(tr("agreement"), QString::fromLatin1(nameOf(PredictionsPart::Agreement)));
    connect(part_, &QComboBox::currentIndexChanged, this, &PredictionsPage::choosePart);
    order_ = addChoice("Order", tr("Sort by"));
    for (const auto& [order, text] :
         {std::pair(GroupOrder::Number, tr("number")), std::pair(GroupOrder::Truth, tr("truth")),
          std::pair(GroupOrder::Median, tr("median prediction")),
          std::pair(GroupOrder::Mean, tr("mean prediction")),
          std::pair(GroupOrder::Deviation, tr("spread, widest first")),
          std::pair(GroupOrder::Class, tr("class")), std::pair(GroupOrder::Error, tr("error, largest first")),
          std::pair(GroupOrder::Items, tr("number of items"))})
        order_->addItem(text, QString::fromLatin1(nameOf(order)));
    connect(order_, &QComboBox::currentIndexChanged, this, &PredictionsPage::chooseOrder);
    addExport(tr("Saves the picture, or all items as CSV"));
}

void PredictionsPage::addActions() {
    using K = QKeySequence;
    addAction(&canvas(), QStringLiteral("groupUp"), tr("Group above"),
              tr("Chooses the group above in the table"), {K(Qt::Key_Up)}, [this] { moveGroup(-1); });
    addAction(&canvas(), QStringLiteral("groupDown"), tr("Group below"),
              tr("Chooses the group below in the table"), {K(Qt::Key_Down)}, [this] { moveGroup(1); });
    addAction(&canvas(), QStringLiteral("groupsUp"), tr("Ten groups up"),
              tr("Chooses the tenth group above in the table"), {K(Qt::Key_PageUp)},
              [this] { moveGroup(-10); });
    addAction(&canvas(), QStringLiteral("groupsDown"), tr("Ten groups down"),
              tr("Chooses the tenth group below in the table"), {K(Qt::Key_PageDown)},
              [this] { moveGroup(10); });
    addAction(&canvas(), QStringLiteral("previous"), tr("Previous predictions"),
              tr("Shows the predictions at the record before"), {K(Qt::Key_Comma), K(Qt::Key_Left)},
              [this] { moveStep(-1); });
    addAction(&canvas(), QStringLiteral("next"), tr("Next predictions"),
              tr("Shows the predictions at the next record"), {K(Qt::Key_Period), K(Qt::Key_Right)},
              [this] { moveStep(1); });
    addAction(&canvas(), QStringLiteral("part"), tr("Groups or agreement of predictions"),
              tr("Shows confusion matrices and differences, or the table of groups"),
              {K(QStringLiteral("V"))}, [this] { part_->setCurrentIndex(1 - part_->currentIndex()); });
    addExportActions(tr("Export predic&tions\u2026"),
                     tr("Saves the picture of the predictions, or all items as CSV"),
                     tr("Copy predictions as command"));
}

void PredictionsPage::forget() {
    painter_.show({});
    group_.reset();
}

void PredictionsPage::read() {
    ask([id = run().run, step = workspace().selection.step()](
            const store::Reader& reader) { return loadPredictions(reader, id, step); },
        [this](Predictions predictions) { take(std::move(predictions)); });
}

void PredictionsPage::take(Predictions predictions) {
    errors().clear();
    runLabel().setText(QString::fromStdString(predictions.runName));
    if (predictions.empty()) {
        showEmpty(
            tr("This run recorded no predictions. They are recorded after epochs by methods that predict "
               "sizes or classes of groups: choose a preset of polyp sizes, for example sizing."));
        return;
    }
    const bool numbers = !predictions.items.empty();
    painter_.show(std::move(predictions));
    if (group_) painter_.choose(group_);
    part_->setEnabled(numbers);
    order_->setEnabled(numbers);
    showCanvas();
    redraw();
}

void PredictionsPage::choosePart() {
    painter_.setPart(predictionsPartFrom(part_->currentData().toString().toStdString()));
    redraw();
}

void PredictionsPage::chooseOrder() {
    painter_.setOrder(groupOrderFrom(order_->currentData().toString().toStdString()));
    redraw();
}

void PredictionsPage::moveGroup(int rows) {
    painter_.move(rows);
    group_ = painter_.chosen();
    redraw();
}

void PredictionsPage::moveStep(int records) {
    const std::vector<std::int64_t>& steps = painter_.predictions().steps;
    if (steps.empty()) return;
    const auto now =
        std::lower_bound(steps.begin(), steps.end(), painter_.predictions().step) - steps.begin();
    const auto last = static_cast<std::ptrdiff_t>(steps.size()) - 1;
    workspace().selection.setStep(
        steps[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(now + records, 0, last))]);
}

QString PredictionsPage::command() const {
    const Predictions& shown = painter_.predictions();
    if (shown.empty()) return {};
    PredictionsPictureRequest request;
    request.part = nameOf(painter_.part());
    request.order = nameOf(painter_.order());
    request.reverse = painter_.reverse();
    request.group = painter_.chosen();
    request.step = shown.step;
    return commandLine(request);
}

std::function<std::string()> PredictionsPage::table() const {
    if (painter_.predictions().items.empty()) return {};
    return [shown = painter_.shared()] { return shown->csv(); };
}

QJsonObject PredictionsPage::save() const {
    return {{QStringLiteral("part"), part_->currentData().toString()},
            {QStringLiteral("order"), order_->currentData().toString()}};
}

void PredictionsPage::restore(const QJsonObject& state) {
    part_->setCurrentIndex(std::max(0, part_->findData(state[QStringLiteral("part")].toString())));
    order_->setCurrentIndex(std::max(0, order_->findData(state[QStringLiteral("order")].toString())));
}

}  // namespace filigree::ui
