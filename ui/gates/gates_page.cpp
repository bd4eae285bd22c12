// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QComboBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <algorithm>

#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/gates/gates_page.h"
#include "ui/views/gate_board_painter.h"
#include "ui/views/render_command.h"

namespace filigree::ui {

GatesPage::GatesPage(Workspace& shared, QWidget* parent)
    : RecordPage(shared, "gates", 60, std::make_unique<GateBoardPainter>(), parent),
      painter_(static_cast<GateBoardPainter&>(view())) {
    makeBar();
    body().addWidget(&canvas(), 1);
    addActions();
    // While a picture is being drawn: what listens may draw too.
    painter_.stepChosen = [this](std::int64_t step) {
        QMetaObject::invokeMethod(
            this, [this, step] { workspace().selection.setStep(step); }, Qt::QueuedConnection);
    };
    painter_.gateChosen = [this](const std::string& gate) {
        QMetaObject::invokeMethod(
            this,
            [this, name = QString::fromStdString(gate)] { gate_->setCurrentIndex(gate_->findData(name)); },
            Qt::QueuedConnection);
    };
    painter_.levelChosen = [this] {
        QMetaObject::invokeMethod(
            this, [this] { redraw(); }, Qt::QueuedConnection);
    };
    connect(&shared.selection, &Selection::stepChanged, this, &GatesPage::showStep);
    begin();
}

void GatesPage::makeBar() {
    bar().addStretch(1);
    part_ = addChoice("Part", tr("Show"));
    for (const auto& [part, text] :
         {std::pair(GatePart::Board, tr("board")), std::pair(GatePart::Ridges, tr("histograms over the run")),
          std::pair(GatePart::Routing, tr("gradient routing")),
          std::pair(GatePart::Ablation, tr("closing channels")),
          std::pair(GatePart::Pruning, tr("taking channels out")),
          std::pair(GatePart::Modes, tr("modes over seeds"))})
        part_->addItem(text, QString::fromLatin1(nameOf(part)));
    connect(part_, &QComboBox::currentIndexChanged, this, [this] {
        painter_.setPart(gatePartFrom(part_->currentData().toString().toStdString()));
        showButton();
        readModes();
        redraw();
    });
    order_ = addChoice("Order", tr("Channels"));
    for (const auto& [order, text] :
         {std::pair(GateOrder::Mean, tr("by mean")), std::pair(GateOrder::Last, tr("by last score")),
          std::pair(GateOrder::FirstOpen, tr("by first opening")),
          std::pair(GateOrder::Recorded, tr("by number"))})
        order_->addItem(text, QString::fromLatin1(nameOf(order)));
    connect(order_, &QComboBox::currentIndexChanged, this, [this] {
        painter_.setOrder(gateOrderFrom(order_->currentData().toString().toStdString()));
        redraw();
    });
    gate_ = addChoice("Gate", tr("Gate"));
    connect(gate_, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (filling_ || index < 0) return;
        wantedGate_ = gate_->itemData(index).toString();
        painter_.chooseGate(wantedGate_.toStdString());
        redraw();
    });
    frame_ = addChoice("Frame", tr("Frame"));
    connect(frame_, &QComboBox::currentIndexChanged, this, [this] {
        if (!filling_) readFeatures();
    });
    close_ = addButton(
        "Close", "compare", tr("Compute"),
        tr("Looks at the newest checkpoint: at frames for their feature maps, with channels closed, "
           "or with the closed ones taken out; and keeps what it finds"));
    connect(close_, &QToolButton::clicked, this, [this] {
        compute(painter_.part() == GatePart::Board     ? "frames"
                : painter_.part() == GatePart::Pruning ? "prune"
                                                       : "ablation");
    });
    connect(&job_, &AnalysisJob::changed, this, &GatesPage::showButton);
    connect(&job_, &AnalysisJob::ended, this, &GatesPage::jobEnded);
    addExport(tr("Saves the picture, or all scores as CSV"));
}

