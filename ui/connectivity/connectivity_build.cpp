// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/base/text.h"
#include "ui/connectivity/connectivity_page.h"
#include "ui/connectivity/layer_list.h"
#include "ui/connectivity/lesion_panel.h"
#include "ui/connectivity/matrix_bar.h"
#include "ui/connectivity/network_view.h"
#include "ui/connectivity/range_control.h"
#include "ui/connectivity/values_table.h"
#include "ui/transport/transport_bar.h"

/// Widgets of the connectivity page.
namespace filigree::ui {
namespace {

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

void ConnectivityPage::build() {
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

    auto* centre = new QWidget(this);
    auto* centreColumn = new QVBoxLayout(centre);
    centreColumn->setContentsMargins(0, 0, 0, 0);
    centreColumn->setSpacing(0);
    centreColumn->addWidget(&canvas(), 1);
    centreColumn->addWidget(range_);
    centreColumn->addWidget(makeFilmBar());
    range_->hide();

    splitter_ = new QSplitter(Qt::Horizontal, this);
    splitter_->setObjectName(QStringLiteral("connectivitySplitter"));
    splitter_->setHandleWidth(1);
    splitter_->setChildrenCollapsible(false);
    layers_->setMinimumWidth(140);
    splitter_->addWidget(layers_);
    splitter_->addWidget(centre);
    splitter_->addWidget(tablePanel_);
    splitter_->addWidget(lesion_);
    lesion_->hide();
    splitter_->setStretchFactor(1, 1);
    splitter_->setSizes({196, 900, 360, 360});
    makeBar();
    body().addWidget(arrangement_);
    body().addWidget(splitter_, 1);
    body().addWidget(transport_);
}

void ConnectivityPage::makeBar() {
    note_ = new QLabel(this);
    note_->setObjectName(QStringLiteral("connectivityNote"));
    note_->setProperty("role", "warning");
    note_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    bar().addWidget(note_, 1);
    rate_ = new QLabel(this);
    rate_->setObjectName(QStringLiteral("frameRate"));
    rate_->setProperty("role", "secondary");
    rate_->hide();
    bar().addWidget(rate_);
    colouring_ = addChoice("Colouring", tr("Colour by"));
    for (const ColouringChoice& choice : colourings)
        colouring_->addItem(tr(choice.text), static_cast<int>(choice.colouring));
    connect(colouring_, &QComboBox::currentIndexChanged, this,
            [this] { setColouring(static_cast<Colouring>(colouring_->currentData().toInt())); });
    edges_ = addChoice("Edges", tr("Edges"));
    edges_->setToolTip(tr("Drawn one by one, the strongest of each layer; all others are density"));
    for (const int count : {5000, 2000, 1000, 500, 100})
        edges_->addItem(tr("strongest %1").arg(formatCount(count)), count);
    edges_->hide();
    bar().itemAt(bar().indexOf(edges_) - 1)->widget()->hide();
    connect(edges_, &QComboBox::currentIndexChanged, this, &ConnectivityPage::want);
    bar().addSpacing(4);
    graphButton_ =
        addButton("Graph", "connectivity", tr("Graph"), tr("Show all layers as units and edges (G)"));
    graphButton_->setCheckable(true);
    connect(graphButton_, &QToolButton::toggled, this, &ConnectivityPage::showGraph);
    changes_ = addButton("Changes", "compare", tr("Changes"),
                         tr("Mark what grew and what was dropped since the frame before"));
    changes_->setCheckable(true);
    changes_->setChecked(true);
    connect(changes_, &QToolButton::toggled, this, [this](bool on) { painter_.model().setShowChanges(on); });
    QToolButton* fit = addButton("Fit", "fit", tr("Fit"), tr("Show everything (A)"));
    connect(fit, &QToolButton::clicked, this,
            [this] { network_.withModel([](auto& model) { model.fit(); }); });
    tableButton_ = addButton("Table", "table", tr("Values"), tr("Show the connections as a table"));
    tableButton_->setCheckable(true);
    connect(tableButton_, &QToolButton::toggled, this, &ConnectivityPage::showTable);
    lesionButton_ = addButton("Lesion", "close", tr("Lesion"),
                              tr("Take connections away and see what every class loses"));
    lesionButton_->setCheckable(true);
    connect(lesionButton_, &QToolButton::toggled, this, &ConnectivityPage::showLesions);
    filmButton_ = addButton("Film", "run", tr("Film"),
                            tr("Save all frames of the layer or the graph as an animated PNG"));
    connect(filmButton_, &QToolButton::clicked, this, &ConnectivityPage::chooseFilmFile);
    QToolButton* out = addButton("Export", "export", tr("Export"), tr("Save or copy the picture"));
    connect(out, &QToolButton::clicked, this, &ConnectivityPage::exportPicture);
    // Words for all of them would make the page wider than a small screen has room for.
    for (QToolButton* each : {fit, tableButton_, filmButton_, out})
        each->setToolButtonStyle(Qt::ToolButtonIconOnly);
}

}  // namespace filigree::ui
