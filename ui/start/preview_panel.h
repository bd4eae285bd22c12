// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "config/run_file.h"
#include "ui/model/workspace.h"
#include "ui/start/estimate.h"
#include "ui/start/speed_probe.h"

class QLabel;
class QPushButton;

namespace filigree::ui {

class LayerBars;

/// What the experiment means before it runs: connections per layer, steps, memory, time.
class PreviewPanel : public QWidget {
    Q_OBJECT
  public:
    PreviewPanel(Workspace& workspace, QWidget* parent);

    /// `base`: the preset, whose minutes the time is scaled from. Empty `file`: some field cannot be read;
    /// what was shown stays, dimmed.
    void showFile(const std::optional<config::RunFile>& file, const config::RunFile& base);
    const std::optional<Estimate>& shown() const { return estimate_; }
    /// Seconds that one run takes, as far as known; 0 if not.
    double seconds() const;
    bool timeIsMeasured() const { return measuredSpeed_ > 0; }

  signals:
    /// The time is known better.
    void timeChanged();

  private:
    void showTime();
    void measure();

    Workspace& workspace_;
    SpeedProbe probe_;
    std::optional<config::RunFile> file_;
    std::optional<Estimate> estimate_;
    double scaledSeconds_ = 0;
    double measuredSpeed_ = 0;  ///< steps/s; 0: not measured for this configuration
    QString measuredFor_;
    LayerBars* bars_;
    QLabel* connections_;
    QLabel* steps_;
    QLabel* memory_;
    QLabel* time_;
    QLabel* timeNote_;
    QLabel* problem_;
    QPushButton* measure_;
};

}  // namespace filigree::ui
