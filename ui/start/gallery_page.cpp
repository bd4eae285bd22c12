// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/gallery_page.h"

#include <QFileDialog>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QJsonArray>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QTimer>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "data/catalogue.h"
#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/model/run_preferences.h"
#include "ui/start/card_grid.h"
#include "ui/start/flow_layout.h"
#include "ui/start/preset_card.h"
#include "ui/start/recent_stores.h"

namespace filigree::ui {
namespace {

constexpr int skeletonAfter_ms = 150;
constexpr int sideWidth = 288;
constexpr int wideEnoughForSide = 880;

/// What kind of task a preset is, judged by its data.
QString taskOf(const PresetEntry& entry) {
    if (!entry.file.config.schema().find("data.name")) return GalleryPage::tr("Other");
    const data::DatasetInfo& info = data::datasetInfo(entry.file.config.text("data.name"));
    if (info.origin == data::Origin::Generated) return GalleryPage::tr("Planted");
    return info.sampleShape.size() == 3 ? GalleryPage::tr("Images") : GalleryPage::tr("Vectors");
}

QString shortTime() {
    return GalleryPage::tr("under 1 min");
}
QString middleTime() {
    return GalleryPage::tr("under 5 min");
}

QString searchedText(const PresetEntry& entry) {
    return (entry.title() + ' ' + entry.name() + ' ' + entry.methodTitle + ' ' +
            QString::fromStdString(entry.file.description) + ' ' + taskOf(entry))
        .toLower();
}

QLabel* section(const Theme& theme, const QString& text, QWidget* parent) {
    auto* label = new QLabel(text, parent);
    label->setFont(theme.font(1.15, true));
    QObject::connect(&theme, &Theme::changed, label,
                     [label, &theme] { label->setFont(theme.font(1.15, true)); });
    return label;
}

}  // namespace

GalleryPage::GalleryPage(Workspace& workspace, QWidget* parent)
    : Page(parent),
      workspace_(workspace),
      errors_(new ErrorBar(this)),
      scroll_(new QScrollArea(this)),
      search_(new QLineEdit(this)) {
    setObjectName(QStringLiteral("galleryPage"));
    setFocusProxy(search_);
    build();
    connect(&workspace_.presets, &PresetList::loaded, this, &GalleryPage::fill);
    connect(&workspace_.launcher, &Launcher::queued, this, [this] {
        if (starting_) starting_->setStarting(false);
    });
    connect(&workspace_.launcher, &Launcher::failed, this, [this] {
        if (starting_) starting_->setStarting(false);
    });
    workspace_.presets.need();
    if (workspace_.presets.isLoaded())
        fill();
    else
        QTimer::singleShot(skeletonAfter_ms, this, [this] {
            if (!workspace_.presets.isLoaded()) showSkeleton();
        });
}

void GalleryPage::build() {
    auto* body = new QWidget;
    body->setProperty("role", "page");

    auto* heading = new QLabel(tr("What do you want to train?"), body);
    heading->setFont(workspace_.theme.font(1.5, true));
    connect(&workspace_.theme, &Theme::changed, heading,
            [this, heading] { heading->setFont(workspace_.theme.font(1.5, true)); });

    search_->setObjectName(QStringLiteral("presetSearch"));
    search_->setPlaceholderText(tr("Search presets"));
    search_->setAccessibleName(tr("Search presets"));
    search_->setClearButtonEnabled(true);
    search_->addAction(icon(workspace_.theme, QStringLiteral("search"), Ink::Secondary),
                       QLineEdit::LeadingPosition);
    search_->setMinimumWidth(180);
    search_->setMaximumWidth(320);
    connect(search_, &QLineEdit::textChanged, this, &GalleryPage::filter);

    chipRow_ = new QWidget(body);
    auto* chipLayout = new FlowLayout(chipRow_);
    chipLayout->setContentsMargins(0, 0, 0, 0);
    chipLayout->setSpacing(8);

    auto* blank = new QPushButton(besideIcon(tr("New from scratch…")), body);
    blank->setObjectName(QStringLiteral("newFromScratch"));
    blank->setIcon(icon(workspace_.theme, QStringLiteral("new")));
    blank->setToolTip(tr("An empty form: every value at its default"));
    connect(blank, &QPushButton::clicked, this, [this] {
        if (QAction* action = workspace_.actions.find(QStringLiteral("file.new"))) {
            action->trigger();
        } else if (!workspace_.presets.entries().empty()) {
            config::RunFile file = workspace_.presets.entries().front().file;
            file = {file.method, {}, {}, {}, {}, 0, {}, config::Config::defaults(file.config.schema())};
            emit workspace_.editExperiment(file);
        }
    });

    auto* headingRow = new QHBoxLayout;
    headingRow->addWidget(heading, 1);
    headingRow->addWidget(blank);
    auto* tools = new QHBoxLayout;
    tools->setSpacing(12);
    tools->addWidget(search_, 0, Qt::AlignTop);
    tools->addWidget(chipRow_, 1);

    hint_ = new QFrame(body);
    hint_->setObjectName(QStringLiteral("firstHint"));
    hint_->setProperty("role", "card");
    auto* hintText = new QLabel(
        tr("<p style='line-height:130%;margin:0'>A preset is a complete experiment: <b>Start</b> trains it, "
           "the pencil opens it as a form "
           "first.<br>"
           "Every run is a process of its own: it goes on when this window closes, and nothing it recorded "
           "is "
           "lost.<br>"
           "<b>Ctrl+Shift+P</b> finds everything there is; <b>F1</b> explains what has the focus.</p>"),
        hint_);
    hintText->setWordWrap(true);
    auto* closeHint = new QToolButton(hint_);
    closeHint->setObjectName(QStringLiteral("closeHint"));
    closeHint->setIcon(icon(workspace_.theme, QStringLiteral("close"), Ink::Secondary));
    closeHint->setAccessibleName(tr("Close this hint"));
    closeHint->setToolTip(tr("Do not show this again"));
    auto* hintLayout = new QHBoxLayout(hint_);
    hintLayout->setContentsMargins(16, 12, 8, 12);
    hintLayout->addWidget(hintText, 1);
    hintLayout->addWidget(closeHint, 0, Qt::AlignTop);
    hint_->setVisible(!workspace_.session.value(QStringLiteral("gallery.hintClosed")).toBool());
    connect(closeHint, &QToolButton::clicked, this, [this] {
        workspace_.session.setValue(QStringLiteral("gallery.hintClosed"), true);
        hint_->hide();
    });

    grid_ = new CardGrid(body);
    grid_->setObjectName(QStringLiteral("presetGrid"));

    nothing_ = new QWidget(body);
    nothing_->setObjectName(QStringLiteral("nothingFound"));
    nothingText_ = new QLabel(nothing_);
    nothingText_->setAlignment(Qt::AlignCenter);
    nothingText_->setWordWrap(true);
    auto* clear = new QPushButton(tr("Clear filter"), nothing_);
    clear->setObjectName(QStringLiteral("clearFilter"));
    connect(clear, &QPushButton::clicked, this, &GalleryPage::clearFilter);
    auto* nothingLayout = new QVBoxLayout(nothing_);
    nothingLayout->setContentsMargins(16, 64, 16, 64);
    nothingLayout->setSpacing(12);
    nothingLayout->addWidget(nothingText_);
    nothingLayout->addWidget(clear, 0, Qt::AlignHCenter);
    nothing_->hide();

    side_ = new QWidget(body);
    recent_ = new RecentStores(workspace_, side_);
    connect(recent_, &RecentStores::openWanted, this, &GalleryPage::openStore);
    auto* openFile = new QPushButton(besideIcon(tr("Open store…")), side_);
    openFile->setObjectName(QStringLiteral("openStore"));
    openFile->setIcon(icon(workspace_.theme, QStringLiteral("store")));
    connect(openFile, &QPushButton::clicked, this, &GalleryPage::askForStore);
    auto* openFolder = new QPushButton(besideIcon(tr("Open folder…")), side_);
    openFolder->setObjectName(QStringLiteral("openFolder"));
    openFolder->setIcon(icon(workspace_.theme, QStringLiteral("folder")));
    openFolder->setToolTip(tr("Open every store of a folder"));
    connect(openFolder, &QPushButton::clicked, this, &GalleryPage::askForFolder);
    auto* openRow = new QHBoxLayout;
    openRow->setSpacing(8);
    openRow->addWidget(openFile);
    openRow->addWidget(openFolder);
    openRow->addStretch(1);
    auto* sideLayout = new QVBoxLayout(side_);
    sideLayout->setContentsMargins(0, 0, 0, 0);
    sideLayout->setSpacing(12);
    sideLayout->addWidget(section(workspace_.theme, tr("Recent stores"), side_));
    sideLayout->addWidget(recent_);
    sideLayout->addLayout(openRow);
    sideLayout->addStretch(1);

    auto* main = new QVBoxLayout;
    main->setSpacing(16);
    main->addLayout(headingRow);
    main->addWidget(hint_);
    main->addLayout(tools);
    main->addWidget(grid_);
    main->addWidget(nothing_);
    main->addStretch(1);
    auto* columns = new QGridLayout(body);
    columns->setObjectName(QStringLiteral("columns"));
    columns->setContentsMargins(24, 20, 24, 24);
    columns->setHorizontalSpacing(32);
    columns->setVerticalSpacing(24);
    columns->addLayout(main, 0, 0);
    columns->addWidget(side_, 0, 1);
    columns->setColumnStretch(0, 1);

    scroll_->setWidgetResizable(true);
    scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll_->setFrameShape(QFrame::NoFrame);
    scroll_->setFocusPolicy(Qt::NoFocus);
    scroll_->setWidget(body);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    outer->addWidget(errors_);
    outer->addWidget(scroll_, 1);
}

void GalleryPage::resizeEvent(QResizeEvent* event) {
    Page::resizeEvent(event);
    auto* columns = scroll_->widget()->findChild<QGridLayout*>(QStringLiteral("columns"));
    const bool beside = width() >= wideEnoughForSide;
    columns->removeWidget(side_);
    if (beside)
        columns->addWidget(side_, 0, 1);
    else
        columns->addWidget(side_, 1, 0);
    side_->setFixedWidth(beside ? sideWidth : std::max(sideWidth, width() - 48));
}

void GalleryPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    recent_->refresh();
}

