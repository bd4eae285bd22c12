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
#include "ui/rewiring/rewiring_page.h"
#include "ui/views/render_command.h"
#include "ui/views/rewiring_painter.h"

namespace filigree::ui {
namespace {

constexpr int readAgain_ms = 2000;
constexpr double exportScale = 2;

}  // namespace

RewiringPage::RewiringPage(Workspace& workspace, QWidget* parent)
    : Page(parent),
      workspace_(workspace),
      painter_(std::make_unique<RewiringPainter>()),
      canvas_(new CanvasWidget(workspace.theme, *painter_, this)),
      errors_(new ErrorBar(this)) {
    setObjectName(QStringLiteral("rewiringPage"));
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

    painter_->stepChosen = [this](std::int64_t step) {
        // While a picture is being drawn: what listens may draw too.
        QMetaObject::invokeMethod(
            this, [this, step] { workspace_.selection.setStep(step); }, Qt::QueuedConnection);
    };
    again_.setSingleShot(true);
    again_.setInterval(readAgain_ms);
    connect(&again_, &QTimer::timeout, this, [this] {
        if (isVisible()) read();
    });
    connect(&workspace_.selection, &Selection::currentChanged, this, &RewiringPage::takeRun);
    connect(&workspace_.selection, &Selection::stepChanged, this, &RewiringPage::showStep);
    takeRun();
}

RewiringPage::~RewiringPage() {
    // The canvas draws the painter: it goes first.
    delete canvas_;
}

QWidget* RewiringPage::makeBar() {
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
    auto* label = new QLabel(tr("Layer"), bar);
    label->setProperty("role", "secondary");
    layer_ = new QComboBox(bar);
    layer_->setObjectName(QStringLiteral("rewiringLayer"));
    layer_->setAccessibleName(tr("Layer"));
    layer_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    label->setBuddy(layer_);
    connect(layer_, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (filling_ || index < 0) return;
        wantedLayer_ = layer_->itemData(index).toString();
        if (!wantedLayer_.isEmpty()) workspace_.selection.setLayer(wantedLayer_);
        read();
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
    auto* pattern = button("rewiringPattern", "connectivity", tr("Pattern"),
                           tr("Shows the connections at the chosen step"));
    connect(pattern, &QToolButton::clicked, this, [this] {
        if (!run_.isNull()) emit workspace_.showConnectivity(run_);
    });
    auto* out =
        button("rewiringExport", "export", tr("Export"), tr("Saves the picture, or its numbers as CSV"));
    connect(out, &QToolButton::clicked, this, &RewiringPage::chooseFile);
    row->addWidget(runLabel_);
    row->addStretch(1);
    row->addWidget(label);
    row->addWidget(layer_);
    row->addWidget(pattern);
    row->addWidget(out);
    return bar;
}

QWidget* RewiringPage::makeEmpty() {
    auto* empty = new QWidget(this);
    auto* column = new QVBoxLayout(empty);
    emptyText_ = new QLabel(empty);
    emptyText_->setObjectName(QStringLiteral("rewiringEmpty"));
    emptyText_->setAlignment(Qt::AlignCenter);
    emptyText_->setWordWrap(true);
    emptyText_->setProperty("role", "secondary");
    emptyButton_ = new QPushButton(tr("Show presets"), empty);
    emptyButton_->setObjectName(QStringLiteral("rewiringEmptyButton"));
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

void RewiringPage::addActions() {
    const auto add = [this](QWidget* context, const char* id, const QString& text, const QString& tip,
                            const QList<QKeySequence>& keys, std::function<void()> function) {
        workspace_.actions.add(
            context, {QStringLiteral("rewiring.") + QLatin1String(id), MenuId::Analyse, 40, text, tip, keys},
            std::move(function));
    };
    add(canvas_, "previous", tr("Previous round"), tr("Chooses the round before"),
        {QKeySequence(Qt::Key_Comma), QKeySequence(Qt::Key_Left)}, [this] { moveStep(-1); });
    add(canvas_, "next", tr("Next round"), tr("Chooses the next round"),
        {QKeySequence(Qt::Key_Period), QKeySequence(Qt::Key_Right)}, [this] { moveStep(1); });
    add(this, "export", tr("Export re&wiring\u2026"),
        tr("Saves the picture of all rounds, or its numbers as CSV"),
        {QKeySequence(QStringLiteral("Ctrl+Shift+E"))}, [this] { chooseFile(); });
    add(this, "copyCommand", tr("Copy rewiring as command"),
        tr("Copies the line of filigree render that makes this picture"),
        {QKeySequence(QStringLiteral("Ctrl+Shift+C"))}, [this] {
            QGuiApplication::clipboard()->setText(command());
            workspace_.say(tr("Copied the command"));
        });
}

void RewiringPage::takeRun() {
    const RunKey& run = workspace_.selection.current();
    if (run == run_ && !run.isNull()) return;
    run_ = run;
    request_.cancel();
    disconnect(watched_);
    errors_->clear();
    painter_->show({});
    wantedLayer_.clear();
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

void RewiringPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    if (stale_) read();
}

void RewiringPage::read() {
    StoreSource* source = run_.isNull() ? nullptr : workspace_.stores.of(run_);
    if (!source) return;
    stale_ = false;
    request_.cancel();
    request_ = source->read(
        this,
        [run = run_.run, layer = wantedLayer_.toStdString()](const store::Reader& reader) {
            return loadRewiring(reader, run, layer);
        },
        [this](Rewiring rewiring) { take(std::move(rewiring)); },
        [this](const Error& error) { fail(error); });
}

void RewiringPage::fail(const Error& error) {
    painter_->show({});
    emptyText_->setText(
        QString::fromStdString(error.message()) +
        (error.advice().empty() ? QString() : QStringLiteral("\n") + QString::fromStdString(error.advice())));
    stack_->setCurrentIndex(1);
}

void RewiringPage::take(Rewiring rewiring) {
    errors_->clear();
    runLabel_->setText(QString::fromStdString(rewiring.runName));
    if (rewiring.history.empty()) {
        emptyText_->setText(
            tr("The pattern of this run never moved. Choose a preset whose connections are dropped and "
               "grown, for example digits."));
        stack_->setCurrentIndex(1);
        return;
    }
    fillLayers(rewiring);
    painter_->show(std::move(rewiring));
    stack_->setCurrentIndex(0);
    showStep();
    canvas_->describe(QString::fromStdString(painter_->summary()));
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
    painter_->setStep(workspace_.selection.step());
    canvas_->update();
}

void RewiringPage::moveStep(int rounds) {
    const RewiringHistory& history = painter_->rewiring().history;
    if (history.empty()) return;
    const auto last = static_cast<std::ptrdiff_t>(history.rounds.size()) - 1;
    const auto step = workspace_.selection.step();
    const std::ptrdiff_t now = step ? static_cast<std::ptrdiff_t>(history.roundAt(*step)) : last;
    workspace_.selection.setStep(
        history.rounds[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(now + rounds, 0, last))].step);
}

QString RewiringPage::command() const {
    if (painter_->rewiring().history.empty()) return {};
    RewiringPictureRequest request;
    request.store = run_.store.toStdString();
    request.run = run_.run;
    request.layer = painter_->rewiring().layer;
    request.step = workspace_.selection.step();
    request.width = std::max(64, canvas_->width());
    request.height = std::max(64, canvas_->height());
    return QString::fromStdString(commandOf(request)) + QStringLiteral(" -o rewiring.png");
}

void RewiringPage::exportTo(const QString& path) {
    const auto told = [this, path](bool saved, const QString& reason) {
        if (saved)
            workspace_.say(tr("Saved %1").arg(QFileInfo(path).fileName()));
        else
            errors_->show(Error(ErrorKind::Run, "the file was not saved",
                                (path + ": " + reason).toStdString(), "choose a folder that can be written"));
    };
    if (path.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive)) {
        QSaveFile file(path);
        const QByteArray text = QByteArray::fromStdString(painter_->rewiring().history.csv());
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

void RewiringPage::chooseFile() {
    if (painter_->rewiring().history.empty()) return;
    auto* files =
        new QFileDialog(window(), tr("Export rewiring"), {}, tr("Pictures (*.png);;Tables (*.csv)"));
    files->setAttribute(Qt::WA_DeleteOnClose);
    files->setAcceptMode(QFileDialog::AcceptSave);
    files->setDefaultSuffix(QStringLiteral("png"));
    files->selectFile(QStringLiteral("run-%1-rewiring.png").arg(run_.run));
    connect(files, &QFileDialog::fileSelected, this, &RewiringPage::exportTo);
    files->open();
}

QJsonObject RewiringPage::save() const {
    return {{QStringLiteral("layer"), wantedLayer_}};
}

void RewiringPage::restore(const QJsonObject& state) {
    wantedLayer_ = state[QStringLiteral("layer")].toString();
    stale_ = true;
}

}  // namespace filigree::ui
