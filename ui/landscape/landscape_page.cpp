// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QComboBox>
#include <QDateTime>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSplitter>
#include <QToolButton>
#include <algorithm>
#include <numbers>

#include "store/reader.h"
#include "ui/base/error_bar.h"
#include "ui/base/text.h"
#include "ui/landscape/landscape_command.h"
#include "ui/landscape/landscape_page.h"
#include "ui/landscape/landscape_view.h"
#include "ui/landscape/surface_list.h"
#include "ui/views/landscape_painter.h"
#include "ui/views/render_command.h"

namespace filigree::ui {
namespace {

constexpr int readAgainWhileComputed_ms = 200;
constexpr double zoomStep = 1.25;
constexpr double panStep = 0.1;  ///< of what is seen

}  // namespace

QString LandscapePage::fieldText(const QString& field) {
    const bool test = field.startsWith(QLatin1String("test/"));
    if (field.endsWith(QLatin1String("/acc"))) return test ? tr("Test accuracy") : tr("Training accuracy");
    if (field.endsWith(QLatin1String("/loss"))) return test ? tr("Test loss") : tr("Training loss");
    if (field.endsWith(QLatin1String("/error"))) return test ? tr("Test error") : tr("Training error");
    return field;
}

LandscapePage::LandscapePage(Workspace& shared, QWidget* parent)
    : RecordPage(shared, "landscape", 50, std::make_unique<LandscapeView>(), parent),
      view_(static_cast<LandscapeView&>(view())),
      painter_(view_.landscape),
      surfaces_(new SurfaceList(shared.theme, this)) {
    makeBar();
    splitter_ = new QSplitter(Qt::Horizontal, this);
    splitter_->setObjectName(QStringLiteral("landscapeSplitter"));
    splitter_->setHandleWidth(1);
    splitter_->setChildrenCollapsible(false);
    surfaces_->setMinimumWidth(180);
    splitter_->addWidget(surfaces_);
    splitter_->addWidget(&canvas());
    splitter_->setStretchFactor(1, 1);
    splitter_->setSizes({280, 900});
    body().addWidget(splitter_, 1);
    addActions();
    connect(surfaces_, &SurfaceList::entryChosen, this, &LandscapePage::chooseEntry);
    connect(&job_, &AnalysisJob::changed, this, &LandscapePage::showJob);
    connect(&job_, &AnalysisJob::ended, this, &LandscapePage::jobEnded);
    connect(&workspace().selection, &Selection::runsChanged, this, [this] {
        if (!showsBarriers()) return;
        outdate();
        if (isVisible()) refresh();
    });
    begin();
}

void LandscapePage::makeBar() {
    keepBar();
    bar().addStretch(1);
    progressText_ = new QLabel(this);
    progressText_->setObjectName(QStringLiteral("landscapeProgressText"));
    progressText_->setProperty("role", "secondary");
    progress_ = new QProgressBar(this);
    progress_->setObjectName(QStringLiteral("landscapeProgress"));
    progress_->setAccessibleName(tr("Places that were computed"));
    progress_->setTextVisible(false);
    progress_->setFixedWidth(112);
    stop_ = new QPushButton(tr("Stop"), this);
    stop_->setObjectName(QStringLiteral("landscapeStop"));
    stop_->setToolTip(tr("Keeps what was computed; the same computation goes on from there"));
    connect(stop_, &QPushButton::clicked, &job_, &AnalysisJob::stop);
    field_ = new QComboBox(this);
    field_->setObjectName(QStringLiteral("landscapeField"));
    field_->setAccessibleName(tr("Figure that is drawn"));
    field_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    connect(field_, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (filling_ || index < 0) return;
        if (showsBarriers()) {
            chooseFigure();
            return;
        }
        wantedField_ = field_->itemData(index).toString();
        readChosen();
    });
    for (QWidget* part : std::initializer_list<QWidget*>{progressText_, progress_, stop_, field_})
        bar().addWidget(part);
    barriers_ = addButton("Barriers", "compare", tr("Barriers"),
                          tr("Show how much the loss rises between this and the other selected runs (M)"));
    barriers_->setCheckable(true);
    connect(barriers_, &QToolButton::toggled, this, &LandscapePage::setShowsBarriers);
    relief_ = addButton("Relief", "connectivity", tr("Surface"),
                        tr("Show a plane as a surface in three dimensions (S)"));
    relief_->setCheckable(true);
    connect(relief_, &QToolButton::toggled, this, [this](bool on) {
        painter_.setRelief(on);
        canvas().update();
    });
    fit_ = addButton("Fit", "fit", tr("Fit"), tr("Show the whole landscape (A)"));
    connect(fit_, &QToolButton::clicked, this, &LandscapePage::fit);
    export_ = addExport(tr("Save the picture, or its values as CSV"));
    compute_ = new QPushButton(tr("Compute\u2026"), this);
    compute_->setObjectName(QStringLiteral("landscapeCompute"));
    compute_->setProperty("role", "primary");
    connect(compute_, &QPushButton::clicked, this, [this] {
        if (showsBarriers())
            computeBarriers();
        else
            askWhat();
    });
    bar().addWidget(compute_);
}

