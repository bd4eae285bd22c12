// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_settings.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QSignalBlocker>
#include <QStyle>
#include <QVBoxLayout>
#include <cmath>

#include "ui/charts/metric_chart.h"

namespace filigree::ui {
namespace {

void mark(QLineEdit* edit, bool invalid) {
    if (edit->property("invalid").toBool() == invalid) return;
    edit->setProperty("invalid", invalid);
    edit->style()->unpolish(edit);
    edit->style()->polish(edit);
}

QString limitText(double value) {
    return QString::number(value, 'g', 6);
}

}  // namespace

ChartSettingsDialog::ChartSettingsDialog(MetricChart& chart, QWidget* parent)
    : QDialog(parent),
      chart_(chart),
      title_(new QLineEdit(this)),
      xAxis_(new QComboBox(this)),
      smoothing_(new QDoubleSpinBox(this)),
      width_(new QDoubleSpinBox(this)),
      legend_(new QCheckBox(tr("&Legend"), this)),
      problem_(new QLabel(this)) {
    setObjectName(QStringLiteral("chartSettings"));
    setWindowTitle(tr("Settings of the chart"));
    title_->setObjectName(QStringLiteral("settingsTitle"));
    title_->setMaxLength(200);
    xAxis_->setObjectName(QStringLiteral("settingsXAxis"));
    xAxis_->addItems({tr("Step"), tr("Epoch"), tr("Time without pauses")});
    smoothing_->setObjectName(QStringLiteral("settingsSmoothing"));
    smoothing_->setRange(0, 1e9);
    smoothing_->setDecimals(2);
    smoothing_->setSpecialValueText(tr("off"));
    smoothing_->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    smoothing_->setButtonSymbols(QAbstractSpinBox::NoButtons);
    smoothing_->setKeyboardTracking(false);
    smoothing_->setToolTip(tr("Half-life, in units of the x axis; 0 is off"));
    width_->setObjectName(QStringLiteral("settingsLineWidth"));
    width_->setRange(ChartStyle::thinnest_px, ChartStyle::thickest_px);
    width_->setDecimals(1);
    width_->setButtonSymbols(QAbstractSpinBox::NoButtons);
    width_->setSingleStep(0.2);
    width_->setSuffix(QChar(0xA0) + tr("px"));
    width_->setToolTip(tr("Where a curve has several points a pixel it is drawn one pixel wide"));
    legend_->setObjectName(QStringLiteral("settingsLegend"));
    problem_->setObjectName(QStringLiteral("settingsProblem"));
    problem_->setProperty("role", "error");
    problem_->setWordWrap(true);
    problem_->hide();

    auto* form = new QFormLayout;
    form->setHorizontalSpacing(16);
    form->setVerticalSpacing(8);
    form->addRow(tr("&Title"), title_);
    form->addRow(tr("&X axis"), xAxis_);
    const auto addAxis = [&](const AxisFields& axis, const QString& scale, const QString& range) {
        auto* row = new QHBoxLayout;
        row->setSpacing(8);
        row->addWidget(axis.low, 1);
        row->addWidget(new QLabel(tr("to"), this));
        row->addWidget(axis.high, 1);
        form->addRow(scale, axis.scale);
        auto* label = new QLabel(range, this);
        label->setBuddy(axis.low);
        form->addRow(label, row);
    };
    x_ = makeAxis(tr("x"), QStringLiteral("settingsX"));
    y_ = makeAxis(tr("y"), QStringLiteral("settingsY"));
    addAxis(x_, tr("X s&cale"), tr("X &from"));
    addAxis(y_, tr("Y sc&ale"), tr("Y fr&om"));
    form->addRow(QString(), problem_);
    form->addRow(tr("&Smoothing"), smoothing_);
    form->addRow(tr("Line &width"), width_);
    form->addRow(QString(), legend_);
    auto* resetButton = new QPushButton(tr("&Reset"), this);
    auto* closeButton = new QPushButton(tr("Close"), this);
    resetButton->setObjectName(QStringLiteral("settingsReset"));
    resetButton->setToolTip(tr("Title, y axis, smoothing, lines and legend as at first, and follow"));
    resetButton->setAutoDefault(false);
    closeButton->setObjectName(QStringLiteral("settingsClose"));
    // Enter in a field applies the field, and does not end the dialog.
    closeButton->setAutoDefault(false);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(resetButton);
    buttons->addStretch(1);
    buttons->addWidget(closeButton);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 16, 16, 16);
    column->setSpacing(16);
    column->addLayout(form);
    column->addLayout(buttons);
    setMinimumWidth(380);

