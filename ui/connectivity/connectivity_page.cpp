// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLabel>
#include <QSignalBlocker>
#include <QSplitter>
#include <QTableView>
#include <QToolButton>

#include "ui/base/error_bar.h"
#include "ui/base/text.h"
#include "ui/connectivity/connectivity_page.h"
#include "ui/connectivity/film_export.h"
#include "ui/connectivity/graph_source.h"
#include "ui/connectivity/layer_list.h"
#include "ui/connectivity/lesion_panel.h"
#include "ui/connectivity/matrix_bar.h"
#include "ui/connectivity/network_view.h"
#include "ui/connectivity/range_control.h"
#include "ui/connectivity/values_table.h"
#include "ui/model/run_style.h"
#include "ui/transport/transport_bar.h"
#include "ui/views/lesion_query.h"

namespace filigree::ui {
namespace {

constexpr int dimAfter_ms = 150;
constexpr int filmInterval_ms = 16;
constexpr int mostEdges = 5000;

}  // namespace

ConnectivityPage::ConnectivityPage(Workspace& shared, QWidget* parent)
    : CanvasPage(shared, "connectivity", 20, std::make_unique<NetworkView>(), parent),
      network_(static_cast<NetworkView&>(view())),
      painter_(network_.matrix),
      graph_(network_.graph),
      source_(new ConnectivitySource(shared.stores, this)),
      graphSource_(new GraphSource(shared.stores, this)),
      layers_(new LayerList(shared.theme, this)),
      range_(new RangeControl(shared.theme, this)),
      arrangement_(new MatrixBar(this)),
      lesion_(new LesionPanel(shared.theme, this)),
      transport_(new TransportBar(shared.theme, this)),
      values_(new ValuesModel(this)),
      table_(new QTableView(this)),
      tableNote_(new QLabel(this)),
      tablePanel_(new QWidget(this)) {
    build();
    addActions();
    connectModel();
    connectGraph();
    connect(source_, &ConnectivitySource::overviewRead, this, &ConnectivityPage::takeOverview);
    connect(source_, &ConnectivitySource::shown, this, &ConnectivityPage::take);
    connect(source_, &ConnectivitySource::failed, this, [this](const Error& error) { errors().show(error); });
    connect(source_, &ConnectivitySource::busyChanged, this, [this](bool busy) {
        if (busy)
            late_.start();
        else
            late_.stop();
        if (!busy) {
            painter_.setDimmed(false);
            canvas().update();
        }
        transport_->setBusy(busy || graphSource_->isBusy());
    });
    late_.setSingleShot(true);
    late_.setInterval(dimAfter_ms);
    connect(&late_, &QTimer::timeout, this, [this] {
        if (transport_->isPlaying()) return;  // a film does not flicker
        painter_.setDimmed(!graphIsShown());
        graph_.setDimmed(graphIsShown());
        canvas().update();
    });
    connect(layers_, &LayerList::layerChosen, this, [this](const QString& layer) {
        workspace().selection.setLayer(layer);
        source_->setLayer(layer);
        want();
    });
    connect(transport_, &TransportBar::stepChanged, this, &ConnectivityPage::takeStep);
    connect(transport_, &TransportBar::followingChanged, this, [this](bool on) {
        if (!fromSelection_) {
            if (on)
                workspace().selection.setStep(std::nullopt);
            else if (!transport_->timeline().isEmpty())
                workspace().selection.setStep(transport_->timeline().step());
        }
        watchOrNot();
    });
    connect(range_, &RangeControl::rangeEdited, this,
            [this](double low, double high) { painter_.model().setRange(low, high); });
    connect(range_, &RangeControl::automaticWanted, this, [this] {
        painter_.model().setAutomaticRange();
        showRange();
    });
    filmTimer_.setInterval(filmInterval_ms);
    connect(&filmTimer_, &QTimer::timeout, this, &ConnectivityPage::showNextOfFilm);
    connect(arrangement_, &MatrixBar::orderChanged, this, &ConnectivityPage::want);
    connect(arrangement_, &MatrixBar::comparisonChanged, this, &ConnectivityPage::want);
    connect(source_, &ConnectivitySource::twinsFound, this,
            [this](const std::vector<ConnectivitySource::Twin>& found) {
                std::vector<MatrixBar::Twin> twins;
                for (const ConnectivitySource::Twin& twin : found)
                    twins.push_back({twin.run.id, runName(twin.run)});
                arrangement_->setTwins(twins);
            });
    connect(&workspace().theme, &Theme::changed, this, &ConnectivityPage::showRange);
    connect(&canvas().window(), &CanvasWindow::menuWanted, this, &ConnectivityPage::showMenu);
    connect(&canvas().window(), &CanvasWindow::frameShown, this, &ConnectivityPage::showFrameRate);
    followSelection();
}

void ConnectivityPage::connectModel() {
    connect(lesion_, &LesionPanel::shownChanged, this, &ConnectivityPage::markCut);
    connect(lesion_, &LesionPanel::saved, this,
            [this](const QString& name) { workspace().say(tr("Kept as lesion/%1").arg(name)); });
    ConnectivityModel& model = painter_.model();
    model.onBrush = [this](MatrixCell first, MatrixCell last) {
        cut([&](const Connectivity& pattern) { return queryOf(pattern, first, last); });
    };
    model.onLasso = [this](const std::vector<MatrixPoint>& outline) {
        const double high = painter_.model().viewport().cellHeight;
        const auto inOnePixel = static_cast<std::int64_t>(std::max(1.0, std::ceil(1 / high)));
        cut([&](const Connectivity& pattern) { return queryOf(pattern, outline, inOnePixel); });
    };
    connect(lesion_, &LesionPanel::lassoChosen, this, [this](bool on) { painter_.setLasso(on); });
    model.onChange = [this] { canvas().update(); };
    model.onSelect = [this] {
        const auto cell = painter_.model().selected();
        // Other pages know the numbers of rows and columns, not their places here.
        const ConnectivityData* drawn = painter_.model().data();
        workspace().selection.setEdge(cell && drawn
                                          ? std::optional(EdgeRef{drawn->pattern->rowId(cell->row),
                                                                  drawn->pattern->columnId(cell->column)})
                                          : std::nullopt);
        if (!fromTable_) selectInTable();
    };
    connect(&workspace().selection, &Selection::edgeChanged, this, [this] {
        const auto edge = workspace().selection.edge();
        const ConnectivityData* drawn = painter_.model().data();
        if (!edge || !drawn) {
            painter_.model().select(std::nullopt);
            return;
        }
        const auto row = drawn->pattern->rowPlace(edge->row);
        const auto column = drawn->pattern->columnPlace(edge->column);
        painter_.model().select(row && column ? std::optional(MatrixCell{*row, *column}) : std::nullopt);
    });
    connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& index) {
                if (!index.isValid() || !values_->pattern()) return;
                const std::size_t connection = values_->connectionAt(index.row());
                fromTable_ = true;
                painter_.model().select(MatrixCell{values_->pattern()->rowOf(connection),
                                                   values_->pattern()->column[connection]});
                fromTable_ = false;
            });
}

