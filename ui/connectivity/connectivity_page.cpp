// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QClipboard>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QImage>
#include <QInputDialog>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedLayout>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/base/text.h"
#include "ui/connectivity/connectivity_page.h"
#include "ui/connectivity/export_dialog.h"
#include "ui/connectivity/layer_list.h"
#include "ui/connectivity/range_control.h"
#include "ui/connectivity/values_table.h"
#include "ui/model/run_style.h"
#include "ui/transport/transport_bar.h"
#include "ui/views/connectivity_painter.h"
#include "ui/views/render_command.h"

namespace filigree::ui {
namespace {

constexpr int dimAfter_ms = 150;

struct ColouringChoice {
    Colouring colouring;
    const char* text;
};
constexpr ColouringChoice colourings[] = {
    {Colouring::Presence, QT_TRANSLATE_NOOP("filigree::ui::ConnectivityPage", "Presence")},
    {Colouring::Sign, QT_TRANSLATE_NOOP("filigree::ui::ConnectivityPage", "Weight by sign")},
    {Colouring::Magnitude, QT_TRANSLATE_NOOP("filigree::ui::ConnectivityPage", "Magnitude of weight")},
    {Colouring::Age, QT_TRANSLATE_NOOP("filigree::ui::ConnectivityPage", "Age")},
    {Colouring::Activity, QT_TRANSLATE_NOOP("filigree::ui::ConnectivityPage", "Rounds active")},
};

}  // namespace

ConnectivityPage::ConnectivityPage(Workspace& workspace, QWidget* parent)
    : Page(parent),
      workspace_(workspace),
      painter_(std::make_unique<ConnectivityPainter>()),
      source_(new ConnectivitySource(workspace.stores, this)),
      errors_(new ErrorBar(this)),
      layers_(new LayerList(workspace.theme, this)),
      canvas_(new CanvasWidget(workspace.theme, *painter_, this)),
      range_(new RangeControl(workspace.theme, this)),
      transport_(new TransportBar(workspace.theme, this)),
      values_(new ValuesModel(this)),
      table_(new QTableView(this)),
      tableNote_(new QLabel(this)),
      tablePanel_(new QWidget(this)) {
    setObjectName(QStringLiteral("connectivityPage"));
    build();
    addActions();
    connectModel();
    connect(source_, &ConnectivitySource::overviewRead, this, &ConnectivityPage::takeOverview);
    connect(source_, &ConnectivitySource::shown, this, &ConnectivityPage::take);
    connect(source_, &ConnectivitySource::failed, this, [this](const Error& error) { errors_->show(error); });
    connect(source_, &ConnectivitySource::busyChanged, this, [this](bool busy) {
        if (busy)
            late_.start();
        else
            late_.stop();
        if (!busy) {
            painter_->setDimmed(false);
            canvas_->update();
        }
        transport_->setBusy(busy);
    });
    late_.setSingleShot(true);
    late_.setInterval(dimAfter_ms);
    connect(&late_, &QTimer::timeout, this, [this] {
        if (transport_->isPlaying()) return;  // a film does not flicker
        painter_->setDimmed(true);
        canvas_->update();
    });
    connect(layers_, &LayerList::layerChosen, this, [this](const QString& layer) {
        workspace_.selection.setLayer(layer);
        source_->setLayer(layer);
        want();
    });
    connect(transport_, &TransportBar::stepChanged, this, &ConnectivityPage::takeStep);
    connect(transport_, &TransportBar::followingChanged, this, [this](bool on) {
        if (!fromSelection_) {
            if (on)
                workspace_.selection.setStep(std::nullopt);
            else if (!transport_->timeline().isEmpty())
                workspace_.selection.setStep(transport_->timeline().step());
        }
        watchOrNot();
    });
    connect(range_, &RangeControl::rangeEdited, this,
            [this](double low, double high) { painter_->model().setRange(low, high); });
    connect(range_, &RangeControl::automaticWanted, this, [this] {
        painter_->model().setAutomaticRange();
        showRange();
    });
    connect(&workspace_.theme, &Theme::changed, this, &ConnectivityPage::showRange);
    connect(&canvas_->window(), &CanvasWindow::menuWanted, this, &ConnectivityPage::showMenu);
    connect(&canvas_->window(), &CanvasWindow::frameShown, this, &ConnectivityPage::showFrameRate);
    followSelection();
}

ConnectivityPage::~ConnectivityPage() {
    // The canvas draws the painter: it goes first.
    delete canvas_;
}

void ConnectivityPage::build() {
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    outer->addWidget(errors_);
    auto* body = new QWidget(this);
    stack_ = new QStackedLayout;
    stack_->addWidget(body);
    stack_->addWidget(makeEmpty());
    outer->addLayout(stack_, 1);

    table_->setObjectName(QStringLiteral("values"));
    table_->setAccessibleName(tr("Values of connections"));
    table_->setModel(values_);
    table_->setSortingEnabled(true);
    table_->sortByColumn(ValuesModel::Row, Qt::AscendingOrder);
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setShowGrid(false);
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    table_->verticalHeader()->setDefaultSectionSize(26);
    table_->horizontalHeader()->setStretchLastSection(true);
    table_->setColumnWidth(ValuesModel::Row, 68);
    table_->setColumnWidth(ValuesModel::Column_, 76);
    table_->setColumnWidth(ValuesModel::Weight, 96);
    table_->setColumnWidth(ValuesModel::Age, 52);
    table_->setColumnWidth(ValuesModel::Activity, 60);
    table_->setTabKeyNavigation(false);
    tableNote_->setProperty("role", "secondary");
    tableNote_->setContentsMargins(8, 4, 8, 4);
    tableNote_->setWordWrap(true);
    auto* tableColumn = new QVBoxLayout(tablePanel_);
    tableColumn->setContentsMargins(0, 0, 0, 0);
    tableColumn->setSpacing(0);
    tableColumn->addWidget(table_, 1);
    tableColumn->addWidget(tableNote_);
    tablePanel_->setMinimumWidth(440);
    tablePanel_->hide();

    auto* centre = new QWidget(body);
    auto* centreColumn = new QVBoxLayout(centre);
    centreColumn->setContentsMargins(0, 0, 0, 0);
    centreColumn->setSpacing(0);
    centreColumn->addWidget(canvas_, 1);
    centreColumn->addWidget(range_);
    range_->hide();

    splitter_ = new QSplitter(Qt::Horizontal, body);
    splitter_->setObjectName(QStringLiteral("connectivitySplitter"));
    splitter_->setHandleWidth(1);
    splitter_->setChildrenCollapsible(false);
    layers_->setMinimumWidth(140);
    splitter_->addWidget(layers_);
    splitter_->addWidget(centre);
    splitter_->addWidget(tablePanel_);
    splitter_->setStretchFactor(1, 1);
    splitter_->setSizes({196, 900, 360});
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeBar());
    column->addWidget(splitter_, 1);
    column->addWidget(transport_);
}

