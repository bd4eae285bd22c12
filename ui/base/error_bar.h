// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

#include "base/error.h"

class QLabel;
class QPushButton;

namespace filigree::ui {

/// The bar at the top of the page that an error concerns: what, where, what to do; Copy and Close. Hidden
/// until shown.
class ErrorBar : public QFrame {
    Q_OBJECT
  public:
    explicit ErrorBar(QWidget* parent);

    void show(const Error& error);
    void clear();
    /// Message, place and advice, one per line.
    QString text() const { return text_; }

  private:
    QLabel* message_;
    QLabel* details_;
    QString text_;
};

}  // namespace filigree::ui
