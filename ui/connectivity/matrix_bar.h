// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "ui/views/matrix_order.h"

class QCheckBox;
class QComboBox;

namespace filigree::ui {

/// How the matrix is arranged and what it is compared with: order of rows and columns, pattern B.
class MatrixBar : public QWidget {
    Q_OBJECT
  public:
    /// Another run with the same layer.
    struct Twin {
        qint64 run = 0;
        QString name;
        bool operator==(const Twin&) const = default;
    };
    enum class Other { Nothing, FrameBefore, FirstFrame, Pinned, Run };
    /// What B is; `value`: the step that was pinned, or the run.
    struct Choice {
        Other other = Other::Nothing;
        qint64 value = 0;
        bool operator==(const Choice&) const = default;
    };

    explicit MatrixBar(QWidget* parent = nullptr);

    MatrixOrder rows() const;
    MatrixOrder columns() const;
    void setOrder(MatrixOrder rows, MatrixOrder columns);
    Choice choice() const;
    bool matches() const;
    /// The choice stays if that run is still there.
    void setTwins(const std::vector<Twin>& twins);
    void choose(const Choice& choice);

  signals:
    void orderChanged();
    /// Of B, or of matching.
    void comparisonChanged();

  private:
    QComboBox* makeOrder(const QString& name, const QString& what);
    void fill(const Choice& chosen);
    void updateMatching();

    QComboBox* rows_;
    QComboBox* columns_;
    QComboBox* other_;
    QCheckBox* match_;
    std::vector<Twin> twins_;
    qint64 pinned_ = -1;  ///< step; -1: none
};

}  // namespace filigree::ui
