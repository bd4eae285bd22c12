// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QClipboard>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QImage>
#include <QLabel>
#include <QPushButton>
#include <QSaveFile>
#include <QStackedLayout>
#include <QToolButton>
#include <algorithm>

#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/gates/gates_page.h"
#include "ui/views/gate_board_painter.h"
#include "ui/views/render_command.h"

namespace filigree::ui {
namespace {

constexpr int readAgain_ms = 2000;
constexpr double exportScale = 2;

}  // namespace

GatesPage::GatesPage(Workspace& workspace, QWidget* parent)
    : Page(parent),
      workspace_(workspace),
      painter_(std::make_unique<GateBoardPainter>()),
      canvas_(new CanvasWidget(workspace.theme, *painter_, this)),
      errors_(new ErrorBar(this)) {
    setObjectName(QStringLiteral("gatesPage"));
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    outer->addWidget(errors_);
    auto* body = new QWidget(this);
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeBar());
    column->addWidget(canvas_, 1);
    stack_ = new QStackedLayout;
    stack_->addWidget(body);
    stack_->addWidget(makeEmpty());
    outer->addLayout(stack_, 1);
    addActions();

    // While a picture is being drawn: what listens may draw too.
    painter_->stepChosen = [this](std::int64_t step) {
        QMetaObject::invokeMethod(
            this, [this, step] { workspace_.selection.setStep(step); }, Qt::QueuedConnection);
    };
    painter_->gateChosen = [this](const std::string& gate) {
        QMetaObject::invokeMethod(
            this,
            [this, name = QString::fromStdString(gate)] { gate_->setCurrentIndex(gate_->findData(name)); },
            Qt::QueuedConnection);
    };
    again_.setSingleShot(true);
    again_.setInterval(readAgain_ms);
    connect(&again_, &QTimer::timeout, this, [this] {
        if (isVisible()) read();
    });
    connect(&workspace_.selection, &Selection::currentChanged, this, &GatesPage::takeRun);
    connect(&workspace_.selection, &Selection::stepChanged, this, &GatesPage::showStep);
    takeRun();
}

GatesPage::~GatesPage() {
    // The canvas draws the painter: it goes first.
    delete canvas_;
}

QWidget* GatesPage::makeBar() {
    auto* bar = new QWidget(this);
    bar->setProperty("role", "bar");
    bar->setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(12, 6, 12, 6);
    row->setSpacing(8);
    runLabel_ = new QLabel(bar);
    runLabel_->setFont(workspace_.theme.font(1.0, true));
    connect(&workspace_.theme, &Theme::changed, runLabel_,
            [this] { runLabel_->setFont(workspace_.theme.font(1.0, true)); });
    row->addWidget(runLabel_);
    row->addStretch(1);
    const auto choice = [&](const char* name, const QString& text) {
        auto* label = new QLabel(text, bar);
        label->setProperty("role", "secondary");
        auto* box = new QComboBox(bar);
        box->setObjectName(QLatin1String(name));
        box->setAccessibleName(text);
        box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
        label->setBuddy(box);
        row->addWidget(label);
        row->addWidget(box);
        return box;
    };
    order_ = choice("gatesOrder", tr("Channels"));
    for (const auto& [order, text] :
         {std::pair(GateOrder::Mean, tr("by mean")), std::pair(GateOrder::Last, tr("by last score")),
          std::pair(GateOrder::FirstOpen, tr("by first opening")),
          std::pair(GateOrder::Recorded, tr("by number"))})
        order_->addItem(text, QString::fromLatin1(nameOf(order)));
    connect(order_, &QComboBox::currentIndexChanged, this, &GatesPage::showOrder);
    gate_ = choice("gatesGate", tr("Gate"));
    connect(gate_, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (filling_ || index < 0) return;
        wantedGate_ = gate_->itemData(index).toString();
        painter_->chooseGate(wantedGate_.toStdString());
        redraw();
    });
    auto* out = new QToolButton(bar);
    out->setObjectName(QStringLiteral("gatesExport"));
    out->setIcon(icon(workspace_.theme, QStringLiteral("export")));
    out->setText(besideIcon(tr("Export")));
    out->setToolTip(tr("Saves the picture, or all scores as CSV"));
    out->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    out->setFocusPolicy(Qt::StrongFocus);
    connect(out, &QToolButton::clicked, this, &GatesPage::chooseFile);
    row->addWidget(out);
    return bar;
}