void GalleryPage::showSkeleton() {
    std::vector<QWidget*> blocks;
    for (int i = 0; i < 6; ++i) {
        auto* block = new QFrame;
        block->setProperty("role", "card");
        block->setFixedHeight(240);
        blocks.push_back(block);
    }
    grid_->setCards(blocks);
}

void GalleryPage::fill() {
    cards_.clear();
    std::vector<QWidget*> widgets;
    // What ends soonest first: the first card of a new user should not take ten minutes.
    std::vector<const PresetEntry*> order;
    for (const PresetEntry& entry : workspace_.presets.entries()) order.push_back(&entry);
    std::stable_sort(order.begin(), order.end(), [](const PresetEntry* a, const PresetEntry* b) {
        if (a->missingData.isEmpty() != b->missingData.isEmpty()) return a->missingData.isEmpty();
        return a->file.minutes < b->file.minutes;
    });
    for (const PresetEntry* entry : order) {
        auto* card = new PresetCard(workspace_.theme, *entry, grid_);
        connect(card, &PresetCard::startWanted, this, [this, card] { start(card); });
        connect(card, &PresetCard::editWanted, this,
                [this, card] { emit workspace_.editExperiment(card->entry().file); });
        cards_.push_back(card);
        widgets.push_back(card);
    }
    grid_->setCards(widgets);
    makeChips();
    if (const QStringList& problems = workspace_.presets.problems(); !problems.isEmpty())
        errors_->show(Error(ErrorKind::Usage,
                            tr("%1 of the presets cannot be read").arg(problems.size()).toStdString(),
                            problems.join('\n').toStdString()));
    else
        errors_->clear();
    filter();
    if (wantedScroll_ >= 0)
        QTimer::singleShot(0, this, [this] { scroll_->verticalScrollBar()->setValue(wantedScroll_); });
}

