// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/preview_panel.h"

#include <QGraphicsOpacityEffect>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "ui/base/text.h"
#include "ui/start/layer_bars.h"

namespace filigree::ui {
namespace {

QLabel* fact(QGridLayout* grid, const QString& name, const QString& objectName, QWidget* parent) {
    const int row = grid->rowCount();
    auto* label = new QLabel(name, parent);
    label->setProperty("role", "secondary");
    auto* value = new QLabel(parent);
    value->setObjectName(objectName);
    value->setWordWrap(true);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    grid->addWidget(label, row, 0, Qt::AlignTop);
    grid->addWidget(value, row, 1, Qt::AlignTop);
    return value;
}

}  // namespace

PreviewPanel::PreviewPanel(Workspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), probe_(workspace.launcher.program()) {
    setObjectName(QStringLiteral("previewPanel"));
    auto* body = new QWidget;
    bars_ = new LayerBars(workspace.theme, body);
    problem_ = new QLabel(body);
    problem_->setObjectName(QStringLiteral("previewProblem"));
    problem_->setProperty("role", "error");
    problem_->setWordWrap(true);
    problem_->hide();
    auto* facts = new QGridLayout;
    facts->setHorizontalSpacing(16);
    facts->setVerticalSpacing(6);
    facts->setColumnStretch(1, 1);
    connections_ = fact(facts, tr("Connections"), QStringLiteral("previewConnections"), body);
    steps_ = fact(facts, tr("Steps"), QStringLiteral("previewSteps"), body);
    memory_ = fact(facts, tr("Memory"), QStringLiteral("previewMemory"), body);
    time_ = fact(facts, tr("Time"), QStringLiteral("previewTime"), body);
    timeNote_ = new QLabel(body);
    timeNote_->setProperty("role", "secondary");
    timeNote_->setFont(workspace.theme.font(0.9));
    timeNote_->setWordWrap(true);
    measure_ = new QPushButton(tr("Measure for 2 s"), body);
    measure_->setObjectName(QStringLiteral("measureSpeed"));
    measure_->setToolTip(tr("Train this configuration for two seconds and throw the run away"));
    connect(measure_, &QPushButton::clicked, this, &PreviewPanel::measure);
    connect(&probe_, &SpeedProbe::measured, this, [this](double speed) {
        measuredSpeed_ = speed;
        showTime();
        emit timeChanged();
    });
    connect(&probe_, &SpeedProbe::failed, this, [this](const QString& why) {
        showTime();
        timeNote_->setText(why);
    });

    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(16, 16, 16, 16);
    column->setSpacing(12);
    column->addWidget(problem_);
    column->addWidget(bars_);
    column->addLayout(facts);
    column->addWidget(timeNote_);
    column->addWidget(measure_, 0, Qt::AlignLeft);
    column->addStretch(1);
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(body);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(scroll);
}

void PreviewPanel::showFile(const std::optional<config::RunFile>& file, const config::RunFile& base) {
    bars_->setEnabled(file.has_value());
    for (QLabel* label : {connections_, steps_, memory_, time_}) label->setEnabled(file.has_value());
    measure_->setEnabled(file.has_value());
    if (!file) return;
    const QString what = QString::fromStdString(file->config.toToml());
    if (what != measuredFor_) {
        probe_.cancel();
        measuredSpeed_ = 0;
        measuredFor_ = what;
    }
    file_ = file;
    estimate_ = estimate(file->config);
    const bool fine = estimate_ && estimate_->problem.empty();
    problem_->setVisible(estimate_ && !fine);
    if (estimate_ && !fine)
        problem_->setText(QString::fromStdString(
            estimate_->problem + (estimate_->problemAdvice.empty() ? "" : "\n" + estimate_->problemAdvice)));
    bars_->setLayers(fine ? estimate_->layers : std::vector<train::LayerConnections>{});
    scaledSeconds_ = 0;
    if (fine) {
        connections_->setText(
            tr("%1 of %2, density %3")
                .arg(formatCount(estimate_->active), formatCount(estimate_->total),
                     formatNumber(static_cast<double>(estimate_->active) /
                                      static_cast<double>(std::max<std::int64_t>(1, estimate_->total)),
                                  3)));
        steps_->setText(tr("%1, %2 per epoch, %3 mask rounds")
                            .arg(formatCount(estimate_->steps), formatCount(estimate_->stepsPerEpoch),
                                 formatCount(estimate_->rounds)));
        memory_->setText(tr("about %1").arg(formatBytes(static_cast<qint64>(estimate_->memoryBytes))));
        const auto before = base.minutes > 0 ? estimate(base.config) : std::nullopt;
        if (before && before->problem.empty() && before->work > 0)
            scaledSeconds_ = 60 * base.minutes * estimate_->work / before->work;
    } else {
        for (QLabel* label : {connections_, steps_, memory_}) label->setText(QStringLiteral("–"));
    }
    measure_->setEnabled(fine);
    showTime();
}

double PreviewPanel::seconds() const {
    if (measuredSpeed_ > 0 && estimate_) return static_cast<double>(estimate_->steps) / measuredSpeed_;
    return scaledSeconds_;
}

void PreviewPanel::showTime() {
    measure_->setText(probe_.isRunning() ? tr("Measuring…") : tr("Measure for 2 s"));
    measure_->setEnabled(!probe_.isRunning() && estimate_ && estimate_->problem.empty());
    const double time = seconds();
    time_->setText(time > 0 ? tr("about %1").arg(formatDuration(time)) : tr("not known"));
    if (measuredSpeed_ > 0)
        timeNote_->setText(tr("Measured on this computer: %1 steps/s.").arg(formatNumber(measuredSpeed_)));
    else if (time > 0)
        timeNote_->setText(tr("Scaled from the preset's time on two cores."));
    else
        timeNote_->clear();
    timeNote_->setVisible(!timeNote_->text().isEmpty());
}

void PreviewPanel::measure() {
    if (!file_) return;
    probe_.measure(*file_);
    showTime();
}

}  // namespace filigree::ui
