// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/panel_pictures.h"

#include <QEventLoop>
#include <QFile>

#include "base/error.h"

namespace filigree::ui {
namespace {

/// Pictures of a column at 300 dots per inch take 2 to 4 MB: those of former sizes go.
constexpr int mostKept = 64;

}  // namespace

PanelPictures::PanelPictures(const QString& program, QObject* parent) : QObject(parent), program_(program) {
    process_.setProcessChannelMode(QProcess::SeparateChannels);
    connect(&process_, &QProcess::finished, this, [this](int code, QProcess::ExitStatus status) {
        const QString said = QString::fromUtf8(process_.readAllStandardError()).trimmed();
        if (status == QProcess::NormalExit && code == 0)
            finish({});
        else
            finish(said.isEmpty() ? tr("the drawing program ended with code %1").arg(code) : said);
    });
    connect(&process_, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart) finish(tr("%1 cannot be started").arg(program_));
    });
}

PanelPictures::~PanelPictures() {
    process_.disconnect(this);
    if (process_.state() == QProcess::NotRunning) return;
    process_.kill();
    process_.waitForFinished(2000);
}

QString PanelPictures::keyOf(const QString& command, const PanelPixels& pixels) {
    return QStringLiteral("%1x%2@%3 ").arg(pixels.width).arg(pixels.height).arg(pixels.scale) + command;
}

QImage PanelPictures::picture(const QString& command, const PanelPixels& pixels) {
    const QString key = keyOf(command, pixels);
    const auto there = made_.constFind(key);
    if (there != made_.constEnd()) return there->image;
    if (made_.size() >= mostKept) made_.clear();
    made_.insert(key, {});
    waiting_.append({key, command, pixels});
    next();
    return {};
}

QString PanelPictures::problem(const QString& command, const PanelPixels& pixels) const {
    return made_.value(keyOf(command, pixels)).problem;
}

void PanelPictures::retry() {
    made_.removeIf([](const QHash<QString, Made>::iterator& each) { return !each->problem.isEmpty(); });
    emit changed();
}

void PanelPictures::next() {
    if (drawing_ || waiting_.isEmpty()) return;
    now_ = waiting_.takeFirst();
    drawing_ = true;
    QStringList arguments;
    try {
        arguments = renderArguments(now_.command, now_.pixels.width, now_.pixels.height, now_.pixels.scale,
                                    folder_.filePath(QStringLiteral("panel.png")));
    } catch (const Error& error) {
        // Not from within a question for the picture.
        QMetaObject::invokeMethod(
            this, [this, problem = QString::fromStdString(error.message())] { finish(problem); },
            Qt::QueuedConnection);
        return;
    }
    process_.start(program_, arguments << QStringLiteral("--quiet"));
}

void PanelPictures::finish(const QString& problem) {
    if (!drawing_) return;
    drawing_ = false;
    Made made;
    made.done = true;
    made.problem = problem;
    if (problem.isEmpty()) {
        made.image =
            QImage(folder_.filePath(QStringLiteral("panel.png"))).convertToFormat(QImage::Format_RGB32);
        if (made.image.isNull()) made.problem = tr("the picture cannot be read");
    }
    made_.insert(now_.key, made);
    next();
    emit changed();
}

void requestPictures(PanelPictures& pictures, const Sheet& sheet) {
    const SheetFrames frames = arrangeSheet(sheet);
    for (std::size_t p = 0; p < sheet.panels.size(); ++p)
        if (!sheet.panels[p].command.isEmpty())
            pictures.picture(sheet.panels[p].command, panelPixels(sheet, sheet.panels[p], frames.panels[p]));
}

void writeSheet(const QString& path, const Sheet& sheet, PanelPictures& pictures, const SheetPixels& pixels) {
    const SheetFrames frames = arrangeSheet(sheet);
    const auto pictureOf = [&](std::size_t panel) {
        return pictures.picture(sheet.panels[panel].command,
                                panelPixels(sheet, sheet.panels[panel], frames.panels[panel]));
    };
    for (std::size_t p = 0; p < sheet.panels.size(); ++p) {
        if (sheet.panels[p].command.isEmpty() || !pictureOf(p).isNull()) continue;
        const QString why =
            pictures.problem(sheet.panels[p].command, panelPixels(sheet, sheet.panels[p], frames.panels[p]));
        throw Error(ErrorKind::Run,
                    "panel " + panelLetter(p).toStdString() + " cannot be drawn: " + why.toStdString(),
                    sheet.panels[p].command.toStdString(), "remove the panel, or draw it again");
    }
    writeSheet(path, sheet, pictureOf, pixels);
}

void renderSheetFile(const QString& name, const QString& output, const QString& program,
                     const SheetPixels& pixels) {
    QFile file(name);
    if (!file.open(QIODevice::ReadOnly))
        throw Error(ErrorKind::Usage, "the file cannot be read: " + file.errorString().toStdString(),
                    name.toStdString(), "choose another file");
    const Sheet sheet = readSheet(QString::fromUtf8(file.readAll()), name);
    PanelPictures pictures(program);
    QEventLoop loop;
    QObject::connect(&pictures, &PanelPictures::changed, &loop, [&] {
        if (!pictures.isBusy()) loop.quit();
    });
    requestPictures(pictures, sheet);
    if (pictures.isBusy()) loop.exec();
    writeSheet(output, sheet, pictures, pixels);
}

}  // namespace filigree::ui
