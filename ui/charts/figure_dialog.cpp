// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/figure_dialog.h"

#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QPushButton>
#include <QRegularExpression>
#include <QScreen>
#include <QSignalBlocker>
#include <QStandardPaths>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "ui/base/error_bar.h"
#include "ui/charts/figure_tex.h"
#include "ui/model/workspace.h"

namespace filigree::ui {
namespace {

struct Size {
    const char* name;
    double width_mm, height_mm;
};
constexpr std::array sizes{
    Size{QT_TRANSLATE_NOOP("filigree::ui::FigureDialog", "One column, 84 mm"), 84, 60},
    Size{QT_TRANSLATE_NOOP("filigree::ui::FigureDialog", "Two columns, 174 mm"), 174, 80},
    Size{QT_TRANSLATE_NOOP("filigree::ui::FigureDialog", "Slide 16:9"), 254, 143}};
constexpr double pointsPerPixel = 0.75;  // on a screen of 96 dots per inch
constexpr std::array formats{"pdf", "svg", "png", "csv", "tex"};
constexpr int csvFormat = 3, texFormat = 4;

}  // namespace

FigureDialog::FigureDialog(Workspace& workspace, const Picture& picture, const QString& table,
                           QWidget* parent)
    : QDialog(parent),
      workspace_(workspace),
      picture_(picture),
      table_(table),
      error_(new ErrorBar(this)),
      size_(new QComboBox(this)),
      theme_(new QComboBox(this)),
      format_(new QComboBox(this)),
      width_(new QDoubleSpinBox(this)),
      height_(new QDoubleSpinBox(this)),
      font_(new QDoubleSpinBox(this)),
      line_(new QDoubleSpinBox(this)),
      legend_(new QCheckBox(tr("Legend"), this)),
      title_(new QCheckBox(tr("Title"), this)),
      preview_(new QLabel(this)),
      caption_(new QLabel(this)) {
    setObjectName(QStringLiteral("figureDialog"));
    setWindowTitle(tr("Export figure"));
    resize(860, 520);

    for (const Size& size : sizes) size_->addItem(tr(size.name));
    size_->addItem(tr("Own size"));
    theme_->addItems({tr("Light"), tr("Dark"), tr("Grey")});
    format_->addItems(
        {tr("PDF"), tr("SVG"), tr("PNG, 300 dpi"), tr("CSV (the numbers)"), tr("TikZ (LaTeX)")});
    const auto number = [](QDoubleSpinBox* box, double least, double most, double step, const QString& unit) {
        box->setRange(least, most);
        box->setSingleStep(step);
        box->setDecimals(1);
        box->setSuffix(QChar(0xA0) + unit);
    };
    number(width_, 20, 500, 1, tr("mm"));
    number(height_, 20, 500, 1, tr("mm"));
    number(font_, 4, 36, 0.5, tr("pt"));
    number(line_, 0.2, 8, 0.1, tr("pt"));

    auto* form = new QFormLayout;
    form->setHorizontalSpacing(16);
    form->setVerticalSpacing(8);
    form->addRow(tr("Size"), size_);
    form->addRow(tr("Width"), width_);
    form->addRow(tr("Height"), height_);
    form->addRow(tr("Font"), font_);
    form->addRow(tr("Line"), line_);
    form->addRow(tr("Colours"), theme_);
    form->addRow(QString(), legend_);
    form->addRow(QString(), title_);
    form->addRow(tr("Format"), format_);
    auto* copyButton = new QPushButton(tr("Copy"), this);
    auto* exportButton = new QPushButton(tr("Export…"), this);
    copyButton->setObjectName(QStringLiteral("figureCopy"));
    exportButton->setObjectName(QStringLiteral("figureExport"));
    exportButton->setProperty("role", "primary");
    exportButton->setDefault(true);
    format_->setObjectName(QStringLiteral("figureFormat"));
    size_->setObjectName(QStringLiteral("figureSize"));
    width_->setObjectName(QStringLiteral("figureWidth"));
    height_->setObjectName(QStringLiteral("figureHeight"));
    font_->setObjectName(QStringLiteral("figureFont"));
    line_->setObjectName(QStringLiteral("figureLine"));
    theme_->setObjectName(QStringLiteral("figureTheme"));
    legend_->setObjectName(QStringLiteral("figureLegend"));
    title_->setObjectName(QStringLiteral("figureTitle"));
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(copyButton);
    buttons->addStretch(1);
    buttons->addWidget(exportButton);
    auto* left = new QVBoxLayout;
    left->addLayout(form);
    left->addStretch(1);
    left->addLayout(buttons);

    preview_->setAlignment(Qt::AlignCenter);
    preview_->setMinimumSize(320, 240);
    preview_->setAccessibleName(tr("Preview of the figure"));
    preview_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored);
    caption_->setProperty("role", "secondary");
    caption_->setAlignment(Qt::AlignCenter);
    auto* right = new QVBoxLayout;
    right->setSpacing(8);
    right->addWidget(preview_, 1);
    right->addWidget(caption_);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(16, 16, 16, 16);
    row->setSpacing(16);
    row->addLayout(left);
    row->addLayout(right, 1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(error_);
    column->addLayout(row);

    const QJsonObject last = workspace_.session.value(QStringLiteral("figure")).toObject();
    const FigureSettings usual;
    width_->setValue(last.value(QLatin1String("width")).toDouble(usual.width_mm));
    height_->setValue(last.value(QLatin1String("height")).toDouble(usual.height_mm));
    font_->setValue(last.value(QLatin1String("font")).toDouble(usual.font_pt));
    line_->setValue(last.value(QLatin1String("line")).toDouble(usual.line_pt));
    legend_->setChecked(last.value(QLatin1String("legend")).toBool(usual.legend));
    title_->setChecked(last.value(QLatin1String("title")).toBool(usual.title));
    // What was chosen for this chart comes before what was used for another.
    if (!picture_.legend) legend_->setChecked(false);
    if (picture_.ownTitle) title_->setChecked(true);
    if (picture_.lineWidth_px) line_->setValue(*picture_.lineWidth_px * pointsPerPixel);
    format_->setCurrentIndex(std::clamp(last.value(QLatin1String("format")).toInt(), 0, texFormat));
    // Always light unless asked.
    theme_->setCurrentIndex(0);
    for (QDoubleSpinBox* box : {width_, height_, font_, line_})
        connect(box, &QDoubleSpinBox::valueChanged, this, &FigureDialog::refresh);
    for (QCheckBox* box : {legend_, title_}) connect(box, &QCheckBox::toggled, this, &FigureDialog::refresh);
    connect(theme_, &QComboBox::currentIndexChanged, this, &FigureDialog::refresh);
    connect(size_, &QComboBox::currentIndexChanged, this, &FigureDialog::applySize);
    connect(copyButton, &QPushButton::clicked, this, &FigureDialog::copy);
    connect(exportButton, &QPushButton::clicked, this, &FigureDialog::chooseFile);
    refresh();
}

FigureSettings FigureDialog::settings() const {
    FigureSettings settings;
    settings.width_mm = width_->value();
    settings.height_mm = height_->value();
    settings.font_pt = font_->value();
    settings.line_pt = line_->value();
    settings.appearance = theme_->currentIndex() == 1 ? Appearance::Dark : Appearance::Light;
    settings.grey = theme_->currentIndex() == 2;
    settings.legend = legend_->isChecked();
    settings.title = title_->isChecked();
    return settings;
}

void FigureDialog::applySize(int index) {
    if (index < 0 || index >= static_cast<int>(sizes.size())) return;
    const Size& size = sizes[static_cast<std::size_t>(index)];
    {
        const QSignalBlocker blockWidth(width_), blockHeight(height_);
        width_->setValue(size.width_mm);
        height_->setValue(size.height_mm);
    }
    refresh();
}

void FigureDialog::refresh() {
    const FigureSettings now = settings();
    int index = static_cast<int>(sizes.size());
    for (std::size_t i = 0; i < sizes.size(); ++i)
        if (sizes[i].width_mm == now.width_mm && sizes[i].height_mm == now.height_mm)
            index = static_cast<int>(i);
    {
        const QSignalBlocker block(size_);
        size_->setCurrentIndex(index);
    }
    const double ratio = preview_->devicePixelRatioF();
    const double screenDots = preview_->logicalDpiX();
    const double fit = std::min({1.0, preview_->width() / (now.width_mm / 25.4 * screenDots),
                                 preview_->height() / (now.height_mm / 25.4 * screenDots)});
    QImage image = figureImage(picture_, now, std::max(10.0, screenDots * fit * ratio));
    image.setDevicePixelRatio(ratio);
    preview_->setPixmap(QPixmap::fromImage(image));
    caption_->setText(fit < 1 ? tr("%1 % of its true size").arg(static_cast<int>(100 * fit))
                              : tr("True size"));
}

void FigureDialog::resizeEvent(QResizeEvent* event) {
    QDialog::resizeEvent(event);
    refresh();
}

QString FigureDialog::suggestedName() const {
    QString name = picture_.title;
    name.replace(QRegularExpression(QStringLiteral("[^\\w.-]+")), QStringLiteral("-"));
    if (name.isEmpty()) name = QStringLiteral("figure");
    return name + '.' + QLatin1String(formats[static_cast<std::size_t>(format_->currentIndex())]);
}

void FigureDialog::chooseFile() {
    QString folder = workspace_.session.value(QStringLiteral("figureFolder")).toString();
    if (folder.isEmpty()) folder = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
    const QString path =
        QFileDialog::getSaveFileName(this, tr("Export figure"), QDir(folder).filePath(suggestedName()),
                                     tr("Figures (*.pdf *.svg *.png *.tex);;Tables (*.csv)"));
    if (path.isEmpty()) return;
    workspace_.session.setValue(QStringLiteral("figureFolder"), QFileInfo(path).absolutePath());
    if (exportTo(path)) accept();
}

bool FigureDialog::exportTo(const QString& path) {
    const FigureSettings now = settings();
    try {
        writeFigure(path, picture_, now, table_);
    } catch (const Error& error) {
        error_->show(error);
        return false;
    }
    QJsonObject used = workspace_.session.value(QStringLiteral("figure")).toObject();
    used[QStringLiteral("width")] = now.width_mm;
    used[QStringLiteral("height")] = now.height_mm;
    used[QStringLiteral("font")] = now.font_pt;
    used[QStringLiteral("format")] = format_->currentIndex();
    if (!picture_.lineWidth_px) used[QStringLiteral("line")] = now.line_pt;
    if (picture_.legend) used[QStringLiteral("legend")] = now.legend;
    if (!picture_.ownTitle) used[QStringLiteral("title")] = now.title;
    workspace_.session.setValue(QStringLiteral("figure"), used);
    workspace_.say(tr("Wrote %1").arg(QFileInfo(path).fileName()));
    return true;
}

void FigureDialog::copy() {
    if (format_->currentIndex() == csvFormat)
        QApplication::clipboard()->setText(table_);
    else if (format_->currentIndex() == texFormat)
        QApplication::clipboard()->setText(pictureTex(picture_, settings()));
    else
        QApplication::clipboard()->setImage(figureImage(picture_, settings(), 300));
}

}  // namespace filigree::ui
