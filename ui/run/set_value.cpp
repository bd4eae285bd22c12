// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/set_value.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>
#include <cmath>

#include "ui/base/text.h"

namespace filigree::ui {

bool SetValuePopover::hasFields(const config::Schema& schema) {
    for (const config::Field& field : schema.fields())
        if (field.schedulable) return true;
    return false;
}

SetValuePopover::SetValuePopover(const config::Schema& schema, const std::map<std::string, double>& values,
                                 QWidget* parent)
    : QFrame(parent, Qt::Popup),
      schema_(schema),
      values_(values),
      key_(new QComboBox(this)),
      value_(new QLineEdit(this)),
      help_(new QLabel(this)),
      problem_(new QLabel(this)),
      set_(new QPushButton(tr("Set"), this)) {
    setObjectName(QStringLiteral("setValue"));
    setProperty("role", "card");
    setAttribute(Qt::WA_DeleteOnClose);
    setFixedWidth(320);
    for (const config::Field& field : schema.fields())
        if (field.schedulable) key_->addItem(QString::fromStdString(field.key));
    key_->setObjectName(QStringLiteral("setValueKey"));
    key_->setAccessibleName(tr("Value to change"));
    value_->setObjectName(QStringLiteral("setValueText"));
    value_->setAccessibleName(tr("New value"));
    set_->setObjectName(QStringLiteral("setValueApply"));
    set_->setProperty("role", "primary");
    help_->setProperty("role", "secondary");
    help_->setWordWrap(true);
    problem_->setProperty("role", "error");
    problem_->setWordWrap(true);
    problem_->setObjectName(QStringLiteral("setValueProblem"));
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    row->addWidget(value_, 1);
    row->addWidget(set_);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(8);
    column->addWidget(key_);
    column->addWidget(help_);
    column->addLayout(row);
    column->addWidget(problem_);
    connect(key_, &QComboBox::currentIndexChanged, this, &SetValuePopover::showField);
    connect(value_, &QLineEdit::textChanged, this, &SetValuePopover::check);
    connect(value_, &QLineEdit::returnPressed, this, &SetValuePopover::apply);
    connect(set_, &QPushButton::clicked, this, &SetValuePopover::apply);
    showField();
    value_->setFocus();
}

void SetValuePopover::choose(const QString& key) {
    key_->setCurrentText(key);
}

void SetValuePopover::showField() {
    const config::Field* field = schema_.find(key_->currentText().toStdString());
    if (!field) return;
    QString help = QString::fromStdString(field->help);
    if (const std::string allowed = field->allowed(); !allowed.empty())
        help += ' ' + tr("Allowed: %1.").arg(QString::fromStdString(allowed));
    help_->setText(help);
    const auto now = values_.find(field->key);
    value_->setText(now != values_.end() ? exactNumber(now->second) : QString());
    value_->selectAll();
    check();
}

void SetValuePopover::check() {
    const config::Field* field = schema_.find(key_->currentText().toStdString());
    bool isNumber = false;
    const double value = value_->text().trimmed().toDouble(&isNumber);
    QString problem;
    if (field && isNumber) {
        config::Value typed = value;
        if (field->type == config::Type::Integer) {
            if (value != std::round(value)) problem = tr("It must be a whole number.");
            typed = static_cast<std::int64_t>(value);
        }
        if (problem.isEmpty()) problem = QString::fromStdString(field->objection(typed));
    } else if (!value_->text().isEmpty()) {
        problem = tr("It must be a number.");
    }
    problem_->setText(problem);
    problem_->setVisible(!problem.isEmpty());
    set_->setEnabled(problem.isEmpty() && isNumber);
    value_->setProperty("invalid", !problem.isEmpty());
    value_->style()->unpolish(value_);
    value_->style()->polish(value_);
    adjustSize();
}

void SetValuePopover::apply() {
    if (!set_->isEnabled()) return;
    emit chosen(key_->currentText(), exactNumber(value_->text().trimmed().toDouble()));
    close();
}

}  // namespace filigree::ui
