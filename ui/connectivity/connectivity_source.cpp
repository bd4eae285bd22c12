// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/connectivity/connectivity_source.h"

#include <algorithm>

#include "store/annotations.h"
#include "store/commands.h"

namespace filigree::ui {
namespace {

constexpr int watchInterval_ms = 500;

ConnectivitySource::Overview readOverview(const store::Reader& reader, std::int64_t run,
                                          const std::string& layer) {
    ConnectivitySource::Overview overview;
    overview.run = reader.run(run);
    overview.layers = reader.maskLayers(run);
    for (const store::MaskLayer& each : overview.layers) {
        const auto frames = reader.maskSteps(run, each.layer);
        overview.connections.push_back(frames.empty() ? 0 : frames.back().nonZeros);
        const bool wanted =
            each.layer == layer || (overview.layer.empty() && &each == &overview.layers.front());
        if (!wanted) continue;
        overview.layer = each.layer;
        overview.frames.clear();
        for (const store::MaskFrameInfo& frame : frames)
            // Where a resumed attempt repeats a step, the newer counts.
            if (overview.frames.empty() || overview.frames.back() != frame.step)
                overview.frames.push_back(frame.step);
    }
    for (const store::CheckpointInfo& checkpoint : reader.checkpoints(run))
        overview.events.push_back({checkpoint.step, TrackEvent::Kind::Checkpoint, {}});
    for (const store::EventLine& line : reader.events(run))
        if (line.event.kind == "warning")
            overview.events.push_back({line.step, TrackEvent::Kind::Warning, {}});
    for (const store::Bookmark& bookmark : store::bookmarks(reader.store(), run))
        overview.events.push_back(
            {bookmark.step, TrackEvent::Kind::Bookmark, QString::fromStdString(bookmark.label)});
    return overview;
}

}  // namespace

ConnectivitySource::ConnectivitySource(StoreSet& stores, QObject* parent) : QObject(parent), stores_(stores) {
    connect(&stores, &StoreSet::aboutToClose, this, [this](StoreSource* closing) {
        if (closing == store_) setRun({});
    });
}

void ConnectivitySource::setRun(const RunKey& run) {
    if (run == run_) return;
    watch(false, false);
    overview_.cancel();
    pattern_.cancel();
    wish_.reset();
    stale_ = false;
    if (store_) disconnect(store_, nullptr, this, nullptr);
    run_ = run;
    layer_.clear();
    store_ = run.isNull() ? nullptr : stores_.of(run);
    if (busy_) {
        busy_ = false;
        emit busyChanged(false);
    }
    if (!store_) return;
    connect(store_, &StoreSource::changed, this, &ConnectivitySource::refresh);
    refresh();
}

void ConnectivitySource::setLayer(const QString& layer) {
    if (layer == layer_) return;
    layer_ = layer;
    // What is on its way is of the layer before.
    overview_.cancel();
    refresh();
}

void ConnectivitySource::refresh() {
    if (!store_) return;
    if (overview_.isPending()) {
        stale_ = true;
        return;
    }
    stale_ = false;
    overview_ = store_->read(
        this,
        [run = run_.run, layer = layer_.toStdString()](const store::Reader& reader) {
            return readOverview(reader, run, layer);
        },
        [this](const Overview& overview) {
            emit overviewRead(overview);
            if (stale_) refresh();
        },
        [this](const Error& error) { emit failed(error); });
}

void ConnectivitySource::want(const QString& layer, qint64 step, Colouring colouring) {
    wish_ = Wish{layer, step, colouring};
    if (!pattern_.isPending()) readNext();
}

void ConnectivitySource::readNext() {
    if (!wish_ || !store_) return;
    const Wish wish = *wish_;
    wish_.reset();
    if (!busy_) {
        busy_ = true;
        emit busyChanged(true);
    }
    const auto done = [this] {
        if (wish_) {
            readNext();
            return;
        }
        busy_ = false;
        emit busyChanged(false);
    };
    pattern_ = store_->read(
        this,
        [run = run_.run, wish](const store::Reader& reader) {
            const auto pattern = std::make_shared<const Connectivity>(
                loadConnectivity(reader, run, wish.layer.toStdString(), wish.step));
            Shown result;
            if (knows(*pattern, wish.colouring)) {
                result.data = prepare(pattern, wish.colouring);
                return result;
            }
            try {
                prepare(pattern, wish.colouring);
            } catch (const Error& error) {
                result.problem = error;
            }
            result.data = prepare(pattern, Colouring::Presence);
            return result;
        },
        [this, done](const Shown& result) {
            emit shown(result);
            done();
        },
        [this, done](const Error& error) {
            emit failed(error);
            done();
        });
}

void ConnectivitySource::sendWatch(const char* kind, int interval_ms) {
    if (!store_) return;
    store_->write(
        this,
        [run = run_.run, argument = std::string(kind) + " " + std::to_string(interval_ms)](
            store::Store& store) { store::append(store, run, "watch", argument); },
        [] {},
        // A run that has just ended records no more: there is nothing to tell anybody.
        [](const Error&) {});
}

void ConnectivitySource::watch(bool on, bool weights) {
    const QString wanted = !on ? QString() : weights ? QStringLiteral("edge_values") : QStringLiteral("mask");
    if (wanted == watched_) return;
    if (!watched_.isEmpty()) sendWatch(watched_.toLatin1().constData(), 0);
    watched_ = wanted;
    if (!watched_.isEmpty()) sendWatch(watched_.toLatin1().constData(), watchInterval_ms);
}

void ConnectivitySource::addBookmark(qint64 step, const QString& label) {
    if (!store_) return;
    store_->write(
        this,
        [run = run_.run, step, label = label.toStdString()](store::Store& store) {
            store::addBookmark(store, run, step, label);
        },
        [] {}, [this](const Error& error) { emit failed(error); });
}

}  // namespace filigree::ui
