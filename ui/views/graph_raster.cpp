// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/graph_raster.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <system_error>
#include <thread>
#include <vector>

namespace filigree::ui {
namespace {

constexpr float restOpacity = 0.36F;         ///< where a layer is densest
constexpr float restOpacityOfPaths = 0.18F;  ///< under the paths of a chosen unit
constexpr float leastOpacity = 0.1F, mostOpacity = 0.9F;
constexpr std::size_t fewEdges = 200;  ///< up to which one thread is as fast
constexpr float leastWidth = 0.8F, mostWidth = 2;

/// Where units lie in the picture.
struct Placement {
    float left = 0, top = 0;  ///< of unit 0
    float wide = 1, high = 1;
};

/// A colour made ready to be laid over many pixels: two channels are computed in one number.
struct Ink {
    explicit Ink(Rgb colour) : redBlue(packed(colour) & 0xFF00FFU), green(packed(colour) & 0x00FF00U) {}
    std::uint32_t over(std::uint32_t below, float opacity) const {
        const auto a = static_cast<std::uint32_t>(opacity * 256);
        const std::uint32_t outer = ((below & 0xFF00FFU) * (256 - a) + redBlue * a) >> 8 & 0xFF00FFU;
        const std::uint32_t inner = ((below & 0x00FF00U) * (256 - a) + green * a) >> 8 & 0x00FF00U;
        return 0xFF000000U | outer | inner;
    }
    std::uint32_t redBlue, green;
};

using Curve = std::array<float, 4>;

/// The part of a picture that one thread paints: columns first … end - 1.
struct Strip {
    Picture& picture;
    int first = 0, end = 0;
    int height() const { return picture.height; }
    std::uint32_t& at(int x, int y) const {
        return picture.pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) +
                              static_cast<std::size_t>(x)];
    }
};

void paintRest(const Strip& strip, const Placement& place, float left, float right,
               const GraphEdges::Layer& layer, float opacity, Rgb ground, Rgb colour) {
    if (layer.restConnections == 0) return;
    constexpr int across = GraphEdges::densityWidth, down = GraphEdges::densityHeight;
    std::array<std::uint32_t, 256> shades{};
    for (std::size_t i = 0; i < shades.size(); ++i)
        shades[i] = packed(mix(ground, colour, static_cast<double>(opacity) * static_cast<double>(i) / 255));
    const int first = std::max(strip.first, static_cast<int>(std::ceil(left)));
    const int last = std::min(strip.end - 1, static_cast<int>(std::floor(right)));
    const int top = std::max(0, static_cast<int>(std::ceil(place.top)));
    const int bottom = std::min(strip.height() - 1, static_cast<int>(std::floor(place.top + place.high)));
    const auto corner = [](float at, int cells) {
        const float inside = std::clamp(at - 0.5F, 0.0F, static_cast<float>(cells) - 1.001F);
        return std::pair(static_cast<int>(inside), inside - std::floor(inside));
    };
    for (int y = top; y <= bottom; ++y) {
        const auto [row, lower] =
            corner((static_cast<float>(y) + 0.5F - place.top) / place.high * down, down);
        const float* here = layer.density.data() + static_cast<std::ptrdiff_t>(row) * across;
        for (int x = first; x <= last; ++x) {
            const auto [column, beside] =
                corner((static_cast<float>(x) + 0.5F - left) / (right - left) * across, across);
            const float upper = here[column] + beside * (here[column + 1] - here[column]);
            const float under =
                here[column + across] + beside * (here[column + across + 1] - here[column + across]);
            const float share = upper + lower * (under - upper);
            if (share > 0) strip.at(x, y) = shades[static_cast<std::size_t>(std::min(255.0F, share * 255))];
        }
    }
}

/// The part of a curve in the columns of pixels whose middles lie in left … right.
void paintPiece(const Strip& strip, float left, float right, const Curve& curve, float width, float opacity,
                const Ink& ink) {
    const int first = std::max(strip.first, static_cast<int>(std::ceil(left - 0.5F)));
    const int end = std::min(strip.end, static_cast<int>(std::ceil(right - 0.5F)));
    // The powers of the Bezier curve.
    const float b = 3 * (curve[1] - curve[0]), c = 3 * (curve[2] - 2 * curve[1] + curve[0]),
                d = curve[3] - 3 * curve[2] + 3 * curve[1] - curve[0];
    const float step = 1 / (right - left);
    const float most = std::min(1.0F, width);
    for (int x = first; x < end; ++x) {
        const float t = (static_cast<float>(x) + 0.5F - left) * step;
        const float y = curve[0] + t * (b + t * (c + t * d));
        const float slope = (b + t * (2 * c + t * 3 * d)) * step;
        // A line of this slope is cut by a column of pixels that much longer than it is wide.
        const float longer = std::sqrt(1 + slope * slope);
        const float reach = (width / 2 + 0.5F) * longer;
        const int top = std::max(0, static_cast<int>(std::ceil(y - reach - 0.5F)));
        const int bottom = std::min(strip.height() - 1, static_cast<int>(std::floor(y + reach - 0.5F)));
        const float shorter = 1 / longer;
        for (int row = top; row <= bottom; ++row) {
            const float away = std::abs(static_cast<float>(row) + 0.5F - y) * shorter;
            const float covered = std::min(most, width / 2 + 0.5F - away);
            if (covered <= 0) continue;
            std::uint32_t& pixel = strip.at(x, row);
            pixel = ink.over(pixel, covered * opacity);
        }
    }
}

