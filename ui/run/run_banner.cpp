// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/run_banner.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>

#include "ui/base/text.h"
#include "ui/model/workspace.h"

namespace filigree::ui {

RunBanner::RunBanner(Workspace& workspace, QWidget* parent)
    : QFrame(parent),
      message_(new QLabel(this)),
      details_(new QLabel(this)),
      resume_(new QPushButton(this)),
      copy_(new QPushButton(tr("Copy"), this)) {
    Q_UNUSED(workspace);
    setObjectName(QStringLiteral("runBanner"));
    message_->setObjectName(QStringLiteral("runBannerMessage"));
    resume_->setObjectName(QStringLiteral("runBannerResume"));
    resume_->setProperty("role", "primary");
    copy_->setProperty("role", "link");
    copy_->setObjectName(QStringLiteral("runBannerCopy"));
    details_->setProperty("role", "secondary");
    for (QLabel* label : {message_, details_}) {
        label->setWordWrap(true);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        label->setTextFormat(Qt::PlainText);
    }
    auto* texts = new QVBoxLayout;
    texts->setSpacing(2);
    texts->addWidget(message_);
    texts->addWidget(details_);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(16, 8, 12, 8);
    row->setSpacing(8);
    row->addLayout(texts, 1);
    row->addWidget(copy_, 0, Qt::AlignTop);
    row->addWidget(resume_, 0, Qt::AlignTop);
    connect(resume_, &QPushButton::clicked, this, &RunBanner::resumeWanted);
    connect(copy_, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(text()); });
    hide();
}

QString RunBanner::text() const {
    return details_->text().isEmpty() ? message_->text() : message_->text() + '\n' + details_->text();
}

void RunBanner::showRun(const store::RunInfo& run, std::optional<std::int64_t> checkpoint,
                        const QString& lastWords) {
    using store::RunState;
    const QString from = checkpoint ? tr("It can go on from step %1.").arg(formatCount(*checkpoint))
                                    : tr("It has no checkpoint: resuming begins at the first step.");
    QString message, details;
    bool bad = false;
    resume_->setText(tr("Resume"));
    resume_->setVisible(true);
    if (run.noContact) {
        message = tr("No sign of life since %1 from %2.")
                      .arg(formatTime(run.process.heartbeat), QString::fromStdString(run.process.host));
        details = tr("It runs on another computer, so nobody here can tell whether it is alive.");
        resume_->setVisible(false);
    } else if (run.state == RunState::Failed) {
        bad = true;
        const QString error = QString::fromStdString(run.error);
        message =
            run.exitCode ? tr("The run failed with exit code %1.").arg(*run.exitCode) : tr("The run failed.");
        details = error.isEmpty() ? lastWords : error;
        details += (details.isEmpty() ? QString() : QStringLiteral("\n")) + from;
    } else if (run.state == RunState::Interrupted) {
        bad = true;
        message = tr("The process of this run is gone since %1, without a word.")
                      .arg(formatTime(run.ended.value_or(0)));
        details = tr("It was killed, or the computer went down.");
        if (!lastWords.isEmpty()) details = tr("Its last words: %1").arg(lastWords);
        details += '\n' + from;
    } else if (run.state == RunState::Stopped) {
        message = tr("The run was stopped at step %1.").arg(formatCount(run.progress.step));
        details = from;
    } else if (run.state == RunState::Queued) {
        message = lastWords.isEmpty() ? tr("The run is queued: no process works on it yet.")
                                      : tr("The run's process ended before it began.");
        details = lastWords;
        bad = !lastWords.isEmpty();
        resume_->setText(tr("Start"));
    } else {
        hide();
        return;
    }
    message_->setText(message);
    details_->setText(details);
    details_->setVisible(!details.isEmpty());
    const QString role = bad ? QStringLiteral("errorbar") : QStringLiteral("bar");
    if (property("role").toString() != role) {
        setProperty("role", role);
        message_->setProperty("role", bad ? QStringLiteral("error") : QString());
        for (QWidget* widget : {static_cast<QWidget*>(this), static_cast<QWidget*>(message_)}) {
            style()->unpolish(widget);
            style()->polish(widget);
        }
    }
    setVisible(true);
}

}  // namespace filigree::ui
