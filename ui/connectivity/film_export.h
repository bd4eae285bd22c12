// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Vulkan's header before Qt's.
#include "ui/canvas/offscreen.h"
//
#include <QObject>
#include <QPointer>
#include <QThreadPool>
#include <QTimer>  // store_source.h would declare one of its own
#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "ui/canvas/animated_png.h"
#include "ui/model/store_source.h"
#include "ui/views/connectivity_film.h"
#include "ui/views/graph_film.h"

namespace filigree::ui {

/// Writes a film of a layer or of a network as an animated PNG: patterns are read and pictures drawn and
/// compressed on workers, frames are built in between, a millisecond each.
class FilmExport : public QObject {
    Q_OBJECT
  public:
    struct Order {
        /// Of the pictures, ascending; called on a worker.
        std::function<std::vector<std::int64_t>(const store::Reader&)> steps;
        /// Called here; what it returns reads a picture's records on a worker.
        using Read = std::function<std::shared_ptr<const void>(const store::Reader&)>;
        std::function<Read(std::int64_t step)> read;
        std::function<Frame(const std::shared_ptr<const void>& records)> build;  ///< called here
        int milliseconds = 100;  ///< for which a picture is shown
        QString path;
        std::string source;  ///< command kept in the file
    };
    /// `against` is called where `read` is; empty: no comparison.
    static void film(Order& order, const ConnectivityFilm& film,
                     std::function<std::optional<Against>(std::int64_t step)> against);
    static void film(Order& order, const GraphFilm& film);

    FilmExport(StoreSource& store, Order order, QObject* parent);
    /// Cancels, and waits for the picture that is being drawn.
    ~FilmExport() override;

    void start();
    /// Nothing is written; `ended` comes.
    void cancel();

  signals:
    void progress(int drawn, int of);
    /// `problem`: why it was not saved; empty if it was, or was cancelled.
    void ended(bool saved, const QString& problem);

  private:
    struct Work {
        std::unique_ptr<Offscreen> target;
        AnimatedPng film;
        std::atomic<bool> cancelled = false;
    };
    void readNext();
    void draw(Frame frame);
    void save();
    void end(bool saved, const QString& problem);

    QPointer<StoreSource> store_;
    Order order_;
    std::vector<std::int64_t> steps_;
    std::size_t next_ = 0;
    Request request_;
    std::shared_ptr<Work> work_ = std::make_shared<Work>();
    QThreadPool worker_;
    bool ended_ = false;
};

}  // namespace filigree::ui
