// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QSet>
#include <vector>

#include "ui/base/page.h"
#include "ui/model/workspace.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QScrollArea;

namespace filigree::ui {

class CardGrid;
class ErrorBar;
class PresetCard;
class RecentStores;

/// The first page: presets as cards, found by words and by filters, and the stores that were open lately. One
/// click starts a run; another opens its form first.
class GalleryPage : public Page {
    Q_OBJECT
  public:
    GalleryPage(Workspace& workspace, QWidget* parent);

    QString title() const override { return tr("Start"); }
    QString helpTopic() const override { return QStringLiteral("workbench"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;
    void focusSearch() override;

    /// Asks for a file or a folder and opens what it holds.
    void askForStore();
    void askForFolder();
    /// The names of the presets that are shown now, in order.
    QStringList shownPresets() const;

  protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

  private:
    struct Chip {
        QString group;  ///< "task", "method", "time"
        QString value;
        QPushButton* button;
    };
    void build();
    void fill();
    void makeChips();
    void filter();
    void clearFilter();
    void start(PresetCard* card);
    void showSkeleton();
    void openStore(const QString& path);
    bool passes(const PresetEntry& entry) const;

    Workspace& workspace_;
    ErrorBar* errors_;
    QScrollArea* scroll_;
    QLineEdit* search_;
    QWidget* chipRow_;
    QWidget* hint_;
    QWidget* side_;
    CardGrid* grid_;
    QWidget* nothing_;
    QLabel* nothingText_;
    RecentStores* recent_;
    std::vector<Chip> chips_;
    std::vector<PresetCard*> cards_;
    QPointer<PresetCard> starting_;
    QSet<QString> wantedChips_;  ///< "group/value" from a restored session, until the chips exist
    int wantedScroll_ = -1;
};

}  // namespace filigree::ui
