// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QImage>
#include <QObject>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>

#include "ui/figure/sheet_drawing.h"

namespace filigree::ui {

/// Pictures of views, drawn off screen by the command line program, one after the other. What was drawn once
/// is kept.
class PanelPictures : public QObject {
    Q_OBJECT
  public:
    /// `program`: the command line program `filigree`.
    explicit PanelPictures(const QString& program, QObject* parent = nullptr);
    /// Ends the drawing that goes on.
    ~PanelPictures() override;

    /// The picture that the line makes at this size; null until it is there, after which `changed` comes.
    QImage picture(const QString& command, const PanelPixels& pixels);
    /// Why there is none; empty if it is there or being drawn.
    QString problem(const QString& command, const PanelPixels& pixels) const;
    /// Something is being drawn, or waits.
    bool isBusy() const { return !waiting_.isEmpty() || drawing_; }
    /// Draws again what failed.
    void retry();

  signals:
    void changed();

  private:
    struct Made {
        QImage image;
        QString problem;
        bool done = false;
    };
    struct Task {
        QString key, command;
        PanelPixels pixels;
    };
    static QString keyOf(const QString& command, const PanelPixels& pixels);
    void next();
    void finish(const QString& problem);

    QString program_;
    QTemporaryDir folder_;
    QHash<QString, Made> made_;
    QList<Task> waiting_;
    QProcess process_;
    bool drawing_ = false;
    Task now_;
};

/// Asks for the pictures of all panels.
void requestPictures(PanelPictures& pictures, const Sheet& sheet);
/// writeSheet with the pictures that were asked for. Throws Error (Run) naming the panel that could not be
/// drawn.
void writeSheet(const QString& path, const Sheet& sheet, PanelPictures& pictures,
                const SheetPixels& pixels = {});

/// Draws a figure that is described by a TOML file (see readSheet) and writes it, without a window. Returns
/// when it is done; needs a QApplication. Throws Error.
void renderSheetFile(const QString& file, const QString& output, const QString& program,
                     const SheetPixels& pixels);

}  // namespace filigree::ui
