// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/image_planes.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/error.h"

namespace filigree::backend::cpu {
namespace {

std::int64_t remainder(std::int64_t a, std::int64_t b) {
    const std::int64_t r = a % b;
    return r < 0 ? r + b : r;
}

void requireAddressable(std::int64_t floats) {
    if (floats > std::int64_t{0xffffffff})
        throw Error(ErrorKind::Run, "an image of a convolution is too large",
                    std::to_string(floats) + " values");
}

}  // namespace

PaddedImages::PaddedImages(std::int64_t channels, std::int64_t height, std::int64_t width, Border rows,
                           Border columns, const ImageRoom& room)
    : channels_(channels),
      height_(height),
      width_(width),
      rows_(rows),
      columns_(columns),
      held_(room.rowsHeld > 0 ? room.rowsHeld : rows.before + height + rows.after),
      spare_(room.spareRows),
      row_((columns.before + width + columns.after) * imageTile),
      plane_((held_ + 2 * spare_) * row_),
      direct_(!room.written && rows.before + rows.after + columns.before + columns.after == 0),
      sources_(at(room.slots)) {
    if (direct_) {
        plane_ = height * row_;
        return;
    }
    // Planes whose distance is a power of two would compete for the same places in the cache.
    while (plane_ / imageTile % 8 != 3) plane_ += imageTile;
    memory_ = Tensor::empty({room.slots * channels_ * plane_});
    if (columns.before + columns.after == 0) return;
    // Rows are written whole, or set to zero, when their turn comes; the border beside them never changes.
    float* const start = memory_.data<float>();
    for (std::int64_t i = 0; i < room.slots * channels_; ++i)
        for (std::int64_t r = 0; r < held_ + 2 * spare_; ++r) {
            float* const line = start + i * plane_ + r * row_;
            std::fill_n(line, columns.before * imageTile, 0.0F);
            std::fill_n(line + row_ - columns.after * imageTile, columns.after * imageTile, 0.0F);
        }
}

void PaddedImages::load(std::int64_t slot, const float* planes, std::int64_t top, std::int64_t first,
                        std::int64_t last) {
    if (direct_) {
        sources_[at(slot)] = planes + top * row_;
        return;
    }
    float* const to = memory_.data<float>() + slot * channels_ * plane_ + spare_ * row_;
    const std::int64_t line = width_ * imageTile;
    const auto bytes = static_cast<std::size_t>(line) * sizeof(float);
    for (std::int64_t c = first; c < last; ++c)
        for (std::int64_t r = 0; r < held_; ++r) {
            const std::int64_t y = top + r - rows_.before;
            float* const start = to + c * plane_ + r * row_ + columns_.before * imageTile;
            if (y >= 0 && y < height_)
                std::memcpy(start, planes + (c * height_ + y) * line, bytes);
            else
                std::memset(start, 0, bytes);
        }
}

PaddedImages::Rows PaddedImages::rowsFrom(std::int64_t top) const {
    return {std::clamp<std::int64_t>(top - rows_.before, 0, height_),
            std::clamp<std::int64_t>(top + held_ - rows_.before, 0, height_)};
}

float* PaddedImages::writable(std::int64_t slot, std::int64_t top, std::int64_t channel, std::int64_t y) {
    return memory_.data<float>() + (slot * channels_ + channel) * plane_ +
           (spare_ + y + rows_.before - top) * row_ + columns_.before * imageTile;
}

void PaddedImages::clearOutside(std::int64_t slot, std::int64_t top, std::int64_t channel) {
    const Rows rows = rowsFrom(top);
    float* const start = memory_.data<float>() + (slot * channels_ + channel) * plane_ + spare_ * row_;
    const std::int64_t above = rows.last > rows.first ? rows.first + rows_.before - top : held_;
    const std::int64_t below = rows.last > rows.first ? rows.last + rows_.before - top : held_;
    std::fill(start, start + above * row_, 0.0F);
    std::fill(start + below * row_, start + held_ * row_, 0.0F);
}

ImageConvolution::ImageConvolution(const Shape& x, const Shape& weight, const Shape& y,
                                   const Conv2dOptions& options)
    : batch(x[0]),
      channels(x[1]),
      height(x[2]),
      width(x[3]),
      outputs(weight[0]),
      kernelHeight(weight[2]),
      kernelWidth(weight[3]),
      outHeight(y[2]),
      outWidth(y[3]),
      stride(options.stride),
      padding(options.padding) {}

namespace {

/// Rows of a strip, so that source rows of `rowBytes` each, `step` of them per target row and `overlap` in
/// all, fit the second-level cache; even, so that blocks of two rows fill it, and of nearly one length.
std::int64_t stripRows(std::int64_t rows, std::int64_t rowBytes, std::int64_t step, std::int64_t overlap) {
    constexpr std::int64_t cachedBytes = std::int64_t{5} << 18;
    const std::int64_t fit = std::max<std::int64_t>(2, (cachedBytes / rowBytes - overlap) / step / 2 * 2);
    if (rows <= fit) return rows;
    std::int64_t parts = (rows + fit - 1) / fit, each = 0;
    do {
        each = (rows + parts - 1) / parts;
        each += each % 2;
        ++parts;
    } while (each > fit);
    return each;
}

std::vector<Strip> stripsOf(std::int64_t rows, std::int64_t each) {
    std::vector<Strip> strips;
    for (std::int64_t first = 0; first < rows; first += each)
        strips.push_back({first, std::min(each, rows - first)});
    return strips;
}

}  // namespace

Border ImageConvolution::inputBorder(int axis) const {
    const auto a = static_cast<std::size_t>(axis);
    const std::int64_t kernelSize = axis == 0 ? kernelHeight : kernelWidth;
    const std::int64_t size = axis == 0 ? height : width;
    const std::int64_t out = axis == 0 ? outHeight : outWidth;
    // Behind the image only as much as the last window reaches.
    return {padding[a], std::max<std::int64_t>(0, (out - 1) * stride[a] + kernelSize - size - padding[a])};
}

PaddedImages ImageConvolution::paddedInput(std::int64_t slots) const {
    return {channels, height, width, inputBorder(0), inputBorder(1), {.slots = slots}};
}

std::int64_t ImageConvolution::inputStripRows() const {
    const Border columns = inputBorder(1);
    return stripRows(outHeight, channels * (columns.before + width + columns.after) * imageTile * 4,
                     stride[0], kernelHeight - 1);
}

PaddedImages ImageConvolution::inputStrip(std::int64_t rows, std::int64_t slots) const {
    const std::int64_t each = rows > 0 ? rows : inputStripRows();
    return {channels,       height,
            width,          inputBorder(0),
            inputBorder(1), {.slots = slots, .rowsHeld = (each - 1) * stride[0] + kernelHeight}};
}

std::vector<Strip> ImageConvolution::inputStrips() const {
    return stripsOf(outHeight, inputStripRows());
}

ImageWalk ImageConvolution::within(const ImageWalk& walk, const Strip& strip) {
    ImageWalk part = walk;
    part.height = std::clamp<std::int64_t>(walk.height - strip.first, 0, strip.rows);
    return part;
}

ImageWalk ImageConvolution::forwardWalk(const PaddedImages& input) const {
    return {
        outHeight, outWidth, outWidth * imageTile, imageTile, stride[0] * input.row(), stride[1] * imageTile};
}

std::vector<std::uint32_t> ImageConvolution::inputOffsets(const PaddedImages& input) const {
    requireAddressable(channels * input.plane());
    std::vector<std::uint32_t> offsets;
    offsets.reserve(static_cast<std::size_t>(taps()));
    for (std::int64_t c = 0; c < channels; ++c)
        for (std::int64_t u = 0; u < kernelHeight; ++u)
            for (std::int64_t v = 0; v < kernelWidth; ++v)
                offsets.push_back(
                    static_cast<std::uint32_t>(c * input.plane() + u * input.row() + v * imageTile));
    return offsets;
}

/// Pixel y of x reads row (y + padding - u) / stride of dy, for every tap u for which that is whole.
Border ImageConvolution::gradientBorder(int axis) const {
    const auto a = static_cast<std::size_t>(axis);
    const std::int64_t kernelSize = axis == 0 ? kernelHeight : kernelWidth;
    const std::int64_t size = axis == 0 ? height : width;
    const std::int64_t out = axis == 0 ? outHeight : outWidth;
    const std::int64_t reach = kernelSize - 1 - padding[a];
    return {reach > 0 ? reach / stride[a] : 0,
            std::max<std::int64_t>(0, (size - 1 + padding[a]) / stride[a] - (out - 1))};
}

PaddedImages ImageConvolution::paddedGradient(std::int64_t slots) const {
    return {outputs, outHeight, outWidth, gradientBorder(0), gradientBorder(1), {.slots = slots}};
}

std::int64_t ImageConvolution::gradientOverlap() const {
    return gradientBorder(0).before + (stride[0] - 1 + padding[0]) / stride[0];
}

std::int64_t ImageConvolution::gradientStripRows() const {
    const Border columns = gradientBorder(1);
    return stripRows((height + stride[0] - 1) / stride[0],
                     outputs * (columns.before + outWidth + columns.after) * imageTile * 4, 1,
                     gradientOverlap());
}

PaddedImages ImageConvolution::gradientStrip() const {
    return {outputs,           outHeight,         outWidth,
            gradientBorder(0), gradientBorder(1), {.rowsHeld = gradientStripRows() + gradientOverlap()}};
}

PaddedImages ImageConvolution::writtenGradient(std::int64_t slots) const {
    return {outputs,
            outHeight,
            outWidth,
            gradientBorder(0),
            gradientBorder(1),
            {.slots = std::max<std::int64_t>(1, slots),
             .rowsHeld = slots == 0 ? gradientStripRows() + gradientOverlap() : 0,
             .spareRows = 1,
             .written = true}};
}

std::vector<Strip> ImageConvolution::gradientStrips() const {
    return stripsOf((height + stride[0] - 1) / stride[0], gradientStripRows());
}

std::vector<ImageConvolution::Phase> ImageConvolution::phases(const PaddedImages& gradient) const {
    requireAddressable(outputs * gradient.plane());
    std::vector<Phase> result;
    for (std::int64_t row = 0; row < std::min(stride[0], height); ++row)
        for (std::int64_t column = 0; column < std::min(stride[1], width); ++column)
            result.push_back(
                {row,
                 column,
                 {(height - row + stride[0] - 1) / stride[0], (width - column + stride[1] - 1) / stride[1],
                  stride[0] * width * imageTile, stride[1] * imageTile, gradient.row(), imageTile},
                 (row * width + column) * imageTile});
    return result;
}

bool ImageConvolution::reads(const Phase& phase, std::int64_t u, std::int64_t v) const {
    return remainder(phase.row + padding[0] - u, stride[0]) == 0 &&
           remainder(phase.column + padding[1] - v, stride[1]) == 0;
}

std::uint32_t ImageConvolution::gradientOffset(const Phase& phase, const PaddedImages& gradient,
                                               std::int64_t o, std::int64_t u, std::int64_t v) const {
    const std::int64_t row = (phase.row + padding[0] - u) / stride[0] + gradientBorder(0).before;
    const std::int64_t column = (phase.column + padding[1] - v) / stride[1] + gradientBorder(1).before;
    return static_cast<std::uint32_t>(o * gradient.plane() + row * gradient.row() + column * imageTile);
}

}  // namespace filigree::backend::cpu