QWidget* ConnectivityPage::makeBar() {
    auto* bar = new QWidget(this);
    bar->setProperty("role", "bar");
    bar->setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(12, 6, 12, 6);
    row->setSpacing(8);
    runLabel_ = new QLabel(bar);
    runLabel_->setObjectName(QStringLiteral("connectivityRun"));
    runLabel_->setFont(workspace_.theme.font(1.0, true));
    connect(&workspace_.theme, &Theme::changed, runLabel_,
            [this] { runLabel_->setFont(workspace_.theme.font(1.0, true)); });
    note_ = new QLabel(bar);
    note_->setObjectName(QStringLiteral("connectivityNote"));
    note_->setProperty("role", "warning");
    note_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    rate_ = new QLabel(bar);
    rate_->setObjectName(QStringLiteral("frameRate"));
    rate_->setProperty("role", "secondary");
    rate_->hide();
    auto* by = new QLabel(tr("Colour by"), bar);
    by->setProperty("role", "secondary");
    colouring_ = new QComboBox(bar);
    colouring_->setObjectName(QStringLiteral("colouring"));
    colouring_->setAccessibleName(tr("Colour by"));
    by->setBuddy(colouring_);
    for (const ColouringChoice& choice : colourings)
        colouring_->addItem(tr(choice.text), static_cast<int>(choice.colouring));
    connect(colouring_, &QComboBox::currentIndexChanged, this,
            [this] { setColouring(static_cast<Colouring>(colouring_->currentData().toInt())); });
    const auto button = [&](const QString& name, const QString& iconName, const QString& text) {
        auto* made = new QToolButton(bar);
        made->setObjectName(name);
        made->setIcon(icon(workspace_.theme, iconName));
        made->setText(besideIcon(text));
        made->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        made->setFocusPolicy(Qt::StrongFocus);
        return made;
    };
    changes_ = button(QStringLiteral("changesButton"), QStringLiteral("compare"), tr("Changes"));
    changes_->setToolTip(tr("Mark what grew and what was dropped since the frame before"));
    changes_->setCheckable(true);
    changes_->setChecked(true);
    connect(changes_, &QToolButton::toggled, this, [this](bool on) { painter_->model().setShowChanges(on); });
    auto* fit = button(QStringLiteral("fitButton"), QStringLiteral("fit"), tr("Fit"));
    fit->setToolTip(tr("Show the whole layer (A)"));
    connect(fit, &QToolButton::clicked, this, [this] { painter_->model().fit(); });
    tableButton_ = button(QStringLiteral("tableButton"), QStringLiteral("table"), tr("Values"));
    tableButton_->setToolTip(tr("Show the connections as a table"));
    tableButton_->setCheckable(true);
    connect(tableButton_, &QToolButton::toggled, this, &ConnectivityPage::showTable);
    auto* out = button(QStringLiteral("exportButton"), QStringLiteral("export"), tr("Export"));
    out->setToolTip(tr("Save or copy the picture"));
    connect(out, &QToolButton::clicked, this, &ConnectivityPage::exportPicture);
    row->addWidget(runLabel_);
    row->addWidget(note_, 1);
    row->addWidget(rate_);
    row->addWidget(by);
    row->addWidget(colouring_);
    row->addSpacing(4);
    for (QToolButton* each : {changes_, fit, tableButton_, out}) row->addWidget(each);
    return bar;
}

