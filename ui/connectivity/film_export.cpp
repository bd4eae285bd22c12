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

void FilmExport::start() {
    struct Begin {
        std::vector<std::int64_t> steps;
        std::shared_ptr<const ConnectivityData> last;
    };
    request_ = store_->read(
        this,
        [film = order_.film](const store::Reader& reader) {
            Begin begin{film.steps(reader, std::numeric_limits<std::int64_t>::max()), nullptr};
            if (!begin.steps.empty()) begin.last = film.load(reader, begin.steps.back(), std::nullopt);
            return begin;
        },
        [this](Begin begin) {
            steps_ = std::move(begin.steps);
            painter_ = std::make_unique<FilmPainter>(order_.film, std::move(begin.last));
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
    const std::optional<Against> against = order_.against ? order_.against(step) : std::nullopt;
    request_ = store_->read(
        this,
        [film = order_.film, step, against](const store::Reader& reader) {
            return film.load(reader, step, against);
        },
        [this](const std::shared_ptr<const ConnectivityData>& data) { draw(painter_->frame(data)); },
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