void GatesPage::addActions() {
    addAction(&canvas(), QStringLiteral("previous"), tr("Previous record of gates"),
              tr("Shows the gates at the record before"),
              {QKeySequence(Qt::Key_Comma), QKeySequence(Qt::Key_Left)}, [this] { moveStep(-1); });
    addAction(&canvas(), QStringLiteral("next"), tr("Next record of gates"),
              tr("Shows the gates at the next record"),
              {QKeySequence(Qt::Key_Period), QKeySequence(Qt::Key_Right)}, [this] { moveStep(1); });
    addAction(this, QStringLiteral("compute"), tr("Compute what closing channels costs"),
              tr("Closes more and more channels of the newest checkpoint and keeps what is left"), {},
              [this] { compute("ablation"); });
    addAction(
        this, QStringLiteral("features"), tr("Compute feature maps of a frame"),
        tr("Looks at frames with the newest checkpoint; the pointer shows a channel before and after its "
           "gate"),
        {}, [this] { compute("frames"); });
    addAction(this, QStringLiteral("prune"), tr("Compute what taking channels out saves"),
              tr("Takes the closed channels out of the newest checkpoint and measures what is left"), {},
              [this] { compute("prune"); });
    addAction(&canvas(), QStringLiteral("closeMore"), tr("Close more channels"),
              tr("Moves the slider of closed channels to the next level"), {QKeySequence(Qt::Key_Up)},
              [this] { moveLevel(1); });
    addAction(&canvas(), QStringLiteral("closeFewer"), tr("Close fewer channels"),
              tr("Moves the slider of closed channels to the level before"), {QKeySequence(Qt::Key_Down)},
              [this] { moveLevel(-1); });
    addAction(
        &canvas(), QStringLiteral("part"), tr("Next picture of gates"),
        tr("Shows the board, histograms over the run, gradient routing, or what closing channels and taking "
           "them out does"),
        {QKeySequence(QStringLiteral("V"))},
        [this] { part_->setCurrentIndex((part_->currentIndex() + 1) % part_->count()); });
    addExportActions(tr("Export &gates\u2026"), tr("Saves the picture of the gates, or all scores as CSV"),
                     tr("Copy gates as command"));
}

void GatesPage::forget() {
    features_.cancel();
    modes_.cancel();
    painter_.showFeatures({});
    painter_.showModes({});
    painter_.show({});
}

void GatesPage::read() {
    ask([id = run().run](const store::Reader& reader) { return loadGates(reader, id); },
        [this](GateRecords records) { take(std::move(records)); });
}

void GatesPage::take(GateRecords records) {
    errors().clear();
    runLabel().setText(QString::fromStdString(records.runName));
    if (records.gates.empty()) {
        showEmpty(
            tr("This run recorded no gates. Choose a preset of a method with gates, for example decoys."));
        return;
    }
    painter_.show(std::move(records));
    painter_.chooseGate(wantedGate_.toStdString());
    fillGates();
    fillFrames();
    showCanvas();
    showButton();
    showStep();
    readFeatures();
    readModes();
}

void GatesPage::readModes() {
    StoreSource* const from = source();
    if (painter_.part() != GatePart::Modes || !from) return;
    modes_.cancel();
    modes_ = from->read(
        this, [id = run().run](const store::Reader& reader) { return loadModes(reader.store(), id); },
        [this](ModeComparison modes) {
            painter_.showModes(std::move(modes));
            redraw();
        },
        [this](const Error& error) { fail(error); });
}

void GatesPage::showButton() {
    const GatePart part = painter_.part();
    const bool board = part == GatePart::Board;
    close_->setVisible(part == GatePart::Ablation || part == GatePart::Pruning ||
                       (board && painter_.records().ofFrames));
    close_->setEnabled(!job_.isRunning());
    close_->setText(besideIcon(job_.isRunning() ? tr("Computing\u2026") : tr("Compute")));
    frame_->setEnabled(board && frame_->count() > 0);
}

void GatesPage::fillFrames() {
    const QString before = frame_->currentText();
    filling_ = true;
    frame_->clear();
    for (const MappedFrame& frame : painter_.records().frames)
        frame_->addItem(QString::fromStdString(frame.words));
    if (frame_->count() > 0) frame_->setCurrentIndex(std::max(0, frame_->findText(before)));
    filling_ = false;
}

