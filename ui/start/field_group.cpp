// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/field_group.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/base/icon.h"
#include "ui/start/field_row.h"

namespace filigree::ui {

FieldGroup::FieldGroup(const Theme& theme, const QString& table, const QString& title, const QString& help,
                       QWidget* parent)
    : QWidget(parent),
      theme_(theme),
      table_(table),
      header_(new QToolButton(this)),
      count_(new QLabel(this)),
      body_(new QWidget(this)),
      bodyLayout_(new QVBoxLayout(body_)) {
    setObjectName(QStringLiteral("group_") + table);
    header_->setObjectName(QStringLiteral("groupHeader_") + table);
    header_->setText(title);
    header_->setAccessibleName(title);
    header_->setAccessibleDescription(help);
    header_->setFont(theme.font(1.08, true));
    header_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    header_->setIconSize({14, 14});
    header_->setFocusPolicy(Qt::StrongFocus);
    connect(header_, &QToolButton::clicked, this, [this] {
        setOpen(!open_);
        emit toggled(open_);
    });
    connect(&theme, &Theme::changed, this, [this] { header_->setFont(theme_.font(1.08, true)); });
    auto* about = new QLabel(help, this);
    about->setProperty("role", "secondary");
    about->setFont(theme.font(0.9));
    about->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    count_->setProperty("role", "secondary");

    auto* heading = new QHBoxLayout;
    heading->setContentsMargins(0, 0, 8, 0);
    heading->setSpacing(8);
    heading->addWidget(header_);
    heading->addWidget(about, 1);
    heading->addWidget(count_);
    bodyLayout_->setContentsMargins(20, 0, 0, 8);
    bodyLayout_->setSpacing(0);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 8, 0, 0);
    column->setSpacing(4);
    column->addLayout(heading);
    column->addWidget(body_);
    apply();
}

void FieldGroup::add(FieldRow* row) {
    rows_.push_back(row);
    bodyLayout_->addWidget(row);
}

void FieldGroup::setOpen(bool open) {
    open_ = open;
    apply();
}

void FieldGroup::setForcedOpen(bool forced) {
    forced_ = forced;
    apply();
}

void FieldGroup::setChangedCount(int count) {
    count_->setText(count == 0 ? QString() : tr("%1 changed").arg(count));
}

void FieldGroup::apply() {
    const bool open = open_ || forced_;
    body_->setVisible(open);
    header_->setIcon(icon(theme_, open ? QStringLiteral("down") : QStringLiteral("forward"), Ink::Secondary));
}

}  // namespace filigree::ui
