// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help/command_palette.h"

#include <QAbstractListModel>
#include <QJsonArray>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTextLayout>
#include <QTimer>
#include <QVBoxLayout>
#include <algorithm>

#include "store/reader.h"
#include "ui/base/icon.h"
#include "ui/model/run_preferences.h"
#include "ui/model/run_style.h"

namespace filigree::ui {
namespace {

constexpr int paletteWidth = 640;
constexpr int shownRows = 11;
constexpr int rowHeight = 32;
constexpr int inset = 12;
constexpr int remembered = 20;
constexpr std::size_t mostListed = 200;
const auto recentKey = QStringLiteral("palette.recent");

QString menuName(MenuId menu) {
    switch (menu) {
        case MenuId::File:
            return CommandPalette::tr("File");
        case MenuId::Edit:
            return CommandPalette::tr("Edit");
        case MenuId::Run:
            return CommandPalette::tr("Run");
        case MenuId::View:
            return CommandPalette::tr("View");
        case MenuId::Analyse:
            return CommandPalette::tr("Analyse");
        case MenuId::Window:
            return CommandPalette::tr("Window");
        case MenuId::Help:
            return CommandPalette::tr("Help");
    }
    return {};
}

}  // namespace

class CommandPalette::Model : public QAbstractListModel {
  public:
    struct Row {
        PaletteEntry entry;
        QList<int> positions;
        int score = 0;
        bool recent = false;
    };
    int rowCount(const QModelIndex& parent = {}) const override {
        return parent.isValid() ? 0 : static_cast<int>(rows.size());
    }
    QVariant data(const QModelIndex& index, int role) const override {
        const PaletteEntry& entry = rows[static_cast<std::size_t>(index.row())].entry;
        if (role == Qt::DisplayRole) return entry.text;
        if (role == Qt::AccessibleTextRole)
            return QStringList{entry.text, entry.category, entry.shortcut}.join(QStringLiteral(", "));
        return {};
    }
    Qt::ItemFlags flags(const QModelIndex& index) const override {
        return rows[static_cast<std::size_t>(index.row())].entry.enabled
                   ? Qt::ItemIsSelectable | Qt::ItemIsEnabled
                   : Qt::ItemIsSelectable;
    }
    void set(std::vector<Row> next) {
        beginResetModel();
        rows = std::move(next);
        endResetModel();
    }
    std::vector<Row> rows;
};

class CommandPalette::Delegate : public QStyledItemDelegate {
  public:
    Delegate(const Theme& theme, const Model& model, QObject* parent)
        : QStyledItemDelegate(parent), theme_(theme), model_(model) {}

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const override {
        return {option.rect.width(), std::max(rowHeight, option.fontMetrics.height() + 14)};
    }

    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        const Model::Row& row = model_.rows[static_cast<std::size_t>(index.row())];
        const Palette& palette = theme_.palette();
        const QColor faint = colour(mix(palette.panel, palette.secondaryText, 0.6));
        painter->save();
        if (option.state & QStyle::State_Selected) painter->fillRect(option.rect, colour(palette.selection));
        QRect area = option.rect.adjusted(inset, 0, -inset, 0);

        painter->setFont(theme_.font(0.9));
        const QColor secondary = row.entry.enabled ? colour(palette.secondaryText) : faint;
        if (!row.entry.shortcut.isEmpty()) {
            const int width = painter->fontMetrics().horizontalAdvance(row.entry.shortcut) + 12;
            const int height = painter->fontMetrics().height() + 4;
            const QRectF key(area.right() - width + 0.5, area.center().y() - height / 2 + 0.5, width, height);
            painter->setRenderHint(QPainter::Antialiasing);
            painter->setPen(colour(palette.border));
            painter->setBrush(colour(palette.panel));
            painter->drawRoundedRect(key, 4, 4);
            painter->setPen(secondary);
            painter->drawText(key, Qt::AlignCenter, row.entry.shortcut);
            area.setRight(static_cast<int>(key.left()) - 8);
        }
        const QString category =
            row.recent ? CommandPalette::tr("%1 · used lately").arg(row.entry.category) : row.entry.category;
        painter->setPen(secondary);
        painter->drawText(area, Qt::AlignRight | Qt::AlignVCenter, category);
        area.setRight(area.right() - painter->fontMetrics().horizontalAdvance(category) - 16);

