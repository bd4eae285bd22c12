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

class Raster {
  public:
    Raster(const ConnectivityLevels& levels, const Viewport& viewport, const RasterStyle& style)
        : levels_(levels), style_(style), valued_(!levels.values().empty()) {
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
        strength_ = static_cast<float>(1 / levels.fullDensity(viewport.level()));
        fillTable();
    }

    Picture draw(int width, int height) {
        Picture picture(width, height);
        if (cells_ == 0) return picture;
        std::vector<float> density(cells_);
        std::vector<float> sum(valued_ ? cells_ : 0);
        const Cover* before = nullptr;
        for (int y = 0; y < height; ++y) {
            const Cover& cover = down_[static_cast<std::size_t>(y)];
            if (cover.count == 0) continue;
            auto row = picture.pixels.begin() + static_cast<std::ptrdiff_t>(y) * width;
            // Inside one large cell all rows of pixels are the same.
            if (before && before->count == 1 && cover.count == 1 && before->first == cover.first &&
                before->head == cover.head) {
                std::copy_n(row - width, width, row);
                continue;
            }
            before = &cover;
            accumulate(cover, density, sum);
            colour(cover, density, sum, row);
        }
        return picture;
    }

  private:
    void fillTable() {
        for (std::size_t i = 0; i < colours_.size(); ++i)
            colours_[i] = valued_ && style_.map ? (*style_.map)[i] : style_.presence;
    }

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

    void accumulate(const Cover& cover, std::vector<float>& density, std::vector<float>& sum) {
        std::fill(density.begin(), density.end(), 0.0F);
        std::fill(sum.begin(), sum.end(), 0.0F);
        for (std::int64_t i = 0; i < cover.count; ++i) {
            const RowOfCells& row = rowOf(cover.first + i);
            const float weight = cover.weight(i);
            for (std::size_t c = 0; c < cells_; ++c) density[c] += weight * row.density[c];
            for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += weight * row.sum[c];
        }
    }

    template <typename Row>
    void colour(const Cover& vertical, const std::vector<float>& density, const std::vector<float>& sum,
                Row row) {
        float high = 0;
        for (std::int64_t i = 0; i < vertical.count; ++i) high += vertical.weight(i);
        const auto toIndex = static_cast<float>(255 / std::max(1e-30, style_.high - style_.low));
        const auto low = static_cast<float>(style_.low);
        for (const Cover& cover : across_) {
            std::uint32_t& pixel = *row++;
            if (cover.count == 0) continue;
            const auto at = static_cast<std::size_t>(cover.first - first_);
            float share = cover.head * density[at];
            float total = valued_ ? cover.head * sum[at] : 0;
            float wide = cover.head;
            for (std::int64_t i = 1; i < cover.count; ++i) {
                const float weight = i + 1 == cover.count ? cover.tail : cover.middle;
                const std::size_t cell = at + static_cast<std::size_t>(i);
                share += weight * density[cell];
                if (valued_) total += weight * sum[cell];
                wide += weight;
            }
            const float inside = wide * high;  // share of the pixel that lies in the matrix
            const auto opacity = static_cast<std::uint32_t>(std::min(255.0F, inside * 255.0F + 0.5F));
            if (share <= 0 || inside <= 0) {
                pixel = packed(style_.ground, static_cast<std::uint8_t>(opacity));
                continue;
            }
            // The root lifts thin blocks over the ground; what is full stays full.
            const float strength = std::sqrt(std::min(1.0F, share / inside * strength_));
            std::size_t index = 0;
            if (valued_)
                index = static_cast<std::size_t>(
                    std::clamp((total / share - low) * toIndex + 0.5F, 0.0F, 255.0F));
            pixel = blend(colours_[index], strength) | opacity << 24;
        }
    }

    std::uint32_t blend(Rgb ink, float strength) const {
        // In 256ths; all of it is the ink itself.
        const auto share = static_cast<int>(strength * 256);
        const auto channel = [&](int from, int to) {
            return static_cast<std::uint32_t>(from + (((to - from) * share + 128) >> 8));
        };
        return channel(style_.ground.red, ink.red) | channel(style_.ground.green, ink.green) << 8 |
               channel(style_.ground.blue, ink.blue) << 16;
    }

    const ConnectivityLevels& levels_;
    const RasterStyle& style_;
    bool valued_;
    int level_ = 0;
    std::vector<Cover> across_;
    std::vector<Cover> down_;
    std::int64_t first_ = 0;
    std::size_t cells_ = 0;
    float strength_ = 1;
    std::array<Rgb, 256> colours_{};
    std::array<RowOfCells, 2> rows_;
    std::size_t next_ = 0;
};

}  // namespace

double Viewport::level() const {
    return -0.5 * std::log2(cellWidth * cellHeight);
}

Picture rasterize(const ConnectivityLevels& levels, const Viewport& viewport, const RasterStyle& style) {
    if (levels.pattern().rows == 0 || levels.pattern().columns == 0) return {viewport.width, viewport.height};
    return Raster(levels, viewport, style).draw(viewport.width, viewport.height);
}

}  // namespace filigree::ui