QWidget* GatesPage::makeEmpty() {
    auto* empty = new QWidget(this);
    auto* column = new QVBoxLayout(empty);
    emptyText_ = new QLabel(empty);
    emptyText_->setObjectName(QStringLiteral("gatesEmpty"));
    emptyText_->setAlignment(Qt::AlignCenter);
    emptyText_->setWordWrap(true);
    emptyText_->setProperty("role", "secondary");
    emptyButton_ = new QPushButton(tr("Show presets"), empty);
    emptyButton_->setObjectName(QStringLiteral("gatesEmptyButton"));
    emptyButton_->setProperty("role", "primary");
    connect(emptyButton_, &QPushButton::clicked, &workspace_, &Workspace::showGallery);
    column->setContentsMargins(32, 32, 32, 32);
    column->setSpacing(16);
    column->addStretch();
    column->addWidget(emptyText_);
    column->addWidget(emptyButton_, 0, Qt::AlignCenter);
    column->addStretch();
    return empty;
}

void GatesPage::addActions() {
    const auto add = [this](QWidget* context, const char* id, const QString& text, const QString& tip,
                            const QList<QKeySequence>& keys, std::function<void()> function) {
        workspace_.actions.add(
            context, {QStringLiteral("gates.") + QLatin1String(id), MenuId::Analyse, 60, text, tip, keys},
            std::move(function));
    };
    add(canvas_, "previous", tr("Previous record of gates"), tr("Shows the gates at the record before"),
        {QKeySequence(Qt::Key_Comma), QKeySequence(Qt::Key_Left)}, [this] { moveStep(-1); });
    add(canvas_, "next", tr("Next record of gates"), tr("Shows the gates at the next record"),
        {QKeySequence(Qt::Key_Period), QKeySequence(Qt::Key_Right)}, [this] { moveStep(1); });
    add(this, "export", tr("Export &gates\u2026"), tr("Saves the picture of the gates, or all scores as CSV"),
        {QKeySequence(QStringLiteral("Ctrl+Shift+E"))}, [this] { chooseFile(); });
    add(this, "copyCommand", tr("Copy gates as command"),
        tr("Copies the line of filigree render that makes this picture"),
        {QKeySequence(QStringLiteral("Ctrl+Shift+C"))}, [this] {
            QGuiApplication::clipboard()->setText(command());
            workspace_.say(tr("Copied the command"));
        });
}

void GatesPage::takeRun() {
    const RunKey& run = workspace_.selection.current();
    if (run == run_ && !run.isNull()) return;
    run_ = run;
    request_.cancel();
    disconnect(watched_);
    errors_->clear();
    painter_->show({});
    runLabel_->setText(run.isNull() ? QString() : tr("run %1").arg(run.run));
    StoreSource* source = run.isNull() ? nullptr : workspace_.stores.of(run);
    if (!source) {
        emptyText_->setText(tr("No run is chosen. Choose one in the table of runs, or start one."));
        stack_->setCurrentIndex(1);
        return;
    }
    watched_ = connect(source, &StoreSource::changed, this, [this] {
        stale_ = true;
        if (isVisible() && !again_.isActive()) again_.start();
    });
    stale_ = true;
    if (isVisible()) read();
}

void GatesPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    if (stale_) read();
}

void GatesPage::read() {
    StoreSource* source = run_.isNull() ? nullptr : workspace_.stores.of(run_);
    if (!source) return;
    stale_ = false;
    request_.cancel();
    request_ = source->read(
        this, [run = run_.run](const store::Reader& reader) { return loadGates(reader, run); },
        [this](GateRecords records) { take(std::move(records)); },
        [this](const Error& error) { fail(error); });
}

void GatesPage::fail(const Error& error) {
    painter_->show({});
    emptyText_->setText(
        QString::fromStdString(error.message()) +
        (error.advice().empty() ? QString() : QStringLiteral("\n") + QString::fromStdString(error.advice())));
    stack_->setCurrentIndex(1);
}

void GatesPage::take(GateRecords records) {
    errors_->clear();
    runLabel_->setText(QString::fromStdString(records.runName));
    if (records.gates.empty()) {
        emptyText_->setText(
            tr("This run recorded no gates. Choose a preset of a method with gates, for example decoys."));
        stack_->setCurrentIndex(1);
        return;
    }
    painter_->show(std::move(records));
    painter_->chooseGate(wantedGate_.toStdString());
    fillGates();
    stack_->setCurrentIndex(0);
    showStep();
}

