// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "train/layer_connections.h"
#include "ui/base/theme.h"

namespace filigree::ui {

/// A row per layer: name, shape, a bar as long as its density, the density in numbers.
class LayerBars : public QWidget {
    Q_OBJECT
  public:
    LayerBars(const Theme& theme, QWidget* parent);

    void setLayers(const std::vector<train::LayerConnections>& layers);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

  protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

  private:
    int rowHeight() const;

    const Theme& theme_;
    std::vector<train::LayerConnections> layers_;
};

}  // namespace filigree::ui
