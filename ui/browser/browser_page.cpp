// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/browser/browser_page.h"

#include <QCheckBox>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QInputDialog>
#include <QJsonArray>
#include <QJsonObject>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QStackedWidget>
#include <QToolButton>
#include <algorithm>

#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/base/text.h"
#include "ui/browser/run_actions.h"
#include "ui/model/run_style.h"

namespace filigree::ui {
namespace {

const QString viewsKey = QStringLiteral("browser.views");
/// Nothing is shown while a store opens, unless it takes longer.
constexpr int patience_ms = 150;

enum Panel { TablePanel, EmptyPanel, LoadingPanel };

QToolButton* menuButton(QWidget* parent, const QString& name, const QString& text, const QString& tip) {
    auto* button = new QToolButton(parent);
    button->setObjectName(name);
    button->setText(text + QStringLiteral("  ▾"));
    button->setToolTip(tip);
    button->setPopupMode(QToolButton::InstantPopup);
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setMenu(new QMenu(button));
    return button;
}

QString scopeName(Scope scope) {
    switch (scope) {
        case Scope::Current:
            return BrowserPage::tr("Runs");
        case Scope::Archived:
            return BrowserPage::tr("Archive");
        case Scope::Bin:
            return BrowserPage::tr("Bin");
    }
    return {};
}

/// Grey blocks in the shape of the table that is to come.
class Skeleton : public QWidget {
  public:
    Skeleton(const Theme& theme, QWidget* parent) : QWidget(parent), theme_(theme) {
        setAccessibleName(BrowserPage::tr("The runs are being read"));
    }

  protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(Qt::NoPen);
        painter.setBrush(colour(theme_.palette().hover));
        constexpr std::array<int, 5> widths{72, 150, 64, 64, 96};
        for (int y = 36; y < std::min(height(), 400); y += 26) {
            int x = 12;
            for (const int width : widths) {
                painter.drawRoundedRect(QRect(x, y, width, 10), 4, 4);
                x += width + 32;
            }
        }
    }

  private:
    const Theme& theme_;
};

}  // namespace

