// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/recent_stores.h"

#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <filesystem>

#include "store/reader.h"
#include "ui/base/icon.h"
#include "ui/base/text.h"
#include "ui/start/clamped_label.h"

namespace filigree::ui {
namespace {

constexpr int neverPolled_ms = 24 * 3600 * 1000;

QString shortFolder(const QString& path) {
    const QString folder = QFileInfo(path).absolutePath();
    const QString home = QDir::homePath();
    if (folder == home) return QStringLiteral("~");
    return folder.startsWith(home + '/') ? '~' + folder.mid(home.size()) : folder;
}

}  // namespace

RecentStores::RecentStores(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), rows_(new QVBoxLayout(this)) {
    setObjectName(QStringLiteral("recentStores"));
    rows_->setContentsMargins(0, 0, 0, 0);
    rows_->setSpacing(4);
    connect(&workspace.stores, &StoreSet::recentChanged, this, [this] {
        rebuild();
        if (isVisible()) refresh();
    });
    rebuild();
}

int RecentStores::count() const {
    return static_cast<int>(workspace_.stores.recent().size());
}

void RecentStores::rebuild() {
    facts_.clear();
    while (QLayoutItem* item = rows_->takeAt(0)) {
        if (item->widget()) item->widget()->deleteLater();
        delete item;
    }
    for (const QString& path : workspace_.stores.recent()) rows_->addWidget(makeRow(path));
    if (workspace_.stores.recent().isEmpty()) {
        auto* none = new QLabel(tr("None yet: the first run makes one."), this);
        none->setProperty("role", "secondary");
        none->setWordWrap(true);
        rows_->addWidget(none);
    }
}

QWidget* RecentStores::makeRow(const QString& path) {
    auto* row = new QWidget(this);
    row->setObjectName(QStringLiteral("recentStore"));
    auto* name = new QPushButton(besideIcon(QFileInfo(path).completeBaseName()), row);
    name->setObjectName(QStringLiteral("openRecent"));
    name->setProperty("role", "link");
    name->setIcon(icon(workspace_.theme, QStringLiteral("store"), Ink::Accent));
    name->setAccessibleName(tr("Open the store %1").arg(QFileInfo(path).completeBaseName()));
    name->setToolTip(path);
    auto* remove = new QToolButton(row);
    remove->setObjectName(QStringLiteral("removeRecent"));
    remove->setIcon(icon(workspace_.theme, QStringLiteral("close"), Ink::Secondary));
    remove->setIconSize({14, 14});
    remove->setFocusPolicy(Qt::StrongFocus);
    remove->setAccessibleName(tr("Take %1 off this list").arg(QFileInfo(path).completeBaseName()));
    remove->setToolTip(tr("Take it off this list; the file stays"));
    auto* folder = new ClampedLabel(1, row);
    folder->setText(shortFolder(path));
    folder->setSecondary(true);
    folder->setFont(workspace_.theme.font(0.9));
    auto* facts = new QLabel(factsOf(path), row);
    facts->setObjectName(QStringLiteral("recentFacts"));
    facts->setProperty("role", "secondary");
    facts->setFont(workspace_.theme.font(0.9));
    facts_.insert(path, facts);

    auto* first = new QHBoxLayout;
    first->setSpacing(4);
    first->addWidget(name);
    first->addStretch(1);
    first->addWidget(facts);
    first->addWidget(remove);
    auto* second = new QHBoxLayout;
    second->setContentsMargins(28, 0, 28, 0);
    second->addWidget(folder);
    auto* column = new QVBoxLayout(row);
    column->setContentsMargins(0, 0, 0, 4);
    column->setSpacing(0);
    column->addLayout(first);
    column->addLayout(second);

    connect(name, &QPushButton::clicked, this, [this, path] { emit openWanted(path); });
    connect(remove, &QToolButton::clicked, this, [this, path] {
        const QStringList before = workspace_.stores.recent();
        QStringList after = before;
        after.removeAll(path);
        workspace_.stores.setRecent(after);
        emit workspace_.showToast(tr("Took %1 off the list").arg(QFileInfo(path).fileName()), tr("Undo"),
                                  [this, before] { workspace_.stores.setRecent(before); });
    });
    return row;
}

QString RecentStores::factsOf(const QString& path) const {
    const auto found = summaries_.find(path);
    if (found == summaries_.end()) return {};
    if (!found->exists) return tr("not found");
    if (!found->readable) return tr("cannot be read");
    QStringList facts{found->runs == 1 ? tr("1 run") : tr("%1 runs").arg(formatCount(found->runs))};
    if (found->running > 0)
        facts.append(tr("%1 running").arg(found->running));
    else if (found->newest > 0)
        facts.append(formatAge(found->newest, static_cast<double>(QDateTime::currentSecsSinceEpoch())));
    return facts.join(QStringLiteral(" · "));
}

void RecentStores::refresh() {
    for (const QString& path : workspace_.stores.recent()) read(path);
}

void RecentStores::read(const QString& path) {
    // One that is open is read through what is open; a closed one for just this question.
    StoreSource* source = workspace_.stores.find(path);
    StoreSource* own = nullptr;
    if (!source) {
        source = own = new StoreSource(path, this);
        own->setPollInterval(neverPolled_ms);
    }
    const auto done = [this, path, own](const Summary& summary) {
        summaries_.insert(path, summary);
        if (QLabel* label = facts_.value(path)) {
            label->setText(factsOf(path));
            const bool bad = !summary.exists || !summary.readable;
            label->setProperty("role", bad ? "warning" : "secondary");
            label->style()->unpolish(label);
            label->style()->polish(label);
        }
        if (own) own->deleteLater();
    };
    source->read(
        this,
        [](const store::Reader& reader) {
            Summary summary;
            for (const store::RunInfo& run : reader.runs()) {
                ++summary.runs;
                if (run.state == store::RunState::Running) ++summary.running;
                summary.newest = std::max(summary.newest, run.created);
            }
            return summary;
        },
        done,
        [done, path](const Error&) {
            Summary summary;
            summary.exists = QFileInfo::exists(path);
            summary.readable = false;
            done(summary);
        });
}

}  // namespace filigree::ui
