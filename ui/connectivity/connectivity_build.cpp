// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QStackedLayout>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/base/text.h"
#include "ui/connectivity/connectivity_page.h"
#include "ui/connectivity/layer_list.h"
#include "ui/connectivity/lesion_panel.h"
#include "ui/connectivity/matrix_bar.h"
#include "ui/connectivity/range_control.h"
#include "ui/connectivity/values_table.h"
#include "ui/transport/transport_bar.h"
#include "ui/views/connectivity_painter.h"

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
    splitter_->addWidget(lesion_);
    lesion_->hide();
    splitter_->setStretchFactor(1, 1);
    splitter_->setSizes({196, 900, 360, 360});
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeBar());
    column->addWidget(arrangement_);
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
    lesionButton_ = button(QStringLiteral("lesionButton"), QStringLiteral("close"), tr("Lesion"));
    lesionButton_->setToolTip(tr("Take connections away and see what every class loses"));
    lesionButton_->setCheckable(true);
    connect(lesionButton_, &QToolButton::toggled, this, &ConnectivityPage::showLesions);
    auto* out = button(QStringLiteral("exportButton"), QStringLiteral("export"), tr("Export"));
    out->setToolTip(tr("Save or copy the picture"));
    connect(out, &QToolButton::clicked, this, &ConnectivityPage::exportPicture);
    row->addWidget(runLabel_);
    row->addWidget(note_, 1);
    row->addWidget(rate_);
    row->addWidget(by);
    row->addWidget(colouring_);
    row->addSpacing(4);
    for (QToolButton* each : {changes_, fit, tableButton_, lesionButton_, out}) row->addWidget(each);
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

}  // namespace filigree::ui
