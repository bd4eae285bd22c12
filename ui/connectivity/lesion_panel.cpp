// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/connectivity/lesion_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableWidget>
#include <QVBoxLayout>
#include <cmath>

#include "ui/base/text.h"

namespace filigree::ui {
namespace {

enum Column { Name, Samples, Before, After, Change, ColumnCount };

QString percent(double share) {
    return QString::number(100 * share, 'f', 1) + QStringLiteral("\u2009%");
}

/// With a real minus sign, in points of a percentage.
QString changeText(double before, double after) {
    const double points = 100 * (after - before);
    if (std::abs(points) < 0.05) return QStringLiteral("0.0");
    return (points < 0 ? QStringLiteral("\u2212") : QStringLiteral("+")) +
           QString::number(std::abs(points), 'f', 1);
}

}  // namespace

LesionPanel::LesionPanel(Theme& theme, QWidget* parent)
    : QWidget(parent),
      theme_(theme),
      bench_(new LesionBench(this)),
      checkpoint_(new QLabel(this)),
      scope_(new QComboBox(this)),
      query_(new QLineEdit(this)),
      shape_(new QComboBox(this)),
      apply_(new QPushButton(tr("Take away"), this)),
      back_(new QPushButton(tr("Undo"), this)),
      name_(new QLineEdit(this)),
      save_(new QPushButton(tr("Keep"), this)),
      error_(new QLabel(this)),
      result_(new QLabel(this)),
      table_(new QTableWidget(0, ColumnCount, this)) {
    setObjectName(QStringLiteral("lesionPanel"));
    build();
    connect(apply_, &QPushButton::clicked, this, [this] { start({}); });
    connect(query_, &QLineEdit::returnPressed, this, [this] { start({}); });
    connect(query_, &QLineEdit::textChanged, this, &LesionPanel::updateButtons);
    connect(name_, &QLineEdit::textChanged, this, &LesionPanel::updateButtons);
    connect(name_, &QLineEdit::returnPressed, save_, &QPushButton::click);
    connect(back_, &QPushButton::clicked, this, &LesionPanel::back);
    connect(save_, &QPushButton::clicked, this, [this] { start(name_->text().trimmed()); });
    connect(shape_, &QComboBox::currentIndexChanged, this,
            [this](int index) { emit lassoChosen(index == 1); });
    connect(bench_, &LesionBench::busyChanged, this, &LesionPanel::updateButtons);
    connect(bench_, &LesionBench::failed, this, [this](const Error& error) {
        error_->setText(QString::fromStdString(error.message()) + QStringLiteral(". ") +
                        QString::fromStdString(error.advice()));
        error_->setToolTip(QString::fromStdString(error.where()));
        error_->show();
    });
    connect(bench_, &LesionBench::evaluated, this, [this](const Lesion& lesion, const QString& savedAs) {
        error_->hide();
        if (savedAs.isEmpty()) {
            history_.push_back(lesion);
        } else {
            name_->clear();
            emit saved(savedAs);
        }
        showResult();
    });
    showResult();
}

void LesionPanel::build() {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(8);
    auto* title = new QLabel(tr("Lesion"), this);
    title->setFont(theme_.font(1.15, true));
    connect(&theme_, &Theme::changed, title, [this, title] { title->setFont(theme_.font(1.15, true)); });
    checkpoint_->setObjectName(QStringLiteral("lesionCheckpoint"));
    checkpoint_->setProperty("role", "secondary");
    checkpoint_->setWordWrap(true);
    scope_->setObjectName(QStringLiteral("lesionScope"));
    scope_->setAccessibleName(tr("Connections of"));
    scope_->addItem(tr("This layer"));
    scope_->addItem(tr("All sparse layers"));
    query_->setObjectName(QStringLiteral("lesionQuery"));
    query_->setAccessibleName(tr("Connections to take away"));
    query_->setPlaceholderText(QStringLiteral("age < 3 and |w| < q10"));
    query_->setToolTip(
        tr("Fields: w, |w|, age, activity, row, column. q10 is the 10 % quantile of the field. "
           "Words: and, or, not. Shift and drag on the matrix writes a rectangle or an outline."));
    shape_->setObjectName(QStringLiteral("lesionShape"));
    shape_->setAccessibleName(tr("Shift and drag on the matrix draws"));
    shape_->setToolTip(tr("What Shift and drag on the matrix draws"));
    shape_->addItem(tr("Rectangle"));
    shape_->addItem(tr("Lasso"));
    apply_->setObjectName(QStringLiteral("lesionApply"));
    apply_->setProperty("role", "primary");
    back_->setObjectName(QStringLiteral("lesionUndo"));
    back_->setToolTip(tr("Show the lesion before this one"));
    error_->setObjectName(QStringLiteral("lesionError"));
    error_->setProperty("role", "error");
    error_->setWordWrap(true);
    error_->hide();
    result_->setObjectName(QStringLiteral("lesionResult"));
    result_->setWordWrap(true);
    table_->setObjectName(QStringLiteral("lesionClasses"));
    table_->setAccessibleName(tr("Accuracy of every class"));
    table_->setHorizontalHeaderLabels({tr("class"), tr("samples"), tr("before"), tr("after"), tr("points")});
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setDefaultSectionSize(26);
    table_->setShowGrid(false);
    table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setTabKeyNavigation(false);
    table_->horizontalHeader()->setSectionResizeMode(Name, QHeaderView::Stretch);
    for (const int c : {Samples, Before, After, Change}) table_->setColumnWidth(c, c == Samples ? 66 : 62);
    name_->setObjectName(QStringLiteral("lesionName"));
    name_->setAccessibleName(tr("Name of the record"));
    name_->setPlaceholderText(tr("name of the record"));
    save_->setObjectName(QStringLiteral("lesionSave"));
    save_->setToolTip(tr("Keep the lesion in the store, as the text lesion/NAME"));
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(apply_);
    buttons->addWidget(back_);
    buttons->addStretch();
    buttons->addWidget(shape_);
    auto* keep = new QHBoxLayout;
    keep->setSpacing(8);
    keep->addWidget(name_, 1);
    keep->addWidget(save_);
    column->addWidget(title);
    column->addWidget(checkpoint_);
    column->addWidget(scope_);
    column->addWidget(query_);
    column->addLayout(buttons);
    column->addWidget(error_);
    column->addWidget(result_);
    column->addWidget(table_, 1);
    column->addLayout(keep);
    column->addStretch();
    setMinimumWidth(352);
}

void LesionPanel::setNetwork(const LesionBench::Network& network, const QString& whyNot) {
    checkpoint_->setText(
        network.step >= 0
            ? tr("Of the checkpoint of step %1, on 1000 test samples at most").arg(formatCount(network.step))
            : whyNot);
    if (network == network_) return;
    network_ = network;
    bench_->setNetwork(network);
    history_.clear();
    error_->hide();
    showResult();
}

void LesionPanel::setLayer(const QString& layer) {
    layer_ = layer;
}

void LesionPanel::apply(const QString& query) {
    query_->setText(query);
    start({});
}

void LesionPanel::start(const QString& save) {
    if (network_.step < 0) return;
    if (save.isEmpty()) {
        const bool allLayers = scope_->currentIndex() == 1;
        if (query_->text().trimmed().isEmpty()) return;
        bench_->apply(allLayers ? QString() : layer_, query_->text().trimmed());
    } else if (const Lesion* kept = shown()) {
        bench_->apply(kept->layer, kept->where, save);
    }
    updateButtons();
}

void LesionPanel::back() {
    if (history_.empty()) return;
    history_.pop_back();
    if (!history_.empty()) query_->setText(history_.back().where);
    showResult();
}

void LesionPanel::showResult() {
    const Lesion* lesion = shown();
    result_->setVisible(lesion != nullptr);
    table_->setVisible(lesion != nullptr);
    name_->setVisible(lesion != nullptr);
    save_->setVisible(lesion != nullptr);
    if (lesion) {
        result_->setText(tr("%1 of %2 connections taken away\nAccuracy %3 \u2192 %4 (%5 points) on %8 "
                            "samples\nLoss %6 \u2192 %7")
                             .arg(formatCount(lesion->removed()), formatCount(lesion->connections()),
                                  percent(lesion->before.accuracy), percent(lesion->after.accuracy),
                                  changeText(lesion->before.accuracy, lesion->after.accuracy),
                                  formatNumber(lesion->before.loss), formatNumber(lesion->after.loss),
                                  formatCount(lesion->samples)));
        table_->setRowCount(static_cast<int>(lesion->classes.size()));
        for (int row = 0; row < table_->rowCount(); ++row) {
            const Lesion::Class& one = lesion->classes[static_cast<std::size_t>(row)];
            const auto put = [&](int column, const QString& text) {
                auto* item = new QTableWidgetItem(text);
                if (column != Name) item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
                item->setToolTip(
                    tr("%1: loss %2 before, %3 after")
                        .arg(one.name, formatNumber(one.before.loss), formatNumber(one.after.loss)));
                table_->setItem(row, column, item);
            };
            put(Name, one.name);
            put(Samples, formatCount(one.samples));
            put(Before, percent(one.before.accuracy));
            put(After, percent(one.after.accuracy));
            put(Change, changeText(one.before.accuracy, one.after.accuracy));
        }
    }
    updateButtons();
    emit shownChanged();
}

void LesionPanel::updateButtons() {
    const bool ready = network_.step >= 0 && !network_.program.isEmpty();
    apply_->setEnabled(ready && !bench_->isBusy() && !query_->text().trimmed().isEmpty());
    apply_->setText(bench_->isBusy() ? tr("Evaluating\u2026") : tr("Take away"));
    back_->setEnabled(!history_.empty());
    save_->setEnabled(ready && !bench_->isBusy() && shown() && !name_->text().trimmed().isEmpty());
}

}  // namespace filigree::ui