        // The letters that were found are strong.
        const QFont font = theme_.font(1);
        const QString text = QFontMetrics(font).elidedText(row.entry.text, Qt::ElideRight, area.width());
        QTextLayout layout(text, font);
        QList<QTextLayout::FormatRange> strong;
        for (const int position : row.positions) {
            if (position >= text.size()) break;
            QTextLayout::FormatRange range;
            range.start = position;
            range.length = 1;
            range.format.setFontWeight(QFont::Bold);
            range.format.setForeground(row.entry.enabled ? colour(palette.accent) : faint);
            strong.append(range);
        }
        layout.setFormats(strong);
        layout.beginLayout();
        QTextLine line = layout.createLine();
        layout.endLayout();
        if (line.isValid()) {
            painter->setPen(row.entry.enabled ? colour(palette.text) : faint);
            layout.draw(painter, QPointF(area.left(), area.center().y() - line.height() / 2 + 1));
        }
        painter->restore();
    }

  private:
    const Theme& theme_;
    const Model& model_;
};

CommandPalette::CommandPalette(Workspace& workspace, QWidget* parent)
    : QFrame(parent, Qt::Popup | Qt::FramelessWindowHint),
      workspace_(workspace),
      window_(parent ? parent->window() : nullptr),
      search_(new QLineEdit(this)),
      list_(new QListView(this)),
      nothing_(new QLabel(tr("Nothing is called that."), this)),
      model_(std::make_unique<Model>()) {
    setObjectName(QStringLiteral("commandPalette"));
    setProperty("role", "palette");
    setAccessibleName(tr("Command palette"));
    search_->setObjectName(QStringLiteral("paletteSearch"));
    search_->setPlaceholderText(tr("Type what you want: an action, a run, a preset, a layer, a help topic"));
    search_->setAccessibleName(tr("Command palette"));
    search_->addAction(icon(workspace.theme, QStringLiteral("search"), Ink::Secondary),
                       QLineEdit::LeadingPosition);
    search_->installEventFilter(this);
    connect(search_, &QLineEdit::textChanged, this, &CommandPalette::refresh);
    list_->setObjectName(QStringLiteral("paletteList"));
    list_->setAccessibleName(tr("Matches"));
    list_->setModel(model_.get());
    list_->setItemDelegate(new Delegate(workspace.theme, *model_, list_));
    list_->setUniformItemSizes(true);
    list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list_->setFocusPolicy(Qt::NoFocus);
    list_->setMouseTracking(true);
    list_->setFrameShape(QFrame::NoFrame);
    connect(list_, &QListView::entered, list_, &QListView::setCurrentIndex);
    connect(list_, &QListView::clicked, this, [this](const QModelIndex& index) { choose(index.row()); });
    nothing_->setAlignment(Qt::AlignCenter);
    nothing_->setProperty("role", "secondary");
    nothing_->setMinimumHeight(3 * rowHeight);
    nothing_->hide();

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 8);
    column->setSpacing(8);
    column->addWidget(search_);
    column->addWidget(list_);
    column->addWidget(nothing_);

    addDefaultProviders();
    if (window_)
        workspace_.actions.add(window_,
                               {QStringLiteral("view.palette"),
                                MenuId::View,
                                3,
                                tr("&Command palette"),
                                tr("Finds every action, run, preset, layer and help topic"),
                                {QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P)}},
                               [this] { popup(); });
}

CommandPalette::~CommandPalette() = default;

void CommandPalette::addProvider(PaletteProvider provider) {
    providers_.push_back(std::move(provider));
}

