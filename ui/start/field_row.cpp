// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/field_row.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QStyle>
#include <QToolButton>

#include "ui/base/icon.h"
#include "ui/start/clamped_label.h"

namespace filigree::ui {
namespace {

constexpr int labelWidth = 148;
constexpr int controlWidth = 216;
constexpr int inset = 8;

void repolish(QWidget* widget) {
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
}

}  // namespace

FieldRow::FieldRow(const Theme& theme, ExperimentDraft& draft, const config::Field& field, QWidget* parent)
    : QWidget(parent),
      theme_(theme),
      draft_(draft),
      key_(QString::fromStdString(field.key)),
      help_(QString::fromStdString(field.help)),
      isInteger_(field.type == config::Type::Integer),
      grid_(new QGridLayout(this)) {
    if (field.schedulable) help_ += ' ' + tr("Can be changed while the run goes on.");
    makeControl(&field);
    assemble(fieldLabel(field), fieldHint(field));
}

FieldRow::FieldRow(const Theme& theme, ExperimentDraft& draft, const QString& key, const QString& label,
                   const QString& hint, const QString& help, QWidget* parent)
    : QWidget(parent), theme_(theme), draft_(draft), key_(key), help_(help), grid_(new QGridLayout(this)) {
    makeControl(nullptr);
    assemble(label, hint);
}

void FieldRow::makeControl(const config::Field* field) {
    if (field && field->type == config::Type::Boolean) {
        control_ = check_ = new QCheckBox(this);
        connect(check_, &QCheckBox::toggled, this, [this](bool on) {
            draft_.setText(key_, on ? QStringLiteral("true") : QStringLiteral("false"));
        });
    } else if (field && field->type == config::Type::Choice) {
        control_ = combo_ = new QComboBox(this);
        for (const std::string& choice : field->choices) combo_->addItem(QString::fromStdString(choice));
        connect(combo_, &QComboBox::currentTextChanged, this,
                [this](const QString& text) { draft_.setText(key_, text); });
        // A wheel over the page scrolls it and changes nothing on the way.
        combo_->setFocusPolicy(Qt::StrongFocus);
    } else {
        control_ = line_ = new QLineEdit(this);
        connect(line_, &QLineEdit::textEdited, this,
                [this](const QString& text) { draft_.setText(key_, text); });
    }
    control_->installEventFilter(this);
}

void FieldRow::assemble(const QString& label, const QString& hint) {
    setObjectName(QStringLiteral("row_") + key_);
    control_->setObjectName(key_);
    control_->setAccessibleName(label);
    control_->setAccessibleDescription(help_ + ' ' + hint);
    control_->setToolTip(key_);
    control_->setFixedWidth(controlWidth);

    label_ = new QLabel(label, this);
    label_->setToolTip(key_);
    label_->setFixedWidth(labelWidth);
    label_->setBuddy(control_);
    hint_ = new ClampedLabel(1, this);
    hint_->setText(hint);
    hint_->setSecondary(true);
    hint_->setFont(theme_.font(0.9));
    reset_ = new QToolButton(this);
    reset_->setObjectName(QStringLiteral("reset_") + key_);
    reset_->setIcon(icon(theme_, QStringLiteral("reset"), Ink::Accent));
    reset_->setIconSize({16, 16});
    reset_->setFixedWidth(28);
    reset_->setStyleSheet(QStringLiteral("padding: 4px"));
    reset_->setAccessibleName(tr("Reset %1").arg(label));
    QSizePolicy keepsPlace = reset_->sizePolicy();
    keepsPlace.setRetainSizeWhenHidden(true);
    reset_->setSizePolicy(keepsPlace);
    connect(reset_, &QToolButton::clicked, this, [this] {
        draft_.endStep();
        draft_.setText(key_, draft_.baseText(key_));
        draft_.endStep();
        control_->setFocus();
    });

    grid_->setContentsMargins(inset, 3, inset, 3);
    grid_->setHorizontalSpacing(8);
    grid_->setVerticalSpacing(2);
    grid_->addWidget(label_, 0, 0);
    grid_->addWidget(control_, 0, 1);
    grid_->addWidget(reset_, 0, 2);
    grid_->addWidget(hint_, 0, 3, Qt::AlignVCenter);
    grid_->setColumnStretch(3, 1);
    refresh();
}

void FieldRow::setBold(bool bold) {
    QFont font = label_->font();
    if (font.bold() == bold) return;
    font.setBold(bold);
    label_->setFont(font);
}

void FieldRow::refresh() {
    const QString& text = draft_.text(key_);
    if (line_ && line_->text() != text) {
        line_->setText(text);
    } else if (check_) {
        const QSignalBlocker quiet(check_);
        check_->setChecked(text == QLatin1String("true"));
    } else if (combo_) {
        const QSignalBlocker quiet(combo_);
        combo_->setCurrentText(text);
    }
    const bool changed = draft_.isChanged(key_);
    setBold(changed);
    reset_->setVisible(changed);
    if (changed) {
        const QString before = draft_.baseText(key_);
        reset_->setToolTip(before.isEmpty() ? tr("Back to empty") : tr("Back to %1").arg(before));
    }
    const QString why = draft_.problem(key_);
    if (line_ && line_->property("invalid").toBool() == why.isEmpty()) {
        line_->setProperty("invalid", !why.isEmpty());
        repolish(line_);
    }
    if (!why.isEmpty() && !problem_) {
        problem_ = new QLabel(this);
        problem_->setObjectName(QStringLiteral("problem_") + key_);
        problem_->setProperty("role", "error");
        problem_->setWordWrap(true);
        grid_->addWidget(problem_, 1, 1, 1, 3);
    }
    if (problem_) {
        problem_->setText(why);
        problem_->setVisible(!why.isEmpty());
    }
}

void FieldRow::setActive(bool active) {
    if (active && !helpLine_) {
        helpLine_ = new QWidget(this);
        auto* text = new QLabel(help_, helpLine_);
        text->setObjectName(QStringLiteral("help_") + key_);
        text->setProperty("role", "secondary");
        text->setWordWrap(true);
        auto* more = new QToolButton(helpLine_);
        more->setObjectName(QStringLiteral("helpButton_") + key_);
        more->setIcon(icon(theme_, QStringLiteral("help"), Ink::Accent));
        more->setIconSize({16, 16});
        more->setFocusPolicy(Qt::NoFocus);
        more->setToolTip(tr("Open the help page (F1)"));
        more->setAccessibleName(tr("Help on %1").arg(label_->text()));
        connect(more, &QToolButton::clicked, this, [this] { emit helpWanted(key_); });
        auto* layout = new QHBoxLayout(helpLine_);
        layout->setContentsMargins(0, 0, 0, 4);
        layout->setSpacing(4);
        layout->addWidget(text, 1);
        layout->addWidget(more, 0, Qt::AlignTop);
        grid_->addWidget(helpLine_, 2, 1, 1, 3);
    }
    if (helpLine_) helpLine_->setVisible(active);
}

QString FieldRow::searchedText() const {
    return (key_ + ' ' + label_->text() + ' ' + help_).toLower();
}

bool FieldRow::step(int direction) {
    bool whole = false;
    const qint64 value = line_->text().trimmed().toLongLong(&whole);
    if (!whole) return false;
    draft_.setText(key_, QString::number(value + direction));
    return true;
}

bool FieldRow::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::Wheel && (combo_ || line_)) {
        event->ignore();
        return true;
    }
    if (event->type() == QEvent::FocusOut) draft_.endStep();
    if (event->type() == QEvent::KeyPress && isInteger_) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const int size = (key->modifiers() & Qt::ShiftModifier) ? 10 : 1;
        if (key->key() == Qt::Key_Up && step(size)) return true;
        if (key->key() == Qt::Key_Down && step(-size)) return true;
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace filigree::ui