QWidget* ConnectivityPage::makeEmpty() {
    auto* empty = new QWidget(this);
    auto* column = new QVBoxLayout(empty);
    emptyText_ = new QLabel(empty);
    emptyText_->setObjectName(QStringLiteral("connectivityEmpty"));
    emptyText_->setAlignment(Qt::AlignCenter);
    emptyText_->setWordWrap(true);
    emptyText_->setProperty("role", "secondary");
    emptyButton_ = new QPushButton(empty);
    emptyButton_->setObjectName(QStringLiteral("connectivityEmptyButton"));
    emptyButton_->setProperty("role", "primary");
    connect(emptyButton_, &QPushButton::clicked, &workspace_, &Workspace::showGallery);
    column->setContentsMargins(32, 32, 32, 32);
    column->setSpacing(16);
    column->addStretch();
    column->addWidget(emptyText_);
    column->addWidget(emptyButton_, 0, Qt::AlignCenter);
    column->addStretch();
    return empty;
}

QAction* ConnectivityPage::add(QWidget* context, const QString& id, const QString& text, const QString& tip,
                               const QList<QKeySequence>& keys, std::function<void()> function, int group) {
    return workspace_.actions.add(
        context, {QStringLiteral("connectivity.") + id, MenuId::Analyse, 20 + group, text, tip, keys},
        std::move(function));
}

