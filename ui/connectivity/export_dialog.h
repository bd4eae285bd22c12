// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "ui/base/theme.h"

class QComboBox;
class QSpinBox;

namespace filigree::ui {

/// Asks how large a picture shall be and in which theme; the caller makes it.
class ExportDialog : public QDialog {
    Q_OBJECT
  public:
    ExportDialog(QSize onScreen, QWidget* parent);

    QSize pixels() const;
    /// Device pixels per pixel: text grows with it.
    double scale() const;
    Appearance appearance() const;

  signals:
    void saveWanted();
    void copyWanted();

  private:
    QSpinBox* width_;
    QSpinBox* height_;
    QComboBox* scale_;
    QComboBox* theme_;
};

}  // namespace filigree::ui