void LandscapePage::emptyClicked() {
    if (checkpoints_.empty())
        RecordPage::emptyClicked();
    else
        askWhat();
}

void LandscapePage::addActions() {
    addAction(this, QStringLiteral("compute"), tr("Compute &landscape\u2026"),
              tr("Asks what to compute around the current run"),
              {QKeySequence(QStringLiteral("Ctrl+Shift+L"))}, [this] { askWhat(); });
    addAction(this, QStringLiteral("stop"), tr("Stop computing landscape"),
              tr("Keeps what was computed; the same computation goes on from there"),
              {QKeySequence(QStringLiteral("Ctrl+Shift+K"))}, [this] { job_.stop(); });
    // Single letters and arrows belong to the canvas: elsewhere they are text.
    addAction(&canvas(), QStringLiteral("fit"), tr("Show whole landscape"), tr("Shows all of the landscape"),
              {QKeySequence(QStringLiteral("A"))}, [this] { fit(); });
    addAction(&canvas(), QStringLiteral("relief"), tr("Landscape as surface"),
              tr("Shows a plane in three dimensions, or as a map"), {QKeySequence(QStringLiteral("S"))},
              [this] { relief_->toggle(); });
    addAction(&canvas(), QStringLiteral("barriers"), tr("Barriers between the selected runs"),
              tr("Shows how much the loss rises between this and the other selected runs, or the landscape"),
              {QKeySequence(QStringLiteral("M"))}, [this] { barriers_->toggle(); });
    addAction(
        &canvas(), QStringLiteral("zoomIn"), tr("Enlarge landscape"),
        tr("Enlarges the middle of the landscape"),
        {QKeySequence(Qt::Key_Plus), QKeySequence(Qt::SHIFT | Qt::Key_Plus), QKeySequence(Qt::Key_Equal)},
        [this] { zoom(zoomStep); });
    addAction(&canvas(), QStringLiteral("zoomOut"), tr("Shrink landscape"), tr("Shows more of the landscape"),
              {QKeySequence(Qt::Key_Minus)}, [this] { zoom(1 / zoomStep); });
    addAction(&canvas(), QStringLiteral("left"), tr("Landscape to the left"),
              tr("Shows what lies further left"), {QKeySequence(Qt::Key_Left)}, [this] { pan(-panStep, 0); });
    addAction(&canvas(), QStringLiteral("right"), tr("Landscape to the right"),
              tr("Shows what lies further right"), {QKeySequence(Qt::Key_Right)},
              [this] { pan(panStep, 0); });
    addAction(&canvas(), QStringLiteral("up"), tr("Landscape upwards"), tr("Shows what lies further up"),
              {QKeySequence(Qt::Key_Up)}, [this] { pan(0, panStep); });
    addAction(&canvas(), QStringLiteral("down"), tr("Landscape downwards"),
              tr("Shows what lies further down"), {QKeySequence(Qt::Key_Down)}, [this] { pan(0, -panStep); });
    addExportActions(tr("Export landscape\u2026"), tr("Saves the picture, or all values as CSV"),
                     tr("Copy landscape as command"));
}