void ConnectivityPage::followSelection() {
    Selection& selection = workspace().selection;
    const auto takeRun = [this] {
        const RunKey& run = workspace().selection.current();
        if (run == source_->run()) return;
        errors().clear();
        note_->clear();
        if (filmExport_) filmExport_->cancel();
        source_->setRun(run);
        graphSource_->setRun(run);
        running_ = false;
        filmTimer_.stop();
        arrangement_->choose({});
        painter_.model().show(nullptr);
        graph_.model().clear();
        values_->setPattern(nullptr);
        layers_->setLayers({});
        transport_->setFrames({});
        transport_->setFollowing(!workspace().selection.step());
        runLabel().setText(run.isNull() ? QString() : tr("run %1").arg(run.run));
        if (run.isNull()) {
            showNoRun();
        } else {
            painter_.setMessage(tr("Reading the run\u2026").toStdString());
            graph_.setMessage(tr("Reading the run\u2026").toStdString());
            showCanvas();
        }
    };
    connect(&selection, &Selection::currentChanged, this, takeRun);
    connect(&selection, &Selection::layerChanged, this, [this] {
        if (workspace().selection.layer() != layers_->chosen())
            layers_->choose(workspace().selection.layer());
    });
    connect(&selection, &Selection::stepChanged, this, [this] {
        const auto step = workspace().selection.step();
        fromSelection_ = true;
        if (!step)
            transport_->setFollowing(true);
        else if (transport_->timeline().isEmpty() || *step != transport_->timeline().step())
            transport_->goTo(*step);
        fromSelection_ = false;
    });
    takeRun();
    if (source_->run().isNull()) showNoRun();
}

