// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "ui/base/theme.h"
#include "ui/connectivity/lesion_bench.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QTableWidget;
class QToolButton;

namespace filigree::ui {

/// Takes connections of a checkpoint away, by a query, and shows what every class loses. Every lesion is of
/// the whole network; going back shows the one before it.
class LesionPanel : public QWidget {
    Q_OBJECT
  public:
    LesionPanel(Theme& theme, QWidget* parent = nullptr);

    /// The checkpoint that lesions are of; an empty program, or step -1: there is none, and why.
    void setNetwork(const LesionBench::Network& network, const QString& whyNot = {});
    void setLayer(const QString& layer);
    /// Types the query and applies it.
    void apply(const QString& query);
    const Lesion* shown() const { return history_.empty() ? nullptr : &history_.back(); }

  signals:
    /// Another lesion is shown, or none.
    void shownChanged();
    void saved(const QString& name);
    /// Shift and dragging draws an outline, or else a rectangle.
    void lassoChosen(bool on);

  private:
    void build();
    void start(const QString& save);
    void back();
    void showResult();
    void updateButtons();

    Theme& theme_;
    LesionBench* bench_;
    QLabel* checkpoint_;
    QComboBox* scope_;
    QLineEdit* query_;
    QComboBox* shape_;
    QPushButton* apply_;
    QPushButton* back_;
    QLineEdit* name_;
    QPushButton* save_;
    QLabel* error_;
    QLabel* result_;
    QTableWidget* table_;
    LesionBench::Network network_;
    QString layer_;
    std::vector<Lesion> history_;
};

}  // namespace filigree::ui
