// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QComboBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QToolButton>
#include <algorithm>
#include <utility>

#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
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
            this,
            [this] {
                redraw();
                readFrames();
            },
            Qt::QueuedConnection);
    };
    painter_.itemOpened = [this](std::int64_t item) {
        QMetaObject::invokeMethod(
            this, [this, item] { openItem(item); }, Qt::QueuedConnection);
    };
    painter_.explorer().frameChosen = [this](std::int64_t) {
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
    part_->addItem(tr("single frames"), QString::fromLatin1(nameOf(PredictionsPart::Frames)));
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
    compute_ =
        addButton("Compute", "compare", tr("Compute"),
                  tr("Looks at the frames of the chosen group with the newest checkpoint and keeps them"));
    compute_->hide();
    connect(compute_, &QToolButton::clicked, this, &PredictionsPage::computeFrames);
    connect(&job_, &AnalysisJob::changed, this, &PredictionsPage::showButton);
    connect(&job_, &AnalysisJob::ended, this, &PredictionsPage::jobEnded);
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
    addAction(&canvas(), QStringLiteral("part"), tr("Next picture of predictions"),
              tr("Shows the table of groups, confusion matrices and differences, or single frames"),
              {K(QStringLiteral("V"))},
              [this] { part_->setCurrentIndex((part_->currentIndex() + 1) % part_->count()); });
    addAction(&canvas(), QStringLiteral("open"), tr("Frames of the group"),
              tr("Shows the frames of the chosen group, and computes what the network sees if nobody has"),
              {K(Qt::Key_Return), K(Qt::Key_Enter)},
              [this] { openItem(painter_.explorer().chosen().value_or(1)); });
    addAction(&canvas(), QStringLiteral("previousFrame"), tr("Previous frame of the group"),
              tr("Shows the frame before"), {K(QStringLiteral("Ctrl+Left"))}, [this] { moveFrame(-1); });
    addAction(&canvas(), QStringLiteral("nextFrame"), tr("Next frame of the group"),
              tr("Shows the next frame"), {K(QStringLiteral("Ctrl+Right"))}, [this] { moveFrame(1); });
    addAction(this, QStringLiteral("compute"), tr("Compute frames of the group"),
              tr("Looks at the frames of the chosen group with the newest checkpoint and keeps them"), {},
              [this] { computeFrames(); });
    addExportActions(tr("Export predic&tions\u2026"),
                     tr("Saves the picture of the predictions, or all items as CSV"),
                     tr("Copy predictions as command"));
}

void PredictionsPage::forget() {
    frames_.cancel();
    computeIfMissing_ = false;
    painter_.show({});
    painter_.forgetFrames();
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
    part_->setEnabled(numbers || !painter_.predictions().groups.empty());
    order_->setEnabled(numbers);
    showCanvas();
    redraw();
    readFrames();
}

void PredictionsPage::choosePart() {
    painter_.setPart(predictionsPartFrom(part_->currentData().toString().toStdString()));
    showButton();
    redraw();
    readFrames();
}

void PredictionsPage::showButton() {
    compute_->setVisible(painter_.part() == PredictionsPart::Frames);
    compute_->setEnabled(!job_.isRunning());
    compute_->setText(besideIcon(job_.isRunning() ? tr("Computing\u2026") : tr("Compute")));
}

void PredictionsPage::readFrames() {
    const auto group = painter_.chosen();
    StoreSource* const from = source();
    if (painter_.part() != PredictionsPart::Frames || !group || !from) return;
    frames_.cancel();
    frames_ = from->read(
        this,
        [id = run().run, group = *group](const store::Reader& reader) {
            return loadFrames(reader, id, group);
        },
        [this, group = *group](std::optional<ShownFrames> frames) {
            const bool missing = !frames;
            painter_.showFrames(group, std::move(frames));
            redraw();
            if (std::exchange(computeIfMissing_, false) && missing) computeFrames();
        },
        [this](const Error& error) { fail(error); });
}

void PredictionsPage::openItem(std::int64_t item) {
    if (painter_.predictions().groups.empty()) return;
    computeIfMissing_ = true;
    painter_.explorer().choose(item);
    const int frames = part_->findData(QString::fromLatin1(nameOf(PredictionsPart::Frames)));
    if (part_->currentIndex() == frames)
        readFrames();
    else
        part_->setCurrentIndex(frames);
}

void PredictionsPage::computeFrames() {
    const auto group = painter_.chosen();
    if (run().isNull() || job_.isRunning() || !group) return;
    errors().clear();
    jobRun_ = run();
    job_.start(workspace().launcher.program(),
               {"analyze", "frames", std::to_string(run().run), "--polyp", std::to_string(*group), "--store",
                run().store.toStdString()},
               QFileInfo(run().store).absolutePath());
}

void PredictionsPage::jobEnded(AnalysisJob::End how, const QString& words) {
    if (how == AnalysisJob::End::Failed) {
        errors().show(analysisError(QStringLiteral("no frames were looked at"), words));
        return;
    }
    // What it wrote is shown even if nobody has told of the change yet.
    if (jobRun_ == run()) readFrames();
}

void PredictionsPage::moveFrame(int frames) {
    painter_.explorer().move(frames);
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
    readFrames();
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
    if (painter_.part() == PredictionsPart::Frames) request.item = painter_.explorer().chosen();
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