void ConnectivityPage::addActions() {
    using K = QKeySequence;
    // Single letters belong to the canvas: elsewhere they are text.
    ConnectivityModel& model = painter_->model();
    const auto zoom = [&model](double factor) {
        model.zoom(model.viewport().width / 2.0, model.viewport().height / 2.0, factor);
    };
    add(canvas_, QStringLiteral("fitAll"), tr("Fit &all"), tr("Shows the whole layer"),
        {K(QStringLiteral("A"))}, [&model] { model.fit(); });
    add(canvas_, QStringLiteral("fitSelection"), tr("&Fit selection"), tr("Enlarges the selected connection"),
        {K(QStringLiteral("F"))}, [&model] { model.fitSelection(); });
    add(canvas_, QStringLiteral("zoomIn"), tr("Zoom &in"), tr("Enlarges the middle of the canvas"),
        {K(Qt::Key_Plus), K(Qt::SHIFT | Qt::Key_Plus), K(Qt::Key_Equal)}, [zoom] { zoom(1.25); });
    add(canvas_, QStringLiteral("zoomOut"), tr("Zoom &out"), tr("Shows more of the layer"),
        {K(Qt::Key_Minus)}, [zoom] { zoom(0.8); });
    const struct {
        const char* id;
        QString text;
        int key;
        int x, y;
    } ways[] = {{"left", tr("left"), Qt::Key_Left, -1, 0},
                {"right", tr("right"), Qt::Key_Right, 1, 0},
                {"up", tr("up"), Qt::Key_Up, 0, -1},
                {"down", tr("down"), Qt::Key_Down, 0, 1}};
    for (const auto& way : ways) {
        const QString id = QString::fromLatin1(way.id);
        const int x = way.x;
        const int y = way.y;
        add(
            canvas_, QStringLiteral("pan-") + id, tr("Pan %1").arg(way.text), tr("Moves the canvas"),
            {K(way.key)}, [&model, x, y] { model.pan(-x * 60, -y * 60); }, 1);
        add(
            canvas_, QStringLiteral("select-") + id, tr("Select next connection %1").arg(way.text),
            tr("Moves the selection to the neighbour"), {K(Qt::CTRL | static_cast<Qt::Key>(way.key))},
            [&model, x, y] { model.moveSelection(x, y); }, 1);
    }
    add(
        canvas_, QStringLiteral("play"), tr("&Play or pause frames"), tr("Shows one frame after the other"),
        {K(Qt::Key_Space)}, [this] { transport_->togglePlay(); }, 2);
    add(
        canvas_, QStringLiteral("back"), tr("One frame &back"), tr("Shows the frame before"),
        {K(Qt::Key_Comma)}, [this] { transport_->move(-1); }, 2);
    add(
        canvas_, QStringLiteral("on"), tr("One frame o&n"), tr("Shows the next frame"), {K(Qt::Key_Period)},
        [this] { transport_->move(1); }, 2);
    add(
        canvas_, QStringLiteral("backTen"), tr("Ten frames back"), tr("Shows the tenth frame before"),
        {K(Qt::SHIFT | Qt::Key_Comma), K(Qt::SHIFT | Qt::Key_Less), K(Qt::Key_Less)},
        [this] { transport_->move(-10); }, 2);
    add(
        canvas_, QStringLiteral("onTen"), tr("Ten frames on"), tr("Shows the tenth frame from here"),
        {K(Qt::SHIFT | Qt::Key_Period), K(Qt::SHIFT | Qt::Key_Greater)}, [this] { transport_->move(10); }, 2);
    add(
        canvas_, QStringLiteral("first"), tr("First frame"), tr("Shows the start of the run"),
        {K(Qt::Key_Home)}, [this] { transport_->first(); }, 2);
    add(
        canvas_, QStringLiteral("last"), tr("Last frame"), tr("Shows the newest frame"), {K(Qt::Key_End)},
        [this] { transport_->last(); }, 2);
    add(
        canvas_, QStringLiteral("follow"), tr("Fo&llow live"), tr("Goes on with the newest frame"),
        {K(QStringLiteral("L"))}, [this] { transport_->setFollowing(!transport_->timeline().follows()); }, 2);
    add(
        canvas_, QStringLiteral("previousLayer"), tr("Previous layer"),
        tr("Shows the layer above in the list"), {K(Qt::Key_BracketLeft)}, [this] { layers_->move(-1); }, 3);
    add(
        canvas_, QStringLiteral("nextLayer"), tr("Next layer"), tr("Shows the layer below in the list"),
        {K(Qt::Key_BracketRight)}, [this] { layers_->move(1); }, 3);
    add(
        canvas_, QStringLiteral("bookmark"), tr("Book&mark this step"), tr("Marks the step on the track"),
        {K(QStringLiteral("B"))},
        [this] {
            if (transport_->timeline().isEmpty()) return;
            source_->addBookmark(transport_->timeline().step(), {});
            workspace_.say(tr("Bookmarked step %1").arg(formatCount(transport_->timeline().step())));
        },
        3);
    add(
        canvas_, QStringLiteral("clear"), tr("Clear selection of connection"), tr("Selects nothing"),
        {K(Qt::Key_Escape)}, [&model] { model.select(std::nullopt); }, 3);
    add(
        this, QStringLiteral("export"), tr("&Export picture\u2026"),
        tr("Saves or copies the canvas as a picture"), {K(QStringLiteral("Ctrl+Shift+E"))},
        [this] { exportPicture(); }, 4);
    add(
        this, QStringLiteral("copyCommand"), tr("Copy as &command"),
        tr("Copies the line of filigree render that makes this picture"), {K(QStringLiteral("Ctrl+Shift+C"))},
        [this] {
            QGuiApplication::clipboard()->setText(command());
            workspace_.say(tr("Copied the command"));
        },
        4);
    add(
        canvas_, QStringLiteral("copyPicture"), tr("Cop&y picture"), tr("Copies the canvas as a picture"),
        {K(QStringLiteral("Ctrl+C"))},
        [this] {
            copyPicture(canvas_->size() * devicePixelRatioF(), devicePixelRatioF(), Appearance::Light);
        },
        4);
    add(
        table_, QStringLiteral("copyRows"), tr("Copy &rows"), tr("Copies the selected rows of the table"),
        {K(QStringLiteral("Ctrl+C"))}, [this] { copyRows(); }, 4);
    add(
        this, QStringLiteral("values"), tr("&Values as table"), tr("Shows the connections as a table"),
        {K(QStringLiteral("Ctrl+Shift+V"))}, [this] { tableButton_->toggle(); }, 4);
    add(
        canvas_, QStringLiteral("copyDescription"), tr("Copy what is known of the connection"),
        tr("Copies position, weight and age of the selected connection"), {}, [this] { copyDescription(); },
        4);
    add(
        this, QStringLiteral("goToStep"), tr("&Go to step\u2026"), tr("Shows the frame nearest to a step"),
        {K(QStringLiteral("Ctrl+G"))}, [this] { askForStep(); }, 2);
    QAction* rate = workspace_.actions.add(this, {QStringLiteral("connectivity.frameRate"),
                                                  MenuId::Analyse,
                                                  25,
                                                  tr("Frames per second"),
                                                  tr("Shows how fast the canvas draws while it moves"),
                                                  {},
                                                  true});
    connect(rate, &QAction::toggled, rate_, [this](bool on) {
        rate_->setVisible(on);
        showFrameRate();
    });
}

