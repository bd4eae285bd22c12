// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/run_header.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/base/text.h"
#include "ui/base/theme.h"
#include "ui/model/run_style.h"
#include "ui/model/workspace.h"

namespace filigree::ui {

QString progressText(const store::RunInfo& run) {
    const auto say = [](const char* text) {
        return QCoreApplication::translate("filigree::ui::RunHeader", text);
    };
    const store::Progress& progress = run.progress;
    QStringList parts;
    if (progress.totalSteps > 0)
        parts << say("step %1 of %2").arg(formatCount(progress.step), formatCount(progress.totalSteps));
    else if (run.state != store::RunState::Queued)
        parts << say("step %1").arg(formatCount(progress.step));
    if (progress.epoch > 0) parts << say("epoch %1").arg(formatNumber(progress.epoch, 3));
    const bool running = run.state == store::RunState::Running && !run.noContact;
    if (running && progress.stepsPerSecond > 0)
        parts << say("%1 steps/s").arg(formatNumber(progress.stepsPerSecond, 3));
    if (run.activeSeconds > 0) parts << formatDuration(run.activeSeconds);
    if (running && progress.stepsPerSecond > 0 && progress.totalSteps > progress.step)
        parts << say("%1 left").arg(formatDuration(static_cast<double>(progress.totalSteps - progress.step) /
                                                   progress.stepsPerSecond));
    return parts.join(QStringLiteral("  ·  "));
}

RunHeader::RunHeader(Workspace& workspace, const QStringList& actions, QWidget* parent)
    : QFrame(parent),
      workspace_(workspace),
      state_(new QLabel(this)),
      name_(new QLineEdit(this)),
      method_(new QLabel(this)),
      tags_(new QWidget(this)),
      tagRow_(new QHBoxLayout(tags_)),
      newTag_(new QLineEdit(this)),
      progress_(new QProgressBar(this)),
      numbers_(new QLabel(this)) {
    setProperty("role", "bar");
    setObjectName(QStringLiteral("runHeader"));
    state_->setObjectName(QStringLiteral("runState"));
    name_->setObjectName(QStringLiteral("runName"));
    name_->setAccessibleName(tr("Name of the run"));
    name_->setToolTip(tr("Click to rename (F2)"));
    name_->setMaxLength(200);
    name_->setFocusPolicy(Qt::ClickFocus);  // by key: F2; Tab goes to the buttons
    numbers_->setObjectName(QStringLiteral("runNumbers"));
    method_->setProperty("role", "secondary");
    method_->setObjectName(QStringLiteral("runMethod"));
    numbers_->setProperty("role", "secondary");
    progress_->setObjectName(QStringLiteral("runProgress"));
    progress_->setTextVisible(false);
    progress_->setAccessibleName(tr("Progress"));
    newTag_->setObjectName(QStringLiteral("runNewTag"));
    newTag_->setPlaceholderText(tr("+ tag"));
    newTag_->setAccessibleName(tr("Add a tag"));
    newTag_->setFixedWidth(72);
    tagRow_->setContentsMargins(0, 0, 0, 0);
    tagRow_->setSpacing(4);

    auto* top = new QHBoxLayout;
    top->setSpacing(12);
    top->addWidget(state_);
    top->addWidget(name_);
    top->addWidget(method_);
    top->addWidget(tags_);
    top->addWidget(newTag_);
    top->addStretch(1);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(4);
    for (const QString& id : actions) {
        QAction* action = workspace_.actions.find(id);
        if (!action) continue;
        auto* button = new QToolButton(this);
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        button->setObjectName(QString(id).replace('.', '_'));
        button->setAccessibleName(action->text().remove('&').remove(QStringLiteral("…")));
        button->setFocusPolicy(Qt::TabFocus);
        // Buttons show what the state allows: what cannot be done is not there.
        const auto follow = [button, action] { button->setVisible(action->isEnabled()); };
        connect(action, &QAction::changed, button, follow);
        follow();
        buttons->addWidget(button);
    }
    top->addLayout(buttons);
    auto* bottom = new QHBoxLayout;
    bottom->setSpacing(16);
    bottom->addWidget(progress_, 1);
    bottom->addWidget(numbers_);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 8, 12, 8);
    column->setSpacing(8);
    column->addLayout(top);
    column->addLayout(bottom);

