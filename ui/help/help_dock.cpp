// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help/help_dock.h"

#include <QDesktopServices>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QScrollBar>
#include <QStackedWidget>
#include <QTextBrowser>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>
#include <utility>

#include "ui/base/icon.h"
#include "ui/help/help_document.h"
#include "ui/help/two_line_delegate.h"

namespace filigree::ui {
namespace {

constexpr int topicRole = Qt::UserRole + 2;
constexpr std::size_t longestHistory = 100;
constexpr int leastPictureWidth = 240;

}  // namespace

HelpDock::HelpDock(Workspace& workspace, QWidget* parent) : QWidget(parent), workspace_(workspace) {
    setObjectName(QStringLiteral("helpPanel"));
    setProperty("role", "page");
    worker_.setMaxThreadCount(1);
    const auto tool = [this](const QString& name, const QString& iconName, const QString& text) {
        auto* button = new QToolButton(this);
        button->setObjectName(name);
        button->setIcon(icon(workspace_.theme, iconName));
        button->setIconSize({18, 18});
        button->setAccessibleName(text);
        button->setToolTip(text);
        button->setFocusPolicy(Qt::StrongFocus);
        return button;
    };
    back_ = tool(QStringLiteral("helpBack"), QStringLiteral("back"), tr("Back (Alt+Left)"));
    forward_ = tool(QStringLiteral("helpForward"), QStringLiteral("forward"), tr("Forward (Alt+Right)"));
    index_ = tool(QStringLiteral("helpIndex"), QStringLiteral("runs"), tr("All pages"));
    connect(back_, &QToolButton::clicked, this, &HelpDock::back);
    connect(forward_, &QToolButton::clicked, this, &HelpDock::forward);
    connect(index_, &QToolButton::clicked, this, &HelpDock::showIndex);
    search_ = new QLineEdit(this);
    search_->setObjectName(QStringLiteral("helpSearch"));
    search_->setPlaceholderText(tr("Search the manual"));
    search_->setAccessibleName(tr("Search the manual"));
    search_->setClearButtonEnabled(true);
    search_->installEventFilter(this);
    connect(search_, &QLineEdit::textChanged, this, &HelpDock::list);

    browser_ = new QTextBrowser(this);
    browser_->setObjectName(QStringLiteral("helpBrowser"));
    browser_->setAccessibleName(tr("Help page"));
    browser_->setOpenLinks(false);
    browser_->setFrameShape(QFrame::NoFrame);
    browser_->setStyleSheet(QStringLiteral("QTextBrowser { border: none; padding: 0; }"));
    connect(browser_, &QTextBrowser::anchorClicked, this, [this](const QUrl& url) {
        const HelpTarget target = HelpLibrary::resolve(shownTopic_, url.toString());
        if (target.external.isEmpty())
            go({target.topic, target.anchor}, true);
        else
            QDesktopServices::openUrl(QUrl(target.external));
    });
    results_ = new QListWidget(this);
    results_->setObjectName(QStringLiteral("helpResults"));
    results_->setAccessibleName(tr("Pages"));
    results_->setItemDelegate(new TwoLineDelegate(workspace_.theme, results_));
    results_->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    results_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    results_->setMouseTracking(true);
    results_->installEventFilter(this);
    connect(results_, &QListWidget::itemClicked, this,
            [this](QListWidgetItem* item) { chooseRow(results_->row(item)); });
    stack_ = new QStackedWidget(this);
    stack_->addWidget(browser_);
    stack_->addWidget(results_);

    auto* bar = new QWidget(this);
    bar->setProperty("role", "bar");
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(8, 6, 8, 6);
    row->setSpacing(4);
    row->addWidget(back_);
    row->addWidget(forward_);
    row->addWidget(index_);
    row->addWidget(search_, 1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(bar);
    column->addWidget(stack_, 1);
    setFocusProxy(search_);

    connect(&library_, &HelpLibrary::loaded, this, [this] {
        if (pending_.isEmpty())
            list();
        else
            open(std::exchange(pending_, QString()));
    });
    connect(&workspace_.theme, &Theme::changed, this, [this] {
        if (at_ < 0 || !library_.isLoaded()) return;
        keepScroll();
        shownTopic_.clear();
        visit(history_[static_cast<std::size_t>(at_)]);
    });
    workspace_.actions.add(this,
                           {QStringLiteral("help.back"),
                            MenuId::Help,
                            1,
                            tr("&Back in the manual"),
                            tr("Goes to the help page that was shown before"),
                            {QKeySequence(Qt::ALT | Qt::Key_Left)}},
                           [this] { back(); });
    workspace_.actions.add(this,
                           {QStringLiteral("help.forward"),
                            MenuId::Help,
                            1,
                            tr("&Forward in the manual"),
                            tr("Undoes Back in the manual"),
                            {QKeySequence(Qt::ALT | Qt::Key_Right)}},
                           [this] { forward(); });
    refreshButtons();
    library_.need();
    stack_->setCurrentWidget(results_);
}

HelpDock::~HelpDock() {
    worker_.waitForDone();
    browser_->setDocument(nullptr);
}

void HelpDock::open(const QString& topic) {
    if (!library_.isLoaded()) {
        pending_ = topic;
        return;
    }
    QString page = topic.section('#', 0, 0);
    if (page.endsWith(QLatin1String(".md"))) page.chop(3);
    go({page, topic.section('#', 1)}, true);
}

QString HelpDock::current() const {
    if (at_ < 0 || stack_->currentWidget() != browser_) return {};
    const Place& place = history_[static_cast<std::size_t>(at_)];
    return place.anchor.isEmpty() ? place.topic : place.topic + '#' + place.anchor;
}

void HelpDock::keepScroll() {
    if (at_ >= 0 && shownTopic_ == history_[static_cast<std::size_t>(at_)].topic)
        history_[static_cast<std::size_t>(at_)].scroll = browser_->verticalScrollBar()->value();
}

void HelpDock::go(const Place& place, bool remember) {
    keepScroll();
    if (remember && (at_ < 0 || history_[static_cast<std::size_t>(at_)] != place)) {
        history_.resize(static_cast<std::size_t>(at_ + 1));
        history_.push_back(place);
        if (history_.size() > longestHistory) history_.erase(history_.begin());
        at_ = static_cast<int>(history_.size()) - 1;
    }
    visit(place);
}

void HelpDock::visit(const Place& place) {
    stack_->setCurrentWidget(browser_);
    refreshButtons();
    if (!library_.find(place.topic)) return showMissing(place.topic);
    if (place.topic == shownTopic_)
        arrive(place);
    else
        render(place);
}

void HelpDock::render(const Place& place) {
    const HelpStyle style{workspace_.theme.palette(), workspace_.theme.font(1), workspace_.theme.monospaced(),
                          workspace_.theme.appearance() == Appearance::Dark,
                          std::max(leastPictureWidth, browser_->viewport()->width() - 48)};
    const int number = ++rendering_;
    QThread* home = thread();
    worker_.start([this, page = *library_.find(place.topic), style, number, place, home] {
        std::shared_ptr<QTextDocument> made(makeHelpDocument(page, style).release());
        made->moveToThread(home);
        QMetaObject::invokeMethod(
            this,
            [this, made, number, place] {
                if (number != rendering_) return;
                // The old document goes after the new one is in.
                browser_->setDocument(made.get());
                shown_ = made;
                shownTopic_ = place.topic;
                arrive(place);
            },
            Qt::QueuedConnection);
    });
}

void HelpDock::arrive(const Place& place) {
    QList<QTextEdit::ExtraSelection> marks;
    if (!highlighted_.isEmpty()) {
        const Palette& palette = workspace_.theme.palette();
        for (const QString& word : highlighted_.split(' ', Qt::SkipEmptyParts)) {
            QTextCursor found(browser_->document());
            while (!(found = browser_->document()->find(word, found)).isNull()) {
                QTextEdit::ExtraSelection mark;
                mark.cursor = found;
                mark.format.setBackground(colour(mix(palette.ground, palette.warning, 0.3)));
                marks.append(mark);
            }
        }
        highlighted_.clear();
    }
    browser_->setExtraSelections(marks);
    if (place.scroll >= 0)
        browser_->verticalScrollBar()->setValue(place.scroll);
    else if (place.anchor.isEmpty())
        browser_->verticalScrollBar()->setValue(0);
    else
        browser_->scrollToAnchor(place.anchor);
    refreshButtons();
}

void HelpDock::showMissing(const QString& topic) {
    ++rendering_;
    shownTopic_.clear();
    browser_->setDocument(nullptr);
    shown_.reset();
    browser_->document()->setDocumentMargin(16);
    browser_->setPlainText(tr("There is no help page on “%1”.\n\n%2")
                               .arg(topic, library_.problem().isEmpty()
                                               ? tr("The button with the list shows all pages.")
                                               : library_.problem()));
}

void HelpDock::back() {
    if (stack_->currentWidget() == results_ && at_ >= 0)
        return visit(history_[static_cast<std::size_t>(at_)]);
    if (at_ <= 0) return;
    keepScroll();
    visit(history_[static_cast<std::size_t>(--at_)]);
}

void HelpDock::forward() {
    if (at_ + 1 >= static_cast<int>(history_.size())) return;
    keepScroll();
    visit(history_[static_cast<std::size_t>(++at_)]);
}

void HelpDock::refreshButtons() {
    back_->setEnabled(at_ > 0 || (stack_->currentWidget() == results_ && at_ >= 0));
    forward_->setEnabled(at_ + 1 < static_cast<int>(history_.size()));
}

void HelpDock::showIndex() {
    if (search_->text().isEmpty())
        list();
    else
        search_->clear();
    results_->setFocus();
}

void HelpDock::list() {
    results_->clear();
    const QString text = search_->text().trimmed();
    const auto add = [this](const QString& title, const QString& detail, const QString& topic) {
        auto* item = new QListWidgetItem(title, results_);
        item->setData(TwoLineDelegate::detailRole, detail);
        item->setData(topicRole, topic);
    };
    if (text.isEmpty()) {
        for (const HelpPage& page : library_.pages())
            add(page.topic.startsWith(QLatin1String("methods/")) ? tr("Method: %1").arg(page.title)
                                                                 : page.title,
                {}, page.topic);
    } else {
        for (const HelpHit& hit : library_.search(text))
            add(hit.section.isEmpty() ? hit.title : hit.title + QStringLiteral(" › ") + hit.section,
                hit.snippet, hit.anchor.isEmpty() ? hit.topic : hit.topic + '#' + hit.anchor);
    }
    if (results_->count() == 0 && library_.isLoaded()) {
        auto* none = new QListWidgetItem(
            text.isEmpty() ? tr("There are no help pages.") : tr("No page has “%1”.").arg(text), results_);
        none->setFlags(Qt::NoItemFlags);
    }
    if (results_->count() > 0) results_->setCurrentRow(0);
    stack_->setCurrentWidget(results_);
    refreshButtons();
}

void HelpDock::chooseRow(int row) {
    const QListWidgetItem* item = results_->item(row);
    if (!item || item->data(topicRole).toString().isEmpty()) return;
    highlighted_ = search_->text().trimmed();
    open(item->data(topicRole).toString());
    browser_->setFocus();
}

void HelpDock::focusSearch() {
    search_->setFocus(Qt::ShortcutFocusReason);
    search_->selectAll();
}

bool HelpDock::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const bool enter = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        if (watched == search_ && key->key() == Qt::Key_Down && stack_->currentWidget() == results_) {
            results_->setFocus();
            return true;
        }
        if (watched == search_ && key->key() == Qt::Key_Escape && at_ >= 0) {
            back();
            return true;
        }
        if (enter && (watched == results_ || watched == search_) && stack_->currentWidget() == results_) {
            chooseRow(results_->currentRow());
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace filigree::ui
