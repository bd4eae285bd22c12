// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QClipboard>
#include <QComboBox>
#include <QDateTime>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QImage>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QSaveFile>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedLayout>
#include <QToolButton>
#include <algorithm>
#include <numbers>

#include "store/reader.h"
#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/base/text.h"
#include "ui/landscape/landscape_command.h"
#include "ui/landscape/landscape_page.h"
#include "ui/landscape/surface_list.h"
#include "ui/views/landscape_painter.h"
#include "ui/views/render_command.h"

namespace filigree::ui {
namespace {

constexpr int readAgain_ms = 2000;
constexpr int readAgainWhileComputed_ms = 200;
constexpr double exportScale = 2;
constexpr int emptyTextWidth = 480;
constexpr double zoomStep = 1.25;
constexpr double panStep = 0.1;  ///< of what is seen

QString fieldText(const std::string& field) {
    const bool test = field.starts_with("test/");
    if (field.ends_with("/acc"))
        return test ? LandscapePage::tr("Test accuracy") : LandscapePage::tr("Training accuracy");
    if (field.ends_with("/loss"))
        return test ? LandscapePage::tr("Test loss") : LandscapePage::tr("Training loss");
    return QString::fromStdString(field);
}

/// What the command line program told of its failure: "error: what", "  at where", "  what to do".
Error errorIn(const QString& words) {
    const qsizetype place = words.lastIndexOf(QLatin1String("error: "));
    const QStringList lines = words.mid(place < 0 ? 0 : place + 7).split('\n', Qt::SkipEmptyParts);
    std::string where, advice;
    for (const QString& line : lines.mid(1)) {
        const QString text = line.trimmed();
        if (text.startsWith(QLatin1String("at ")))
            where = text.mid(3).toStdString();
        else
            advice += (advice.empty() ? "" : " ") + text.toStdString();
    }
    return Error(ErrorKind::Run,
                 "the landscape was not computed: " + (lines.isEmpty()
                                                           ? std::string("the program ended without a word")
                                                           : lines.first().trimmed().toStdString()),
                 where, advice);
}

}  // namespace

LandscapePage::LandscapePage(Workspace& workspace, QWidget* parent)
    : Page(parent),
      workspace_(workspace),
      painter_(std::make_unique<LandscapePainter>()),
      canvas_(new CanvasWidget(workspace.theme, *painter_, this)),
      errors_(new ErrorBar(this)),
      surfaces_(new SurfaceList(workspace.theme, this)) {
    setObjectName(QStringLiteral("landscapePage"));
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    outer->addWidget(makeBar());
    outer->addWidget(errors_);
    splitter_ = new QSplitter(Qt::Horizontal, this);
    splitter_->setObjectName(QStringLiteral("landscapeSplitter"));
    splitter_->setHandleWidth(1);
    splitter_->setChildrenCollapsible(false);
    surfaces_->setMinimumWidth(180);
    splitter_->addWidget(surfaces_);
    splitter_->addWidget(canvas_);
    splitter_->setStretchFactor(1, 1);
    splitter_->setSizes({280, 900});
    stack_ = new QStackedLayout;
    stack_->addWidget(splitter_);
    stack_->addWidget(makeEmpty());
    outer->addLayout(stack_, 1);
    addActions();

    again_.setSingleShot(true);
    connect(&again_, &QTimer::timeout, this, [this] {
        if (isVisible()) read();
    });
    connect(surfaces_, &SurfaceList::entryChosen, this, &LandscapePage::chooseEntry);
    connect(&job_, &LandscapeJob::changed, this, &LandscapePage::showJob);
    connect(&job_, &LandscapeJob::ended, this, &LandscapePage::jobEnded);
    connect(&workspace_.selection, &Selection::currentChanged, this, &LandscapePage::takeRun);
    takeRun();
}

LandscapePage::~LandscapePage() {
    // The canvas draws the painter: it goes first.
    delete canvas_;
}

QWidget* LandscapePage::makeBar() {
    auto* bar = new QWidget(this);
    bar->setProperty("role", "bar");
    bar->setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(12, 6, 12, 6);
    row->setSpacing(8);
    runLabel_ = new QLabel(bar);
    runLabel_->setObjectName(QStringLiteral("landscapeRun"));
    runLabel_->setFont(workspace_.theme.font(1.0, true));
    connect(&workspace_.theme, &Theme::changed, runLabel_,
            [this] { runLabel_->setFont(workspace_.theme.font(1.0, true)); });
    progressText_ = new QLabel(bar);
    progressText_->setObjectName(QStringLiteral("landscapeProgressText"));
    progressText_->setProperty("role", "secondary");
    progress_ = new QProgressBar(bar);
    progress_->setObjectName(QStringLiteral("landscapeProgress"));
    progress_->setAccessibleName(tr("Places that were computed"));
    progress_->setTextVisible(false);
    progress_->setFixedWidth(112);
    stop_ = new QPushButton(tr("Stop"), bar);
    stop_->setObjectName(QStringLiteral("landscapeStop"));
    stop_->setToolTip(tr("Keeps what was computed; the same computation goes on from there"));
    connect(stop_, &QPushButton::clicked, &job_, &LandscapeJob::stop);
    field_ = new QComboBox(bar);
    field_->setObjectName(QStringLiteral("landscapeField"));
    field_->setAccessibleName(tr("Figure that is drawn"));
    field_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    connect(field_, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (filling_ || index < 0) return;
        wantedField_ = field_->itemData(index).toString();
        readChosen();
    });
    const auto button = [&](const char* name, const char* iconName, const QString& text, const QString& tip) {
        auto* made = new QToolButton(bar);
        made->setObjectName(QLatin1String(name));
        made->setIcon(icon(workspace_.theme, QLatin1String(iconName)));
        made->setText(besideIcon(text));
        made->setToolTip(tip);
        made->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        made->setFocusPolicy(Qt::StrongFocus);
        return made;
    };
    fit_ = button("landscapeFit", "fit", tr("Fit"), tr("Show the whole landscape (A)"));
    connect(fit_, &QToolButton::clicked, this, &LandscapePage::fit);
    relief_ = button("landscapeRelief", "connectivity", tr("Surface"),
                     tr("Show a plane as a surface in three dimensions (S)"));
    relief_->setCheckable(true);
    connect(relief_, &QToolButton::toggled, this, [this](bool on) {
        painter_->setRelief(on);
        canvas_->update();
    });
    export_ = button("landscapeExport", "export", tr("Export"), tr("Save the picture, or its values as CSV"));
    connect(export_, &QToolButton::clicked, this, &LandscapePage::chooseFile);
    compute_ = new QPushButton(tr("Compute\u2026"), bar);
    compute_->setObjectName(QStringLiteral("landscapeCompute"));
    compute_->setProperty("role", "primary");
    connect(compute_, &QPushButton::clicked, this, &LandscapePage::askWhat);
    row->addWidget(runLabel_);
    row->addStretch(1);
    row->addWidget(progressText_);
    row->addWidget(progress_);
    row->addWidget(stop_);
    row->addWidget(field_);
    row->addWidget(relief_);
    row->addWidget(fit_);
    row->addWidget(export_);
    row->addWidget(compute_);
    return bar;
}