    const auto restyle = [this] {
        ChartStyle style = chart_.style();
        style.title = title_->text().trimmed();
        style.lineWidth_px = width_->value();
        style.legend = legend_->isChecked();
        chart_.setStyle(style);
    };
    connect(title_, &QLineEdit::textEdited, this, restyle);
    connect(width_, &QDoubleSpinBox::valueChanged, this, restyle);
    connect(legend_, &QCheckBox::toggled, this, restyle);
    connect(xAxis_, &QComboBox::currentIndexChanged, this,
            [this](int index) { chart_.setXAxis(static_cast<XAxis>(index)); });
    connect(x_.scale, &QComboBox::currentIndexChanged, this,
            [this](int index) { chart_.setXScale(static_cast<Scale>(index)); });
    connect(y_.scale, &QComboBox::currentIndexChanged, this,
            [this](int index) { chart_.setYScale(static_cast<Scale>(index)); });
    connect(smoothing_, &QDoubleSpinBox::valueChanged, this,
            [this](double halfLife) { chart_.setSmoothing(halfLife); });
    for (QLineEdit* edit : {x_.low, x_.high})
        connect(edit, &QLineEdit::editingFinished, this, &ChartSettingsDialog::applyX);
    for (QLineEdit* edit : {y_.low, y_.high})
        connect(edit, &QLineEdit::editingFinished, this, &ChartSettingsDialog::applyY);
    connect(resetButton, &QPushButton::clicked, this, &ChartSettingsDialog::reset);
    connect(closeButton, &QPushButton::clicked, this, &QDialog::accept);
    connect(&chart_, &MetricChart::viewChanged, this, &ChartSettingsDialog::refresh);
    connect(&chart_.link(), &AxisLink::rangeChanged, this, &ChartSettingsDialog::refresh);
    refresh();
}

ChartSettingsDialog::AxisFields ChartSettingsDialog::makeAxis(const QString& name, const QString& id) {
    const AxisFields axis{new QComboBox(this), new QLineEdit(this), new QLineEdit(this)};
    axis.scale->addItems({tr("Linear"), tr("Logarithmic"), tr("Symmetric logarithmic")});
    axis.scale->setObjectName(id + QStringLiteral("Scale"));
    axis.low->setObjectName(id + QStringLiteral("Low"));
    axis.high->setObjectName(id + QStringLiteral("High"));
    axis.low->setAccessibleName(tr("Least %1").arg(name));
    axis.high->setAccessibleName(tr("Greatest %1").arg(name));
    for (QLineEdit* edit : {axis.low, axis.high})
        edit->setToolTip(tr("Empty: everything there is, and what comes"));
    return axis;
}

void ChartSettingsDialog::showRange(const AxisFields& axis, const std::optional<Interval>& chosen,
                                    const Interval& now) {
    const auto show = [&](QLineEdit* edit, double value) {
        edit->setPlaceholderText(limitText(value));
        // What a person is typing stays.
        if (edit->hasFocus() && edit->isModified()) return;
        edit->setText(chosen ? limitText(value) : QString());
        mark(edit, false);
    };
    show(axis.low, now.low);
    show(axis.high, now.high);
}

