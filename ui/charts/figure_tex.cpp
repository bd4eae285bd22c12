// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/figure_tex.h"

#include <QStringList>
#include <algorithm>
#include <cmath>

#include "ui/base/text.h"
#include "ui/base/theme.h"
#include "ui/charts/ticks.h"

namespace filigree::ui {
namespace {

constexpr double faintOpacity = 0.25, bandOpacity = 0.18, emphasisWidth = 1.8;

QString hex(const QColor& colour) {
    return colour.name(QColor::HexRgb).mid(1).toUpper();
}

/// Coordinates of one axis: as they are where pgfplots knows the scale, positions otherwise.
struct TexAxis {
    const ScaleMap& scale;
    const Interval& positions;
    bool durations;
    char name;

    bool isWritten() const { return scale.scale() != Scale::Symlog; }
    double coordinate(double value) const { return isWritten() ? value : scale.position(value); }
    double limit(double position) const { return isWritten() ? scale.value(position) : position; }
    static QString number(double value) {
        return std::isfinite(value) ? exactNumber(value) : QStringLiteral("nan");
    }
    QString text(double value) const { return number(coordinate(value)); }

    QString options(const QString& label, int ticksWanted) const {
        const QChar n = QLatin1Char(name);
        QString out = QStringLiteral("  %1label={%2}, %1min=%3, %1max=%4,\n")
                          .arg(n)
                          .arg(texText(label), number(limit(positions.low)), number(limit(positions.high)));
        if (scale.scale() == Scale::Log) out += QStringLiteral("  %1mode=log,\n").arg(n);
        if (!durations && isWritten()) return out;
        const bool plain = durations && scale.scale() == Scale::Linear;
        const Ticks ticks = plain ? durationTicks(positions.low, positions.high, ticksWanted)
                                  : scaleTicks(scale, positions.low, positions.high, ticksWanted);
        QStringList places, texts;
        for (const double value : ticks.major) {
            places << text(value);
            texts << '{' +
                         texText(durations ? durationTickText(value, ticks.distance)
                                           : tickText(value, ticks.distance)) +
                         '}';
        }
        return out + QStringLiteral("  %1tick={%2},\n  %1ticklabels={%3},\n")
                         .arg(n)
                         .arg(places.join(','), texts.join(','));
    }
};

/// Vertices that are seen, and the next on either side, so that lines reach the edge.
std::pair<std::size_t, std::size_t> seen(const PictureCurve& curve, const Picture& picture) {
    const double low = picture.xScale.value(picture.x.low), high = picture.xScale.value(picture.x.high);
    const std::vector<Vertex>& all = curve.vertices;
    const auto from = std::lower_bound(all.begin(), all.end(), low,
                                       [](const Vertex& vertex, double x) { return vertex.x < x; });
    const auto to =
        std::upper_bound(from, all.end(), high, [](double x, const Vertex& vertex) { return x < vertex.x; });
    return {static_cast<std::size_t>(from - all.begin()) - (from != all.begin()),
            static_cast<std::size_t>(to - all.begin()) + (to != all.end())};
}

QString dashOf(Qt::PenStyle dash) {
    switch (dash) {
        case Qt::DashLine:
            return QStringLiteral(", dashed");
        case Qt::DotLine:
            return QStringLiteral(", dotted");
        case Qt::DashDotLine:
            return QStringLiteral(", dash dot");
        case Qt::DashDotDotLine:
            return QStringLiteral(", dash dot dot");
        default:
            return {};
    }
}

const char* legendPlace(Qt::Corner corner) {
    switch (corner) {
        case Qt::TopLeftCorner:
            return "north west";
        case Qt::BottomLeftCorner:
            return "south west";
        case Qt::BottomRightCorner:
            return "south east";
        default:
            return "north east";
    }
}

}  // namespace

QString texText(const QString& text) {
    QString out;
    for (const QChar c : text) switch (c.unicode()) {
            case '\\':
                out += QLatin1String("\\textbackslash{}");
                break;
            case '~':
                out += QLatin1String("\\textasciitilde{}");
                break;
            case '^':
                out += QLatin1String("\\textasciicircum{}");
                break;
            case '<':
                out += QLatin1String("\\ensuremath{<}");
                break;
            case '>':
                out += QLatin1String("\\ensuremath{>}");
                break;
            case '|':
                out += QLatin1String("\\ensuremath{|}");
                break;
            case '&':
            case '%':
            case '$':
            case '#':
            case '_':
            case '{':
            case '}':
                out += '\\';
                out += c;
                break;
            case 0x2009:
            case 0x202F:
                out += QLatin1String("\\,");
                break;
            case 0x00A0:
                out += '~';
                break;
            case 0x2212:
                out += QLatin1String("\\ensuremath{-}");
                break;
            default:
                out += c.unicode() < ' ' ? QChar(' ') : c;
        }
    return out;
}

QString pictureTex(const Picture& picture, const FigureSettings& settings) {
    PictureLook look;
    look.appearance = settings.appearance;
    look.grey = settings.grey;
    const bool dark = settings.appearance == Appearance::Dark;
    const TexAxis x{picture.xScale, picture.x, picture.axis == XAxis::Time, 'x'};
    const TexAxis y{picture.yScale, picture.y, false, 'y'};
    // About as many as the drawn figure has.
    const int xTicks = std::max(2, static_cast<int>(settings.width_mm / (2.2 * settings.font_pt)));
    const int yTicks = std::max(2, static_cast<int>(settings.height_mm / (1.1 * settings.font_pt)));

    QString out = QStringLiteral(
                      "\\documentclass[border=1pt]{standalone}\n"
                      "\\usepackage{pgfplots}\n"
                      "\\pgfplotsset{compat=1.16}\n"
                      "\\definecolor{ground}{HTML}{%1}\n"
                      "\\definecolor{ink}{HTML}{%2}\n")
                      .arg(hex(colour(look.palette().ground)), hex(colour(look.palette().text)));
    for (std::size_t i = 0; i < picture.curves.size(); ++i)
        out +=
            QStringLiteral("\\definecolor{curve%1}{HTML}{%2}\n").arg(i).arg(hex(look.ink(picture.curves[i])));
    out += QStringLiteral("\\begin{document}\n");
    if (dark) out += QStringLiteral("\\pagecolor{ground}\n");
    out +=
        QStringLiteral("\\fontsize{%1}{%2}\\selectfont\n\\color{ink}\n\\begin{tikzpicture}\n\\begin{axis}[\n")
            .arg(settings.font_pt)
            .arg(1.2 * settings.font_pt);
    out += QStringLiteral("  width=%1mm, height=%2mm,\n").arg(settings.width_mm).arg(settings.height_mm);
    if (settings.title) out += QStringLiteral("  title={%1},\n").arg(texText(picture.title));
    out += x.options(picture.xLabel, xTicks) + y.options(picture.yLabel, yTicks);
    out += QStringLiteral(
               "  scaled ticks=false, tick align=outside, tick pos=left, grid=major, grid "
               "style={ink!15!ground},\n"
               "  axis line style={ink!60!ground}, tick style={ink!60!ground},\n"
               "  unbounded coords=jump, clip mode=individual, line join=round,\n"
               "  legend pos=%1, legend cell align=left,\n"
               "  legend style={draw=none, fill=ground, fill opacity=0.85, text opacity=1},\n]\n")
               .arg(QLatin1String(legendPlace(picture.legendCorner)));

    for (std::size_t i = 0; i < picture.curves.size(); ++i) {
        const PictureCurve& curve = picture.curves[i];
        const auto [from, to] = seen(curve, picture);
        // The lower edge of a band is drawn with the upper one, as one area.
        if (curve.kind == PictureCurve::Kind::BandLow) continue;
        const auto row = [&](const Vertex& vertex) {
            return x.text(vertex.x) + ' ' + y.text(vertex.y) + QStringLiteral("\\\\\n");
        };
        const QString table = QStringLiteral(" table[row sep=\\\\] {\nx y\\\\\n");
        if (curve.kind == PictureCurve::Kind::BandHigh) {
            if (i == 0 || from >= to) continue;
            const PictureCurve& below = picture.curves[i - 1];
            QString outline;
            const auto add = [&](const Vertex& vertex) {
                if (std::isfinite(y.coordinate(vertex.y))) outline += row(vertex);
            };
            for (std::size_t v = from; v < to; ++v) add(curve.vertices[v]);
            const auto [lowFrom, lowTo] = seen(below, picture);
            for (std::size_t v = lowTo; v > lowFrom; --v) add(below.vertices[v - 1]);
            // A single run has no spread.
            if (outline.isEmpty()) continue;
            out += QStringLiteral("\\addplot[forget plot, draw=none, fill=curve%1, fill opacity=%2]")
                       .arg(i)
                       .arg(bandOpacity) +
                   table + outline + QStringLiteral("} -- cycle;\n");
            continue;
        }
        if (from < to) {
            const bool inLegend = settings.legend && curve.inLegend;
            const bool single = curve.vertices.size() == 1;
            out += QStringLiteral("\\addplot[%1color=curve%2, line width=%3pt%4%5%6]")
                       .arg(inLegend ? QString() : QStringLiteral("forget plot, "))
                       .arg(i)
                       .arg(settings.line_pt * (curve.emphasis ? emphasisWidth : 1))
                       .arg(dashOf(curve.dash),
                            curve.faint ? QStringLiteral(", opacity=%1").arg(faintOpacity) : QString(),
                            single ? QStringLiteral(", mark=*") : QString()) +
                   table;
            for (std::size_t v = from; v < to; ++v) out += row(curve.vertices[v]);
            out += QStringLiteral("};\n");
            if (inLegend) out += QStringLiteral("\\addlegendentry{%1}\n").arg(texText(curve.label));
        }
        for (const NonFinite& spot : curve.nonFinite) {
            const double position = picture.xScale.position(spot.x);
            if (!(position >= picture.x.low && position <= picture.x.high)) continue;
            const bool up = spot.value > 0, isNumber = !std::isnan(spot.value);
            out +=
                QStringLiteral(
                    "\\addplot[forget plot, only marks, color=curve%1, mark=%2%3] coordinates {(%4,%5)};\n")
                    .arg(i)
                    .arg(isNumber ? QStringLiteral("triangle*") : QStringLiteral("triangle"),
                         isNumber && !up ? QStringLiteral(", mark options={rotate=180}") : QString(),
                         x.text(spot.x), TexAxis::number(y.limit(up ? picture.y.high : picture.y.low)));
        }
    }
    return out + QStringLiteral("\\end{axis}\n\\end{tikzpicture}\n\\end{document}\n");
}

}  // namespace filigree::ui