void GatesPage::fillGates() {
    filling_ = true;
    gate_->clear();
    for (const GateSeries& gate : painter_->records().gates)
        gate_->addItem(QString::fromStdString(gate.name), QString::fromStdString(gate.name));
    gate_->setCurrentIndex(std::max(0, gate_->findData(QString::fromStdString(painter_->chosenGate()))));
    filling_ = false;
}

void GatesPage::redraw() {
    canvas_->update();
    canvas_->describe(QString::fromStdString(painter_->summary()));
}

void GatesPage::showStep() {
    painter_->setStep(workspace_.selection.step());
    redraw();
}

void GatesPage::showOrder() {
    painter_->setOrder(gateOrderFrom(order_->currentData().toString().toStdString()));
    redraw();
}

void GatesPage::moveStep(int records) {
    const std::vector<std::int64_t>& steps = painter_->records().steps;
    if (steps.empty()) return;
    const auto now = std::lower_bound(steps.begin(), steps.end(), painter_->shownStep()) - steps.begin();
    const auto last = static_cast<std::ptrdiff_t>(steps.size()) - 1;
    workspace_.selection.setStep(
        steps[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(now + records, 0, last))]);
}

QString GatesPage::command() const {
    if (painter_->records().gates.empty()) return {};
    GatePictureRequest request;
    request.store = run_.store.toStdString();
    request.run = run_.run;
    request.gate = painter_->chosenGate();
    request.order = nameOf(painter_->order());
    request.step = painter_->shownStep();
    request.width = std::max(64, canvas_->width());
    request.height = std::max(64, canvas_->height());
    return QString::fromStdString(commandOf(request)) + QStringLiteral(" -o gates.png");
}

void GatesPage::exportTo(const QString& path) {
    const auto told = [this, path](bool saved, const QString& reason) {
        if (saved)
            workspace_.say(tr("Saved %1").arg(QFileInfo(path).fileName()));
        else
            errors_->show(Error(ErrorKind::Run, "the file was not saved",
                                (path + ": " + reason).toStdString(), "choose a folder that can be written"));
    };
    if (path.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive)) {
        // Millions of lines perhaps: on a worker.
        StoreSource* source = workspace_.stores.of(run_);
        if (!source) return;
        export_ = source->read(
            this,
            [path, records = painter_->sharedRecords()](const store::Reader&) {
                QSaveFile file(path);
                const QByteArray text = QByteArray::fromStdString(records->csv());
                const bool saved =
                    file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit();
                return saved ? QString() : file.errorString();
            },
            [told](const QString& reason) { told(reason.isEmpty(), reason); },
            [told](const Error& error) { told(false, QString::fromStdString(error.message())); });
        return;
    }
    const QString line = command();
    canvas_->exportPicture(canvas_->size() * exportScale, static_cast<float>(exportScale), Appearance::Light,
                           [path, line, told](QImage image, const QString& error) {
                               image.setText(QStringLiteral("Source"), line);
                               told(error.isEmpty() && image.save(path, "PNG"), error);
                           });
}

void GatesPage::chooseFile() {
    if (painter_->records().gates.empty()) return;
    auto* files = new QFileDialog(window(), tr("Export gates"), {}, tr("Pictures (*.png);;Tables (*.csv)"));
    files->setAttribute(Qt::WA_DeleteOnClose);
    files->setAcceptMode(QFileDialog::AcceptSave);
    files->setDefaultSuffix(QStringLiteral("png"));
    files->selectFile(QStringLiteral("run-%1-gates.png").arg(run_.run));
    connect(files, &QFileDialog::fileSelected, this, &GatesPage::exportTo);
    files->open();
}

QJsonObject GatesPage::save() const {
    return {{QStringLiteral("gate"), wantedGate_},
            {QStringLiteral("order"), order_->currentData().toString()}};
}

void GatesPage::restore(const QJsonObject& state) {
    wantedGate_ = state[QStringLiteral("gate")].toString();
    order_->setCurrentIndex(std::max(0, order_->findData(state[QStringLiteral("order")].toString())));
    stale_ = true;
}

}  // namespace filigree::ui
