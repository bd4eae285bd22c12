// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

class QLabel;
class QPushButton;

namespace filigree::ui {

class Theme;

/// The line below a form: what would be started, or why it cannot be, and the buttons that do it.
class FormFooter : public QWidget {
    Q_OBJECT
  public:
    struct State {
        QString summary;
        bool problem = false;  ///< the summary says what is wrong
        std::size_t runs = 0;
        bool canStart = false, canSave = false, canCopy = false;
    };

    FormFooter(const Theme& theme, QWidget* parent);
    void setState(const State& state);

  signals:
    void copyWanted();
    void saveWanted();
    void queueWanted();
    void startWanted();

  private:
    QLabel* summary_;
    QPushButton* copy_;
    QPushButton* save_;
    QPushButton* queue_;
    QPushButton* start_;
};

}  // namespace filigree::ui