QWidget* LandscapePage::makeEmpty() {
    auto* empty = new QWidget(this);
    auto* column = new QVBoxLayout(empty);
    emptyText_ = new QLabel(empty);
    emptyText_->setObjectName(QStringLiteral("landscapeEmpty"));
    emptyText_->setAlignment(Qt::AlignCenter);
    emptyText_->setWordWrap(true);
    emptyText_->setProperty("role", "secondary");
    emptyText_->setFixedWidth(emptyTextWidth);
    emptyButton_ = new QPushButton(empty);
    emptyButton_->setObjectName(QStringLiteral("landscapeEmptyButton"));
    emptyButton_->setProperty("role", "primary");
    connect(emptyButton_, &QPushButton::clicked, this, [this] {
        if (checkpoints_.empty())
            emit workspace_.showGallery();
        else
            askWhat();
    });
    column->setContentsMargins(32, 32, 32, 32);
    column->setSpacing(16);
    column->addStretch();
    // In a row of its own: an aligned widget gets no height for its width.
    auto* row = new QHBoxLayout;
    row->addStretch();
    row->addWidget(emptyText_);
    row->addStretch();
    column->addLayout(row);
    column->addWidget(emptyButton_, 0, Qt::AlignCenter);
    column->addStretch();
    return empty;
}