void ConnectivityPage::connectModel() {
    ConnectivityModel& model = painter_->model();
    model.onChange = [this] { canvas_->update(); };
    model.onSelect = [this] {
        const auto cell = painter_->model().selected();
        workspace_.selection.setEdge(cell ? std::optional(EdgeRef{cell->row, cell->column}) : std::nullopt);
        if (!fromTable_) selectInTable();
    };
    connect(&workspace_.selection, &Selection::edgeChanged, this, [this] {
        const auto edge = workspace_.selection.edge();
        painter_->model().select(edge ? std::optional(MatrixCell{edge->row, edge->column}) : std::nullopt);
    });
    connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& index) {
                if (!index.isValid() || !values_->pattern()) return;
                const std::size_t connection = values_->connectionAt(index.row());
                fromTable_ = true;
                painter_->model().select(MatrixCell{values_->pattern()->rowOf(connection),
                                                    values_->pattern()->column[connection]});
                fromTable_ = false;
            });
}

void ConnectivityPage::followSelection() {
    Selection& selection = workspace_.selection;
    const auto takeRun = [this] {
        const RunKey& run = workspace_.selection.current();
        if (run == source_->run()) return;
        errors_->clear();
        note_->clear();
        source_->setRun(run);
        running_ = false;
        painter_->model().show(nullptr);
        values_->setPattern(nullptr);
        layers_->setLayers({});
        transport_->setFrames({});
        transport_->setFollowing(!workspace_.selection.step());
        runLabel_->setText(run.isNull() ? QString() : tr("run %1").arg(run.run));
        if (run.isNull()) {
            showEmpty(tr("No run is chosen. Choose one in the table of runs, or start one."),
                      tr("Show presets"));
        } else {
            painter_->setMessage(tr("Reading the run\u2026").toStdString());
            stack_->setCurrentIndex(0);
        }
    };
    connect(&selection, &Selection::currentChanged, this, takeRun);
    connect(&selection, &Selection::layerChanged, this, [this] {
        if (workspace_.selection.layer() != layers_->chosen()) layers_->choose(workspace_.selection.layer());
    });
    connect(&selection, &Selection::stepChanged, this, [this] {
        const auto step = workspace_.selection.step();
        fromSelection_ = true;
        if (!step)
            transport_->setFollowing(true);
        else if (transport_->timeline().isEmpty() || *step != transport_->timeline().step())
            transport_->goTo(*step);
        fromSelection_ = false;
    });
    takeRun();
    if (source_->run().isNull())
        showEmpty(tr("No run is chosen. Choose one in the table of runs, or start one."), tr("Show presets"));
}

