// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <QWidget>

class QLabel;
class QPushButton;
class QToolButton;

namespace filigree::ui {

class Theme;

/// The line over a chart: its title, the value of its only curve, what was done to the numbers, how many are
/// not finite, whether there is more than it shows, and its menu.
class ChartHeader : public QWidget {
    Q_OBJECT
  public:
    ChartHeader(const Theme& theme, QWidget* parent);

    void setTitle(const QString& title);
    /// Hidden if empty.
    void setValue(const QString& text, const QColor& ink);
    void setNotes(const QStringList& notes);
    void setNonFinite(qint64 count);
    /// There is newer data to the right of what is shown.
    void setMore(bool more);

  signals:
    void followWanted();
    void nonFiniteWanted();
    void menuWanted(QPoint below);  ///< its upper right corner, global

  private:
    void applyTheme();

    const Theme& theme_;
    QLabel* title_;
    QLabel* value_;
    QLabel* note_;
    QToolButton* nonFinite_;
    QPushButton* follow_;
    QToolButton* menu_;
};

}  // namespace filigree::ui
