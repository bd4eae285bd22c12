// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QPointer>
#include <QTimer>
#include <memory>
#include <optional>
#include <vector>

#include "ui/model/store_set.h"
#include "ui/transport/transport_track.h"
#include "ui/views/connectivity_picture.h"

namespace filigree::ui {

/// Reads what the connectivity page shows, on workers: the layers and frames of a run, again whenever its
/// store changes, and one pattern after another. While a page watches, it asks the run to record patterns (or
/// weights) often enough to be followed.
class ConnectivitySource : public QObject {
    Q_OBJECT
  public:
    struct Overview {
        store::RunInfo run;
        std::vector<store::MaskLayer> layers;
        std::vector<qint64> connections;  ///< newest, of each layer
        std::string layer;                ///< whose frames these are
        std::vector<qint64> frames;
        std::vector<TrackEvent> events;
    };
    /// A pattern; in presence if nothing tells what the colouring asks for, and then why.
    struct Shown {
        std::shared_ptr<const ConnectivityData> data;
        std::optional<Error> problem;
        /// What lies between the pattern shown before and this one, if only its order changed.
        std::vector<std::shared_ptr<const ConnectivityData>> film;
        std::shared_ptr<const ChosenOrder> order;
    };
    /// What is asked for. An order is computed from the first pattern that is shown in it, and kept.
    struct Wish {
        QString layer;
        qint64 step = 0;
        Colouring colouring = Colouring::Presence;
        MatrixOrder rows = MatrixOrder::Index;
        MatrixOrder columns = MatrixOrder::Index;
        std::optional<Against> against;
    };
    /// Another run of the store with a layer of the same name and size.
    struct Twin {
        store::RunInfo run;
    };

    explicit ConnectivitySource(StoreSet& stores, QObject* parent = nullptr);

    /// Of another run nothing of the one before arrives any more.
    void setRun(const RunKey& run);
    const RunKey& run() const { return run_; }
    /// The frames of this layer are told from now on; empty: the first.
    void setLayer(const QString& layer);
    /// Asks for a pattern. Only the newest wish is fulfilled; `shown` comes for it.
    void want(const Wish& wish);
    /// The order that is shown, once there is one.
    const ChosenOrder& order() const { return *order_; }
    bool isBusy() const { return busy_; }
    /// Asks the run for patterns, with weights if those are shown, twice a second; or no longer.
    void watch(bool on, bool weights);
    void addBookmark(qint64 step, const QString& label);

  signals:
    void overviewRead(const filigree::ui::ConnectivitySource::Overview& overview);
    void shown(const filigree::ui::ConnectivitySource::Shown& shown);
    /// Comes once for every run and layer.
    void twinsFound(const std::vector<filigree::ui::ConnectivitySource::Twin>& twins);
    /// A pattern is being read, or no longer.
    void busyChanged(bool busy);
    void failed(const filigree::Error& error);

  private:
    void refresh();
    void findTwins(const store::MaskLayer& layer);
    void readNext();
    void sendWatch(const char* kind, int interval_ms);

    StoreSet& stores_;
    RunKey run_;
    QString layer_;
    QPointer<StoreSource> store_;
    Request overview_;
    Request pattern_;
    Request twins_;
    QString twinsOf_;  ///< layer
    std::shared_ptr<const ChosenOrder> order_ = std::make_shared<ChosenOrder>();
    QString orderOf_;  ///< layer
    std::shared_ptr<const ConnectivityData> last_;
    bool stale_ = false;
    bool busy_ = false;
    std::optional<Wish> wish_;
    QString watched_;  ///< kind of record that the run was asked for
};

}  // namespace filigree::ui