void LandscapePage::addActions() {
    const auto add = [this](QWidget* context, const char* id, const QString& text, const QString& tip,
                            const QList<QKeySequence>& keys, std::function<void()> function) {
        workspace_.actions.add(
            context, {QStringLiteral("landscape.") + QLatin1String(id), MenuId::Analyse, 50, text, tip, keys},
            std::move(function));
    };
    add(this, "compute", tr("Compute &landscape\u2026"), tr("Asks what to compute around the current run"),
        {QKeySequence(QStringLiteral("Ctrl+Shift+L"))}, [this] { askWhat(); });
    add(this, "stop", tr("Stop computing landscape"),
        tr("Keeps what was computed; the same computation goes on from there"),
        {QKeySequence(QStringLiteral("Ctrl+Shift+K"))}, [this] { job_.stop(); });
    // Single letters and arrows belong to the canvas: elsewhere they are text.
    add(canvas_, "fit", tr("Show whole landscape"), tr("Shows all of the landscape"),
        {QKeySequence(QStringLiteral("A"))}, [this] { fit(); });
    add(canvas_, "relief", tr("Landscape as surface"), tr("Shows a plane in three dimensions, or as a map"),
        {QKeySequence(QStringLiteral("S"))}, [this] { relief_->toggle(); });
    add(canvas_, "zoomIn", tr("Enlarge landscape"), tr("Enlarges the middle of the landscape"),
        {QKeySequence(Qt::Key_Plus), QKeySequence(Qt::SHIFT | Qt::Key_Plus), QKeySequence(Qt::Key_Equal)},
        [this] { zoom(zoomStep); });
    add(canvas_, "zoomOut", tr("Shrink landscape"), tr("Shows more of the landscape"),
        {QKeySequence(Qt::Key_Minus)}, [this] { zoom(1 / zoomStep); });
    add(canvas_, "left", tr("Landscape to the left"), tr("Shows what lies further left"),
        {QKeySequence(Qt::Key_Left)}, [this] { pan(-panStep, 0); });
    add(canvas_, "right", tr("Landscape to the right"), tr("Shows what lies further right"),
        {QKeySequence(Qt::Key_Right)}, [this] { pan(panStep, 0); });
    add(canvas_, "up", tr("Landscape upwards"), tr("Shows what lies further up"), {QKeySequence(Qt::Key_Up)},
        [this] { pan(0, panStep); });
    add(canvas_, "down", tr("Landscape downwards"), tr("Shows what lies further down"),
        {QKeySequence(Qt::Key_Down)}, [this] { pan(0, -panStep); });
    add(this, "export", tr("Export landscape\u2026"), tr("Saves the picture, or all values as CSV"),
        {QKeySequence(QStringLiteral("Ctrl+Shift+E"))}, [this] { chooseFile(); });
    add(this, "copyCommand", tr("Copy landscape as command"),
        tr("Copies the line of filigree render that makes this picture"),
        {QKeySequence(QStringLiteral("Ctrl+Shift+C"))}, [this] {
            if (painter_->model().empty()) return;
            QGuiApplication::clipboard()->setText(command());
            workspace_.say(tr("Copied the command"));
        });
}

void LandscapePage::fit() {
    if (painter_->showsRelief())
        painter_->camera().reset();
    else
        painter_->viewport().fit();
    canvas_->update();
}

