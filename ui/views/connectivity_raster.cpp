// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity_raster.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace filigree::ui {
namespace {

/// The cells that one pixel covers along an axis: `first` … `first + count - 1`, all whole but the ends.
/// Weights add up to the covered share of the pixel.
struct Cover {
    std::int64_t first = 0;
    std::int64_t count = 0;
    float head = 0, middle = 0, tail = 0;

    float weight(std::int64_t i) const { return i == 0 ? head : i + 1 == count ? tail : middle; }
};

/// Pixel i covers [start + i * step, start + (i + 1) * step) cells of [0, cells).
std::vector<Cover> covers(double start, double step, int pixels, std::int64_t cells) {
    std::vector<Cover> all(static_cast<std::size_t>(pixels));
    for (int i = 0; i < pixels; ++i) {
        const double from = std::max(0.0, start + i * step);
        const double to = std::min(static_cast<double>(cells), start + (i + 1) * step);
        if (to - from <= 1e-9 * step) continue;
        Cover& cover = all[static_cast<std::size_t>(i)];
        cover.first = std::min(static_cast<std::int64_t>(from), cells - 1);
        const std::int64_t last =
            std::max(cover.first, std::min(static_cast<std::int64_t>(std::ceil(to)) - 1, cells - 1));
        cover.count = last - cover.first + 1;
        cover.middle = static_cast<float>(1 / step);
        if (cover.count == 1) {
            cover.head = static_cast<float>((to - from) / step);
        } else {
            cover.head = static_cast<float>((static_cast<double>(cover.first + 1) - from) / step);
            cover.tail = static_cast<float>((to - static_cast<double>(last)) / step);
        }
    }
    return all;
}

/// One row of cells as read last: neighbouring pixels often share it.
struct RowOfCells {
    std::int64_t row = -1;
    std::vector<float> density;
    std::vector<float> sum;
};

std::uint32_t blend(Rgb ground, Rgb ink, float strength) {
    // In 256ths; all of it is the ink itself.
    const auto share = static_cast<int>(strength * 256);
    const auto channel = [&](int from, int to) {
        return static_cast<std::uint32_t>(from + (((to - from) * share + 128) >> 8));
    };
    return channel(ground.red, ink.red) | channel(ground.green, ink.green) << 8 |
           channel(ground.blue, ink.blue) << 16;
}

/// The mean of levels over the area of every pixel, row by row.
class PixelMeans {
  public:
    PixelMeans(const ConnectivityLevels& levels, const Viewport& viewport)
        : levels_(levels), valued_(!levels.values().empty()) {
        // The coarsest level whose cells are no larger than a pixel along either axis.
        const double larger = std::max(viewport.cellWidth, viewport.cellHeight);
        while (level_ + 1 < levels.levels() && std::ldexp(larger, level_ + 1) <= 1) ++level_;
        const double side = std::ldexp(1.0, level_);
        across_ = covers(viewport.left / side, 1 / (viewport.cellWidth * side), viewport.width,
                         levels.columns(level_));
        down_ = covers(viewport.top / side, 1 / (viewport.cellHeight * side), viewport.height,
                       levels.rows(level_));
        for (const Cover& cover : across_) {
            if (cover.count == 0) continue;
            if (cells_ == 0) first_ = cover.first;
            cells_ = static_cast<std::size_t>(cover.first + cover.count - first_);
        }
        density_.resize(cells_);
        sum_.resize(valued_ ? cells_ : 0);
        share.resize(across_.size());
        total.resize(across_.size());
        inside.resize(across_.size());
    }

    /// Nothing of the matrix lies on this row of pixels.
    bool isOutside(int y) const { return cells_ == 0 || down_[static_cast<std::size_t>(y)].count == 0; }
    /// Inside one large cell all rows of pixels are the same.
    bool repeats(int y) const {
        if (y == 0) return false;
        const Cover& now = down_[static_cast<std::size_t>(y)];
        const Cover& before = down_[static_cast<std::size_t>(y) - 1];
        return before.count == 1 && now.count == 1 && before.first == now.first && before.head == now.head;
    }

    /// Fills share, total and inside.
    void sample(int y) {
        const Cover& vertical = down_[static_cast<std::size_t>(y)];
        accumulate(vertical);
        float high = 0;
        for (std::int64_t i = 0; i < vertical.count; ++i) high += vertical.weight(i);
        for (std::size_t x = 0; x < across_.size(); ++x) {
            const Cover& cover = across_[x];
            share[x] = total[x] = inside[x] = 0;
            if (cover.count == 0) continue;
            const auto at = static_cast<std::size_t>(cover.first - first_);
            float wide = 0;
            for (std::int64_t i = 0; i < cover.count; ++i) {
                const float weight = cover.weight(i);
                const std::size_t cell = at + static_cast<std::size_t>(i);
                share[x] += weight * density_[cell];
                if (valued_) total[x] += weight * sum_[cell];
                wide += weight;
            }
            inside[x] = wide * high;
        }
    }

    std::vector<float> share;   ///< of the pixel's area that is connected
    std::vector<float> total;   ///< values, times their share
    std::vector<float> inside;  ///< share of the pixel that lies in the matrix

