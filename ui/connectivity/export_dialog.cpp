// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/connectivity/export_dialog.h"

#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

namespace filigree::ui {

ExportDialog::ExportDialog(QSize onScreen, QWidget* parent)
    : QDialog(parent),
      width_(new QSpinBox(this)),
      height_(new QSpinBox(this)),
      scale_(new QComboBox(this)),
      theme_(new QComboBox(this)) {
    setObjectName(QStringLiteral("exportDialog"));
    setWindowTitle(tr("Export picture"));
    setAttribute(Qt::WA_DeleteOnClose);
    for (QSpinBox* field : {width_, height_}) {
        field->setRange(64, 16384);
        field->setSuffix(tr(" px"));
        field->setMinimumWidth(120);
    }
    width_->setObjectName(QStringLiteral("exportWidth"));
    width_->setValue(onScreen.width());
    height_->setObjectName(QStringLiteral("exportHeight"));
    height_->setValue(onScreen.height());
    scale_->setObjectName(QStringLiteral("exportScale"));
    scale_->addItem(tr("as on the screen"), 1.0);
    scale_->addItem(tr("1.5 times as large"), 1.5);
    scale_->addItem(tr("twice as large"), 2.0);
    scale_->addItem(tr("three times as large"), 3.0);
    theme_->setObjectName(QStringLiteral("exportTheme"));
    theme_->addItem(tr("Light"), static_cast<int>(Appearance::Light));
    theme_->addItem(tr("Dark"), static_cast<int>(Appearance::Dark));

    auto* form = new QFormLayout;
    form->setHorizontalSpacing(16);
    form->setVerticalSpacing(8);
    form->addRow(tr("&Width"), width_);
    form->addRow(tr("&Height"), height_);
    form->addRow(tr("&Text"), scale_);
    form->addRow(tr("The&me"), theme_);
    auto* save = new QPushButton(tr("Save PNG\u2026"), this);
    save->setObjectName(QStringLiteral("exportSave"));
    save->setProperty("role", "primary");
    save->setDefault(true);
    auto* copy = new QPushButton(tr("Copy picture"), this);
    copy->setObjectName(QStringLiteral("exportCopy"));
    auto* cancel = new QPushButton(tr("Cancel"), this);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addStretch();
    for (QPushButton* button : {cancel, copy, save}) buttons->addWidget(button);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 20, 20, 16);
    column->setSpacing(20);
    column->addLayout(form);
    column->addLayout(buttons);
    connect(save, &QPushButton::clicked, this, &ExportDialog::saveWanted);
    connect(copy, &QPushButton::clicked, this, &ExportDialog::copyWanted);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
}

QSize ExportDialog::pixels() const {
    return {width_->value(), height_->value()};
}

double ExportDialog::scale() const {
    return scale_->currentData().toDouble();
}

Appearance ExportDialog::appearance() const {
    return static_cast<Appearance>(theme_->currentData().toInt());
}

}  // namespace filigree::ui
