// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <memory>
#include <optional>

#include "ui/model/store_set.h"
#include "ui/views/graph_edges.h"

namespace filigree::ui {

/// Reads the network that the connectivity page draws as a graph, on workers, and chooses its edges. Only the
/// newest wish is fulfilled.
class GraphSource : public QObject {
    Q_OBJECT
  public:
    explicit GraphSource(StoreSet& stores, QObject* parent = nullptr) : QObject(parent), stores_(stores) {}

    /// Of another run nothing of the one before arrives any more.
    void setRun(const RunKey& run);
    struct Wish {
        qint64 step = 0;
        std::size_t edges = 0;  ///< drawn at most
        std::optional<GraphNode> node;
    };
    /// `shown` comes for it. The network itself is read only for another step than the last one's.
    void want(const Wish& wish);
    bool isBusy() const { return request_.isPending(); }

  signals:
    void shown(std::shared_ptr<const filigree::ui::GraphPicture> picture,
               std::shared_ptr<const filigree::ui::GraphEdges> edges);
    void busyChanged(bool busy);
    void failed(const filigree::Error& error);

  private:
    void readNext();

    StoreSet& stores_;
    RunKey run_;
    Request request_;
    std::optional<Wish> wish_;
    std::shared_ptr<const GraphPicture> last_;
    std::optional<qint64> lastStep_;  ///< that `last_` was asked for
};

}  // namespace filigree::ui