void CommandPalette::addDefaultProviders() {
    addProvider([this](const QString&) {
        QList<PaletteEntry> entries;
        for (const ActionTable::Entry& entry : workspace_.actions.entries()) {
            if (entry.spec.id == QLatin1String("view.palette")) continue;
            QPointer<QAction> action = entry.action;
            QString text = action->text();
            text.remove('&');
            if (action->isCheckable() && action->isChecked()) text += QStringLiteral("  ✓");
            entries.append({QStringLiteral("action:") + entry.spec.id, text, menuName(entry.spec.menu),
                            action->shortcut().toString(QKeySequence::NativeText), action->isEnabled(),
                            [action] {
                                if (action) action->trigger();
                            }});
        }
        return entries;
    });
    addProvider([this](const QString&) {
        QList<PaletteEntry> entries;
        for (const QList<PaletteEntry>& runs : std::as_const(runs_)) entries += runs;
        return entries;
    });
    addProvider([this](const QString&) {
        QList<PaletteEntry> entries;
        for (const PresetEntry& preset : workspace_.presets.entries()) {
            entries.append({QStringLiteral("edit:") + preset.name(),
                            tr("Edit preset: %1").arg(preset.title()),
                            tr("Preset"),
                            {},
                            true,
                            [this, file = preset.file] { emit workspace_.editExperiment(file); }});
            entries.append({QStringLiteral("start:") + preset.name(),
                            tr("Start preset: %1").arg(preset.title()),
                            tr("Preset"),
                            {},
                            true,
                            [this, file = preset.file] {
                                workspace_.start(withPreferences(workspace_.session, file));
                            }});
        }
        return entries;
    });
    addProvider([this](const QString&) { return layers_; });
    addProvider([this](const QString& text) { return text.isEmpty() ? QList<PaletteEntry>() : topics_; });
    connect(&library_, &HelpLibrary::loaded, this, [this] {
        for (const HelpPage& page : library_.pages())
            for (const HelpHeading& heading : page.headings) {
                const bool whole = &heading == &page.headings.front();
                const QString topic = whole ? page.topic : page.topic + '#' + heading.anchor;
                topics_.append({QStringLiteral("help:") + topic,
                                whole ? page.title : page.title + QStringLiteral(" › ") + heading.text,
                                tr("Help"),
                                {},
                                true,
                                [this, topic] { emit workspace_.showHelp(topic); }});
            }
        if (isVisible()) refresh();
    });
    connect(&workspace_.presets, &PresetList::loaded, this, [this] {
        if (isVisible()) refresh();
    });
}

void CommandPalette::readRuns() {
    // A store that was closed has no runs here any more.
    for (const QString& path : runs_.keys())
        if (!workspace_.stores.find(path)) runs_.remove(path);
    for (const auto& source : workspace_.stores.sources()) {
        const QString path = source->path();
        source->read(
            this, [](const store::Reader& reader) { return reader.runs(); },
            [this, path](const std::vector<store::RunInfo>& runs) {
                QList<PaletteEntry> entries;
                for (const store::RunInfo& run : runs) {
                    const RunKey key{path, run.id};
                    entries.append({QStringLiteral("run:%1:%2").arg(path).arg(run.id),
                                    run.name.empty() ? tr("Run %1").arg(run.id)
                                                     : tr("Run %1  (%2)").arg(runName(run)).arg(run.id),
                                    stateText(run),
                                    {},
                                    true,
                                    [this, key] { emit workspace_.showRun(key); }});
                }
                runs_.insert(path, entries);
                if (isVisible()) refresh();
            },
            [](const Error&) {});
    }
}

void CommandPalette::readLayers() {
    layers_.clear();
    const RunKey current = workspace_.selection.current();
    StoreSource* source = workspace_.stores.of(current);
    if (current.isNull() || !source) return;
    source->read(
        this, [run = current.run](const store::Reader& reader) { return reader.maskLayers(run); },
        [this, current](const std::vector<store::MaskLayer>& layers) {
            layers_.clear();
            for (const store::MaskLayer& layer : layers) {
                const QString name = QString::fromStdString(layer.layer);
                layers_.append({QStringLiteral("layer:") + name,
                                tr("Layer %1  (%2 × %3)").arg(name).arg(layer.rows).arg(layer.columns),
                                tr("Layer"),
                                {},
                                true,
                                [this, current, name] {
                                    workspace_.selection.setLayer(name);
                                    emit workspace_.showConnectivity(current);
                                }});
            }
            if (isVisible()) refresh();
        },
        [](const Error&) {});
}

void CommandPalette::popup() {
    workspace_.presets.need();
    library_.need();
    readRuns();
    readLayers();
    search_->clear();
    refresh();
    place();
    show();
    search_->setFocus();
}