/// Halves the curve until a piece is short, and drops what lies outside.
void paintCurve(const Strip& strip, float left, float right, const Curve& curve, float width, float opacity,
                const Ink& ink) {
    constexpr float shortest = 48;
    if (right < static_cast<float>(strip.first) || left > static_cast<float>(strip.end) || !(right > left))
        return;
    const auto [least, greatest] = std::minmax_element(curve.begin(), curve.end());
    // The curve lies between its points; steeper ones are cut longer (paintPiece), at most by their own rise.
    const float around = width + (*greatest - *least) / std::max(1.0F, right - left) * width;
    if (*greatest < -around || *least > static_cast<float>(strip.height()) + around) return;
    const bool inside = left >= static_cast<float>(strip.first) && right <= static_cast<float>(strip.end) &&
                        *least >= 0 && *greatest <= static_cast<float>(strip.height());
    if (inside || right - left <= shortest) {
        paintPiece(strip, left, right, curve, width, opacity, ink);
        return;
    }
    const float a = (curve[0] + curve[1]) / 2, b = (curve[1] + curve[2]) / 2, c = (curve[2] + curve[3]) / 2;
    const float d = (a + b) / 2, e = (b + c) / 2, middle = (d + e) / 2;
    const float half = (left + right) / 2;
    paintCurve(strip, left, half, {curve[0], a, d, middle}, width, opacity, ink);
    paintCurve(strip, half, right, {middle, e, c, curve[3]}, width, opacity, ink);
}

void paintStrip(const Strip& strip, const GraphPicture& picture, const GraphEdges& edges,
                const Placement& place, const GraphInks& inks) {
    const Ink negative(inks.negative), positive(inks.positive), unsigned_(inks.unsigned_);
    for (std::size_t l = 0; l < picture.graph.layers.size(); ++l) {
        const GraphLayer& layer = picture.graph.layers[l];
        const GraphEdges::Layer& chosen = edges.layers[l];
        const float left = place.left + place.wide * static_cast<float>(picture.shape.x(layer.from));
        const float right = place.left + place.wide * static_cast<float>(picture.shape.x(layer.to));
        if (right < static_cast<float>(strip.first) || left > static_cast<float>(strip.end)) continue;
        paintRest(strip, place, left, right, chosen, edges.node ? restOpacityOfPaths : restOpacity,
                  inks.ground, inks.rest);
        for (const std::uint32_t e : chosen.drawn) {
            Curve curve = picture.shape.course({layer.from, layer.source[e]}, {layer.to, layer.targetOf(e)});
            for (float& each : curve) each = place.top + place.high * each;
            const float share =
                chosen.strongest > 0 ? std::clamp(layer.strength[e] / chosen.strongest, 0.0F, 1.0F) : 1;
            const bool known = !layer.value.empty() && !std::isnan(layer.value[e]);
            paintCurve(strip, left, right, curve, inks.unit * (leastWidth + (mostWidth - leastWidth) * share),
                       leastOpacity + (mostOpacity - leastOpacity) * share * share,
                       !known               ? unsigned_
                       : layer.value[e] < 0 ? negative
                                            : positive);
        }
    }
}

}  // namespace

Picture rasterizeGraph(const GraphPicture& picture, const GraphEdges& edges,
                       const GraphModel::Viewport& viewport, int margin, const GraphInks& inks,
                       int mostThreads) {
    Picture painted(static_cast<int>(viewport.width) + 2 * margin,
                    static_cast<int>(viewport.height) + 2 * margin, packed(inks.ground));
    Placement place;
    place.wide = static_cast<float>(viewport.width * viewport.scaleX);
    place.high = static_cast<float>(viewport.height * viewport.scaleY);
    place.left = static_cast<float>(margin) - static_cast<float>(viewport.left) * place.wide;
    place.top = static_cast<float>(margin) - static_cast<float>(viewport.top) * place.high;
    // Strips do not depend on each other, so the picture is the same for any number of threads.
    const int strips = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, mostThreads);
    std::vector<std::thread> threads;
    for (int i = 0; i < strips; ++i) {
        const Strip strip{painted, painted.width * i / strips, painted.width * (i + 1) / strips};
        const auto paint = [strip, &picture, &edges, &place, &inks] {
            paintStrip(strip, picture, edges, place, inks);
        };
        const bool beside = i + 1 < strips && edges.drawn() > fewEdges;
        try {
            if (beside) threads.emplace_back(paint);
        } catch (const std::system_error&) {
            paint();  // the system has no thread left
        }
        if (!beside) paint();
    }
    for (std::thread& thread : threads) thread.join();
    return painted;
}

}  // namespace filigree::ui