void LandscapePage::zoom(double factor) {
    if (painter_->showsRelief()) {
        painter_->camera().zoom(factor);
        canvas_->update();
        return;
    }
    LandscapeViewport& viewport = painter_->viewport();
    viewport.zoom((viewport.x().from + viewport.x().to) / 2, (viewport.y().from + viewport.y().to) / 2,
                  factor);
    canvas_->update();
}

void LandscapePage::pan(double right, double up) {
    if (painter_->showsRelief()) {
        painter_->camera().orbit(right, -up / 2);
        canvas_->update();
        return;
    }
    LandscapeViewport& viewport = painter_->viewport();
    viewport.pan(right * viewport.x().length(), up * viewport.y().length());
    canvas_->update();
}

void LandscapePage::takeRun() {
    const RunKey& run = workspace_.selection.current();
    if (run == run_ && !run.isNull()) return;
    run_ = run;
    listRequest_.cancel();
    surfaceRequest_.cancel();
    disconnect(watched_);
    errors_->clear();
    painter_->show({});
    surfaces_->setEntries({});
    shown_.reset();
    checkpoints_.clear();
    field_->setVisible(false);
    runLabel_->setText(run.isNull() ? QString() : tr("run %1").arg(run.run));
    StoreSource* source = run.isNull() ? nullptr : workspace_.stores.of(run);
    if (source)
        watched_ = connect(source, &StoreSource::changed, this, [this] {
            stale_ = true;
            if (!isVisible() || again_.isActive()) return;
            again_.start(jobIsHere() ? readAgainWhileComputed_ms : readAgain_ms);
        });
    stale_ = true;
    showJob();
    if (!source)
        showEmpty();
    else if (isVisible())
        read();
}

void LandscapePage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    if (stale_) read();
}

void LandscapePage::read() {
    StoreSource* source = run_.isNull() ? nullptr : workspace_.stores.of(run_);
    if (!source) return;
    stale_ = false;
    listRequest_.cancel();
    listRequest_ = source->read(
        this,
        [run = run_.run, before = surfaces_->entries()](const store::Reader& reader) {
            Found found;
            const store::RunInfo info = reader.run(run);
            found.name = QString::fromStdString(info.name);
            found.entries = listLandscapes(reader.store(), run, before);
            for (const store::CheckpointInfo& checkpoint : reader.checkpoints(run))
                if (found.checkpoints.empty() || found.checkpoints.back() != checkpoint.step)
                    found.checkpoints.push_back(checkpoint.step);
            return found;
        },
        [this](const Found& found) { take(found); }, [this](const Error& error) { errors_->show(error); });
}

void LandscapePage::take(const Found& found) {
    runLabel_->setText(found.name.isEmpty() ? tr("run %1").arg(run_.run) : found.name);
    checkpoints_ = found.checkpoints;
    surfaces_->setEntries(found.entries);
    showJob();
    if (found.entries.empty()) {
        showEmpty();
        return;
    }
    stack_->setCurrentWidget(splitter_);
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
    StoreSource* source = run_.isNull() ? nullptr : workspace_.stores.of(run_);
    const LandscapeEntry* entry = surfaces_->chosen();
    if (!source || !entry) return;
    const bool hasField = std::find(entry->fields.begin(), entry->fields.end(), wantedField_.toStdString()) !=
                          entry->fields.end();
    shown_ = *entry;
    surfaceRequest_.cancel();
    surfaceRequest_ = source->read(
        this,
        [run = run_.run, listing = entry->listing,
         field = hasField ? wantedField_.toStdString() : std::string()](const store::Reader& reader) {
            auto surface =
                store::surfaceAt(reader.store(), {run, listing.attempt, listing.step}, listing.tag);
            return surface ? LandscapeModel(std::move(*surface), run, listing.step, field) : LandscapeModel();
        },
        [this](LandscapeModel model) { showLandscape(std::move(model)); },
        [this](const Error& error) {
            shown_.reset();
            errors_->show(error);
        });
}