void LandscapePage::fit() {
    if (showsBarriers()) return;
    if (painter_.showsRelief())
        painter_.camera().reset();
    else
        painter_.viewport().fit();
    canvas().update();
}

void LandscapePage::zoom(double factor) {
    if (showsBarriers()) return;
    if (painter_.showsRelief()) {
        painter_.camera().zoom(factor);
        canvas().update();
        return;
    }
    LandscapeViewport& viewport = painter_.viewport();
    viewport.zoom((viewport.x().from + viewport.x().to) / 2, (viewport.y().from + viewport.y().to) / 2,
                  factor);
    canvas().update();
}

void LandscapePage::pan(double right, double up) {
    if (showsBarriers()) return;
    if (painter_.showsRelief()) {
        painter_.camera().orbit(right, -up / 2);
        canvas().update();
        return;
    }
    LandscapeViewport& viewport = painter_.viewport();
    viewport.pan(right * viewport.x().length(), up * viewport.y().length());
    canvas().update();
}

void LandscapePage::forget() {
    surfaceRequest_.cancel();
    painter_.show({});
    view_.barriers.show({}, 0);
    surfaces_->setEntries({});
    shown_.reset();
    checkpoints_.clear();
    field_->setVisible(false);
    showJob();
}

void LandscapePage::read() {
    ask(
        [id = run().run, before = surfaces_->entries(),
         compared =
             showsBarriers() ? comparedRuns() : std::vector<std::int64_t>()](const store::Reader& reader) {
            Found found;
            const store::RunInfo info = reader.run(id);
            found.name = QString::fromStdString(info.name);
            found.entries = listLandscapes(reader.store(), id, before);
            if (!compared.empty()) found.barriers = findBarriers(reader, compared);
            for (const store::CheckpointInfo& checkpoint : reader.checkpoints(id))
                if (found.checkpoints.empty() || found.checkpoints.back() != checkpoint.step)
                    found.checkpoints.push_back(checkpoint.step);
            return found;
        },
        [this](const Found& found) { take(found); });
}

void LandscapePage::fail(const Error& error) {
    errors().show(error);
}

int LandscapePage::readAgain_ms() const {
    return jobIsHere() ? readAgainWhileComputed_ms : RecordPage::readAgain_ms();
}

void LandscapePage::take(const Found& found) {
    runLabel().setText(found.name.isEmpty() ? tr("run %1").arg(run().run) : found.name);
    checkpoints_ = found.checkpoints;
    surfaces_->setEntries(found.entries);
    if (showsBarriers()) {
        takeBarriers(found.barriers.value_or(BarrierTable()));
        showJob();
        return;
    }
    showJob();
    if (found.entries.empty()) {
        showNothing();
        return;
    }
    showCanvas();
    const bool own = jobIsHere() && following_ && found.entries.front().listing.added >= jobSince_;
    // Nothing of what is listed may be drawn yet: while the first is read, too.
    if (own || !surfaces_->chosen()) {
        const QSignalBlocker quiet(surfaces_);
        surfaces_->choose(0);
    }
    const LandscapeEntry* entry = surfaces_->chosen();
    if (!shown_ || !shown_->sameAs(*entry) || shown_->listing.added < entry->listing.added) readChosen();
}

void LandscapePage::chooseEntry() {
    // A person looks at another one while one is computed.
    following_ = false;
    readChosen();
}

