// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/connectivity/film_export.h"
// After Vulkan's header.
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QToolButton>

#include "ui/base/text.h"
#include "ui/canvas_window/canvas_widget.h"
#include "ui/connectivity/connectivity_page.h"
#include "ui/connectivity/matrix_bar.h"
#include "ui/connectivity/network_view.h"
#include "ui/transport/transport_bar.h"

/// Films of the connectivity page.
namespace filigree::ui {
namespace {

constexpr double framesPerSecond = 10;  ///< at the transport's speed 1

}  // namespace

QWidget* ConnectivityPage::makeFilmBar() {
    filmBar_ = new QWidget(this);
    filmBar_->setObjectName(QStringLiteral("filmBar"));
    filmProgress_ = new QProgressBar(filmBar_);
    filmProgress_->setTextVisible(false);
    filmProgress_->setAccessibleName(tr("Film"));
    filmText_ = new QLabel(filmBar_);
    filmText_->setProperty("role", "secondary");
    auto* cancel = new QPushButton(tr("Cancel film"), filmBar_);
    cancel->setObjectName(QStringLiteral("filmCancel"));
    connect(cancel, &QPushButton::clicked, this, [this] {
        if (filmExport_) filmExport_->cancel();
    });
    auto* row = new QHBoxLayout(filmBar_);
    row->setContentsMargins(12, 6, 12, 6);
    row->setSpacing(8);
    row->addWidget(filmProgress_, 1);
    row->addWidget(filmText_);
    row->addWidget(cancel);
    filmBar_->hide();
    return filmBar_;
}

void ConnectivityPage::chooseFilmFile() {
    const ConnectivityData* drawn = painter_.model().data();
    if (filmExport_ || (graphIsShown() ? !graph_.model().picture() : !drawn)) return;
    auto* files = new QFileDialog(window(), tr("Export film"), {}, tr("Animated PNG (*.png *.apng)"));
    files->setAttribute(Qt::WA_DeleteOnClose);
    files->setAcceptMode(QFileDialog::AcceptSave);
    files->setDefaultSuffix(QStringLiteral("png"));
    files->selectFile(
        QStringLiteral("run-%1-%2-film.png")
            .arg(source_->run().run)
            .arg(graphIsShown() ? QStringLiteral("graph") : QString::fromStdString(drawn->pattern->layer)));
    connect(files, &QFileDialog::fileSelected, this, &ConnectivityPage::exportFilm);
    files->open();
}

void ConnectivityPage::exportFilm(const QString& path) {
    StoreSource* store = workspace().stores.of(source_->run());
    const ConnectivityData* drawn = painter_.model().data();
    if (!store || filmExport_ || (graphIsShown() ? !graph_.model().picture() : !drawn)) return;
    FilmExport::Order order;
    order.milliseconds = static_cast<int>(std::lround(1000 / (framesPerSecond * transport_->speed())));
    order.path = path;
    order.source = command().toStdString();
    const auto sized = [this](PictureRequest& request) {
        request.run = source_->run().run;
        request.appearance = workspace().theme.appearance();
        request.width = std::max(64, canvas().width());
        request.height = std::max(64, canvas().height());
    };
    if (graphIsShown()) {
        GraphFilm film;
        sized(film.request);
        film.request.edges = static_cast<std::size_t>(edges_->currentData().toInt());
        if (const auto node = graph_.model().selected())
            film.request.neuron = nameOf(graph_.model().picture()->graph, *node);
        FilmExport::film(order, film);
    } else {
        ConnectivityFilm film;
        ConnectivityRequest& request = film.request;
        sized(request);
        request.layer = drawn->pattern->layer;
        request.colouring = wanted_;
        request.rows = source_->order().rows;
        request.columns = source_->order().columns;
        request.orderStep = source_->order().step;
        film.order = source_->order();
        std::function<std::optional<Against>(std::int64_t)> against;
        if (arrangement_->choice().other != MatrixBar::Other::Nothing)
            against = [this](std::int64_t step) { return againstAt(step); };
        FilmExport::film(order, film, std::move(against));
    }
    filmExport_ = new FilmExport(*store, std::move(order), this);
    connect(filmExport_, &FilmExport::progress, this, [this](int drawnFrames, int of) {
        filmProgress_->setRange(0, of);
        filmProgress_->setValue(drawnFrames);
        filmText_->setText(tr("%1 of %2 frames").arg(formatCount(drawnFrames), formatCount(of)));
    });
    connect(filmExport_, &FilmExport::ended, this,
            [this, path](bool saved, const QString& problem) { endFilm(saved, problem, path); });
    filmProgress_->setRange(0, 0);
    filmText_->setText(tr("Reading the frames\u2026"));
    filmBar_->show();
    filmButton_->setEnabled(false);
    filmExport_->start();
}

void ConnectivityPage::endFilm(bool saved, const QString& problem, const QString& path) {
    filmExport_->deleteLater();
    filmExport_ = nullptr;
    filmBar_->hide();
    filmButton_->setEnabled(true);
    if (saved || !problem.isEmpty())
        tellSaved(path, problem);
    else
        workspace().say(tr("The film was cancelled"));
}

}  // namespace filigree::ui