void GalleryPage::makeChips() {
    QSet<QString> pressed = wantedChips_;
    wantedChips_.clear();
    for (const Chip& chip : chips_) {
        if (chip.button->isChecked()) pressed.insert(chip.group + '/' + chip.value);
        delete chip.button;
    }
    chips_.clear();
    QLayoutItem* item = nullptr;
    while ((item = chipRow_->layout()->takeAt(0)) != nullptr) delete item;

    QStringList tasks, methods;
    bool isShort = false, isMiddle = false;
    for (const PresetCard* card : cards_) {
        if (const QString task = taskOf(card->entry()); !tasks.contains(task)) tasks.append(task);
        if (!methods.contains(card->entry().methodTitle)) methods.append(card->entry().methodTitle);
        const double minutes = card->entry().file.minutes;
        isShort |= minutes > 0 && minutes < 1;
        isMiddle |= minutes >= 1 && minutes < 5;
    }
    const auto add = [&](const QString& group, const QString& value) {
        auto* button = new QPushButton(value, chipRow_);
        button->setProperty("role", "chip");
        button->setObjectName(QStringLiteral("chip_") + value);
        button->setCheckable(true);
        button->setChecked(pressed.contains(group + '/' + value));
        connect(button, &QPushButton::toggled, this, &GalleryPage::filter);
        chipRow_->layout()->addWidget(button);
        chips_.push_back({group, value, button});
    };
    // A group with one choice filters nothing.
    if (tasks.size() > 1)
        for (const QString& task : tasks) add(QStringLiteral("task"), task);
    if (methods.size() > 1)
        for (const QString& method : methods) add(QStringLiteral("method"), method);
    if (isShort) add(QStringLiteral("time"), shortTime());
    if (isMiddle || isShort) add(QStringLiteral("time"), middleTime());
}