void LandscapePage::showLandscape(LandscapeModel model) {
    showFields(model);
    painter_->show(std::move(model));
    canvas_->update();
    canvas_->describe(QString::fromStdString(painter_->summary()));
    fit_->setEnabled(!painter_->model().empty());
    relief_->setEnabled(!painter_->model().empty() && !painter_->model().isLine());
    export_->setEnabled(!painter_->model().empty());
}

void LandscapePage::showFields(const LandscapeModel& model) {
    QStringList wanted, there;
    for (const std::string& field : model.surface().fields)
        if (!field.starts_with("preview/")) wanted.append(QString::fromStdString(field));
    for (int i = 0; i < field_->count(); ++i) there.append(field_->itemData(i).toString());
    filling_ = true;
    if (wanted != there) {
        field_->clear();
        for (const QString& field : wanted) field_->addItem(fieldText(field.toStdString()), field);
    }
    field_->setCurrentIndex(field_->findData(QString::fromStdString(model.field())));
    filling_ = false;
    field_->setVisible(!wanted.isEmpty());
}

void LandscapePage::showEmpty() {
    painter_->show({});
    canvas_->update();
    field_->setVisible(false);
    fit_->setEnabled(false);
    relief_->setEnabled(false);
    export_->setEnabled(false);
    if (jobIsHere()) {
        painter_->setMessage(tr("The network and its data are being loaded\u2026").toStdString());
        stack_->setCurrentWidget(splitter_);
        return;
    }
    const bool canCompute = !checkpoints_.empty();
    emptyText_->setText(
        run_.isNull() ? tr("No run is chosen. Choose one in the table of runs, or start one.")
        : canCompute
            ? tr("No landscape of this run was computed yet. It shows the loss around the network, "
                 "in a plane of random directions, of the training's own path or through other runs.")
            : tr("This run has no checkpoint, and a landscape is computed from the weights that one "
                 "holds. Choose a run that recorded one, or start a run with "
                 "checkpoint.every_steps; checkpoint.keep above 3 gives the path of the training."));
    emptyButton_->setText(canCompute ? tr("Compute\u2026") : tr("Show presets"));
    stack_->setCurrentIndex(1);
}