void ConnectivityPage::showEmpty(const QString& sentence, const QString& button) {
    emptyText_->setText(sentence);
    emptyButton_->setText(button);
    stack_->setCurrentIndex(1);
}

void ConnectivityPage::takeOverview(const ConnectivitySource::Overview& overview) {
    runLabel_->setText(runName(overview.run));
    running_ = overview.run.state == store::RunState::Running;
    if (overview.layers.empty()) {
        const bool early = running_ || overview.run.state == store::RunState::Queued;
        showEmpty(
            early
                ? tr("No pattern has been recorded yet. It appears here as soon as the run has written one.")
                : tr("No pattern was recorded: the layers of this run are dense. Open a preset with a "
                     "density "
                     "below 1."),
            tr("Show presets"));
        return;
    }
    stack_->setCurrentIndex(0);
    std::vector<LayerList::Layer> list;
    for (std::size_t i = 0; i < overview.layers.size(); ++i)
        list.push_back({QString::fromStdString(overview.layers[i].layer), overview.layers[i].rows,
                        overview.layers[i].columns, overview.connections[i]});
    const bool first = layers_->chosen().isEmpty();
    {
        const QSignalBlocker quiet(layers_);
        layers_->setLayers(list);
        if (first) layers_->choose(workspace_.selection.layer());
    }
    if (layers_->chosen() != QString::fromStdString(overview.layer)) {
        // The selection names another layer than the first: its frames come next.
        source_->setLayer(layers_->chosen());
        return;
    }
    transport_->setEvents(overview.events);
    transport_->setLastStep(
        std::max(overview.run.progress.step, running_ ? overview.run.progress.totalSteps : 0));
    transport_->setLive(running_);
    const bool empty = transport_->timeline().isEmpty();
    transport_->setFrames(overview.frames);
    if (empty && workspace_.selection.step()) {
        fromSelection_ = true;
        transport_->goTo(*workspace_.selection.step());
        fromSelection_ = false;
    }
    if (first) workspace_.selection.setLayer(layers_->chosen());
    watchOrNot();
}

void ConnectivityPage::takeStep(qint64 step) {
    if (!fromSelection_)
        workspace_.selection.setStep(transport_->timeline().follows() ? std::nullopt
                                                                      : std::optional<qint64>(step));
    want();
}

void ConnectivityPage::want() {
    if (transport_->timeline().isEmpty() || layers_->chosen().isEmpty()) return;
    source_->want(layers_->chosen(), transport_->timeline().step(), wanted_);
}