void CommandPalette::place() {
    const int width = window_ ? std::min(paletteWidth, window_->width() - 32) : paletteWidth;
    setFixedWidth(width);
    adjustSize();
    if (window_)
        QWidget::move(window_->mapToGlobal(
            QPoint((window_->width() - width) / 2, std::min(88, window_->height() / 8))));
}

void CommandPalette::refresh() {
    const QString text = search_->text().trimmed();
    const QJsonArray recent = workspace_.session.value(recentKey).toArray();
    QHash<QString, int> lately;
    for (int i = 0; i < recent.size(); ++i) lately.insert(recent[i].toString(), remembered - i);
    std::vector<Model::Row> rows;
    for (const PaletteProvider& provider : providers_) {
        for (const PaletteEntry& entry : provider(text)) {
            const int used = lately.value(entry.id);
            if (text.isEmpty()) {
                rows.push_back({entry, {}, used, used > 0});
                continue;
            }
            FuzzyMatch match = fuzzyMatch(text, entry.text);
            if (!match.matches()) {
                // By its kind too ("preset digits", "failed"), behind what has the letters in its name.
                match = fuzzyMatch(text, entry.text + ' ' + entry.category);
                if (!match.matches()) continue;
                match.score = std::max(0, match.score - 60);
                match.positions.removeIf([&](int position) { return position >= entry.text.size(); });
            }
            // What was used lately wins among near equals, not over a much better match.
            rows.push_back(
                {entry, match.positions, match.score + used + (entry.enabled ? 0 : -3), used > 0});
        }
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.score > b.score; });
    if (rows.size() > mostListed) rows.resize(mostListed);
    const bool nothing = rows.empty();
    model_->set(std::move(rows));
    list_->setVisible(!nothing);
    nothing_->setVisible(nothing);
    const int count = std::clamp(model_->rowCount(), 1, shownRows);
    list_->setFixedHeight(count * std::max(rowHeight, list_->fontMetrics().height() + 14));
    if (!nothing) list_->setCurrentIndex(model_->index(0));
    list_->scrollToTop();
    adjustSize();
}

QStringList CommandPalette::listed() const {
    QStringList texts;
    for (const Model::Row& row : model_->rows) texts.append(row.entry.text);
    return texts;
}

void CommandPalette::move(int by) {
    const int count = model_->rowCount();
    if (count == 0) return;
    int row = list_->currentIndex().row() + by;
    // One step goes round, a page stops at the ends.
    if (std::abs(by) == 1)
        row = (row + count) % count;
    else
        row = std::clamp(row, 0, count - 1);
    list_->setCurrentIndex(model_->index(row));
}

void CommandPalette::choose(int row) {
    if (row < 0 || row >= model_->rowCount()) return;
    const PaletteEntry entry = model_->rows[static_cast<std::size_t>(row)].entry;
    if (!entry.enabled || !entry.run) return;
    QJsonArray recent = workspace_.session.value(recentKey).toArray();
    for (qsizetype i = recent.size() - 1; i >= 0; --i)
        if (recent[i].toString() == entry.id) recent.removeAt(i);
    recent.prepend(entry.id);
    while (recent.size() > remembered) recent.removeLast();
    workspace_.session.setValue(recentKey, recent);
    hide();
    // After the focus has gone back to where it was: the action acts there.
    QTimer::singleShot(0, this, entry.run);
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
    if (watched == search_ && event->type() == QEvent::KeyPress) {
        switch (static_cast<QKeyEvent*>(event)->key()) {
            case Qt::Key_Down:
            case Qt::Key_Tab:
                move(1);
                return true;
            case Qt::Key_Up:
            case Qt::Key_Backtab:
                move(-1);
                return true;
            case Qt::Key_PageDown:
                move(shownRows - 1);
                return true;
            case Qt::Key_PageUp:
                move(1 - shownRows);
                return true;
            case Qt::Key_Return:
            case Qt::Key_Enter:
                choose(list_->currentIndex().row());
                return true;
            case Qt::Key_Escape:
                hide();
                return true;
            default:
                break;
        }
    }
    return QFrame::eventFilter(watched, event);
}

}  // namespace filigree::ui
