// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <functional>

class QLabel;
class QPushButton;
class QTimer;

namespace filigree::ui {

/// A line at the bottom of the window that says what was done, with one button (mostly Undo). Goes by itself;
/// the newest takes the place of the one before. It is a top-level tool window: a child could not lie above a
/// canvas.
class Toast : public QFrame {
    Q_OBJECT
  public:
    explicit Toast(QWidget* window);

    void show(const QString& text, const QString& button = {}, std::function<void()> action = {});
    QString text() const;

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void enterEvent(QEnterEvent* event) override;
    void leaveEvent(QEvent* event) override;

  private:
    void place();

    QWidget* window_;
    QLabel* label_;
    QPushButton* button_;
    QTimer* timer_;
    std::function<void()> action_;
};

}  // namespace filigree::ui