void ConnectivityPage::takeOverview(const ConnectivitySource::Overview& overview) {
    runLabel().setText(runName(overview.run));
    running_ = overview.run.state == store::RunState::Running;
    if (overview.layers.empty()) {
        const bool early = running_ || overview.run.state == store::RunState::Queued;
        showEmpty(
            early
                ? tr("No pattern has been recorded yet. It appears here as soon as the run has written one.")
                : tr("No pattern was recorded: the layers of this run are dense. Open a preset with a "
                     "density "
                     "below 1."));
        return;
    }
    showCanvas();
    std::vector<LayerList::Layer> list;
    for (std::size_t i = 0; i < overview.layers.size(); ++i)
        list.push_back({QString::fromStdString(overview.layers[i].layer), overview.layers[i].rows,
                        overview.layers[i].columns, overview.connections[i]});
    const bool first = layers_->chosen().isEmpty();
    {
        const QSignalBlocker quiet(layers_);
        layers_->setLayers(list);
        if (first) layers_->choose(workspace().selection.layer());
    }
    if (layers_->chosen() != QString::fromStdString(overview.layer)) {
        // The selection names another layer than the first: its frames come next.
        source_->setLayer(layers_->chosen());
        return;
    }
    checkpoints_.clear();
    for (const TrackEvent& event : overview.events)
        if (event.kind == TrackEvent::Kind::Checkpoint) checkpoints_.push_back(event.step);
    std::sort(checkpoints_.begin(), checkpoints_.end());
    chooseCheckpoint();
    transport_->setEvents(overview.events);
    transport_->setLastStep(
        std::max(overview.run.progress.step, running_ ? overview.run.progress.totalSteps : 0));
    transport_->setLive(running_);
    const bool empty = transport_->timeline().isEmpty();
    transport_->setFrames(overview.frames);
    if (empty && workspace().selection.step()) {
        fromSelection_ = true;
        transport_->goTo(*workspace().selection.step());
        fromSelection_ = false;
    }
    if (first) workspace().selection.setLayer(layers_->chosen());
    watchOrNot();
}

void ConnectivityPage::takeStep(qint64 step) {
    if (!fromSelection_)
        workspace().selection.setStep(transport_->timeline().follows() ? std::nullopt
                                                                       : std::optional<qint64>(step));
    want();
}

void ConnectivityPage::want() {
    if (transport_->timeline().isEmpty() || layers_->chosen().isEmpty()) return;
    if (graphIsShown()) {
        wantGraph();
        return;
    }
    source_->want({layers_->chosen(), transport_->timeline().step(), wanted_, arrangement_->rows(),
                   arrangement_->columns(), against()});
}

std::optional<Against> ConnectivityPage::against() const {
    return againstAt(transport_->timeline().step());
}

std::optional<Against> ConnectivityPage::againstAt(qint64 step) const {
    const MatrixBar::Choice choice = arrangement_->choice();
    const Timeline& timeline = transport_->timeline();
    const auto own = [&](qint64 other) { return Against{source_->run().run, other, false}; };
    switch (choice.other) {
        case MatrixBar::Other::Nothing:
            break;
        case MatrixBar::Other::FrameBefore: {
            const auto& frames = timeline.frames();
            const auto at = std::lower_bound(frames.begin(), frames.end(), step);
            return own(at == frames.begin() ? frames.front() : *(at - 1));
        }
        case MatrixBar::Other::FirstFrame:
            return own(timeline.frames().front());
        case MatrixBar::Other::Pinned:
            return own(choice.value);
        case MatrixBar::Other::Run:
            return Against{choice.value, std::nullopt, arrangement_->matches()};
    }
    return std::nullopt;
}

void ConnectivityPage::showLesions(bool on) {
    lesion_->setVisible(on);
    if (on) tableButton_->setChecked(false);
    chooseCheckpoint();
    markCut();
}

