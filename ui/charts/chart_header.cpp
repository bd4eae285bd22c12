// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_header.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

#include "ui/base/text.h"
#include "ui/base/theme.h"

namespace filigree::ui {

ChartHeader::ChartHeader(const Theme& theme, QWidget* parent)
    : QWidget(parent),
      theme_(theme),
      title_(new QLabel(this)),
      value_(new QLabel(this)),
      note_(new QLabel(this)),
      nonFinite_(new QToolButton(this)),
      follow_(new QPushButton(tr("New data: follow"), this)),
      menu_(new QToolButton(this)) {
    title_->setObjectName(QStringLiteral("chartTitle"));
    value_->setObjectName(QStringLiteral("chartValue"));
    note_->setObjectName(QStringLiteral("chartNote"));
    nonFinite_->setObjectName(QStringLiteral("chartNonFinite"));
    follow_->setObjectName(QStringLiteral("chartFollow"));
    menu_->setObjectName(QStringLiteral("chartMenu"));
    note_->setProperty("role", "secondary");
    follow_->setProperty("role", "chip");
    menu_->setText(QStringLiteral("⋯"));
    menu_->setAccessibleName(tr("Chart menu"));
    menu_->setToolTip(tr("Axes, smoothing, export"));
    follow_->setToolTip(tr("Show everything and follow what comes (double click on the chart)"));
    nonFinite_->hide();
    follow_->hide();
    note_->setMinimumWidth(0);
    note_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    note_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    title_->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);

    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 4, 4, 0);
    row->setSpacing(8);
    row->addWidget(title_);
    row->addWidget(value_);
    row->addWidget(note_, 1);
    row->addStretch(0);
    row->addWidget(nonFinite_);
    row->addWidget(follow_);
    row->addWidget(menu_);

    connect(follow_, &QPushButton::clicked, this, &ChartHeader::followWanted);
    connect(nonFinite_, &QToolButton::clicked, this, &ChartHeader::nonFiniteWanted);
    connect(menu_, &QToolButton::clicked, this,
            [this] { emit menuWanted(menu_->mapToGlobal(QPoint(menu_->width(), menu_->height()))); });
    connect(&theme_, &Theme::changed, this, &ChartHeader::applyTheme);
    applyTheme();
}

void ChartHeader::applyTheme() {
    title_->setFont(theme_.font(1.0, true));
    note_->setFont(theme_.font(0.9));
    nonFinite_->setStyleSheet(QStringLiteral("color: %1").arg(colour(theme_.palette().warning).name()));
}

void ChartHeader::setTitle(const QString& title) {
    title_->setText(title);
}

void ChartHeader::setValue(const QString& text, const QColor& ink) {
    if (ink.isValid()) value_->setStyleSheet(QStringLiteral("color: %1").arg(ink.name()));
    value_->setText(text);
    value_->setVisible(!text.isEmpty());
}

void ChartHeader::setNotes(const QStringList& notes) {
    note_->setText(notes.join(QStringLiteral("  ·  ")));
    note_->setVisible(!notes.isEmpty());
}

void ChartHeader::setNonFinite(qint64 count) {
    nonFinite_->setText(tr("NaN ×%1").arg(formatCount(count)));
    nonFinite_->setToolTip(count == 1 ? tr("One value is NaN or infinite; jump to it")
                                      : tr("%1 values are NaN or infinite; jump to the first").arg(count));
    nonFinite_->setVisible(count > 0);
}

void ChartHeader::setMore(bool more) {
    follow_->setVisible(more);
}

}  // namespace filigree::ui
