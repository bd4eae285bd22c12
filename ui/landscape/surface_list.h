// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListView>
#include <optional>
#include <vector>

#include "ui/base/theme.h"
#include "ui/views/landscape_list.h"

class QStandardItemModel;

namespace filigree::ui {

/// The landscapes of a run: directions, recipe in short, and how much of each was computed.
class SurfaceList : public QListView {
    Q_OBJECT
  public:
    SurfaceList(Theme& theme, QWidget* parent);

    /// The choice stays as it is while the landscape is there.
    void setEntries(const std::vector<LandscapeEntry>& entries);
    const std::vector<LandscapeEntry>& entries() const { return entries_; }
    const LandscapeEntry* chosen() const;
    void choose(int row);

    /// "Random directions, by filter"
    static QString titleOf(const LandscapeEntry& entry);
    /// "31 × 31, 1 000 training samples"
    static QString detailOf(const LandscapeEntry& entry);

  signals:
    void entryChosen();

  private:
    QStandardItemModel* model_;
    std::vector<LandscapeEntry> entries_;
};

}  // namespace filigree::ui
