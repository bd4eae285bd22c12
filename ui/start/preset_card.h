// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QPixmap>

#include "ui/base/theme.h"
#include "ui/model/preset_list.h"

class QLabel;
class QPushButton;
class QToolButton;

namespace filigree::ui {

class ClampedLabel;

/// One preset of the gallery: what a real run of it looked like, its title, a sentence, how long it takes,
/// and two buttons: start it as it is, or look at it as a form first.
class PresetCard : public QFrame {
    Q_OBJECT
  public:
    PresetCard(const Theme& theme, const PresetEntry& entry, QWidget* parent);

    const PresetEntry& entry() const { return entry_; }
    /// While a run is on its way into the store, so that a second click does not start a second run.
    void setStarting(bool on);

    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override { return {280, heightForWidth(280)}; }

    /// The first sentence of a preset's description, without markup.
    static QString firstSentence(const QString& description);

  signals:
    void startWanted();
    void editWanted();

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;

  private:
    void loadPicture();
    int pictureHeight(int width) const;

    const Theme& theme_;
    PresetEntry entry_;
    QPixmap picture_;
    QString loadedPicture_;
    QLabel* title_;
    ClampedLabel* sentence_;
    QLabel* facts_;
    QPushButton* start_;
    QToolButton* edit_;
};

/// "~30 s", "~8 min", "~2 h"; empty for 0.
QString aboutMinutes(double minutes);

}  // namespace filigree::ui