void GatesPage::readFeatures() {
    features_.cancel();
    const int chosen = frame_->currentIndex();
    StoreSource* const from = source();
    if (chosen < 0 || !from) {
        painter_.showFeatures({});
        return;
    }
    const MappedFrame frame = painter_.records().frames[static_cast<std::size_t>(chosen)];
    features_ = from->read(
        this,
        [id = run().run, frame](const store::Reader& reader) { return loadFeatures(reader, id, frame); },
        [this](std::optional<FrameFeatures> features) {
            painter_.showFeatures(std::move(features));
            redraw();
        },
        [this](const Error& error) { fail(error); });
}

void GatesPage::fillGates() {
    filling_ = true;
    gate_->clear();
    for (const GateSeries& gate : painter_.records().gates)
        gate_->addItem(QString::fromStdString(gate.name), QString::fromStdString(gate.name));
    gate_->setCurrentIndex(std::max(0, gate_->findData(QString::fromStdString(painter_.chosenGate()))));
    filling_ = false;
}

void GatesPage::showStep() {
    painter_.setStep(workspace().selection.step());
    redraw();
}

void GatesPage::compute(const char* analysis) {
    if (run().isNull() || job_.isRunning()) return;
    errors().clear();
    jobRun_ = run();
    std::vector<std::string> words{"analyze", analysis, std::to_string(run().run), "--store",
                                   run().store.toStdString()};
    if (analysis == std::string_view("frames") && painter_.features()) {
        words.push_back("--polyp");
        words.push_back(std::to_string(painter_.features()->frame.group));
    }
    job_.start(workspace().launcher.program(), words, QFileInfo(run().store).absolutePath());
}

void GatesPage::jobEnded(AnalysisJob::End how, const QString& words) {
    if (how == AnalysisJob::End::Failed) {
        errors().show(analysisError(QStringLiteral("nothing was computed"), words));
        return;
    }
    // What it wrote is shown even if nobody has told of the change yet.
    if (jobRun_ == run()) refresh();
}

void GatesPage::moveLevel(int levels) {
    painter_.moveLevel(levels);
    redraw();
}

void GatesPage::moveStep(int records) {
    const std::vector<std::int64_t>& steps = painter_.records().steps;
    if (steps.empty()) return;
    const auto now = std::lower_bound(steps.begin(), steps.end(), painter_.shownStep()) - steps.begin();
    const auto last = static_cast<std::ptrdiff_t>(steps.size()) - 1;
    workspace().selection.setStep(
        steps[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(now + records, 0, last))]);
}

QString GatesPage::command() const {
    if (painter_.records().gates.empty()) return {};
    GatePictureRequest request;
    request.part = nameOf(painter_.part());
    request.closed = painter_.closed();
    request.gate = painter_.chosenGate();
    request.order = nameOf(painter_.order());
    request.step = painter_.shownStep();
    if (request.part == "board" && painter_.pointedChannel()) {
        request.channel = painter_.pointedChannel();
        if (painter_.features()) {
            request.frameGroup = painter_.features()->frame.group;
            request.frameItem = painter_.features()->frame.item;
        }
    }
    return commandLine(request);
}

std::function<std::string()> GatesPage::table() const {
    if (painter_.records().gates.empty()) return {};
    if (painter_.part() == GatePart::Modes && painter_.modes())
        return [modes = painter_.modes()] { return modes->csv(); };
    return [records = painter_.sharedRecords()] { return records->csv(); };
}

QJsonObject GatesPage::save() const {
    return {{QStringLiteral("gate"), wantedGate_},
            {QStringLiteral("order"), order_->currentData().toString()},
            {QStringLiteral("part"), part_->currentData().toString()}};
}

void GatesPage::restore(const QJsonObject& state) {
    wantedGate_ = state[QStringLiteral("gate")].toString();
    order_->setCurrentIndex(std::max(0, order_->findData(state[QStringLiteral("order")].toString())));
    part_->setCurrentIndex(std::max(0, part_->findData(state[QStringLiteral("part")].toString())));
    outdate();
}

}  // namespace filigree::ui
