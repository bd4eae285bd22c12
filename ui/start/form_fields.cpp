// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/form_fields.h"

#include <QGuiApplication>
#include <QJsonObject>
#include <QLabel>
#include <QPointer>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>
#include <utility>

#include "ui/model/workspace.h"
#include "ui/start/experiment_draft.h"
#include "ui/start/field_group.h"
#include "ui/start/field_row.h"

namespace filigree::ui {
namespace {

constexpr int formWidth = 880;

/// Groups that few people change are folded at first.
bool opensByDefault(const QString& table) {
    return table != QLatin1String("record") && table != QLatin1String("run") &&
           table != QLatin1String("checkpoint");
}

QString groupTitle(const std::string& table) {
    QString title = QString::fromStdString(table).replace('.', QStringLiteral(" › ")).replace('_', ' ');
    if (!title.isEmpty()) title[0] = title[0].toUpper();
    return title.isEmpty() ? FormFields::tr("General") : title;
}

}  // namespace

FormFields::FormFields(Workspace& workspace, ExperimentDraft& draft, QWidget* parent)
    : QScrollArea(parent), workspace_(workspace), draft_(draft) {
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setFocusPolicy(Qt::NoFocus);
    setMinimumWidth(420);
    auto* body = new QWidget;
    body->setProperty("role", "page");
    inner_ = new QWidget(body);
    inner_->setMaximumWidth(formWidth);
    groupsLayout_ = new QVBoxLayout(inner_);
    groupsLayout_->setContentsMargins(0, 0, 0, 0);
    groupsLayout_->setSpacing(8);
    nothing_ = new QLabel(body);
    nothing_->setObjectName(QStringLiteral("noField"));
    nothing_->setAlignment(Qt::AlignCenter);
    nothing_->hide();
    emptyState_ = new QWidget(body);
    emptyState_->setObjectName(QStringLiteral("emptyForm"));
    auto* sentence = new QLabel(tr("No experiment is open: choose a preset to begin with."), emptyState_);
    auto* open = new QPushButton(tr("Open the gallery"), emptyState_);
    open->setObjectName(QStringLiteral("openGallery"));
    connect(open, &QPushButton::clicked, &workspace_, &Workspace::showGallery);
    auto* emptyLayout = new QVBoxLayout(emptyState_);
    emptyLayout->setContentsMargins(0, 96, 0, 0);
    emptyLayout->setSpacing(12);
    emptyLayout->addWidget(sentence, 0, Qt::AlignHCenter);
    emptyLayout->addWidget(open, 0, Qt::AlignHCenter);
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(16, 8, 16, 24);
    column->addWidget(emptyState_);
    column->addWidget(nothing_);
    column->addWidget(inner_);
    column->addStretch(1);
    setWidget(body);
}

void FormFields::showDraft() {
    if (shownMethod_ != draft_.method() || (rows_.isEmpty() && isReady()))
        rebuildRows();
    else
        for (FieldRow* row : std::as_const(rows_)) row->refresh();
    emptyState_->hide();
    applyFilter();
}

void FormFields::refresh(const QString& key) {
    if (FieldRow* row = rows_.value(key)) row->refresh();
}

void FormFields::setFilter(const QString& text, bool onlyChanged) {
    filter_ = text;
    onlyChanged_ = onlyChanged;
    applyFilter();
}

void FormFields::refreshChangedCounts() {
    for (FieldGroup* group : groups_) {
        int changed = 0;
        for (const FieldRow* row : group->rows()) changed += draft_.isChanged(row->key());
        group->setChangedCount(changed);
    }
}

QString FormFields::activeKey() const {
    return active_ ? active_->key() : QString();
}

void FormFields::activate(QWidget* now) {
    FieldRow* row = nullptr;
    for (QWidget* widget = now; widget && widget != this && !row; widget = widget->parentWidget())
        row = qobject_cast<FieldRow*>(widget);
    if (!row || row == active_) return;
    FieldRow* before = active_;
    active_ = row;
    row->setActive(true);
    ensureWidgetVisible(row, 0, 32);
    if (!before) return;
    // Folding the line above while the button is down would move the control away under the pointer.
    const auto fold = [this, before = QPointer<FieldRow>(before)] {
        if (before && before != active_) before->setActive(false);
    };
    if (QGuiApplication::mouseButtons() == Qt::NoButton)
        fold();
    else
        QTimer::singleShot(250, this, fold);
}

void FormFields::rebuildRows() {
    active_ = nullptr;
    rows_.clear();
    for (FieldGroup* group : groups_) group->deleteLater();
    groups_.clear();
    shownMethod_ = draft_.method();

    FieldGroup* first =
        addGroup(QString(), tr("This run"), tr("What it is called, and how often it is done."));
    auto* name =
        new FieldRow(workspace_.theme, draft_, QStringLiteral("name"), tr("name"),
                     tr("empty: the run's number"), tr("What the run is called in lists and charts."), first);
    auto* seeds = new FieldRow(
        workspace_.theme, draft_, QStringLiteral("seeds"), tr("seeds"), tr("one run each · default 0"),
        tr("Seed of every random stream. Several make several runs: “0-4” or “0, 1, 2”."), first);
    addRow(*first, name);
    addRow(*first, seeds);
    nextGroup_ = 0;
    buildNextGroup();
}

FieldGroup* FormFields::addGroup(const QString& table, const QString& title, const QString& help) {
    auto* group = new FieldGroup(workspace_.theme, table, title, help, inner_);
    const QJsonValue kept = workspace_.session.value(QStringLiteral("form.open"))
                                .toObject()
                                .value(table.isEmpty() ? QStringLiteral("this") : table);
    group->setOpen(kept.isBool() ? kept.toBool() : opensByDefault(table));
    connect(group, &FieldGroup::toggled, this, [this, table](bool open) {
        QJsonObject all = workspace_.session.value(QStringLiteral("form.open")).toObject();
        all.insert(table.isEmpty() ? QStringLiteral("this") : table, open);
        workspace_.session.setValue(QStringLiteral("form.open"), all);
    });
    groupsLayout_->addWidget(group);
    groups_.push_back(group);
    return group;
}

void FormFields::addRow(FieldGroup& group, FieldRow* row) {
    group.add(row);
    rows_.insert(row->key(), row);
    connect(row, &FieldRow::helpWanted, this, &FormFields::helpWanted);
}

void FormFields::buildNextGroup() {
    if (nextGroup_ < 0) return;
    const config::Schema& schema = draft_.schema();
    std::vector<std::pair<std::string, std::string>> tables;
    for (const config::Schema::Group& group : schema.groups()) tables.emplace_back(group.table, group.help);
    if (static_cast<std::size_t>(nextGroup_) >= tables.size()) {
        nextGroup_ = -1;
        applyFilter();
        emit ready();
        return;
    }
    const auto& [table, help] = tables[static_cast<std::size_t>(nextGroup_++)];
    FieldGroup* group = nullptr;
    for (const config::Field& field : schema.fields()) {
        if (field.table() != table) continue;
        if (!group)
            group = addGroup(QString::fromStdString(table), groupTitle(table), QString::fromStdString(help));
        addRow(*group, new FieldRow(workspace_.theme, draft_, field, group));
    }
    applyFilter();
    const std::string method = shownMethod_;
    QTimer::singleShot(0, this, [this, method] {
        if (method == shownMethod_) buildNextGroup();
    });
}

void FormFields::applyFilter() {
    const QStringList words = filter_.toLower().split(' ', Qt::SkipEmptyParts);
    bool any = false;
    for (FieldGroup* group : groups_) {
        bool anyHere = false;
        for (FieldRow* row : group->rows()) {
            const QString text = row->searchedText();
            bool fits = !onlyChanged_ || draft_.isChanged(row->key());
            for (const QString& word : words) fits = fits && text.contains(word);
            row->setVisible(fits);
            anyHere |= fits;
        }
        group->setForcedOpen(!words.isEmpty() || onlyChanged_);
        group->setVisible(anyHere);
        any |= anyHere;
    }
    nothing_->setVisible(!any && !draft_.isEmpty() && isReady());
    nothing_->setText(words.isEmpty() ? tr("Nothing was changed.") : tr("No key matches “%1”.").arg(filter_));
}

}  // namespace filigree::ui