bool GalleryPage::passes(const PresetEntry& entry) const {
    const QString text = searchedText(entry);
    for (const QString& word : search_->text().toLower().split(' ', Qt::SkipEmptyParts))
        if (!text.contains(word)) return false;
    // Chips of one group widen each other, groups narrow each other.
    QHash<QString, bool> groups;
    for (const Chip& chip : chips_) {
        if (!chip.button->isChecked()) continue;
        const double minutes = entry.file.minutes;
        const bool fits = chip.group == QLatin1String("task") ? taskOf(entry) == chip.value
                          : chip.group == QLatin1String("method")
                              ? entry.methodTitle == chip.value
                              : minutes > 0 && minutes < (chip.value == shortTime() ? 1 : 5);
        groups[chip.group] = groups.value(chip.group) || fits;
    }
    return std::all_of(groups.begin(), groups.end(), [](bool fits) { return fits; });
}

void GalleryPage::filter() {
    int shown = 0;
    for (PresetCard* card : cards_) {
        const bool fits = passes(card->entry());
        card->setHidden(!fits);
        shown += fits;
    }
    grid_->arrange();
    const bool nothing = shown == 0 && workspace_.presets.isLoaded();
    grid_->setVisible(!nothing);
    nothing_->setVisible(nothing);
    nothingText_->setText(cards_.empty()              ? tr("There are no presets.")
                          : search_->text().isEmpty() ? tr("No preset matches these filters.")
                                                      : tr("No preset matches “%1”.").arg(search_->text()));
}

void GalleryPage::clearFilter() {
    for (const Chip& chip : chips_) chip.button->setChecked(false);
    search_->clear();
    filter();
    search_->setFocus();
}

void GalleryPage::start(PresetCard* card) {
    if (starting_) starting_->setStarting(false);
    starting_ = card;
    card->setStarting(true);
    workspace_.start(withPreferences(workspace_.session, card->entry().file));
}

void GalleryPage::openStore(const QString& path) {
    workspace_.stores.open(path);
}

void GalleryPage::askForStore() {
    if (QAction* action = workspace_.actions.find(QStringLiteral("file.open"))) return action->trigger();
    auto* dialog = new QFileDialog(this, tr("Open store"), QString(), tr("Filigree stores (*.filigree)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, [this](const QStringList& files) {
        for (const QString& file : files) openStore(file);
    });
    dialog->open();
}

void GalleryPage::askForFolder() {
    if (QAction* action = workspace_.actions.find(QStringLiteral("file.openFolder")))
        return action->trigger();
    auto* dialog = new QFileDialog(this, tr("Open folder"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& folder) {
        if (workspace_.stores.openFolder(folder) == 0)
            errors_->show(Error(ErrorKind::Usage, tr("there is no store in this folder").toStdString(),
                                folder.toStdString(),
                                tr("a store is a file that ends in .filigree").toStdString()));
    });
    dialog->open();
}

QStringList GalleryPage::shownPresets() const {
    QStringList names;
    for (const PresetCard* card : cards_)
        if (!card->isHidden()) names.append(card->entry().name());
    return names;
}

QJsonObject GalleryPage::save() const {
    QJsonArray pressed;
    for (const Chip& chip : chips_)
        if (chip.button->isChecked()) pressed.append(chip.group + '/' + chip.value);
    return {{QStringLiteral("search"), search_->text()},
            {QStringLiteral("chips"), pressed},
            {QStringLiteral("scroll"), scroll_->verticalScrollBar()->value()}};
}

void GalleryPage::restore(const QJsonObject& state) {
    search_->setText(state.value(QLatin1String("search")).toString());
    for (const QJsonValue& chip : state.value(QLatin1String("chips")).toArray())
        wantedChips_.insert(chip.toString());
    wantedScroll_ = state.value(QLatin1String("scroll")).toInt(-1);
    if (workspace_.presets.isLoaded()) fill();
}

void GalleryPage::focusSearch() {
    search_->setFocus(Qt::ShortcutFocusReason);
    search_->selectAll();
}

}  // namespace filigree::ui