BrowserPage::BrowserPage(Workspace& workspace, QWidget* parent)
    : Page(parent),
      workspace_(workspace),
      index_(RunIndex::of(workspace)),
      actions_(RunActions::of(workspace, this)),
      model_(workspace, index_) {
    setObjectName(QStringLiteral("browserPage"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    errors_ = new ErrorBar(this);
    layout->addWidget(errors_);
    layout->addWidget(makeBar());
    problem_ = new QLabel(this);
    problem_->setObjectName(QStringLiteral("filterProblem"));
    problem_->setProperty("role", "error");
    problem_->setContentsMargins(16, 0, 16, 4);
    problem_->hide();
    layout->addWidget(problem_);

    stack_ = new QStackedWidget(this);
    view_ = new RunsView(workspace_, model_, stack_);
    view_->setObjectName(QStringLiteral("runsTable"));
    stack_->addWidget(view_);
    auto* empty = new QWidget(stack_);
    auto* column = new QVBoxLayout(empty);
    column->setSpacing(8);
    emptyTitle_ = new QLabel(empty);
    emptyText_ = new QLabel(empty);
    emptyText_->setProperty("role", "secondary");
    emptyText_->setWordWrap(true);
    emptyButton_ = new QPushButton(empty);
    emptyButton_->setObjectName(QStringLiteral("emptyButton"));
    for (QLabel* label : {emptyTitle_, emptyText_}) label->setAlignment(Qt::AlignCenter);
    column->addStretch(2);
    column->addWidget(emptyTitle_);
    column->addWidget(emptyText_);
    column->addSpacing(8);
    column->addWidget(emptyButton_, 0, Qt::AlignCenter);
    column->addStretch(3);
    stack_->addWidget(empty);
    stack_->addWidget(new Skeleton(workspace_.theme, stack_));
    layout->addWidget(stack_, 1);
    layout->addWidget(makeFooter());

    const auto setFonts = [this] { emptyTitle_->setFont(workspace_.theme.font(1.15, true)); };
    connect(&workspace_.theme, &Theme::changed, this, setFonts);
    setFonts();
    connect(emptyButton_, &QPushButton::clicked, this, [this] {
        if (emptyAction_) emptyAction_();
    });
    connect(filter_, &FilterEdit::queryChanged, this, [this] { model_.setQuery(filter_->query()); });
    connect(filter_, &FilterEdit::problemChanged, this, [this] {
        problem_->setText(filter_->problem());
        problem_->setVisible(!filter_->problem().isEmpty());
    });
    connect(&model_, &RunsModel::arranged, this, &BrowserPage::refresh);
    connect(&model_, &RunsModel::renamed, this, [this](const RunKey& run, const QString& name) {
        if (const RowPointer row = index_.table()->find(run))
            annotation::rename(workspace_, {run, QString::fromStdString(row->info.name)}, name);
    });
    connect(view_, &RunsView::opened, this, [this](const RunKey& run) { emit workspace_.showRun(run); });
    connect(view_, &QWidget::customContextMenuRequested, this, &BrowserPage::showMenu);
    view_->horizontalHeader()->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(view_->horizontalHeader(), &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
        fillColumnsMenu();
        columns_->menu()->popup(view_->horizontalHeader()->mapToGlobal(at));
    });
    connect(&workspace_.selection, &Selection::runsChanged, this, &BrowserPage::refreshFooter);
    connect(&index_, &RunIndex::errorChanged, this, &BrowserPage::refreshErrors);
    actions_.setTable(this, {[this] { view_->renameCurrent(); },
                             [this](const QList<RunKey>& runs) { return model_.asTsv(runs); },
                             [this](const QList<RunKey>& runs) { return model_.asCsv(runs); }});
    loading_.setSingleShot(true);
    loading_.setInterval(patience_ms);
    connect(&loading_, &QTimer::timeout, this, [this] {
        if (!index_.hasRows()) stack_->setCurrentIndex(LoadingPanel);
    });
    connect(&workspace_.stores, &StoreSet::opened, this, [this] { loading_.start(); });
    loading_.start();
    refreshErrors();
    refresh();
}

BrowserPage::~BrowserPage() = default;

QWidget* BrowserPage::makeBar() {
    auto* bar = new QWidget(this);
    bar->setProperty("role", "bar");
    bar->setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(12, 8, 12, 8);
    row->setSpacing(4);
    scope_ = menuButton(bar, QStringLiteral("scope"), scopeName(Scope::Current),
                        tr("Which runs: all, archived, or in the bin"));
    for (const Scope scope : {Scope::Current, Scope::Archived, Scope::Bin})
        scope_->menu()->addAction(scopeName(scope), this, [this, scope] { model_.setScope(scope); });
    filter_ = new FilterEdit(workspace_, index_, bar);
    views_ = menuButton(bar, QStringLiteral("views"), tr("Saved"),
                        tr("Filters, columns and groups that were saved under a name"));
    columns_ =
        menuButton(bar, QStringLiteral("columns"), tr("Columns"), tr("Which columns, and which metric"));
    group_ = menuButton(bar, QStringLiteral("group"), tr("Group"),
                        tr("Puts runs with equal values together, with mean and spread"));
    onlyDifferences_ = new QCheckBox(tr("Only differences"), bar);
    onlyDifferences_->setObjectName(QStringLiteral("onlyDifferences"));
    onlyDifferences_->setToolTip(tr("Shows a key of the configuration only if the runs shown differ in it"));
    onlyDifferences_->setChecked(true);
    row->addWidget(scope_);
    row->addWidget(filter_, 1);
    row->addSpacing(4);
    row->addWidget(views_);
    row->addWidget(columns_);
    row->addWidget(group_);
    row->addSpacing(4);
    row->addWidget(onlyDifferences_);
    connect(views_->menu(), &QMenu::aboutToShow, this, &BrowserPage::fillViewsMenu);
    connect(columns_->menu(), &QMenu::aboutToShow, this, &BrowserPage::fillColumnsMenu);
    connect(group_->menu(), &QMenu::aboutToShow, this, &BrowserPage::fillGroupMenu);
    connect(onlyDifferences_, &QCheckBox::toggled, this, [this](bool on) { model_.setOnlyDifferences(on); });
    return bar;
}

QWidget* BrowserPage::makeFooter() {
    footer_ = new QStackedWidget(this);
    footer_->setProperty("role", "bar");
    footer_->setAttribute(Qt::WA_StyledBackground);
    footer_->setFixedHeight(40);
    auto* idle = new QWidget(footer_);
    auto* row = new QHBoxLayout(idle);
    row->setContentsMargins(16, 0, 12, 0);
    count_ = new QLabel(idle);
    count_->setObjectName(QStringLiteral("runCount"));
    details_ = new QLabel(idle);
    for (QLabel* label : {count_, details_}) label->setProperty("role", "secondary");
    binButton_ = new QPushButton(tr("Empty bin…"), idle);
    binButton_->setObjectName(QStringLiteral("emptyBinButton"));
    binButton_->setProperty("role", "link");
    connect(binButton_, &QPushButton::clicked, this, [this] { actions_.emptyBin(); });
    row->addWidget(count_);
    row->addStretch(1);
    row->addWidget(details_);
    row->addWidget(binButton_);
    footer_->addWidget(idle);

    auto* several = new QWidget(footer_);
    auto* actions = new QHBoxLayout(several);
    actions->setContentsMargins(16, 0, 12, 0);
    actions->setSpacing(4);
    selected_ = new QLabel(several);
    selected_->setObjectName(QStringLiteral("selectedCount"));
    actions->addWidget(selected_);
    actions->addSpacing(12);
    for (const char* id : {"runs.compare", "runs.resume", "runs.stop", "runs.tag", "runs.note",
                           "runs.archive", "runs.export", "runs.restore", "runs.delete"}) {
        auto* button = new QToolButton(several);
        QAction* action = workspace_.actions.find(QString::fromLatin1(id));
        button->setDefaultAction(action);
        button->setObjectName(QStringLiteral("bar.") + QString::fromLatin1(id));
        button->setToolButtonStyle(Qt::ToolButtonTextOnly);
        // Short words: the line says already that it is about runs.
        const QHash<QString, QString> words{
            {"runs.compare", tr("Compare")}, {"runs.resume", tr("Resume")},   {"runs.stop", tr("Stop")},
            {"runs.tag", tr("Tag")},         {"runs.note", tr("Note")},       {"runs.archive", tr("Archive")},
            {"runs.export", tr("Export")},   {"runs.restore", tr("Restore")}, {"runs.delete", tr("Delete")}};
        const auto follow = [button, action, text = words.value(QString::fromLatin1(id))] {
            button->setText(text);
            button->setVisible(action->isEnabled());
        };
        connect(action, &QAction::changed, button, follow);
        follow();
        actions->addWidget(button);
    }
    actions->addStretch(1);
    auto* none = new QPushButton(tr("Select none"), several);
    none->setProperty("role", "link");
    connect(none, &QPushButton::clicked, view_, [this] { view_->clearSelection(); });
    actions->addWidget(none);
    footer_->addWidget(several);
    return footer_;
}

void BrowserPage::focusSearch() {
    filter_->setFocus(Qt::ShortcutFocusReason);
    filter_->selectAll();
}

void BrowserPage::showMenu(const QPoint& position) {
    QMenu menu(this);
    if (view_->selectedRuns().isEmpty()) {
        if (QAction* bin = workspace_.actions.find(QStringLiteral("runs.emptyBin")); bin->isEnabled())
            menu.addAction(bin);
    } else {
        actions_.fillMenu(menu);
    }
    if (!menu.isEmpty()) menu.exec(view_->viewport()->mapToGlobal(position));
}

void BrowserPage::fillViewsMenu() {
    QMenu* menu = views_->menu();
    menu->clear();
    const QJsonObject saved = workspace_.session.value(viewsKey).toObject();
    for (const QString& name : saved.keys())
        menu->addAction(name, this, [this, state = saved.value(name).toObject()] { applyViewState(state); });
    if (!saved.isEmpty()) menu->addSeparator();
    menu->addAction(tr("Save this view…"), this, &BrowserPage::saveNamedView);
    if (!saved.isEmpty()) {
        QMenu* remove = menu->addMenu(tr("Remove"));
        for (const QString& name : saved.keys())
            remove->addAction(name, this, [this, name] {
                QJsonObject views = workspace_.session.value(viewsKey).toObject();
                views.remove(name);
                workspace_.session.setValue(viewsKey, views);
            });
    }
    menu->addSeparator();
    menu->addAction(tr("As at first"), this, [this] { applyViewState({}); });
}

void BrowserPage::saveNamedView() {
    const QString name =
        actions_.askText(tr("Save this view"), tr("Name:"), filter_->text(), false).trimmed();
    if (name.isEmpty()) return;
    QJsonObject views = workspace_.session.value(viewsKey).toObject();
    views.insert(name, viewState());
    workspace_.session.setValue(viewsKey, views);
}

void BrowserPage::fillColumnsMenu() {
    QMenu* menu = columns_->menu();
    menu->clear();
    menu->addAction(tr("Choose columns…"), this, &BrowserPage::chooseColumns);
    QAction* automatic = menu->addAction(tr("Chosen by what differs"), this,
                                         [this] { model_.setChosenColumns(std::nullopt); });
    automatic->setCheckable(true);
    automatic->setChecked(!model_.chosenColumns());
    menu->addSeparator();
    QMenu* metrics = menu->addMenu(tr("Main metric"));
    std::vector<std::string> names = *index_.table()->metrics;
    std::sort(names.begin(), names.end());
    const auto add = [&](const QString& text, const std::string& metric) {
        QAction* action = metrics->addAction(text, this, [this, metric] { model_.setMetric(metric); });
        action->setCheckable(true);
        action->setChecked(model_.chosenMetric() == metric);
    };
    add(tr("Chosen for you"), {});
    metrics->addSeparator();
    for (const std::string& name : names) {
        // One line a layer would hide the rest.
        if (names.size() > 40 && name.starts_with("layers/")) continue;
        add(QString::fromStdString(name), name);
    }
    menu->addSeparator();
    QAction* running =
        menu->addAction(tr("Running runs first"), this, [this](bool on) { model_.setRunningFirst(on); });
    running->setCheckable(true);
    running->setChecked(model_.runningFirst());
}

void BrowserPage::chooseColumns() {
    QDialog dialog(this);
    dialog.setWindowTitle(tr("Columns"));
    dialog.setObjectName(QStringLiteral("columnsDialog"));
    auto* layout = new QVBoxLayout(&dialog);
    layout->setContentsMargins(16, 16, 16, 16);
    auto* hint = new QLabel(tr("Drag to change the order."), &dialog);
    hint->setProperty("role", "secondary");
    auto* search = new QLineEdit(&dialog);
    search->setPlaceholderText(tr("Search columns"));
    search->setAccessibleName(tr("Search columns"));
    search->setClearButtonEnabled(true);
    auto* list = new QListWidget(&dialog);
    list->setObjectName(QStringLiteral("columnsList"));
    list->setAccessibleName(tr("Columns"));
    list->setDragDropMode(QAbstractItemView::InternalMove);
    list->setMinimumSize(360, 400);
    std::vector<Column> shown(model_.columns().begin() + 2, model_.columns().end());
    const auto add = [&](const Column& column, bool on) {
        QString text =
            column.kind == ColumnKind::Config ? QString::fromStdString(column.name) : column.title();
        if (column.kind == ColumnKind::Last) text = tr("last %1").arg(text);
        if (column.kind == ColumnKind::Spark)
            text = tr("curve of %1").arg(QString::fromStdString(column.name));
        auto* item = new QListWidgetItem(text, list);
        item->setData(Qt::UserRole, column.toString());
        item->setCheckState(on ? Qt::Checked : Qt::Unchecked);
        item->setToolTip(column.help());
    };
    for (const Column& column : shown) add(column, true);
    const auto addMissing = [&](const Column& column) {
        if (std::find(shown.begin(), shown.end(), column) == shown.end()) add(column, false);
    };
    for (const ColumnKind kind : {ColumnKind::Id, ColumnKind::Store, ColumnKind::Method, ColumnKind::Preset,
                                  ColumnKind::Seed, ColumnKind::Progress, ColumnKind::Duration,
                                  ColumnKind::Age, ColumnKind::Tags, ColumnKind::Note, ColumnKind::Host})
        addMissing({kind, {}});
    const auto table = index_.table();
    std::vector<std::string> metrics = *table->metrics, keys;
    for (const RunDictionary::Key& key : *table->keys) keys.push_back(key.name);
    std::sort(metrics.begin(), metrics.end());
    std::sort(keys.begin(), keys.end());
    for (const std::string& metric : metrics) {
        addMissing({ColumnKind::Last, metric});
        addMissing({ColumnKind::Best, metric});
        addMissing({ColumnKind::Spark, metric});
    }
    for (const std::string& key : keys) addMissing({ColumnKind::Config, key});
    connect(search, &QLineEdit::textChanged, list, [list](const QString& text) {
        for (int i = 0; i < list->count(); ++i)
            list->item(i)->setHidden(!list->item(i)->text().contains(text, Qt::CaseInsensitive));
    });
    auto* buttons = new QDialogButtonBox(&dialog);
    QPushButton* apply = buttons->addButton(tr("Show these columns"), QDialogButtonBox::AcceptRole);
    apply->setProperty("role", "primary");
    buttons->addButton(QDialogButtonBox::Cancel);
    connect(buttons, &QDialogButtonBox::accepted, &dialog, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    layout->addWidget(search);
    layout->addWidget(list, 1);
    layout->addWidget(hint);
    layout->addWidget(buttons);
    if (dialog.exec() != QDialog::Accepted) return;
    std::vector<Column> chosen;
    for (int i = 0; i < list->count(); ++i)
        if (list->item(i)->checkState() == Qt::Checked)
            if (const auto column = Column::fromString(list->item(i)->data(Qt::UserRole).toString()))
                chosen.push_back(*column);
    model_.setChosenColumns(chosen);
}

void BrowserPage::fillGroupMenu() {
    QMenu* menu = group_->menu();
    menu->clear();
    const auto add = [this](QMenu* to, const QString& text, const Grouping& grouping) {
        QAction* action = to->addAction(text, this, [this, grouping] { model_.setGrouping(grouping); });
        action->setCheckable(true);
        action->setChecked(model_.grouping() == grouping);
    };
    add(menu, tr("No groups"), {});
    menu->addSeparator();
    add(menu, tr("Equal but for the seed"), {Grouping::Kind::WithoutSeed, {}});
    for (const ColumnKind kind :
         {ColumnKind::Method, ColumnKind::Preset, ColumnKind::State, ColumnKind::Seed})
        add(menu, Column{kind, {}}.title(), {Grouping::Kind::ByColumn, {kind, {}}});
    const auto& keys = *index_.table()->keys;
    if (!model_.arrangement().differing.empty()) menu->addSeparator();
    constexpr std::size_t most = 16;
    for (std::size_t i = 0; i < model_.arrangement().differing.size() && i < most; ++i) {
        const std::string& name = keys[model_.arrangement().differing[i]].name;
        add(menu, QString::fromStdString(name), {Grouping::Kind::ByColumn, {ColumnKind::Config, name}});
    }
    QMenu* others = menu->addMenu(tr("All keys"));
    std::vector<std::string> names;
    for (const RunDictionary::Key& key : keys) names.push_back(key.name);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names)
        add(others, QString::fromStdString(name), {Grouping::Kind::ByColumn, {ColumnKind::Config, name}});
}

QJsonObject BrowserPage::viewState() const {
    QJsonObject state{{"query", filter_->text()},
                      {"scope", static_cast<int>(model_.scope())},
                      {"sort", model_.sortColumn().toString()},
                      {"descending", model_.descending()},
                      {"runningFirst", model_.runningFirst()},
                      {"group", model_.grouping().toString()},
                      {"onlyDifferences", model_.onlyDifferences()},
                      {"metric", QString::fromStdString(model_.chosenMetric())}};
    if (model_.chosenColumns()) {
        QJsonArray columns;
        for (const Column& column : *model_.chosenColumns()) columns.append(column.toString());
        state.insert("columns", columns);
    }
    QJsonArray collapsed;
    for (const QString& label : model_.collapsed()) collapsed.append(label);
    state.insert("collapsed", collapsed);
    return state;
}

void BrowserPage::applyViewState(const QJsonObject& state) {
    const int scope = state.value("scope").toInt();
    model_.setScope(scope == 1 ? Scope::Archived : scope == 2 ? Scope::Bin : Scope::Current);
    const auto sort = Column::fromString(state.value("sort").toString());
    model_.setSort(sort.value_or(Column{ColumnKind::Age, {}}), state.value("descending").toBool(true));
    model_.setRunningFirst(state.value("runningFirst").toBool());
    model_.setGrouping(Grouping::fromString(state.value("group").toString()));
    onlyDifferences_->setChecked(state.value("onlyDifferences").toBool(true));
    model_.setMetric(state.value("metric").toString().toStdString());
    std::optional<std::vector<Column>> chosen;
    if (state.contains("columns")) {
        chosen.emplace();
        for (const QJsonValue& value : state.value("columns").toArray())
            if (const auto column = Column::fromString(value.toString())) chosen->push_back(*column);
    }
    model_.setChosenColumns(chosen);
    QSet<QString> collapsed;
    for (const QJsonValue& label : state.value("collapsed").toArray()) collapsed.insert(label.toString());
    model_.setCollapsed(collapsed);
    filter_->setText(state.value("query").toString());
}

QJsonObject BrowserPage::save() const {
    QJsonObject state = viewState();
    QJsonObject widths;
    const QHash<QString, int> chosen = view_->columnWidths();
    for (auto width = chosen.begin(); width != chosen.end(); ++width)
        widths.insert(width.key(), width.value());
    state.insert("widths", widths);
    return state;
}

void BrowserPage::restore(const QJsonObject& state) {
    applyViewState(state);
    QHash<QString, int> widths;
    const QJsonObject saved = state.value("widths").toObject();
    for (const QString& column : saved.keys()) {
        const int width = saved.value(column).toInt();
        if (width >= 16 && width <= 2000) widths.insert(column, width);
    }
    view_->setColumnWidths(widths);
}

void BrowserPage::refresh() {
    const Arrangement& arranged = model_.arrangement();
    scope_->setText(scopeName(model_.scope()) + QStringLiteral("  ▾"));
    group_->setText((model_.grouping().kind == Grouping::Kind::None ? tr("Group") : tr("Grouped")) +
                    QStringLiteral("  ▾"));
    const bool filtered = !filter_->query().isEmpty();
    const std::size_t inScope = model_.scope() == Scope::Current    ? arranged.current
                                : model_.scope() == Scope::Archived ? arranged.archived
                                                                    : arranged.binned;
    if (!arranged.lines.empty()) {
        stack_->setCurrentIndex(TablePanel);
    } else if (index_.hasRows()) {
        if (workspace_.stores.sources().empty()) {
            emptyTitle_->setText(tr("No store is open"));
            emptyText_->setText(
                tr("A store is the file in which runs are kept. Start a run, or open a store (Ctrl+O)."));
            emptyButton_->setText(tr("Choose a preset"));
            emptyAction_ = [this] { emit workspace_.showGallery(); };
        } else if (filtered && inScope > 0) {
            emptyTitle_->setText(tr("No run matches"));
            emptyText_->setText(filter_->text());
            emptyButton_->setText(tr("Clear filter"));
            emptyAction_ = [this] { filter_->clear(); };
        } else if (model_.scope() == Scope::Current) {
            emptyTitle_->setText(tr("No run yet"));
            emptyText_->setText(tr("Runs appear here as soon as they start, whoever starts them."));
            emptyButton_->setText(tr("Choose a preset"));
            emptyAction_ = [this] { emit workspace_.showGallery(); };
        } else {
            emptyTitle_->setText(model_.scope() == Scope::Bin ? tr("The bin is empty")
                                                              : tr("Nothing is archived"));
            emptyText_->setText(QString());
            emptyButton_->setText(tr("Show all runs"));
            emptyAction_ = [this] { model_.setScope(Scope::Current); };
        }
        stack_->setCurrentIndex(EmptyPanel);
    }
    refreshFooter();
}

void BrowserPage::refreshFooter() {
    const Arrangement& arranged = model_.arrangement();
    const std::size_t inScope = model_.scope() == Scope::Current    ? arranged.current
                                : model_.scope() == Scope::Archived ? arranged.archived
                                                                    : arranged.binned;
    const auto n = [](std::size_t value) { return formatCount(static_cast<qint64>(value)); };
    count_->setText(arranged.shown == inScope
                        ? runCount(static_cast<qsizetype>(inScope))
                        : tr("%1 of %2").arg(n(arranged.shown), runCount(static_cast<qsizetype>(inScope))));
    qint64 bytes = 0;
    for (const auto& source : workspace_.stores.sources()) bytes += QFileInfo(source->path()).size();
    QStringList details;
    if (bytes > 0) details << formatBytes(bytes);
    if (arranged.archived > 0 && model_.scope() != Scope::Archived)
        details << tr("%1 archived").arg(n(arranged.archived));
    if (arranged.binned > 0 && model_.scope() != Scope::Bin) details << tr("bin: %1").arg(n(arranged.binned));
    details_->setText(details.join(QStringLiteral("   ·   ")));
    binButton_->setVisible(model_.scope() == Scope::Bin && arranged.binned > 0);
    const qsizetype selected = workspace_.selection.runs().size();
    selected_->setText(tr("%1 selected").arg(formatCount(selected)));
    footer_->setCurrentIndex(selected >= 2 ? 1 : 0);
}

void BrowserPage::refreshErrors() {
    const QStringList stores = index_.storesWithErrors();
    if (stores.isEmpty())
        errors_->clear();
    else
        errors_->show(*index_.errorOf(stores.first()));
}

void BrowserPage::showEvent(QShowEvent* event) {
    model_.setShown(true);
    Page::showEvent(event);
}

void BrowserPage::hideEvent(QHideEvent* event) {
    model_.setShown(false);
    Page::hideEvent(event);
}

}  // namespace filigree::ui
