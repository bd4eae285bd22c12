// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "backend/convolution.h"
#include "backend/cpu/image_kernels.h"
#include "tensor/tensor.h"

namespace filigree::backend::cpu {

/// Rows or columns of zeros around an image.
struct Border {
    std::int64_t before = 0, after = 0;
};

/// What PaddedImages makes room for.
struct ImageRoom {
    std::int64_t slots = 1;      ///< tiles that are held at a time
    std::int64_t rowsHeld = 0;   ///< rows of a tile, all of them (0) or a strip of so many
    std::int64_t spareRows = 0;  ///< above and below those, for who writes more rows than are read
    bool written = false;        ///< rows are written in place: memory of its own even without a border
};

/// Rows of the images of a batch-tiled tensor [N, C, H, W] with a border of zeros, tile by tile: planes
/// [C][rows][before + W + after][imageTile]. Without a border they are the tensor's own memory.
class PaddedImages {
  public:
    PaddedImages(std::int64_t channels, std::int64_t height, std::int64_t width, Border rows, Border columns,
                 const ImageRoom& room);

    /// Takes the channels first … last-1 of a tile, whose planes lie one after another, from padded row `top`
    /// on.
    void load(std::int64_t slot, const float* planes, std::int64_t top, std::int64_t first,
              std::int64_t last);
    /// The first pixel of the first row held.
    const float* operator[](std::int64_t slot) const { return direct_ ? sources_[at(slot)] : memory(slot); }

    /// Image rows that a strip from padded row `top` on holds.
    struct Rows {
        std::int64_t first, last;
    };
    Rows rowsFrom(std::int64_t top) const;
    /// For who writes rows: the first image pixel of image row y of a channel, in a strip from padded row
    /// `top` on.
    float* writable(std::int64_t slot, std::int64_t top, std::int64_t channel, std::int64_t y);
    /// Sets the rows of a channel to zero that lie outside of the image.
    void clearOutside(std::int64_t slot, std::int64_t top, std::int64_t channel);

    /// Floats from a row, and from a plane, to the next.
    std::int64_t row() const { return row_; }
    std::int64_t plane() const { return plane_; }
    /// True if nothing is copied: `load` only notes where the rows are.
    bool direct() const { return direct_; }

  private:
    static std::size_t at(std::int64_t slot) { return static_cast<std::size_t>(slot); }
    const float* memory(std::int64_t slot) const {
        return memory_.data<float>() + slot * channels_ * plane_ + spare_ * row_;
    }

    std::int64_t channels_, height_, width_;
    Border rows_, columns_;
    std::int64_t held_, spare_;
    std::int64_t row_, plane_;
    bool direct_;
    Tensor memory_;
    std::vector<const float*> sources_;
};

/// A run of target rows whose source rows fit the second-level cache together.
struct Strip {
    std::int64_t first, rows;
};

/// A convolution between batch-tiled images of one group.
struct ImageConvolution {
    ImageConvolution(const Shape& x, const Shape& weight, const Shape& y, const Conv2dOptions& options);

    std::int64_t batch, channels, height, width;      // of x
    std::int64_t outputs, kernelHeight, kernelWidth;  // of the weight
    std::int64_t outHeight, outWidth;                 // of y
    std::array<std::int64_t, 2> stride, padding;

    std::int64_t kernel() const { return kernelHeight * kernelWidth; }
    std::int64_t taps() const { return channels * kernel(); }
    std::int64_t tiles() const { return (batch + imageTile - 1) / imageTile; }
    std::int64_t inputSize() const { return channels * height * width * imageTile; }
    std::int64_t outputSize() const { return outputs * outHeight * outWidth * imageTile; }

    /// x with the border that the windows read: whole, or a strip at a time, which feeds so many rows of y
    /// (0: as many as inputStrips says). No slots: for its measures alone.
    PaddedImages paddedInput(std::int64_t slots) const;
    PaddedImages inputStrip(std::int64_t rows = 0, std::int64_t slots = 1) const;
    /// The rows of y, cut into strips; what strip s reads begins at padded row s.first stride.
    std::vector<Strip> inputStrips() const;
    /// From a pixel of y to what it reads of that.
    ImageWalk forwardWalk(const PaddedImages& input) const;
    /// For each column (c, u, v) of the weight: where in the padded x it reads. Throws Error (Run) if an
    /// image is too large.
    std::vector<std::uint32_t> inputOffsets(const PaddedImages& input) const;

    /// dy with the border that the gradient of x reads: whole, or a strip at a time.
    PaddedImages paddedGradient(std::int64_t slots) const;
    PaddedImages gradientStrip() const;
    /// The same to be written in place: whole, or a strip (slots = 0), with a spare row on both sides.
    PaddedImages writtenGradient(std::int64_t slots) const;
    /// The rows of a phase of x (see below; of the first, the longest), cut into strips; what strip s reads
    /// begins at padded row s.first.
    std::vector<Strip> gradientStrips() const;
    /// The pixels of x whose row is `row` and whose column is `column` modulo the stride read dy through the
    /// same taps of the kernel: with stride s there are s x s such grids, each a convolution of stride 1.
    struct Phase {
        std::int64_t row, column;
        ImageWalk walk;       ///< target: the grid in x; source: padded dy
        std::int64_t target;  ///< of the first pixel of the grid in a plane of x
    };
    std::vector<Phase> phases(const PaddedImages& gradient) const;
    /// True if pixels of the phase read dy through tap (u, v); then `offset` is where, for output channel o.
    bool reads(const Phase& phase, std::int64_t u, std::int64_t v) const;
    std::uint32_t gradientOffset(const Phase& phase, const PaddedImages& gradient, std::int64_t o,
                                 std::int64_t u, std::int64_t v) const;

    /// The part of a walk that lies in a strip; its target begins `strip.first` target rows further.
    static ImageWalk within(const ImageWalk& walk, const Strip& strip);

  private:
    Border inputBorder(int axis) const;
    Border gradientBorder(int axis) const;
    /// Rows above and below those of the phase that its gradient reads.
    std::int64_t gradientOverlap() const;
    std::int64_t inputStripRows() const;
    std::int64_t gradientStripRows() const;
};

}  // namespace filigree::backend::cpu