void ConnectivityPage::take(const ConnectivitySource::Shown& shown) {
    errors_->clear();
    note_->setText(shown.problem ? QString::fromStdString(shown.problem->message()) : QString());
    note_->setToolTip(shown.problem ? QString::fromStdString(shown.problem->advice()) : QString());
    painter_->setMessage({});
    painter_->model().show(shown.data);
    canvas_->describe(QString::fromStdString(painter_->summary()));
    showRange();
    if (tablePanel_->isVisibleTo(this)) {
        values_->setPattern(shown.data->pattern);
        selectInTable();
    }
    tableNote_->setText(values_->leftOut() > 0 ? tr("%1 of %2 connections")
                                                     .arg(formatCount(values_->rowCount()),
                                                          formatCount(shown.data->pattern->connections()))
                                               : QString());
    tableNote_->setVisible(!tableNote_->text().isEmpty());
}

void ConnectivityPage::showRange() {
    const ConnectivityData* drawn = painter_->model().data();
    const bool valued = drawn && drawn->colouring != Colouring::Presence;
    range_->setVisible(valued);
    if (!valued) return;
    const bool isSigned = drawn->colouring == Colouring::Sign;
    const Appearance appearance = workspace_.theme.appearance();
    range_->setMap(isSigned ? &divergingMap(appearance) : &sequentialMap(appearance));
    range_->setHistogram({drawn->spread.histogram.begin(), drawn->spread.histogram.end()},
                         drawn->spread.least, drawn->spread.greatest, isSigned);
    const auto [low, high] = painter_->model().range();
    range_->setRange(low, high, painter_->model().rangeIsAutomatic());
}

void ConnectivityPage::setColouring(Colouring colouring) {
    if (colouring == wanted_) return;
    wanted_ = colouring;
    want();
    watchOrNot();
}

void ConnectivityPage::watchOrNot() {
    const bool weights = wanted_ == Colouring::Sign || wanted_ == Colouring::Magnitude;
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
    tablePanel_->setVisible(on);
    const auto& drawn = painter_->model().shared();
    values_->setPattern(on && drawn ? drawn->pattern : nullptr);
    if (on) selectInTable();
}

void ConnectivityPage::selectInTable() {
    const auto cell = painter_->model().selected();
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
    workspace_.say(tr("Copied %n row(s)", nullptr, static_cast<int>(rows.size())));
}

void ConnectivityPage::copyDescription() {
    const auto cell = painter_->model().selected();
    if (!cell) return;
    QGuiApplication::clipboard()->setText(QString::fromStdString(painter_->model().describe(*cell)));
    workspace_.say(tr("Copied what is known of the connection"));
}

void ConnectivityPage::showMenu(const QPoint& global) {
    if (!painter_->model().data()) return;
    // What was hit becomes what the menu is about.
    if (const auto hit = painter_->model().hovered()) painter_->model().select(hit);
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const auto put = [&](const char* id) {
        menu->addAction(workspace_.actions.find(QStringLiteral("connectivity.") + QLatin1String(id)));
    };
    for (const char* id : {"fitSelection", "fitAll"}) put(id);
    menu->addSeparator();
    for (const char* id : {"copyDescription", "copyPicture", "copyCommand"}) put(id);
    menu->addSeparator();
    for (const char* id : {"bookmark", "values", "export"}) put(id);
    menu->popup(global);
}

