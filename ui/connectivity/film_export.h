// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Vulkan's header before Qt's.
#include "ui/canvas/offscreen.h"
//
#include <QObject>
#include <QPointer>
#include <QThreadPool>
#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "ui/canvas/animated_png.h"
#include "ui/model/store_source.h"
#include "ui/views/connectivity_film.h"

namespace filigree::ui {

/// Writes a film of a layer as an animated PNG: patterns are read and pictures drawn and compressed on
/// workers, frames are built in between, a millisecond each.
class FilmExport : public QObject {
    Q_OBJECT
  public:
    struct Order {
        ConnectivityFilm film;
        std::function<std::optional<Against>(std::int64_t step)>
            against;             ///< called here; none: no comparison
        int milliseconds = 100;  ///< for which a picture is shown
        QString path;
        std::string source;  ///< command kept in the file
    };
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
    std::unique_ptr<FilmPainter> painter_;
    std::vector<std::int64_t> steps_;
    std::size_t next_ = 0;
    Request request_;
    std::shared_ptr<Work> work_ = std::make_shared<Work>();
    QThreadPool worker_;
    bool ended_ = false;
};

}  // namespace filigree::ui