void LandscapePage::readChosen() {
    StoreSource* from = source();
    const LandscapeEntry* entry = surfaces_->chosen();
    if (!from || !entry) return;
    const bool hasField = std::find(entry->fields.begin(), entry->fields.end(), wantedField_.toStdString()) !=
                          entry->fields.end();
    shown_ = *entry;
    surfaceRequest_.cancel();
    surfaceRequest_ = from->read(
        this,
        [id = run().run, listing = entry->listing,
         field = hasField ? wantedField_.toStdString() : std::string()](const store::Reader& reader) {
            auto surface = store::surfaceAt(reader.store(), {id, listing.attempt, listing.step}, listing.tag);
            return surface ? LandscapeModel(std::move(*surface), id, listing.step, field) : LandscapeModel();
        },
        [this](LandscapeModel model) { showLandscape(std::move(model)); },
        [this](const Error& error) {
            shown_.reset();
            errors().show(error);
        });
}

void LandscapePage::showLandscape(LandscapeModel model) {
    painter_.show(std::move(model));
    if (showsBarriers()) return;
    showFields(painter_.model());
    redraw();
    fit_->setEnabled(!painter_.model().empty());
    relief_->setEnabled(!painter_.model().empty() && !painter_.model().isLine());
    export_->setEnabled(!painter_.model().empty());
}

void LandscapePage::showFields(const LandscapeModel& model) {
    QStringList wanted, there;
    for (const std::string& field : model.surface().fields)
        if (!field.starts_with("preview/")) wanted.append(QString::fromStdString(field));
    for (int i = 0; i < field_->count(); ++i) there.append(field_->itemData(i).toString());
    filling_ = true;
    if (wanted != there) {
        field_->clear();
        for (const QString& field : wanted) field_->addItem(fieldText(field), field);
    }
    field_->setCurrentIndex(field_->findData(QString::fromStdString(model.field())));
    filling_ = false;
    field_->setVisible(!wanted.isEmpty());
}

void LandscapePage::showNothing() {
    painter_.show({});
    canvas().update();
    field_->setVisible(false);
    fit_->setEnabled(false);
    relief_->setEnabled(false);
    export_->setEnabled(false);
    if (jobIsHere() && !jobIsOfBarriers_) {
        painter_.setMessage(tr("The network and its data are being loaded\u2026").toStdString());
        showCanvas();
        return;
    }
    const bool canCompute = !checkpoints_.empty();
    if (run().isNull())
        showNoRun();
    else if (canCompute)
        showEmpty(tr("No landscape of this run was computed yet. It shows the loss around the network, in a "
                     "plane of random directions, of the training's own path or through other runs."),
                  tr("Compute\u2026"));
    else
        showEmpty(
            tr("This run has no checkpoint, and a landscape is computed from the weights that one holds. "
               "Choose a run that recorded one, or start a run with checkpoint.every_steps; "
               "checkpoint.keep above 3 gives the path of the training."));
}

void LandscapePage::showJob() {
    const bool running = job_.isRunning();
    for (QWidget* part : std::initializer_list<QWidget*>{progressText_, progress_, stop_})
        part->setVisible(running);
    const bool canAsk = !running && !checkpoints_.empty();
    compute_->setEnabled(showsBarriers() ? !running && comparedRuns().size() >= 2 : canAsk);
    stop_->setEnabled(!job_.isStopping());
    if (QAction* stop = workspace().actions.find(QStringLiteral("landscape.stop"))) stop->setEnabled(running);
    if (QAction* ask = workspace().actions.find(QStringLiteral("landscape.compute"))) ask->setEnabled(canAsk);
    if (!running) return;
    progress_->setRange(0, 0);
    QString text = job_.isStopping() ? tr("Stopping\u2026") : tr("Starting\u2026");
    if (!jobIsHere()) {
        text = tr("Computing for run %1").arg(jobRun_.run);
    } else if (!jobIsOfBarriers_ && !surfaces_->entries().empty()) {
        const LandscapeEntry& newest = surfaces_->entries().front();
        if (newest.listing.added >= jobSince_) {
            const auto places = static_cast<int>(newest.columns * newest.rows);
            progress_->setRange(0, places);
            progress_->setValue(static_cast<int>(newest.known));
            if (!job_.isStopping())
                text = tr("%1 of %2 places")
                           .arg(formatCount(static_cast<qint64>(newest.known)), formatCount(places));
        }
    }
    progressText_->setText(text);
    showBarriersProgress();
}