void ChartSettingsDialog::refresh() {
    const ChartStyle& style = chart_.style();
    const QSignalBlocker quiet[]{QSignalBlocker(xAxis_),   QSignalBlocker(x_.scale),
                                 QSignalBlocker(y_.scale), QSignalBlocker(smoothing_),
                                 QSignalBlocker(width_),   QSignalBlocker(legend_)};
    title_->setPlaceholderText(chart_.usualTitle());
    if (title_->text().trimmed() != style.title) title_->setText(style.title);
    xAxis_->setCurrentIndex(static_cast<int>(chart_.xAxis()));
    x_.scale->setCurrentIndex(static_cast<int>(chart_.link().scale()));
    y_.scale->setCurrentIndex(static_cast<int>(chart_.yScale()));
    smoothing_->setValue(chart_.smoothing());
    smoothing_->setSuffix(chart_.xAxis() == XAxis::Step    ? tr(" steps")
                          : chart_.xAxis() == XAxis::Epoch ? tr(" epochs")
                                                           : tr(" s"));
    width_->setValue(style.lineWidth_px);
    legend_->setChecked(style.legend);
    showRange(x_, chart_.link().chosen(), chart_.link().range());
    showRange(y_, chart_.hasChosenY() ? std::optional(chart_.yRange()) : std::nullopt, chart_.yRange());
}

std::optional<Interval> ChartSettingsDialog::readRange(const AxisFields& axis, const Interval& now,
                                                       bool aboveZero, bool& valid) {
    valid = true;
    QString problem;
    const auto read = [&](QLineEdit* edit, double otherwise) {
        const QString text = edit->text().trimmed();
        bool isNumber = true;
        const double value = text.isEmpty() ? otherwise : QLocale::c().toDouble(text, &isNumber);
        const bool good = isNumber && std::isfinite(value);
        if (!good) problem = tr("“%1” is not a number.").arg(text);
        mark(edit, !good);
        return value;
    };
    const bool none = axis.low->text().trimmed().isEmpty() && axis.high->text().trimmed().isEmpty();
    const Interval range{read(axis.low, now.low), read(axis.high, now.high)};
    if (problem.isEmpty() && !none && !(range.high > range.low)) {
        problem = tr("The range must begin below its end.");
        mark(axis.low, true);
        mark(axis.high, true);
    } else if (problem.isEmpty() && !none && aboveZero && range.low <= 0) {
        problem = tr("A logarithmic axis begins above 0.");
        mark(axis.low, true);
    }
    valid = problem.isEmpty();
    problem_->setText(problem);
    problem_->setVisible(!valid);
    if (!valid || none) return {};
    return range;
}

void ChartSettingsDialog::applyX() {
    if (!x_.low->isModified() && !x_.high->isModified()) return;
    bool valid = true;
    AxisLink& link = chart_.link();
    // A logarithmic x axis becomes symmetric where it must.
    const std::optional<Interval> range = readRange(x_, link.range(), false, valid);
    if (!valid) return;
    x_.low->setModified(false);
    x_.high->setModified(false);
    range ? link.setRange(*range) : link.follow();
    refresh();
}

void ChartSettingsDialog::applyY() {
    if (!y_.low->isModified() && !y_.high->isModified()) return;
    bool valid = true;
    const std::optional<Interval> range =
        readRange(y_, chart_.yRange(), chart_.picture().yScale.scale() == Scale::Log, valid);
    if (!valid) return;
    y_.low->setModified(false);
    y_.high->setModified(false);
    range ? chart_.zoomY(*range) : chart_.fitYAxis();
    refresh();
}

void ChartSettingsDialog::reset() {
    for (QLineEdit* edit : {x_.low, x_.high, y_.low, y_.high}) edit->setModified(false);
    problem_->hide();
    chart_.setStyle({});
    chart_.setYScale(Scale::Linear);
    chart_.setSmoothing(0);
    chart_.setXScale(Scale::Linear);
    chart_.fitAll();
    refresh();
}

}  // namespace filigree::ui
