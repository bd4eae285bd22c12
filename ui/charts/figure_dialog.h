// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "ui/charts/figure.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;

namespace filigree::ui {

class ErrorBar;
class Workspace;

/// Settings of a figure on the left, how it will look on the right, at its true size where it fits. The
/// settings are remembered in the session.
class FigureDialog : public QDialog {
    Q_OBJECT
  public:
    FigureDialog(Workspace& workspace, const Picture& picture, const QString& table, QWidget* parent);

    FigureSettings settings() const;
    /// As the button does once a file is chosen. Shows why if it cannot.
    bool exportTo(const QString& path);

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    void applySize(int index);
    void chooseFile();
    void copy();
    void refresh();
    QString suggestedName() const;

    Workspace& workspace_;
    const Picture picture_;
    const QString table_;
    ErrorBar* error_;
    QComboBox *size_, *theme_, *format_;
    QDoubleSpinBox *width_, *height_, *font_, *line_;
    QCheckBox *legend_, *title_;
    QLabel *preview_, *caption_;
};

}  // namespace filigree::ui
