// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QWidget>
#include <map>
#include <memory>
#include <vector>

#include "base/error.h"
#include "ui/charts/axis_link.h"
#include "ui/model/run_key.h"
#include "ui/run/metric_groups.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QScrollArea;

namespace filigree::ui {

class ChartSectionView;
class MetricChart;
class Workspace;

/// All charts of a run, a section per group of metrics, on one x axis. Charts are made when they are first
/// shown, and stay when the run changes.
class ChartGrid : public QWidget {
    Q_OBJECT
  public:
    ChartGrid(Workspace& workspace, QWidget* parent);
    ~ChartGrid() override;

    void setRun(const RunKey& run);
    /// Names of the run's metrics; new ones are added without touching what is there.
    void setTags(const std::vector<std::string>& tags);
    void focusFilter();
    void focusCharts();  ///< so that keys scroll
    AxisLink& link() { return link_; }
    /// Charts that exist, in the order in which they are shown.
    QList<MetricChart*> charts() const;

    QJsonObject save() const;
    void restore(const QJsonObject& state);

  signals:
    void failed(const filigree::Error& error);

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    friend class ChartSectionView;
    MetricChart* chart(const ChartPlan& plan);
    void arrange();
    void showAxis();
    int columns() const;

    Workspace& workspace_;
    AxisLink link_;
    RunKey run_;
    std::vector<std::string> tags_;
    std::map<std::string, ChartSectionView*> sections_;
    std::map<std::string, MetricChart*> charts_;
    QJsonObject chartStates_;  ///< restored, of charts that do not exist yet
    QComboBox* axis_;
    QDoubleSpinBox* smoothing_;
    QLineEdit* filter_;
    QScrollArea* scroll_;
    QWidget* content_;
    QLabel* empty_;
    int columns_ = 0;
};

}  // namespace filigree::ui
