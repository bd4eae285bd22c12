// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QFileDialog>
#include <QLabel>
#include <QSaveFile>
#include <QToolButton>

#include "ui/base/error_bar.h"
#include "ui/canvas_page/record_page.h"

namespace filigree::ui {
namespace {

constexpr double exportScale = 2;
constexpr int leastPicture = 64;  ///< pixels, as filigree render takes them

}  // namespace

void RecordPage::begin() {
    again_.setSingleShot(true);
    connect(&again_, &QTimer::timeout, this, [this] {
        if (isVisible()) refresh();
    });
    connect(&workspace().selection, &Selection::currentChanged, this, &RecordPage::takeRun);
    takeRun();
}

StoreSource* RecordPage::source() const {
    return run_.isNull() ? nullptr : workspace().stores.of(run_);
}

void RecordPage::takeRun() {
    const RunKey& run = workspace().selection.current();
    if (run == run_ && !run.isNull()) return;
    run_ = run;
    request_.cancel();
    disconnect(watched_);
    errors().clear();
    runLabel().setText(run.isNull() ? QString() : tr("run %1").arg(run.run));
    forget();
    stale_ = true;
    StoreSource* from = source();
    if (!from) {
        noRun();
        return;
    }
    watched_ = connect(from, &StoreSource::changed, this, [this] {
        stale_ = true;
        if (isVisible() && !again_.isActive()) again_.start(readAgain_ms());
    });
    if (isVisible()) refresh();
}

void RecordPage::showEvent(QShowEvent* event) {
    CanvasPage::showEvent(event);
    if (stale_) refresh();
}

void RecordPage::refresh() {
    if (!source()) return;
    stale_ = false;
    read();
}

void RecordPage::fail(const Error& error) {
    forget();
    const QString advice = QString::fromStdString(error.advice());
    showEmpty(QString::fromStdString(error.message()) +
              (advice.isEmpty() ? QString() : QLatin1Char('\n') + advice));
}

QSize RecordPage::pictureSize() const {
    return canvas().size().expandedTo({leastPicture, leastPicture});
}

QToolButton* RecordPage::addExport(const QString& tip) {
    QToolButton* button = addButton("Export", "export", tr("Export"), tip);
    connect(button, &QToolButton::clicked, this, &RecordPage::chooseFile);
    return button;
}

void RecordPage::addExportActions(const QString& text, const QString& tip, const QString& copyText) {
    addAction(this, QStringLiteral("export"), text, tip, {QKeySequence(QStringLiteral("Ctrl+Shift+E"))},
              [this] { chooseFile(); });
    addCopyCommand(copyText);
}

void RecordPage::exportTo(const QString& path) {
    if (!path.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive)) {
        savePicture(path, canvas().size() * exportScale, exportScale, Appearance::Light);
        return;
    }
    const auto makeTable = table();
    StoreSource* from = source();
    if (!makeTable || !from) return;
    // Millions of lines perhaps: on a worker.
    export_ = from->read(
        this,
        [path, makeTable](const store::Reader&) {
            QSaveFile file(path);
            const QByteArray text = QByteArray::fromStdString(makeTable());
            const bool saved =
                file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit();
            return saved ? QString() : file.errorString();
        },
        [this, path](const QString& reason) { tellSaved(path, reason); },
        [this, path](const Error& error) { tellSaved(path, QString::fromStdString(error.message())); });
}

void RecordPage::chooseFile() {
    if (!table()) return;
    auto* files =
        new QFileDialog(window(), tr("Export %1").arg(title()), {}, tr("Pictures (*.png);;Tables (*.csv)"));
    files->setAttribute(Qt::WA_DeleteOnClose);
    files->setAcceptMode(QFileDialog::AcceptSave);
    files->setDefaultSuffix(QStringLiteral("png"));
    files->selectFile(QStringLiteral("run-%1-%2.png").arg(run_.run).arg(named("")));
    connect(files, &QFileDialog::fileSelected, this, &RecordPage::exportTo);
    files->open();
}

}  // namespace filigree::ui