void ConnectivityPage::chooseCheckpoint() {
    lesion_->setLayer(layers_->chosen());
    LesionBench::Network network{workspace().launcher.program(), source_->run().store, source_->run().run,
                                 -1};
    const qint64 step = transport_->timeline().isEmpty() ? 0 : transport_->timeline().step();
    const auto after = std::upper_bound(checkpoints_.begin(), checkpoints_.end(), step);
    if (!checkpoints_.empty()) network.step = after == checkpoints_.begin() ? *after : *(after - 1);
    lesion_->setNetwork(network,
                        tr("The run has saved no checkpoint yet: a lesion needs its weights. It saves "
                           "one at its end, or when you ask for it on the run's page."));
}

void ConnectivityPage::markCut() {
    std::vector<std::uint32_t> positions;
    const Lesion* lesion = lesionButton_->isChecked() ? lesion_->shown() : nullptr;
    if (lesion)
        for (const Lesion::Layer& each : lesion->layers)
            if (each.name == layers_->chosen()) positions = each.positions;
    painter_.model().setCut(std::move(positions));
}

void ConnectivityPage::cut(const std::function<std::string(const Connectivity&)>& makeQuery) {
    const ConnectivityData* drawn = painter_.model().data();
    if (!drawn) return;
    try {
        const std::string query = makeQuery(*drawn->pattern);
        lesionButton_->setChecked(true);
        lesion_->apply(QString::fromStdString(query));
    } catch (const Error& error) {
        errors().show(error);
    }
}

void ConnectivityPage::pin() {
    if (transport_->timeline().isEmpty()) return;
    const qint64 step = transport_->timeline().step();
    arrangement_->choose({MatrixBar::Other::Pinned, step});
    workspace().say(tr("Comparing with step %1").arg(formatCount(step)));
}

void ConnectivityPage::take(const ConnectivitySource::Shown& shown) {
    errors().clear();
    note_->setText(shown.problem ? QString::fromStdString(shown.problem->message()) : QString());
    note_->setToolTip(shown.problem ? QString::fromStdString(shown.problem->advice()) : QString());
    painter_.setMessage({});
    filmTimer_.stop();
    if (shown.film.empty() || workspace().theme.reducedMotion()) {
        draw(shown.data);
        return;
    }
    film_.assign(shown.film.rbegin(), shown.film.rend());
    film_.insert(film_.begin(), shown.data);
    filmTimer_.start();
}

void ConnectivityPage::showNextOfFilm() {
    const auto next = film_.back();
    film_.pop_back();
    if (film_.empty()) {
        filmTimer_.stop();
        draw(next);
    } else {
        painter_.model().show(next);
    }
}

void ConnectivityPage::draw(std::shared_ptr<const ConnectivityData> shown) {
    painter_.model().show(shown);
    chooseCheckpoint();
    markCut();
    if (!graphIsShown()) canvas().describe(QString::fromStdString(painter_.summary()));
    showRange();
    if (tablePanel_->isVisibleTo(this)) {
        values_->setPattern(shown->pattern);
        selectInTable();
    }
    tableNote_->setText(values_->leftOut() > 0 ? tr("%1 of %2 connections")
                                                     .arg(formatCount(values_->rowCount()),
                                                          formatCount(shown->pattern->connections()))
                                               : QString());
    tableNote_->setVisible(!tableNote_->text().isEmpty());
}

void ConnectivityPage::showRange() {
    const ConnectivityData* drawn = painter_.model().data();
    const bool valued = drawn && !graphIsShown() && drawn->colouring != Colouring::Presence &&
                        drawn->colouring != Colouring::Side;
    range_->setVisible(valued);
    if (!valued) return;
    const bool isSigned = drawn->colouring == Colouring::Sign;
    const Appearance appearance = workspace().theme.appearance();
    range_->setMap(isSigned ? &divergingMap(appearance) : &sequentialMap(appearance));
    range_->setHistogram({drawn->spread.histogram.begin(), drawn->spread.histogram.end()},
                         drawn->spread.least, drawn->spread.greatest, isSigned);
    const auto [low, high] = painter_.model().range();
    range_->setRange(low, high, painter_.model().rangeIsAutomatic());
}

void ConnectivityPage::setColouring(Colouring colouring) {
    if (colouring == wanted_) return;
    wanted_ = colouring;
    want();
    watchOrNot();
}

void ConnectivityPage::watchOrNot() {
    const bool weights = wanted_ == Colouring::Sign || wanted_ == Colouring::Magnitude || graphIsShown();
    source_->watch(isVisible() && running_ && transport_->timeline().follows(), weights);
}

void ConnectivityPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    watchOrNot();
}

void ConnectivityPage::hideEvent(QHideEvent* event) {
    source_->watch(false, false);
    Page::hideEvent(event);
}

void ConnectivityPage::showTable(bool on) {
    if (on) lesionButton_->setChecked(false);
    tablePanel_->setVisible(on);
    const auto& drawn = painter_.model().shared();
    values_->setPattern(on && drawn ? drawn->pattern : nullptr);
    if (on) selectInTable();
}

void ConnectivityPage::selectInTable() {
    const auto cell = painter_.model().selected();
    const int row = cell ? values_->rowOf(cell->row, cell->column) : -1;
    const QSignalBlocker quiet(table_->selectionModel());
    if (row < 0) {
        table_->clearSelection();
        return;
    }
    table_->selectRow(row);
    table_->scrollTo(values_->index(row, 0));
}

void ConnectivityPage::copyRows() {
    QList<int> rows;
    for (const QModelIndex& index : table_->selectionModel()->selectedRows()) rows.append(index.row());
    if (rows.isEmpty()) return;
    std::sort(rows.begin(), rows.end());
    QGuiApplication::clipboard()->setText(values_->asText(rows));
    workspace().say(tr("Copied %n row(s)", nullptr, static_cast<int>(rows.size())));
}

void ConnectivityPage::copyDescription() {
    const QString known = description();
    if (known.isEmpty()) return;
    QGuiApplication::clipboard()->setText(known);
    workspace().say(tr("Copied what is known of it"));
}

void ConnectivityPage::showFrameRate() {
    if (!rate_->isVisibleTo(this)) return;
    const double interval = canvas().window().frameInterval_ms();
    rate_->setText(interval > 0 ? tr("%1 frames/s").arg(formatNumber(1000 / interval, 2))
                                : tr("move the canvas to measure"));
    rate_->setToolTip(canvas().window().deviceName());
}

QJsonObject ConnectivityPage::save() const {
    return {{QStringLiteral("colouring"), QString::fromLatin1(nameOf(wanted_).data())},
            {QStringLiteral("changes"), changes_->isChecked()},
            {QStringLiteral("graph"), graphButton_->isChecked()},
            {QStringLiteral("edges"), edges_->currentData().toInt()},
            {QStringLiteral("rows"), QString::fromLatin1(nameOf(arrangement_->rows()).data())},
            {QStringLiteral("columns"), QString::fromLatin1(nameOf(arrangement_->columns()).data())},
            {QStringLiteral("table"), tableButton_->isChecked()},
            {QStringLiteral("speed"), transport_->speed()},
            {QStringLiteral("loop"), transport_->loops()},
            {QStringLiteral("splitter"), QString::fromLatin1(splitter_->saveState().toBase64())}};
}

void ConnectivityPage::restore(const QJsonObject& state) {
    for (int i = 0; i < colouring_->count(); ++i)
        if (nameOf(static_cast<Colouring>(colouring_->itemData(i).toInt())) ==
            state[QStringLiteral("colouring")].toString().toStdString())
            colouring_->setCurrentIndex(i);
    const auto order = [&](const char* key) {
        const std::string name = state[QLatin1String(key)].toString().toStdString();
        for (const MatrixOrder each : {MatrixOrder::Degree, MatrixOrder::Cluster, MatrixOrder::FirstSeen})
            if (nameOf(each) == name) return each;
        return MatrixOrder::Index;
    };
    arrangement_->setOrder(order("rows"), order("columns"));
    changes_->setChecked(state[QStringLiteral("changes")].toBool(true));
    edges_->setCurrentIndex(std::max(0, edges_->findData(state[QStringLiteral("edges")].toInt(mostEdges))));
    graphButton_->setChecked(state[QStringLiteral("graph")].toBool(false));
    tableButton_->setChecked(state[QStringLiteral("table")].toBool(false));
    transport_->setSpeed(state[QStringLiteral("speed")].toDouble(1));
    transport_->setLoop(state[QStringLiteral("loop")].toBool(false));
    splitter_->restoreState(QByteArray::fromBase64(state[QStringLiteral("splitter")].toString().toLatin1()));
}

}  // namespace filigree::ui