    connect(name_, &QLineEdit::editingFinished, this, [this] {
        const QString text = name_->text().trimmed();
        if (name_->isModified() && text != runName(run_)) emit renamed(text);
        name_->setModified(false);
    });
    connect(name_, &QLineEdit::textChanged, this, [this] {
        const int width = name_->fontMetrics().horizontalAdvance(name_->text()) + 28;
        name_->setFixedWidth(std::clamp(width, 80, 320));
    });
    connect(newTag_, &QLineEdit::returnPressed, this, [this] {
        const QString tag = newTag_->text().trimmed();
        newTag_->clear();
        if (!tag.isEmpty()) emit tagAdded(tag);
    });
    connect(&workspace_.theme, &Theme::changed, this, &RunHeader::applyTheme);
    applyTheme();
}

void RunHeader::applyTheme() {
    name_->setFont(workspace_.theme.font(1.25, true));
    // A heading until it is pointed at or edited.
    name_->setStyleSheet(
        QStringLiteral("QLineEdit { background: transparent; border: 1px solid transparent; }"
                       "QLineEdit:hover { border-color: %1; }"
                       "QLineEdit:focus { border: 2px solid %2; background: %3; padding: 3px 5px; }")
            .arg(colour(workspace_.theme.palette().border).name(),
                 colour(workspace_.theme.palette().accent).name(),
                 colour(workspace_.theme.palette().ground).name()));
    state_->setFont(workspace_.theme.font(1, true));
    numbers_->setFont(workspace_.theme.font(1));
    if (run_.id != 0) showRun(run_);
}

void RunHeader::showRun(const store::RunInfo& run) {
    const bool other = run.uuid != run_.uuid;
    run_ = run;
    const QString ink = colour(stateColour(run, workspace_.theme.palette())).name();
    state_->setText(QStringLiteral("<span style=\"color:%1\">%2&nbsp;%3</span>")
                        .arg(ink, stateGlyph(run), stateText(run).toHtmlEscaped()));
    state_->setAccessibleName(tr("State: %1").arg(stateText(run)));
    // What somebody is typing stays.
    if (other || !name_->hasFocus()) {
        if (name_->text() != runName(run)) name_->setText(runName(run));
        name_->setModified(false);
    }
    QString method = QString::fromStdString(run.preset.empty() ? run.method : run.preset);
    method_->setText(tr("%1  ·  seed %2").arg(method).arg(run.seed));
    const qint64 total = run.progress.totalSteps;
    progress_->setRange(0, total > 0 ? 1000 : 1);
    progress_->setValue(
        total > 0 ? static_cast<int>(std::clamp<qint64>(1000 * run.progress.step / total, 0, 1000)) : 0);
    numbers_->setText(progressText(run));
    showTags(run);
}

void RunHeader::showTags(const store::RunInfo& run) {
    QStringList tags;
    for (const std::string& tag : run.tags) tags << QString::fromStdString(tag);
    if (tags == shownTags_) return;
    shownTags_ = tags;
    while (QLayoutItem* item = tagRow_->takeAt(0)) {
        if (item->widget()) item->widget()->deleteLater();
        delete item;
    }
    for (const QString& tag : tags) {
        auto* chip = new QPushButton(tag, tags_);
        chip->setProperty("role", "chip");
        chip->setObjectName(QStringLiteral("runTag"));
        chip->setToolTip(tr("Click to remove the tag"));
        chip->setAccessibleName(tr("Remove the tag %1").arg(tag));
        connect(chip, &QPushButton::clicked, this, [this, tag] { emit tagRemoved(tag); });
        tagRow_->addWidget(chip);
    }
    tags_->setVisible(!tags.isEmpty());
}

void RunHeader::editName() {
    name_->setFocus(Qt::ShortcutFocusReason);
    name_->selectAll();
}

}  // namespace filigree::ui
