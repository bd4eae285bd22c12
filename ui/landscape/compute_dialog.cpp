// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/landscape/compute_dialog.h"

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QStandardItemModel>
#include <QStyle>
#include <QVBoxLayout>

#include "ui/base/text.h"
#include "ui/landscape/landscape_command.h"

namespace filigree::ui {
namespace {

using run::Along;

/// A plane of principal components needs as many.
constexpr std::size_t leastCheckpoints = 3;

void allow(QComboBox* box, int row, bool on) {
    if (auto* items = qobject_cast<QStandardItemModel*>(box->model())) items->item(row)->setEnabled(on);
}

}  // namespace

ComputeDialog::ComputeDialog(Theme& theme, const ComputeChoices& choices, QWidget* parent)
    : QDialog(parent),
      choices_(choices),
      along_(new QComboBox(this)),
      shape_(new QComboBox(this)),
      step_(new QComboBox(this)),
      resolution_(new QSpinBox(this)),
      automatic_(new QCheckBox(tr("Automatic"), this)),
      from_(new QDoubleSpinBox(this)),
      to_(new QDoubleSpinBox(this)),
      samples_(new QSpinBox(this)),
      data_(new QComboBox(this)),
      normalization_(new QComboBox(this)),
      outside_(new QCheckBox(tr("Move all positions, not the connections alone"), this)),
      explanation_(new QLabel(this)),
      command_(new QLabel(this)),
      compute_(new QPushButton(tr("Compute"), this)) {
    setObjectName(QStringLiteral("computeDialog"));
    setWindowTitle(tr("Compute landscape of run %1").arg(choices.run));
    setAttribute(Qt::WA_DeleteOnClose);

    along_->setObjectName(QStringLiteral("computeAlong"));
    along_->addItem(tr("Random directions"), static_cast<int>(Along::Random));
    along_->addItem(tr("Trajectory of the training"), static_cast<int>(Along::Trajectory));
    allow(along_, 1, choices.checkpoints.size() >= leastCheckpoints);
    QStringList names;
    for (const std::int64_t other : choices.others) names.append(QString::number(other));
    along_->addItem(names.isEmpty() ? tr("Through other runs (select them in the table)")
                                    : tr("Through run %1").arg(names.join(tr(" and "))),
                    static_cast<int>(Along::Networks));
    allow(along_, 2, !names.isEmpty());
    shape_->setObjectName(QStringLiteral("computeShape"));
    shape_->addItem(tr("Plane"), 2);
    shape_->addItem(tr("Line"), 1);
    step_->setObjectName(QStringLiteral("computeStep"));
    for (auto step = choices.checkpoints.rbegin(); step != choices.checkpoints.rend(); ++step)
        step_->addItem(step == choices.checkpoints.rbegin() ? tr("newest, step %1").arg(formatCount(*step))
                                                            : tr("step %1").arg(formatCount(*step)),
                       static_cast<qint64>(*step));
    resolution_->setObjectName(QStringLiteral("computeResolution"));
    resolution_->setRange(2, 1001);
    resolution_->setValue(31);
    samples_->setObjectName(QStringLiteral("computeSamples"));
    samples_->setRange(0, 10'000'000);
    samples_->setSingleStep(500);
    samples_->setSpecialValueText(tr("all"));
    samples_->setValue(1000);
    data_->setObjectName(QStringLiteral("computeData"));
    data_->addItem(tr("Training"), QStringLiteral("train"));
    data_->addItem(tr("Test"), QStringLiteral("test"));
    data_->addItem(tr("Both"), QStringLiteral("both"));
    normalization_->setObjectName(QStringLiteral("computeNormalization"));
    normalization_->addItem(tr("Filter, to the length of the weights"), QStringLiteral("filter"));
    normalization_->addItem(tr("Layer, to the length of the weights"), QStringLiteral("layer"));
    normalization_->addItem(tr("Each weight by its own value"), QStringLiteral("weight"));
    normalization_->addItem(tr("Filter, to length 1"), QStringLiteral("dfilter"));
    normalization_->addItem(tr("Layer, to length 1"), QStringLiteral("dlayer"));
    normalization_->addItem(tr("None"), QStringLiteral("none"));
    outside_->setObjectName(QStringLiteral("computeOutside"));
    outside_->setToolTip(tr("Shows whether growing connections leads down"));
    explanation_->setObjectName(QStringLiteral("computeExplanation"));
    explanation_->setProperty("role", "secondary");
    explanation_->setWordWrap(true);
    command_->setObjectName(QStringLiteral("computeCommand"));
    command_->setAccessibleName(tr("Command that does the same"));
    command_->setWordWrap(true);
    command_->setFont(theme.monospaced());
    command_->setProperty("role", "secondary");
    command_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    command_->setMinimumWidth(440);

    auto* form = new QFormLayout;
    form->setHorizontalSpacing(16);
    form->setVerticalSpacing(8);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->addRow(tr("&Directions"), along_);
    form->addRow(tr("Normalised b&y"), normalization_);
    form->addRow(QString(), outside_);
    form->addRow(tr("S&hape"), shape_);
    form->addRow(tr("Chec&kpoint"), step_);
    form->addRow(tr("&Places on each axis"), resolution_);
    form->addRow(tr("&Range"), makeRange());
    form->addRow(tr("&Samples"), samples_);
    form->addRow(tr("Da&ta"), data_);

    compute_->setObjectName(QStringLiteral("computeStart"));
    compute_->setProperty("role", "primary");
    compute_->setDefault(true);
    auto* copy = new QPushButton(tr("Copy command"), this);
    copy->setObjectName(QStringLiteral("computeCopy"));
    auto* cancel = new QPushButton(tr("Cancel"), this);
    cancel->setObjectName(QStringLiteral("computeCancel"));
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addStretch();
    for (QPushButton* button : {cancel, copy, compute_}) buttons->addWidget(button);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 20, 20, 16);
    column->setSpacing(16);
    column->addLayout(form);
    column->addWidget(explanation_);
    column->addWidget(command_);
    column->addStretch();
    column->addLayout(buttons);

