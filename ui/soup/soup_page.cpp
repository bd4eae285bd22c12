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
#include "ui/soup/soup_page.h"
#include "ui/views/render_command.h"
#include "ui/views/soup_painter.h"

namespace filigree::ui {
namespace {

constexpr int readAgain_ms = 2000;
constexpr double exportScale = 2;

}  // namespace

SoupPage::SoupPage(Workspace& workspace, QWidget* parent)
    : Page(parent),
      workspace_(workspace),
      painter_(std::make_unique<SoupPainter>()),
      canvas_(new CanvasWidget(workspace.theme, *painter_, this)),
      errors_(new ErrorBar(this)) {
    setObjectName(QStringLiteral("soupPage"));
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

    // Both are called while a picture is being drawn: what listens may draw too.
    painter_->runChosen = [this](std::int64_t run) {
        QMetaObject::invokeMethod(
            this,
            [this, run] {
                emit workspace_.showRun({run_.store, run});
            },
            Qt::QueuedConnection);
    };
    painter_->phaseChosen = [this](int phase) {
        QMetaObject::invokeMethod(
            this, [this, phase] { phase_->setCurrentIndex(std::max(0, phase_->findData(phase))); },
            Qt::QueuedConnection);
    };
    again_.setSingleShot(true);
    again_.setInterval(readAgain_ms);
    connect(&again_, &QTimer::timeout, this, [this] {
        if (isVisible()) read();
    });
    connect(&workspace_.selection, &Selection::currentChanged, this, &SoupPage::takeRun);
    takeRun();
}

SoupPage::~SoupPage() {
    // The canvas draws the painter: it goes first.
    delete canvas_;
}

QWidget* SoupPage::makeBar() {
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
    auto* label = new QLabel(tr("Barriers of"), bar);
    label->setProperty("role", "secondary");
    phase_ = new QComboBox(bar);
    phase_->setObjectName(QStringLiteral("soupPhase"));
    phase_->setAccessibleName(tr("Phase whose barriers are shown"));
    phase_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    label->setBuddy(phase_);
    connect(phase_, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (filling_ || index < 0) return;
        wantedPhase_ = phase_->itemData(index).toInt();
        painter_->setPhase(wantedPhase_ > 0 ? std::optional(wantedPhase_) : std::nullopt);
        canvas_->update();
        canvas_->describe(QString::fromStdString(painter_->summary()));
    });
    auto* out = new QToolButton(bar);
    out->setObjectName(QStringLiteral("soupExport"));
    out->setIcon(icon(workspace_.theme, QStringLiteral("export")));
    out->setText(besideIcon(tr("Export")));
    out->setToolTip(tr("Saves the picture, or the networks as CSV"));
    out->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    out->setFocusPolicy(Qt::StrongFocus);
    connect(out, &QToolButton::clicked, this, &SoupPage::chooseFile);
    row->addWidget(runLabel_);
    row->addStretch(1);
    row->addWidget(label);
    row->addWidget(phase_);
    row->addWidget(out);
    return bar;
}

QWidget* SoupPage::makeEmpty() {
    auto* empty = new QWidget(this);
    auto* column = new QVBoxLayout(empty);
    emptyText_ = new QLabel(empty);
    emptyText_->setObjectName(QStringLiteral("soupEmpty"));
    emptyText_->setAlignment(Qt::AlignCenter);
    emptyText_->setWordWrap(true);
    emptyText_->setProperty("role", "secondary");
    emptyButton_ = new QPushButton(tr("Show presets"), empty);
    emptyButton_->setObjectName(QStringLiteral("soupEmptyButton"));
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

void SoupPage::addActions() {
    const auto add = [this](const char* id, const QString& text, const QString& tip, const QString& keys,
                            std::function<void()> function) {
        workspace_.actions.add(this,
                               {QStringLiteral("soup.") + QLatin1String(id),
                                MenuId::Analyse,
                                50,
                                text,
                                tip,
                                {QKeySequence(keys)}},
                               std::move(function));
    };
    add("export", tr("Export so&up\u2026"), tr("Saves the picture of the soup, or its networks as CSV"),
        QStringLiteral("Ctrl+Shift+E"), [this] { chooseFile(); });
    add("copyCommand", tr("Copy soup as command"),
        tr("Copies the line of filigree render that makes this picture"), QStringLiteral("Ctrl+Shift+C"),
        [this] {
            QGuiApplication::clipboard()->setText(command());
            workspace_.say(tr("Copied the command"));
        });
}

void SoupPage::say(const QString& why) {
    painter_->show({});
    emptyText_->setText(why);
    stack_->setCurrentIndex(1);
}

void SoupPage::takeRun() {
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
        say(tr("No run is chosen. Choose one in the table of runs, or start one."));
        return;
    }
    watched_ = connect(source, &StoreSource::changed, this, [this] {
        stale_ = true;
        if (isVisible() && !again_.isActive()) again_.start();
    });
    stale_ = true;
    if (isVisible()) read();
}

void SoupPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    if (stale_) read();
}

void SoupPage::read() {
    StoreSource* source = run_.isNull() ? nullptr : workspace_.stores.of(run_);
    if (!source) return;
    stale_ = false;
    request_.cancel();
    request_ = source->read(
        this, [run = run_.run](const store::Reader& reader) { return loadSoup(reader, run); },
        [this](Soup soup) { take(std::move(soup)); },
        [this](const Error& error) {
            say(QString::fromStdString(error.message()) +
                (error.advice().empty() ? QString()
                                        : QStringLiteral("\n") + QString::fromStdString(error.advice())));
        });
}

void SoupPage::take(Soup soup) {
    errors_->clear();
    runLabel_->setText(QString::fromStdString(soup.runName));
    if (soup.empty()) {
        say(
            tr("This run recorded no networks of a soup. Choose a run of Sparse Model Soups whose dense "
               "training "
               "has ended, or start one, for example soup-digits."));
        return;
    }
    painter_->show(std::move(soup));
    fillPhases();
    stack_->setCurrentIndex(0);
    canvas_->update();
    canvas_->describe(QString::fromStdString(painter_->summary()));
}

void SoupPage::fillPhases() {
    filling_ = true;
    phase_->clear();
    phase_->addItem(tr("the last phase"), 0);
    for (const SoupBarriers& barriers : painter_->soup().barriers)
        phase_->addItem(tr("phase %1").arg(barriers.phase), barriers.phase);
    phase_->setCurrentIndex(std::max(0, phase_->findData(wantedPhase_)));
    phase_->setEnabled(phase_->count() > 1);
    painter_->setPhase(wantedPhase_ > 0 ? std::optional(wantedPhase_) : std::nullopt);
    filling_ = false;
}

QString SoupPage::command() const {
    if (painter_->soup().empty()) return {};
    SoupPictureRequest request;
    request.store = run_.store.toStdString();
    request.run = run_.run;
    request.phase = wantedPhase_ > 0 ? painter_->phase() : 0;
    request.width = std::max(64, canvas_->width());
    request.height = std::max(64, canvas_->height());
    return QString::fromStdString(commandOf(request)) + QStringLiteral(" -o soup.png");
}

void SoupPage::exportTo(const QString& path) {
    const auto told = [this, path](bool saved, const QString& reason) {
        if (saved)
            workspace_.say(tr("Saved %1").arg(QFileInfo(path).fileName()));
        else
            errors_->show(Error(ErrorKind::Run, "the file was not saved",
                                (path + ": " + reason).toStdString(), "choose a folder that can be written"));
    };
    if (path.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive)) {
        QSaveFile file(path);
        const QByteArray text = QByteArray::fromStdString(painter_->soup().csv());
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

void SoupPage::chooseFile() {
    if (painter_->soup().empty()) return;
    auto* files = new QFileDialog(window(), tr("Export soup"), {}, tr("Pictures (*.png);;Tables (*.csv)"));
    files->setAttribute(Qt::WA_DeleteOnClose);
    files->setAcceptMode(QFileDialog::AcceptSave);
    files->setDefaultSuffix(QStringLiteral("png"));
    files->selectFile(QStringLiteral("run-%1-soup.png").arg(run_.run));
    connect(files, &QFileDialog::fileSelected, this, &SoupPage::exportTo);
    files->open();
}

QJsonObject SoupPage::save() const {
    return {{QStringLiteral("phase"), wantedPhase_}};
}

void SoupPage::restore(const QJsonObject& state) {
    wantedPhase_ = state[QStringLiteral("phase")].toInt();
    stale_ = true;
}

}  // namespace filigree::ui
