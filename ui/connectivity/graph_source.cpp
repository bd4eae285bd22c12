// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/connectivity/graph_source.h"

#include <utility>

namespace filigree::ui {

void GraphSource::setRun(const RunKey& run) {
    if (run == run_) return;
    const bool busy = isBusy();
    request_.cancel();
    run_ = run;
    wish_.reset();
    last_.reset();
    lastStep_.reset();
    if (busy) emit busyChanged(false);
}

void GraphSource::want(const Wish& wish) {
    wish_ = wish;
    if (!isBusy()) readNext();
}

void GraphSource::readNext() {
    StoreSource* store = run_.isNull() ? nullptr : stores_.of(run_);
    if (!wish_ || !store) return;
    const Wish wish = *std::exchange(wish_, std::nullopt);
    using Both = std::pair<std::shared_ptr<const GraphPicture>, std::shared_ptr<const GraphEdges>>;
    const auto done = [this] {
        if (wish_)
            readNext();
        else
            emit busyChanged(false);
    };
    request_ = store->read(
        this,
        [run = run_.run, wish, last = lastStep_ == wish.step ? last_ : nullptr](const store::Reader& reader) {
            std::shared_ptr<const GraphPicture> picture = last;
            if (!picture) {
                auto made = std::make_shared<GraphPicture>();
                made->graph = loadGraph(reader, run, wish.step);
                made->shape = GraphShape(made->graph);
                picture = std::move(made);
            }
            // A unit of another network that was chosen before is none of this one.
            const auto& columns = picture->graph.columns;
            const bool known = wish.node && wish.node->column < columns.size() &&
                               wish.node->index < columns[wish.node->column].nodes;
            auto edges = std::make_shared<const GraphEdges>(
                chooseEdges(picture->graph, picture->shape, wish.edges, known ? wish.node : std::nullopt));
            return Both(std::move(picture), std::move(edges));
        },
        [this, done, step = wish.step](const Both& both) {
            last_ = both.first;
            lastStep_ = step;
            emit shown(both.first, both.second);
            done();
        },
        [this, done](const Error& error) {
            emit failed(error);
            done();
        });
    emit busyChanged(true);
}

}  // namespace filigree::ui
