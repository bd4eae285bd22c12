// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/status_line.h"

#include <QLabel>
#include <QStatusBar>

namespace filigree::ui {

StatusLine::StatusLine(Workspace& workspace, QStatusBar* bar)
    : QObject(bar), workspace_(workspace), store_(new QLabel(bar)), active_(new QLabel(bar)) {
    store_->setObjectName(QStringLiteral("statusStore"));
    active_->setObjectName(QStringLiteral("statusActive"));
    for (QLabel* label : {active_, store_}) {
        label->setContentsMargins(8, 2, 8, 2);
        bar->addPermanentWidget(label);
    }
    // Runs end without writing when they are killed: look now and then, too.
    timer_.setInterval(2000);
    connect(&timer_, &QTimer::timeout, this, &StatusLine::refresh);
    timer_.start();
    connect(&workspace.stores, &StoreSet::targetChanged, this, &StatusLine::refresh);
    refresh();
}

void StatusLine::refresh() {
    StoreSource* target = workspace_.stores.target();
    store_->setText(target ? tr("Store: %1").arg(target->label()) : tr("No store is open"));
    store_->setToolTip(target ? target->path() : QString());
    if (!target) {
        active_->setText({});
        return;
    }
    if (request_.isPending()) return;
    request_ = target->read(
        this,
        [](const store::Reader& reader) {
            store::RunFilter filter;
            filter.states = {store::RunState::Running, store::RunState::Paused};
            return static_cast<int>(reader.runs(filter).size());
        },
        [this](int count) { active_->setText(count > 0 ? tr("%n running", nullptr, count) : QString()); },
        [](const Error&) {});  // the pages say what is wrong with the store
}

}  // namespace filigree::ui