    for (QComboBox* box : {along_, shape_, step_, data_, normalization_})
        connect(box, &QComboBox::currentIndexChanged, this, &ComputeDialog::showRequest);
    for (QSpinBox* box : {resolution_, samples_})
        connect(box, &QSpinBox::valueChanged, this, &ComputeDialog::showRequest);
    for (QDoubleSpinBox* box : {from_, to_})
        connect(box, &QDoubleSpinBox::valueChanged, this, &ComputeDialog::showRequest);
    for (QCheckBox* box : {automatic_, outside_})
        connect(box, &QCheckBox::toggled, this, &ComputeDialog::showRequest);
    connect(compute_, &QPushButton::clicked, this, &ComputeDialog::computeWanted);
    connect(copy, &QPushButton::clicked, this,
            [this] { QGuiApplication::clipboard()->setText(command_->text()); });
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    showRequest();
}

QWidget* ComputeDialog::makeRange() {
    auto* range = new QWidget(this);
    auto* row = new QHBoxLayout(range);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    automatic_->setObjectName(QStringLiteral("computeAutomatic"));
    automatic_->setChecked(true);
    for (QAbstractSpinBox* box : std::initializer_list<QAbstractSpinBox*>{resolution_, samples_, from_, to_})
        box->setButtonSymbols(QAbstractSpinBox::NoButtons);
    for (QDoubleSpinBox* box : {from_, to_}) {
        box->setRange(-1e4, 1e4);
        box->setDecimals(3);
        box->setSingleStep(0.1);
        box->setMinimumWidth(96);
    }
    from_->setObjectName(QStringLiteral("computeFrom"));
    from_->setAccessibleName(tr("Range from"));
    from_->setValue(-1);
    to_->setObjectName(QStringLiteral("computeTo"));
    to_->setAccessibleName(tr("Range to"));
    to_->setValue(1);
    row->addWidget(automatic_);
    row->addStretch();
    row->addWidget(from_);
    row->addWidget(new QLabel(tr("to"), range));
    row->addWidget(to_);
    return range;
}

run::LandscapeRequest ComputeDialog::request() const {
    run::LandscapeRequest request;
    request.along = static_cast<Along>(along_->currentData().toInt());
    const auto step = step_->currentData().toLongLong();
    const bool newest = step_->currentIndex() == 0 || request.along == Along::Trajectory;
    request.networks = {newest ? std::to_string(choices_.run)
                               : std::to_string(choices_.run) + "@" + std::to_string(step)};
    if (request.along == Along::Networks) {
        for (const std::int64_t other : choices_.others) request.networks.push_back(std::to_string(other));
        request.dimensions = static_cast<int>(choices_.others.size());
    } else {
        request.dimensions = shape_->currentData().toInt();
    }
    request.resolution = resolution_->value();
    if (!automatic_->isChecked()) request.range = {from_->value(), to_->value()};
    request.samples = samples_->value();
    request.data = data_->currentData().toString().toStdString();
    if (request.along == Along::Random) {
        request.normalization =
            analysis::parseNormalization(normalization_->currentData().toString().toStdString());
        request.outsideMask = outside_->isChecked();
    }
    return request;
}

void ComputeDialog::showRequest() {
    const run::LandscapeRequest wanted = request();
    const bool random = wanted.along == Along::Random;
    normalization_->setEnabled(random);
    outside_->setEnabled(random);
    shape_->setEnabled(wanted.along != Along::Networks);
    step_->setEnabled(wanted.along != Along::Trajectory);
    from_->setEnabled(!automatic_->isChecked());
    to_->setEnabled(!automatic_->isChecked());
    // One sample has no variance for batch norm.
    const bool possible =
        (!wanted.range || wanted.range->first < wanted.range->second) && wanted.samples != 1;
    compute_->setEnabled(possible);
    QString words;
    if (wanted.range && wanted.range->first >= wanted.range->second)
        words = tr("The range must begin below its end.");
    else if (wanted.samples == 1)
        words = tr("An evaluation needs at least 2 samples.");
    else if (random)
        words =
            tr("%1 places around the network. Biases, scales and shifts do not move; statistics of batch "
               "norm are computed anew at each place.");
    else if (wanted.along == Along::Trajectory)
        words = tr("%1 places in the first principal components of the %2 checkpoints.")
                    .arg(QStringLiteral("%1"), formatCount(static_cast<qint64>(choices_.checkpoints.size())));
    else
        words = tr("%1 places on the line or plane through the runs; all parameters move.");
    const qint64 axis = wanted.resolution;
    explanation_->setText(possible ? words.arg(formatCount(wanted.dimensions == 2 ? axis * axis : axis))
                                   : words);
    // A style sheet looks at properties when it is asked to.
    explanation_->setProperty("role", possible ? "secondary" : "error");
    explanation_->style()->unpolish(explanation_);
    explanation_->style()->polish(explanation_);
    command_->setText(QString::fromStdString(lineOf(wanted, choices_.store)));
}

}  // namespace filigree::ui
