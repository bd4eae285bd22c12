// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/connectivity/film_export.h"

#include <limits>
#include <utility>

#include "base/platform.h"
#include "base/version.h"

namespace filigree::ui {

FilmExport::FilmExport(StoreSource& store, Order order, QObject* parent)
    : QObject(parent), store_(&store), order_(std::move(order)) {
    worker_.setMaxThreadCount(1);
}

FilmExport::~FilmExport() {
    request_.cancel();
    work_->cancelled = true;
    worker_.waitForDone();
}

void FilmExport::film(Order& order, const ConnectivityFilm& film,
                      std::function<std::optional<Against>(std::int64_t step)> against) {
    struct Drawing {
        std::shared_ptr<const ConnectivityData> last;  ///< whose range all pictures have
        std::unique_ptr<FilmPainter> painter;
    };
    // Of one thread at a time: steps are there before the first picture is built.
    const auto drawing = std::make_shared<Drawing>();
    const std::weak_ptr<Drawing> seen = drawing;
    order.steps = [film, seen](const store::Reader& reader) {
        std::vector<std::int64_t> steps = film.steps(reader, std::numeric_limits<std::int64_t>::max());
        if (steps.empty()) return steps;
        auto last = film.load(reader, steps.back(), std::nullopt);
        if (const auto kept = seen.lock()) kept->last = std::move(last);
        return steps;
    };
    order.read = [film, against = std::move(against)](std::int64_t step) -> Order::Read {
        return [film, step, other = against ? against(step) : std::nullopt](
                   const store::Reader& reader) -> std::shared_ptr<const void> {
            return film.load(reader, step, other);
        };
    };
    order.build = [film, drawing](const std::shared_ptr<const void>& records) {
        if (!drawing->painter) drawing->painter = std::make_unique<FilmPainter>(film, drawing->last);
        return drawing->painter->frame(std::static_pointer_cast<const ConnectivityData>(records));
    };
}

void FilmExport::film(Order& order, const GraphFilm& film) {
    order.steps = [film](const store::Reader& reader) {
        return film.steps(reader, std::numeric_limits<std::int64_t>::max());
    };
    order.read = [film](std::int64_t step) -> Order::Read {
        return [film, step](const store::Reader& reader) -> std::shared_ptr<const void> {
            return film.load(reader, step);
        };
    };
    order.build = [painter =
                       std::make_shared<GraphFilmPainter>(film)](const std::shared_ptr<const void>& records) {
        return painter->frame(*std::static_pointer_cast<const GraphFilmData>(records));
    };
}

void FilmExport::start() {
    request_ = store_->read(
        this, order_.steps,
        [this](std::vector<std::int64_t> steps) {
            steps_ = std::move(steps);
            readNext();
        },
        [this](const Error& error) { end(false, QString::fromStdString(error.message())); });
}

void FilmExport::cancel() {
    request_.cancel();
    work_->cancelled = true;
    end(false, {});
}

void FilmExport::readNext() {
    if (ended_) return;
    emit progress(static_cast<int>(next_), static_cast<int>(steps_.size()));
    if (next_ == steps_.size()) {
        save();
        return;
    }
    if (!store_) {
        end(false, tr("the store was closed"));
        return;
    }
    const std::int64_t step = steps_[next_++];
    request_ = store_->read(
        this, order_.read(step),
        [this](const std::shared_ptr<const void>& records) { draw(order_.build(records)); },
        [this](const Error& error) { end(false, QString::fromStdString(error.message())); });
}

void FilmExport::draw(Frame frame) {
    worker_.start([this, work = work_, frame = std::move(frame), milliseconds = order_.milliseconds] {
        if (work->cancelled) return;
        QString problem;
        try {
            if (!work->target)
                work->target = std::make_unique<Offscreen>(Device::open(gpu::Instance::shared()));
            work->film.add(work->target->draw(frame), milliseconds);
        } catch (const Error& error) {
            problem = QString::fromStdString(error.message());
        }
        QMetaObject::invokeMethod(
            this,
            [this, problem] {
                if (problem.isEmpty())
                    readNext();
                else
                    end(false, problem);
            },
            Qt::QueuedConnection);
    });
}

void FilmExport::save() {
    worker_.start([this, work = work_, path = order_.path, source = order_.source] {
        if (work->cancelled) return;
        QString problem;
        try {
            const std::vector<std::uint8_t> file =
                work->film.encode({{"Software", "Filigree " + std::string(version())}, {"Source", source}});
            platform::writeFileDurably(path.toStdU16String(), file.data(), file.size());
        } catch (const Error& error) {
            problem = QString::fromStdString(error.message());
        }
        QMetaObject::invokeMethod(
            this, [this, problem] { end(problem.isEmpty(), problem); }, Qt::QueuedConnection);
    });
}

void FilmExport::end(bool saved, const QString& problem) {
    if (std::exchange(ended_, true)) return;
    emit ended(saved, problem);
}

}  // namespace filigree::ui