void LandscapePage::compute(const run::LandscapeRequest& request) {
    if (run().isNull() || job_.isRunning()) return;
    errors().clear();
    jobRun_ = run();
    // The clock of the store is that of the process that writes; both are of this machine.
    jobSince_ = static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000;
    following_ = true;
    jobIsOfBarriers_ = false;
    job_.start(workspace().launcher.program(), wordsOf(request, run().store.toStdString()),
               QFileInfo(run().store).absolutePath());
    if (surfaces_->entries().empty()) showNothing();
}

void LandscapePage::jobEnded(AnalysisJob::End how, const QString& words) {
    if (how == AnalysisJob::End::Failed)
        errors().show(analysisError(jobIsOfBarriers_ ? QStringLiteral("the barriers were not computed")
                                                     : QStringLiteral("the landscape was not computed"),
                                    words));
    else if (how == AnalysisJob::End::Stopped)
        workspace().say(tr("Stopped. The same computation goes on from there."));
    else
        workspace().say(jobIsOfBarriers_ ? tr("The barriers around run %1 are complete").arg(jobRun_.run)
                                         : tr("The landscape of run %1 is complete").arg(jobRun_.run));
    // What it wrote last is shown even if nobody has told of the change yet.
    if (jobRun_ == run()) refresh();
}

void LandscapePage::askWhat() {
    if (run().isNull() || checkpoints_.empty() || job_.isRunning()) return;
    ComputeChoices choices;
    choices.store = run().store.toStdString();
    choices.run = run().run;
    choices.checkpoints = checkpoints_;
    for (const RunKey& other : workspace().selection.runs())
        if (other.store == run().store && other.run != run().run && choices.others.size() < 2)
            choices.others.push_back(other.run);
    auto* dialog = new ComputeDialog(workspace().theme, choices, window());
    connect(dialog, &ComputeDialog::computeWanted, this, [this, dialog, asked = run()] {
        if (asked == run()) compute(dialog->request());
        dialog->accept();
    });
    dialog->open();
}

QString LandscapePage::command() const {
    if (showsBarriers()) return barriersCommand();
    const LandscapeModel& model = painter_.model();
    if (model.empty()) return {};
    LandscapePictureRequest request;
    request.tag = model.surface().tag;
    request.field = model.field();
    request.relief = painter_.showsRelief();
    constexpr double radian = 180 / std::numbers::pi;
    request.turn = painter_.camera().turn() * radian;
    request.tilt = painter_.camera().tilt() * radian;
    return commandLine(request);
}

std::function<std::string()> LandscapePage::table() const {
    if (showsBarriers()) {
        if (view_.barriers.table().figures.empty()) return {};
        return [table = view_.barriers.table()] { return table.csv(); };
    }
    if (painter_.model().empty()) return {};
    return [surface = painter_.model().surface()] { return run::csvOf(surface); };
}

QJsonObject LandscapePage::save() const {
    return {{QStringLiteral("field"), wantedField_},
            {QStringLiteral("surface"), relief_->isChecked()},
            {QStringLiteral("barriers"), barriers_->isChecked()},
            {QStringLiteral("figure"), wantedFigure_},
            {QStringLiteral("splitter"), QString::fromLatin1(splitter_->saveState().toBase64())}};
}

void LandscapePage::restore(const QJsonObject& state) {
    wantedField_ = state[QStringLiteral("field")].toString();
    wantedFigure_ = state[QStringLiteral("figure")].toString();
    barriers_->setChecked(state[QStringLiteral("barriers")].toBool(false));
    relief_->setChecked(state[QStringLiteral("surface")].toBool(false));
    splitter_->restoreState(QByteArray::fromBase64(state[QStringLiteral("splitter")].toString().toLatin1()));
    outdate();
}

}  // namespace filigree::ui