  private:
    const RowOfCells& rowOf(std::int64_t row) {
        for (const RowOfCells& kept : rows_)
            if (kept.row == row) return kept;
        RowOfCells& slot = rows_[next_];
        next_ = 1 - next_;
        slot.row = row;
        slot.density.resize(cells_);
        slot.sum.resize(valued_ ? cells_ : 0);
        levels_.read(level_, row, first_, slot.density, slot.sum);
        return slot;
    }

    void accumulate(const Cover& cover) {
        std::fill(density_.begin(), density_.end(), 0.0F);
        std::fill(sum_.begin(), sum_.end(), 0.0F);
        for (std::int64_t i = 0; i < cover.count; ++i) {
            const RowOfCells& row = rowOf(cover.first + i);
            const float weight = cover.weight(i);
            for (std::size_t c = 0; c < cells_; ++c) density_[c] += weight * row.density[c];
            for (std::size_t c = 0; c < sum_.size(); ++c) sum_[c] += weight * row.sum[c];
        }
    }

    const ConnectivityLevels& levels_;
    bool valued_;
    int level_ = 0;
    std::vector<Cover> across_;
    std::vector<Cover> down_;
    std::int64_t first_ = 0;
    std::size_t cells_ = 0;
    std::vector<float> density_;
    std::vector<float> sum_;
    std::array<RowOfCells, 2> rows_;
    std::size_t next_ = 0;
};

/// Calls colour(x) for every pixel that holds connections, after means.sample(); it gives their ink.
template <typename Sample, typename Colour>
Picture draw(const PixelMeans& means, const Viewport& viewport, Rgb ground, float fullStrength, Sample sample,
             Colour colour) {
    Picture picture(viewport.width, viewport.height);
    for (int y = 0; y < viewport.height; ++y) {
        if (means.isOutside(y)) continue;
        const auto row = picture.pixels.begin() + static_cast<std::ptrdiff_t>(y) * viewport.width;
        if (means.repeats(y)) {
            std::copy_n(row - viewport.width, viewport.width, row);
            continue;
        }
        sample(y);
        for (std::size_t x = 0; x < means.share.size(); ++x) {
            const float inside = means.inside[x];
            const auto opacity = static_cast<std::uint32_t>(std::min(255.0F, inside * 255.0F + 0.5F));
            std::uint32_t& pixel = row[static_cast<std::ptrdiff_t>(x)];
            if (means.share[x] <= 0 || inside <= 0) {
                pixel = inside > 0 ? packed(ground, static_cast<std::uint8_t>(opacity)) : 0;
                continue;
            }
            // The root lifts thin blocks over the ground; what is full stays full.
            const float strength = std::sqrt(std::min(1.0F, means.share[x] / inside * fullStrength));
            pixel = blend(ground, colour(x), strength) | opacity << 24;
        }
    }
    return picture;
}

}  // namespace

double Viewport::level() const {
    return -0.5 * std::log2(cellWidth * cellHeight);
}

Picture rasterize(const ConnectivityLevels& levels, const Viewport& viewport, const RasterStyle& style) {
    if (levels.pattern().rows == 0 || levels.pattern().columns == 0) return {viewport.width, viewport.height};
    const bool valued = !levels.values().empty();
    std::array<Rgb, 256> colours{};
    for (std::size_t i = 0; i < colours.size(); ++i)
        colours[i] = valued && style.map ? (*style.map)[i] : style.presence;
    const auto toIndex = static_cast<float>(255 / std::max(1e-30, style.high - style.low));
    const auto low = static_cast<float>(style.low);
    PixelMeans means(levels, viewport);
    return draw(
        means, viewport, style.ground, static_cast<float>(1 / levels.fullDensity(viewport.level())),
        [&](int y) { means.sample(y); },
        [&](std::size_t x) {
            if (!valued) return colours[0];
            return colours[static_cast<std::size_t>(
                std::clamp((means.total[x] / means.share[x] - low) * toIndex + 0.5F, 0.0F, 255.0F))];
        });
}

Picture rasterizeSides(const ConnectivityLevels& onlyA, const ConnectivityLevels& onlyB,
                       const Viewport& viewport, const SideStyle& style) {
    if (onlyA.pattern().rows == 0 || onlyA.pattern().columns == 0) return {viewport.width, viewport.height};
    PixelMeans a(onlyA, viewport), b(onlyB, viewport);
    return draw(
        a, viewport, style.ground, static_cast<float>(1 / onlyA.fullDensity(viewport.level())),
        [&](int y) {
            a.sample(y);
            b.sample(y);
        },
        [&](std::size_t x) {
            const float shareOfA = a.total[x] / a.share[x], shareOfB = b.total[x] / a.share[x];
            const float shareOfBoth = std::max(0.0F, 1 - shareOfA - shareOfB);
            const auto channel = [&](std::uint8_t inA, std::uint8_t inB, std::uint8_t inBoth) {
                const float mean = shareOfA * static_cast<float>(inA) + shareOfB * static_cast<float>(inB) +
                                   shareOfBoth * static_cast<float>(inBoth);
                return static_cast<std::uint8_t>(std::min(255.0F, mean + 0.5F));
            };
            return Rgb{channel(style.onlyA.red, style.onlyB.red, style.both.red),
                       channel(style.onlyA.green, style.onlyB.green, style.both.green),
                       channel(style.onlyA.blue, style.onlyB.blue, style.both.blue)};
        });
}

}  // namespace filigree::ui
