// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/form_footer.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>

#include "ui/base/icon.h"
#include "ui/base/text.h"
#include "ui/base/theme.h"

namespace filigree::ui {
namespace {

QPushButton* button(const QString& text, const QString& name, const QString& tip, QWidget* parent) {
    auto* result = new QPushButton(text, parent);
    result->setObjectName(name);
    result->setToolTip(tip);
    return result;
}

}  // namespace

FormFooter::FormFooter(const Theme& theme, QWidget* parent) : QWidget(parent), summary_(new QLabel(this)) {
    setObjectName(QStringLiteral("formFooter"));
    setProperty("role", "footer");
    summary_->setObjectName(QStringLiteral("formSummary"));
    summary_->setWordWrap(true);
    copy_ = button(besideIcon(tr("Copy command")), QStringLiteral("copyCommand"),
                   tr("The command line that starts the same"), this);
    copy_->setIcon(icon(theme, QStringLiteral("copy")));
    save_ = button(tr("Save as preset…"), QStringLiteral("savePreset"),
                   tr("Keep it in the gallery, and as a file that filigree run finds"), this);
    queue_ = button(besideIcon(tr("Queue")), QStringLiteral("queueRun"),
                    tr("Put it into the store; Resume starts it later"), this);
    queue_->setIcon(icon(theme, QStringLiteral("queue")));
    start_ =
        button(besideIcon(tr("Start")), QStringLiteral("startRun"), tr("Train it now (Ctrl+Enter)"), this);
    start_->setProperty("role", "primary");
    start_->setIcon(icon(theme, QStringLiteral("start"), Ink::OnAccent));
    connect(copy_, &QPushButton::clicked, this, &FormFooter::copyWanted);
    connect(save_, &QPushButton::clicked, this, &FormFooter::saveWanted);
    connect(queue_, &QPushButton::clicked, this, &FormFooter::queueWanted);
    connect(start_, &QPushButton::clicked, this, &FormFooter::startWanted);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(16, 8, 16, 8);
    row->setSpacing(8);
    row->addWidget(summary_, 1);
    row->addWidget(copy_);
    row->addWidget(save_);
    row->addWidget(queue_);
    row->addWidget(start_);
}

void FormFooter::setState(const State& state) {
    summary_->setText(state.summary);
    const char* role = state.problem ? "error" : "secondary";
    if (summary_->property("role").toString() != QLatin1String(role)) {
        summary_->setProperty("role", role);
        summary_->style()->unpolish(summary_);
        summary_->style()->polish(summary_);
    }
    start_->setEnabled(state.canStart);
    queue_->setEnabled(state.canStart);
    save_->setEnabled(state.canSave);
    copy_->setEnabled(state.canCopy);
    start_->setText(besideIcon(state.runs > 1 ? tr("Start %1 runs").arg(state.runs) : tr("Start")));
    queue_->setText(besideIcon(state.runs > 1 ? tr("Queue %1 runs").arg(state.runs) : tr("Queue")));
}

}  // namespace filigree::ui
