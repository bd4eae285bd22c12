// SPDX-License-Identifier: GPL-3.0-or-later
// The picture of a preset's card, from a run that is in a store: the pattern of one layer at the end (old
// connections faint, grown ones strong), what the first layer looked at in four moments, and the test
// accuracy.
//
//   preset_picture STORE RUN light|dark FILE.png
#include <QGuiApplication>
#include <QHash>
#include <QImage>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "base/error.h"
#include "config/config.h"
#include "data/catalogue.h"
#include "run/shared_schema.h"
#include "store/reader.h"
#include "ui/base/theme.h"

using namespace filigree;
using ui::colour;

namespace {

constexpr int pictureWidth = 640;
constexpr int pictureHeight = 307;
constexpr int margin = 24;
constexpr int frames = 4;
constexpr double smallestCell = 4;  // pixels

struct Film {
    const store::Reader& reader;
    std::int64_t run;
    store::MaskLayer layer;
    std::vector<std::int64_t> steps;
};

/// `count` recorded steps, evenly spread, the first and the last among them.
std::vector<std::int64_t> chosenSteps(const store::Reader& reader, std::int64_t run,
                                      const std::string& layer) {
    const auto all = reader.maskSteps(run, layer);
    std::vector<std::int64_t> steps;
    for (int i = 0; i < frames && !all.empty(); ++i)
        steps.push_back(all[static_cast<std::size_t>(i) * (all.size() - 1) / (frames - 1)].step);
    return steps;
}

/// One dot per connection where there is room, else the share of connections per pixel. Strong: grown on the
/// way.
void drawMask(QPainter& painter, const QRectF& area, const Film& film, const ui::Palette& palette) {
    const auto first = film.reader.mask(film.run, film.layer.layer, film.steps.front());
    const auto last = film.reader.mask(film.run, film.layer.layer, film.steps.back());
    if (!first || !last) return;
    // The longer side lies across.
    const bool turned = film.layer.rows > film.layer.columns;
    const auto across = static_cast<double>(turned ? film.layer.rows : film.layer.columns);
    const auto down = static_cast<double>(turned ? film.layer.columns : film.layer.rows);
    const int cellsX = static_cast<int>(std::min(across, area.width() / smallestCell));
    const int cellsY = static_cast<int>(std::min(down, area.height() / smallestCell));
    std::vector<double> kept(static_cast<std::size_t>(cellsX * cellsY)), grown = kept;
    for (const std::uint32_t position : last->record.active) {
        const auto row = static_cast<double>(position / film.layer.columns);
        const auto column = static_cast<double>(position % film.layer.columns);
        const int x = std::min(cellsX - 1, static_cast<int>((turned ? row : column) * cellsX / across));
        const int y = std::min(cellsY - 1, static_cast<int>((turned ? column : row) * cellsY / down));
        const bool old =
            std::binary_search(first->record.active.begin(), first->record.active.end(), position);
        (old ? kept : grown)[static_cast<std::size_t>(y * cellsX + x)] += 1;
    }
    const double most = std::max(1.0, std::max(*std::max_element(kept.begin(), kept.end()),
                                               *std::max_element(grown.begin(), grown.end())));
    const double cellWidth = area.width() / cellsX;
    const double cellHeight = area.height() / cellsY;
    painter.setPen(Qt::NoPen);
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (int y = 0; y < cellsY; ++y)
        for (int x = 0; x < cellsX; ++x) {
            const auto i = static_cast<std::size_t>(y * cellsX + x);
            const double total = kept[i] + grown[i];
            if (total == 0) continue;
            const ui::Rgb ink = mix(palette.kept, palette.accent, std::round(8 * grown[i] / total) / 8);
            painter.setBrush(
                colour(ink, 0.35 + 0.65 * std::round(8 * std::sqrt(std::min(1.0, total / most))) / 8));
            const QRect cell =
                QRectF(area.left() + x * cellWidth, area.top() + y * cellHeight, cellWidth, cellHeight)
                    .toAlignedRect();
            painter.drawRect(cell.adjusted(0, 0, -1, -1));
        }
    painter.setRenderHint(QPainter::Antialiasing, true);
}

/// What one frame shows of the first layer: a grid of numbers 0 … 1 or, for kernels, -1 … 1.
struct Frame {
    int columns = 1, rows = 1;
    std::vector<double> values;
    bool isSigned = false;
};

Frame inDegrees(const record::Mask& mask, int columns, int rows) {
    Frame frame{columns, rows, std::vector<double>(static_cast<std::size_t>(columns * rows)), false};
    for (const std::uint32_t position : mask.active)
        frame.values[position % mask.columns % frame.values.size()] += 1;
    const double most = std::max(1.0, *std::max_element(frame.values.begin(), frame.values.end()));
    for (double& value : frame.values) value /= most;
    return frame;
}

/// The kernels of the first convolution side by side, one empty cell between them.
Frame kernels(const Film& film, std::int64_t step) {
    const auto values = film.reader.edgeValues(film.run, film.layer.layer, "weight", step);
    const auto mask = values ? film.reader.mask(film.run, film.layer.layer, values->step) : std::nullopt;
    const int side = static_cast<int>(film.layer.kernel[1]);
    const int perRow = static_cast<int>(std::ceil(std::sqrt(static_cast<double>(film.layer.rows))));
    Frame frame{perRow * (side + 1) - 1, perRow * (side + 1) - 1, {}, true};
    frame.values.assign(static_cast<std::size_t>(frame.columns * frame.rows), 0);
    if (!mask || values->record.values.size() != mask->record.active.size()) return frame;
    double most = 1e-9;
    for (const float value : values->record.values)
        most = std::max(most, std::abs(static_cast<double>(value)));
    for (std::size_t i = 0; i < mask->record.active.size(); ++i) {
        const auto position = static_cast<int>(mask->record.active[i]);
        const int kernel = position / static_cast<int>(film.layer.columns);
        const int cell = position % static_cast<int>(film.layer.columns) % (side * side);
        const int x = kernel % perRow * (side + 1) + cell % side;
        const int y = kernel / perRow * (side + 1) + cell / side;
        frame.values[static_cast<std::size_t>(y * frame.columns + x)] =
            static_cast<double>(values->record.values[i]) / most;
    }
    return frame;
}

void drawFrame(QPainter& painter, const QRectF& area, const Frame& frame, const ui::Palette& palette) {
    const double width = area.width() / frame.columns;
    const double height = area.height() / frame.rows;
    painter.setPen(Qt::NoPen);
    painter.fillRect(area, colour(palette.panel));
    painter.setRenderHint(QPainter::Antialiasing, false);
    for (int y = 0; y < frame.rows; ++y)
        for (int x = 0; x < frame.columns; ++x) {
            const double value = frame.values[static_cast<std::size_t>(y * frame.columns + x)];
            if (value == 0) continue;
            const ui::Rgb ink = frame.isSigned
                                    ? mix(palette.zero, value < 0 ? palette.negative : palette.positive,
                                          0.25 + 0.75 * std::sqrt(std::abs(value)))
                                    : mix(palette.panel, palette.accent, value);
            painter.fillRect(
                QRectF(area.left() + x * width, area.top() + y * height, width, height).toAlignedRect(),
                colour(ink));
        }
    painter.setRenderHint(QPainter::Antialiasing, true);
}

/// Inputs that are no picture: a bar each.
void drawBars(QPainter& painter, const QRectF& area, const Frame& frame, const ui::Palette& palette) {
    painter.setPen(Qt::NoPen);
    painter.fillRect(area, colour(palette.panel));
    const double width = area.width() / static_cast<double>(frame.values.size());
    painter.setBrush(colour(palette.accent));
    for (std::size_t i = 0; i < frame.values.size(); ++i)
        painter.drawRect(QRectF(area.left() + static_cast<double>(i) * width,
                                area.bottom() - frame.values[i] * area.height(), std::max(width, 0.8),
                                frame.values[i] * area.height()));
}

void drawCurve(QPainter& painter, const QRectF& area, const std::vector<store::ScalarPoint>& points,
               const ui::Palette& palette) {
    if (points.size() < 2) return;
    double least = 1, greatest = 0;
    for (const store::ScalarPoint& point : points) {
        least = std::min(least, point.value);
        greatest = std::max(greatest, point.value);
    }
    least = std::max(0.0, least - 0.1 * (greatest - least));
    const auto at = [&](const store::ScalarPoint& point) {
        return QPointF(area.left() + area.width() * static_cast<double>(point.step - points.front().step) /
                                         static_cast<double>(points.back().step - points.front().step),
                       area.bottom() - area.height() * (point.value - least) / (greatest - least));
    };
    QPainterPath line(at(points.front()));
    for (const store::ScalarPoint& point : points) line.lineTo(at(point));
    QPainterPath below = line;
    below.lineTo(area.bottomRight());
    below.lineTo(area.bottomLeft());
    painter.fillPath(below, colour(palette.accent, 0.12));
    painter.setPen(QPen(colour(palette.border), 2));
    painter.drawLine(area.bottomLeft(), area.bottomRight());
    painter.setPen(QPen(colour(palette.accent), 3, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(line);
    painter.setBrush(colour(palette.accent));
    painter.drawEllipse(at(points.back()), 5, 5);
    QFont font = painter.font();
    font.setPixelSize(30);
    font.setWeight(QFont::DemiBold);
    painter.setFont(font);
    painter.setPen(colour(palette.text));
    painter.drawText(area.adjusted(0, 0, -4, -10), Qt::AlignRight | Qt::AlignBottom,
                     QString::number(100 * points.back().value, 'f', 1) + QStringLiteral(" %"));
}

QImage draw(const store::Reader& reader, std::int64_t run, const ui::Palette& palette) {
    QImage image(pictureWidth, pictureHeight, QImage::Format_RGB32);
    image.fill(colour(palette.ground));
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto layers = reader.maskLayers(run);
    if (layers.empty()) return image;
    const store::MaskLayer largest = *std::max_element(
        layers.begin(), layers.end(),
        [](const auto& a, const auto& b) { return a.rows * a.columns < b.rows * b.columns; });
    const QRectF left(margin, margin, pictureHeight - 2 * margin, pictureHeight - 2 * margin);
    drawMask(painter, left, {reader, run, largest, chosenSteps(reader, run, largest.layer)}, palette);

    const QRectF right(left.right() + margin, margin, pictureWidth - left.right() - 2 * margin,
                       left.height());
    const Film film{reader, run, layers.front(), chosenSteps(reader, run, layers.front().layer)};
    const store::RunInfo info = reader.run(run);
    const config::Config config =
        config::Config::parse(run::schemaOf(info.method), reader.configToml(run), "run");
    const data::DatasetInfo& data = data::datasetInfo(config.text("data.name"));
    constexpr double gap = 12;
    const double side = (right.width() - (frames - 1) * gap) / frames;
    for (int i = 0; i < frames; ++i) {
        const QRectF area(right.left() + i * (side + gap), right.top(), side, side);
        const std::int64_t step = film.steps[static_cast<std::size_t>(i)];
        const auto mask = reader.mask(run, film.layer.layer, step);
        if (!mask) continue;
        if (!film.layer.kernel.empty())
            drawFrame(painter, area, kernels(film, step), palette);
        else if (data.sampleShape.size() == 3)
            drawFrame(painter, area,
                      inDegrees(mask->record, static_cast<int>(data.sampleShape[2]),
                                static_cast<int>(data.sampleShape[1])),
                      palette);
        else
            drawBars(painter, area, inDegrees(mask->record, static_cast<int>(film.layer.columns), 1),
                     palette);
    }
    drawCurve(painter, right.adjusted(2, side + 24, -8, -2), reader.scalars(run, "test/acc"), palette);
    return image;
}

/// With its 256 most frequent colours, which makes the file a third as large and cannot be told by eye.
QImage withFewColours(const QImage& image) {
    QHash<QRgb, int> counts;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) ++counts[image.pixel(x, y)];
    QList<QRgb> table = counts.keys();
    std::sort(table.begin(), table.end(),
              [&](QRgb a, QRgb b) { return counts[a] != counts[b] ? counts[a] > counts[b] : a < b; });
    if (table.size() > 256) table.resize(256);
    return image.convertToFormat(QImage::Format_Indexed8, table, Qt::ThresholdDither);
}

}  // namespace

int main(int argc, char** argv) {
    QGuiApplication app(argc, argv);
    if (argc != 5) {
        std::fprintf(stderr, "usage: preset_picture STORE RUN light|dark FILE.png\n");
        return 2;
    }
    try {
        const store::Store store = store::Store::open(argv[1], store::Mode::ReadOnly);
        const store::Reader reader(store);
        const bool dark = std::string_view(argv[3]) == "dark";
        const QImage image = draw(reader, reader.find(argv[2]),
                                  ui::palette(dark ? ui::Appearance::Dark : ui::Appearance::Light));
        if (!withFewColours(image).save(QString::fromLocal8Bit(argv[4]), "PNG", 1)) {
            std::fprintf(stderr, "cannot write %s\n", argv[4]);
            return 1;
        }
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return error.exitCode();
    }
    return 0;
}