void LandscapePage::showJob() {
    const bool running = job_.isRunning();
    for (QWidget* part : std::initializer_list<QWidget*>{progressText_, progress_, stop_})
        part->setVisible(running);
    compute_->setEnabled(!running && !checkpoints_.empty());
    stop_->setEnabled(!job_.isStopping());
    if (QAction* stop = workspace_.actions.find(QStringLiteral("landscape.stop"))) stop->setEnabled(running);
    if (QAction* ask = workspace_.actions.find(QStringLiteral("landscape.compute")))
        ask->setEnabled(compute_->isEnabled());
    if (!running) return;
    progress_->setRange(0, 0);
    QString text = job_.isStopping() ? tr("Stopping\u2026") : tr("Starting\u2026");
    if (!jobIsHere()) {
        text = tr("Computing for run %1").arg(jobRun_.run);
    } else if (!surfaces_->entries().empty()) {
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
}

void LandscapePage::compute(const run::LandscapeRequest& request) {
    if (run_.isNull() || job_.isRunning()) return;
    errors_->clear();
    jobRun_ = run_;
    // The clock of the store is that of the process that writes; both are of this machine.
    jobSince_ = static_cast<double>(QDateTime::currentMSecsSinceEpoch()) / 1000;
    following_ = true;
    job_.start(workspace_.launcher.program(), wordsOf(request, run_.store.toStdString()),
               QFileInfo(run_.store).absolutePath());
    if (surfaces_->entries().empty()) showEmpty();
}

void LandscapePage::jobEnded(LandscapeJob::End how, const QString& words) {
    if (how == LandscapeJob::End::Failed)
        errors_->show(errorIn(words));
    else if (how == LandscapeJob::End::Stopped)
        workspace_.say(tr("Stopped. The same computation goes on from there."));
    else
        workspace_.say(tr("The landscape of run %1 is complete").arg(jobRun_.run));
    // What it wrote last is shown even if nobody has told of the change yet.
    const RunKey computed = jobRun_;
    if (computed == run_) read();
}

void LandscapePage::askWhat() {
    if (run_.isNull() || checkpoints_.empty() || job_.isRunning()) return;
    ComputeChoices choices;
    choices.store = run_.store.toStdString();
    choices.run = run_.run;
    choices.checkpoints = checkpoints_;
    for (const RunKey& other : workspace_.selection.runs())
        if (other.store == run_.store && other.run != run_.run && choices.others.size() < 2)
            choices.others.push_back(other.run);
    auto* dialog = new ComputeDialog(workspace_.theme, choices, window());
    connect(dialog, &ComputeDialog::computeWanted, this, [this, dialog, run = run_] {
        if (run == run_) compute(dialog->request());
        dialog->accept();
    });
    dialog->open();
}

QString LandscapePage::command() const {
    const LandscapeModel& model = painter_->model();
    if (model.empty()) return {};
    LandscapePictureRequest request;
    request.store = run_.store.toStdString();
    request.run = run_.run;
    request.tag = model.surface().tag;
    request.field = model.field();
    request.width = std::max(64, canvas_->width());
    request.height = std::max(64, canvas_->height());
    request.relief = painter_->showsRelief();
    constexpr double radian = 180 / std::numbers::pi;
    request.turn = painter_->camera().turn() * radian;
    request.tilt = painter_->camera().tilt() * radian;
    return QString::fromStdString(commandOf(request)) + QStringLiteral(" -o landscape.png");
}

void LandscapePage::exportTo(const QString& path) {
    const auto told = [this, path](bool saved, const QString& reason) {
        if (saved)
            workspace_.say(tr("Saved %1").arg(QFileInfo(path).fileName()));
        else
            errors_->show(Error(ErrorKind::Run, "the file was not saved",
                                (path + ": " + reason).toStdString(), "choose a folder that can be written"));
    };
    if (path.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive)) {
        QSaveFile file(path);
        const QByteArray text = QByteArray::fromStdString(run::csvOf(painter_->model().surface()));
        const bool saved =
            file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit();
        told(saved, file.errorString());
        return;
    }
    const QString line = command();
    canvas_->exportPicture(canvas_->size() * exportScale, static_cast<float>(exportScale), Appearance::Light,
                           [path, line, told](QImage image, const QString& error) {
                               image.setText(QStringLiteral("Source"), line);
                               told(error.isEmpty() && image.save(path, "PNG"), error);
                           });
}

void LandscapePage::chooseFile() {
    if (painter_->model().empty()) return;
    auto* files =
        new QFileDialog(window(), tr("Export landscape"), {}, tr("Pictures (*.png);;Tables (*.csv)"));
    files->setAttribute(Qt::WA_DeleteOnClose);
    files->setAcceptMode(QFileDialog::AcceptSave);
    files->setDefaultSuffix(QStringLiteral("png"));
    files->selectFile(QStringLiteral("run-%1-landscape.png").arg(run_.run));
    connect(files, &QFileDialog::fileSelected, this, &LandscapePage::exportTo);
    files->open();
}

QJsonObject LandscapePage::save() const {
    return {{QStringLiteral("field"), wantedField_},
            {QStringLiteral("surface"), relief_->isChecked()},
            {QStringLiteral("splitter"), QString::fromLatin1(splitter_->saveState().toBase64())}};
}

void LandscapePage::restore(const QJsonObject& state) {
    wantedField_ = state[QStringLiteral("field")].toString();
    relief_->setChecked(state[QStringLiteral("surface")].toBool(false));
    splitter_->restoreState(QByteArray::fromBase64(state[QStringLiteral("splitter")].toString().toLatin1()));
    stale_ = true;
}

}  // namespace filigree::ui
