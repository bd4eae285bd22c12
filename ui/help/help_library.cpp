// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help/help_library.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QMetaObject>
#include <QRegularExpression>
#include <QSet>
#include <QUrl>
#include <algorithm>

#include "base/error.h"
#include "run/presets.h"

namespace filigree::ui {
namespace {

constexpr qint64 largest_bytes = 4 << 20;
constexpr qsizetype snippetLength = 120;

/// Pages that the index shows first, in this order; then the others by title.
int rankOf(const QString& topic) {
    static const QStringList first{QStringLiteral("getting-started"),
                                   QStringLiteral("workbench"),
                                   QStringLiteral("runs"),
                                   QStringLiteral("browser"),
                                   QStringLiteral("charts"),
                                   QStringLiteral("connectivity"),
                                   QStringLiteral("rewiring"),
                                   QStringLiteral("figure"),
                                   QStringLiteral("gates"),
                                   QStringLiteral("predictions"),
                                   QStringLiteral("config"),
                                   QStringLiteral("data"),
                                   QStringLiteral("store"),
                                   QStringLiteral("commands")};
    const auto at = first.indexOf(topic);
    if (at >= 0) return static_cast<int>(at);
    return topic == QLatin1String("developing") ? 1000 : 100;
}

/// Markup that a reader does not see.
QString plain(QString text) {
    static const QRegularExpression link(QStringLiteral("\\[([^\\]]*)\\]\\([^)]*\\)"));
    text.replace(link, QStringLiteral("\\1"));
    static const QRegularExpression marks(QStringLiteral("^(#+ |```\\w*|\\|[-:| ]+\\|)"),
                                          QRegularExpression::MultilineOption);
    text.remove(marks);
    return text.remove('`').remove(QStringLiteral("**")).remove('*');
}

std::vector<HelpHeading> headingsOf(const QString& markdown) {
    static const QRegularExpression line(QStringLiteral("^(#{1,6})\\s+(.*?)\\s*#*$"));
    std::vector<HelpHeading> headings;
    QHash<QString, int> seen;
    bool code = false;
    qsizetype offset = 0;
    for (const QString& text : markdown.split('\n')) {
        if (text.startsWith(QLatin1String("```"))) code = !code;
        if (const auto match = line.match(text); !code && match.hasMatch()) {
            const QString heading = plain(match.captured(2));
            QString anchor = HelpLibrary::anchorOf(heading);
            if (const int again = seen[anchor]++; again > 0) anchor += '-' + QString::number(again);
            headings.push_back({heading, anchor, static_cast<int>(match.captured(1).size()), offset});
        }
        offset += text.size() + 1;
    }
    return headings;
}

QString snippetAround(const QString& text, qsizetype at) {
    const qsizetype from = std::max<qsizetype>(0, at - snippetLength / 3);
    QString snippet = plain(text.mid(from, snippetLength)).replace('|', ' ').simplified();
    // Not in the middle of a word.
    if (from > 0) snippet = QStringLiteral("…") + snippet.mid(std::max<qsizetype>(0, snippet.indexOf(' ')));
    return snippet + QStringLiteral("…");
}

}  // namespace

HelpLibrary::HelpLibrary(QObject* parent) : QObject(parent) {
    worker_.setMaxThreadCount(1);
}

HelpLibrary::~HelpLibrary() {
    worker_.waitForDone();
}

QString HelpLibrary::anchorOf(const QString& heading) {
    QString anchor;
    for (const QChar c : heading.toLower()) {
        if (c.isLetterOrNumber() || c == '_' || c == '-')
            anchor += c;
        else if (c == ' ')
            anchor += '-';
    }
    return anchor;
}

std::vector<HelpPage> HelpLibrary::readFolder(const QString& folder) {
    std::vector<HelpPage> pages;
    const QDir root(folder);
    QDirIterator files(folder, {QStringLiteral("*.md")}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        if (!file.open(QIODevice::ReadOnly)) continue;
        HelpPage page;
        page.topic = root.relativeFilePath(file.fileName()).chopped(3);
        page.folder = QFileInfo(file).absolutePath();
        page.markdown = QString::fromUtf8(file.read(largest_bytes));
        page.headings = headingsOf(page.markdown);
        page.title = page.headings.empty() ? page.topic : page.headings.front().text;
        pages.push_back(std::move(page));
    }
    std::sort(pages.begin(), pages.end(), [](const HelpPage& a, const HelpPage& b) {
        if (rankOf(a.topic) != rankOf(b.topic)) return rankOf(a.topic) < rankOf(b.topic);
        return a.title.localeAwareCompare(b.title) < 0;
    });
    return pages;
}

void HelpLibrary::need() {
    if (loaded_ || loading_) return;
    loading_ = true;
    worker_.start([this] {
        auto pages = std::make_shared<std::vector<HelpPage>>();
        QString problem;
        try {
            *pages = readFolder(QString::fromStdU16String((run::assetsFolder() / "help").u16string()));
            if (pages->empty()) problem = tr("There are no help pages beside the program.");
        } catch (const Error& error) {
            problem = QString::fromUtf8(error.what());
        }
        QMetaObject::invokeMethod(
            this,
            [this, pages, problem] {
                pages_ = std::move(*pages);
                problem_ = problem;
                loaded_ = true;
                loading_ = false;
                emit loaded();
            },
            Qt::QueuedConnection);
    });
}

const HelpPage* HelpLibrary::find(const QString& topic) const {
    for (const HelpPage& page : pages_)
        if (page.topic == topic) return &page;
    return nullptr;
}

HelpTarget HelpLibrary::resolve(const QString& topic, const QString& link) {
    const QUrl url(link);
    if (!url.scheme().isEmpty()) return {{}, {}, link};
    HelpTarget target;
    target.anchor = url.fragment();
    if (url.path().isEmpty()) {
        target.topic = topic;
        return target;
    }
    const QString folder = topic.contains('/') ? topic.section('/', 0, -2) + '/' : QString();
    target.topic = QDir::cleanPath(folder + url.path());
    if (target.topic.endsWith(QLatin1String(".md"))) target.topic.chop(3);
    return target;
}

std::vector<HelpHit> HelpLibrary::search(const QString& text) const {
    const QStringList words = text.toLower().split(' ', Qt::SkipEmptyParts);
    std::vector<HelpHit> hits;
    if (words.isEmpty()) return hits;
    for (const HelpPage& page : pages_) {
        const QString lower = page.markdown.toLower();
        const QString title = page.title.toLower();
        // Section by section: the words must come together in one.
        for (std::size_t i = 0; i < page.headings.size(); ++i) {
            const HelpHeading& heading = page.headings[i];
            const qsizetype end = i + 1 < page.headings.size() ? page.headings[i + 1].offset : lower.size();
            const QString body = lower.mid(heading.offset, end - heading.offset);
            const QString name = heading.text.toLower();
            int score = 0;
            bool all = true;
            qsizetype place = -1;
            for (const QString& word : words) {
                const qsizetype at = body.indexOf(word);
                const bool inTitle = title.contains(word);
                if (at < 0 && !inTitle) {
                    all = false;
                    break;
                }
                score += 1 + (inTitle ? 4 : 0) + (name.contains(word) ? 8 : 0) +
                         std::min<int>(3, static_cast<int>(body.count(word)));
                if (at > heading.text.size() && (place < 0 || at < place)) place = at;
            }
            // A page whose title alone has the words is one hit, not one per section.
            if (!all || (place < 0 && i > 0 && !name.contains(words.front()))) continue;
            HelpHit hit{page.topic,
                        page.title,
                        i == 0 ? QString() : heading.text,
                        i == 0 ? QString() : heading.anchor,
                        {},
                        score};
            const qsizetype start =
                heading.offset + std::max<qsizetype>(place, heading.text.size() + heading.level + 1);
            hit.snippet = snippetAround(page.markdown.left(end), std::min(start, end));
            hits.push_back(hit);
        }
    }
    std::stable_sort(hits.begin(), hits.end(),
                     [](const HelpHit& a, const HelpHit& b) { return a.score > b.score; });
    constexpr std::size_t most = 60;
    if (hits.size() > most) hits.resize(most);
    return hits;
}

}  // namespace filigree::ui
