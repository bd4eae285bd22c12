// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/connectivity/matrix_bar.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <algorithm>

#include "ui/base/text.h"

namespace filigree::ui {
namespace {

constexpr int valueRole = Qt::UserRole + 1;

}  // namespace

MatrixBar::MatrixBar(QWidget* parent) : QWidget(parent) {
    setObjectName(QStringLiteral("matrixBar"));
    setProperty("role", "bar");
    setAttribute(Qt::WA_StyledBackground);
    rows_ = makeOrder(QStringLiteral("rowOrder"), tr("Rows by"));
    columns_ = makeOrder(QStringLiteral("columnOrder"), tr("Columns by"));
    other_ = new QComboBox(this);
    other_->setObjectName(QStringLiteral("against"));
    other_->setAccessibleName(tr("Compare with"));
    other_->setToolTip(tr("Show what the frame (A) and another pattern (B) have alone and together"));
    other_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    other_->setMinimumContentsLength(18);
    match_ = new QCheckBox(tr("Match neurons"), this);
    match_->setObjectName(QStringLiteral("matchNeurons"));
    match_->setToolTip(tr("Put the neurons of B beside those of A with the most connections in common"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 4, 12, 4);
    row->setSpacing(8);
    const auto put = [&](const QString& words, QWidget* field) {
        auto* label = new QLabel(words, this);
        label->setProperty("role", "secondary");
        label->setBuddy(field);
        row->addWidget(label);
        row->addWidget(field);
        row->addSpacing(8);
    };
    put(tr("Rows by"), rows_);
    put(tr("Columns by"), columns_);
    put(tr("Compare with"), other_);
    row->addWidget(match_);
    row->addStretch();
    fill({});
    connect(other_, &QComboBox::currentIndexChanged, this, [this] {
        updateMatching();
        emit comparisonChanged();
    });
    connect(match_, &QCheckBox::toggled, this, &MatrixBar::comparisonChanged);
}

QComboBox* MatrixBar::makeOrder(const QString& name, const QString& what) {
    auto* box = new QComboBox(this);
    box->setObjectName(name);
    box->setAccessibleName(what);
    box->addItem(tr("Index"), static_cast<int>(MatrixOrder::Index));
    box->addItem(tr("Degree"), static_cast<int>(MatrixOrder::Degree));
    box->addItem(tr("Cluster"), static_cast<int>(MatrixOrder::Cluster));
    box->addItem(tr("First seen"), static_cast<int>(MatrixOrder::FirstSeen));
    box->setItemData(1, tr("Most connections first"), Qt::ToolTipRole);
    box->setItemData(2, tr("Those that share inputs side by side"), Qt::ToolTipRole);
    box->setItemData(3, tr("Those with the oldest connections first"), Qt::ToolTipRole);
    connect(box, &QComboBox::currentIndexChanged, this, &MatrixBar::orderChanged);
    return box;
}

MatrixOrder MatrixBar::rows() const {
    return static_cast<MatrixOrder>(rows_->currentData().toInt());
}

MatrixOrder MatrixBar::columns() const {
    return static_cast<MatrixOrder>(columns_->currentData().toInt());
}

void MatrixBar::setOrder(MatrixOrder rows, MatrixOrder columns) {
    const auto before = std::pair(this->rows(), this->columns());
    {
        const QSignalBlocker quietRows(rows_), quietColumns(columns_);
        rows_->setCurrentIndex(static_cast<int>(rows));
        columns_->setCurrentIndex(static_cast<int>(columns));
    }
    if (before != std::pair(rows, columns)) emit orderChanged();
}

MatrixBar::Choice MatrixBar::choice() const {
    return {static_cast<Other>(other_->currentData().toInt()), other_->currentData(valueRole).toLongLong()};
}

bool MatrixBar::matches() const {
    return match_->isChecked() && choice().other == Other::Run;
}

void MatrixBar::updateMatching() {
    // Within a run neurons keep their places.
    match_->setEnabled(choice().other == Other::Run);
}

void MatrixBar::fill(const Choice& chosen) {
    const QSignalBlocker quiet(other_);
    other_->clear();
    const auto put = [&](const QString& words, Other other, qint64 value = 0) {
        other_->addItem(words, static_cast<int>(other));
        other_->setItemData(other_->count() - 1, value, valueRole);
        if (Choice{other, value} == chosen) other_->setCurrentIndex(other_->count() - 1);
    };
    put(tr("Nothing"), Other::Nothing);
    put(tr("Frame before"), Other::FrameBefore);
    put(tr("First frame"), Other::FirstFrame);
    if (pinned_ >= 0) put(tr("Pinned step %1").arg(formatCount(pinned_)), Other::Pinned, pinned_);
    for (const Twin& twin : twins_) put(twin.name, Other::Run, twin.run);
    updateMatching();
}

void MatrixBar::setTwins(const std::vector<Twin>& twins) {
    if (twins == twins_) return;
    const Choice before = choice();
    twins_ = twins;
    fill(before);
    if (choice() != before) emit comparisonChanged();
}

void MatrixBar::choose(const Choice& chosen) {
    const Choice before = choice();
    if (chosen.other == Other::Pinned) pinned_ = chosen.value;
    fill(chosen);
    if (choice() != before) emit comparisonChanged();
}

}  // namespace filigree::ui
