// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListView>
#include <vector>

#include "ui/base/theme.h"

class QStandardItemModel;

namespace filigree::ui {

/// The layers of a run with a bar each that says how dense it is.
class LayerList : public QListView {
    Q_OBJECT
  public:
    struct Layer {
        QString name;
        qint64 rows = 0;
        qint64 columns = 0;
        qint64 connections = 0;
        bool operator==(const Layer&) const = default;
    };

    LayerList(Theme& theme, QWidget* parent = nullptr);

    /// The chosen layer stays chosen if it is still there.
    void setLayers(const std::vector<Layer>& layers);
    QString chosen() const;
    /// Falls back to the first.
    void choose(const QString& name);
    void move(int rows);

  signals:
    void layerChosen(const QString& name);

  private:
    std::vector<Layer> layers_;
    QStandardItemModel* model_;
};

}  // namespace filigree::ui