void ConnectivityPage::askForStep() {
    const Timeline& timeline = transport_->timeline();
    if (timeline.isEmpty()) return;
    auto* dialog = new QInputDialog(window());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Go to step"));
    dialog->setLabelText(tr("Step, 0 to %1").arg(timeline.frames().back()));
    dialog->setInputMode(QInputDialog::IntInput);
    dialog->setIntRange(0, static_cast<int>(std::min<qint64>(timeline.frames().back(), 2'000'000'000)));
    dialog->setIntValue(static_cast<int>(timeline.step()));
    dialog->setOkButtonText(tr("Go"));
    connect(dialog, &QInputDialog::intValueSelected, this, [this](int step) { transport_->goTo(step); });
    dialog->open();
}

void ConnectivityPage::showFrameRate() {
    if (!rate_->isVisibleTo(this)) return;
    const double interval = canvas_->window().frameInterval_ms();
    rate_->setText(interval > 0 ? tr("%1 frames/s").arg(formatNumber(1000 / interval, 2))
                                : tr("move the canvas to measure"));
    rate_->setToolTip(canvas_->window().deviceName());
}

QString ConnectivityPage::command() const {
    const ConnectivityData* drawn = painter_->model().data();
    if (!drawn) return {};
    ConnectivityRequest request;
    request.store = source_->run().store.toStdString();
    request.run = source_->run().run;
    request.layer = drawn->pattern->layer;
    request.step = drawn->pattern->step;
    request.colouring = drawn->colouring;
    request.width = std::max(64, canvas_->width());
    request.height = std::max(64, canvas_->height());
    return QString::fromStdString(commandOf(request)) + QStringLiteral(" -o connectivity.png");
}

void ConnectivityPage::exportPicture() {
    if (!painter_->model().data()) return;
    auto* dialog = new ExportDialog(canvas_->size(), window());
    connect(dialog, &ExportDialog::copyWanted, this, [this, dialog] {
        copyPicture(dialog->pixels(), dialog->scale(), dialog->appearance());
        dialog->accept();
    });
    connect(dialog, &ExportDialog::saveWanted, this, [this, dialog] {
        const ConnectivityData* drawn = painter_->model().data();
        if (!drawn) return;
        auto* files = new QFileDialog(dialog, tr("Save picture"), {}, tr("Pictures (*.png)"));
        files->setAttribute(Qt::WA_DeleteOnClose);
        files->setAcceptMode(QFileDialog::AcceptSave);
        files->setDefaultSuffix(QStringLiteral("png"));
        files->selectFile(QStringLiteral("run-%1-%2-step-%3.png")
                              .arg(source_->run().run)
                              .arg(QString::fromStdString(drawn->pattern->layer))
                              .arg(drawn->pattern->step));
        connect(files, &QFileDialog::fileSelected, this, [this, dialog](const QString& path) {
            exportTo(path, dialog->pixels(), dialog->scale(), dialog->appearance());
            dialog->accept();
        });
        files->open();
    });
    dialog->open();
}

void ConnectivityPage::exportTo(const QString& path, QSize pixels, double scale, Appearance appearance) {
    const QString line = command();
    canvas_->exportPicture(
        pixels, static_cast<float>(scale), appearance,
        [this, path, line](QImage image, const QString& error) {
            image.setText(QStringLiteral("Source"), line);
            const bool saved = error.isEmpty() && image.save(path, "PNG");
            if (saved)
                workspace_.say(tr("Saved %1").arg(QFileInfo(path).fileName()));
            else
                errors_->show(Error(ErrorKind::Run, "the picture was not saved",
                                    error.isEmpty() ? path.toStdString() : error.toStdString(),
                                    "choose a folder that can be written"));
        });
}

void ConnectivityPage::copyPicture(QSize pixels, double scale, Appearance appearance) {
    canvas_->exportPicture(
        pixels, static_cast<float>(scale), appearance, [this](const QImage& image, const QString& error) {
            if (!error.isEmpty()) {
                errors_->show(Error(ErrorKind::Device, "the picture was not copied", error.toStdString()));
                return;
            }
            QGuiApplication::clipboard()->setImage(image);
            workspace_.say(tr("Copied the picture"));
        });
}

QJsonObject ConnectivityPage::save() const {
    return {{QStringLiteral("colouring"), QString::fromLatin1(nameOf(wanted_).data())},
            {QStringLiteral("changes"), changes_->isChecked()},
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
    changes_->setChecked(state[QStringLiteral("changes")].toBool(true));
    tableButton_->setChecked(state[QStringLiteral("table")].toBool(false));
    transport_->setSpeed(state[QStringLiteral("speed")].toDouble(1));
    transport_->setLoop(state[QStringLiteral("loop")].toBool(false));
    splitter_->restoreState(QByteArray::fromBase64(state[QStringLiteral("splitter")].toString().toLatin1()));
}

}  // namespace filigree::ui
