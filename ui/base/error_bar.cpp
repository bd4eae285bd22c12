// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/base/error_bar.h"

#include <QApplication>
#include <QClipboard>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace filigree::ui {

ErrorBar::ErrorBar(QWidget* parent) : QFrame(parent), message_(new QLabel(this)), details_(new QLabel(this)) {
    setProperty("role", "errorbar");
    setObjectName(QStringLiteral("errorBar"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(16, 8, 8, 8);
    auto* texts = new QVBoxLayout;
    texts->setSpacing(2);
    for (QLabel* label : {message_, details_}) {
        label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
        label->setWordWrap(true);
        texts->addWidget(label);
    }
    message_->setProperty("role", "error");
    details_->setProperty("role", "secondary");
    row->addLayout(texts, 1);
    auto* copy = new QPushButton(tr("Copy"), this);
    auto* close = new QPushButton(tr("Close"), this);
    copy->setProperty("role", "link");
    close->setProperty("role", "link");
    copy->setAccessibleDescription(tr("Copies the whole error message"));
    row->addWidget(copy, 0, Qt::AlignTop);
    row->addWidget(close, 0, Qt::AlignTop);
    connect(copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(text_); });
    connect(close, &QPushButton::clicked, this, &ErrorBar::clear);
    hide();
}

void ErrorBar::show(const Error& error) {
    text_ = QString::fromUtf8(error.what());
    message_->setText(QString::fromStdString(error.message()));
    QStringList more;
    if (!error.where().empty()) more << QString::fromStdString(error.where());
    if (!error.advice().empty()) more << QString::fromStdString(error.advice());
    details_->setText(more.join('\n'));
    details_->setVisible(!more.isEmpty());
    setVisible(true);
}

void ErrorBar::clear() {
    text_.clear();
    hide();
}

}  // namespace filigree::ui
