// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <vector>

#include "run/landscape.h"
#include "ui/base/theme.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QPushButton;
class QSpinBox;

namespace filigree::ui {

/// What can be computed of a run.
struct ComputeChoices {
    std::string store;  ///< path
    std::int64_t run = 0;
    std::vector<std::int64_t> checkpoints;  ///< their steps, ascending; at least one
    std::vector<std::int64_t> others;       ///< other runs that are selected: at most two
};

/// Asks which landscape to compute; the caller does it. Shows the command that does the same.
class ComputeDialog : public QDialog {
    Q_OBJECT
  public:
    ComputeDialog(Theme& theme, const ComputeChoices& choices, QWidget* parent);

    run::LandscapeRequest request() const;

  signals:
    void computeWanted();

  private:
    QWidget* makeRange();
    void showRequest();

    ComputeChoices choices_;
    QComboBox* along_;
    QComboBox* shape_;
    QComboBox* step_;
    QSpinBox* resolution_;
    QCheckBox* automatic_;
    QDoubleSpinBox* from_;
    QDoubleSpinBox* to_;
    QSpinBox* samples_;
    QComboBox* data_;
    QComboBox* normalization_;
    QCheckBox* outside_;
    QLabel* explanation_;
    QLabel* command_;
    QPushButton* compute_;
};

}  // namespace filigree::ui
