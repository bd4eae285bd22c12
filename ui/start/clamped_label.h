// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace filigree::ui {

/// A text that wants so many lines and uses what it gets; what does not fit ends in "…" and is read in the
/// tool tip.
class ClampedLabel : public QWidget {
    Q_OBJECT
  public:
    ClampedLabel(int lines, QWidget* parent);

    void setText(const QString& text);
    const QString& text() const { return text_; }
    /// Ink of QPalette::PlaceholderText instead of WindowText.
    void setSecondary(bool on);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

  private:
    int lineHeight() const;

    int lines_;
    bool secondary_ = false;
    QString text_;
};

}  // namespace filigree::ui
