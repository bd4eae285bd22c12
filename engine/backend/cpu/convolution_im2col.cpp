// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/convolution_im2col.h"

#include <algorithm>
#include <vector>

#include "backend/matmul.h"
#include "base/parallel.h"

namespace filigree::backend::cpu {
namespace {

using Index = std::int64_t;

/// Calls body(row, position in the column matrix of that row, start in the image row or -1) for each run of
/// outputs: kernel position (c, u, v) is row (c kh + u) kw + v of the columns, output (i, j) is column i W' +
/// j.
template <typename Body>
void forEachRow(const ConvolutionSizes& s, Body&& body) {
    Index row = 0;
    for (Index c = 0; c < s.channelsEach(); ++c)
        for (Index u = 0; u < s.kernelHeight; ++u)
            for (Index v = 0; v < s.kernelWidth; ++v, ++row)
                for (Index i = 0; i < s.outHeight; ++i) {
                    const Index y = i * s.options.stride[0] - s.options.padding[0] + u;
                    const bool inside = y >= 0 && y < s.height;
                    body((row * s.outHeight + i) * s.outWidth, inside ? (c * s.height + y) * s.width : -1,
                         v - s.options.padding[1]);
                }
}

/// Outputs first … last-1 of a row whose window starts at x = j stride + shift lie inside the image.
struct Run {
    Index first, last;
};
Run insideOf(const ConvolutionSizes& s, Index shift) {
    const Index step = s.options.stride[1];
    const Index first = shift >= 0 ? 0 : (-shift + step - 1) / step;
    const Index last = s.width - shift <= 0 ? 0 : (s.width - shift - 1) / step + 1;
    return {std::min(first, s.outWidth), std::clamp(last, std::min(first, s.outWidth), s.outWidth)};
}

template <typename T>
void unfold(const ConvolutionSizes& s, const T* image, T* columns) {
    forEachRow(s, [&](Index at, Index line, Index shift) {
        T* const to = columns + at;
        if (line < 0) {
            std::fill_n(to, s.outWidth, T{0});
            return;
        }
        const Run run = insideOf(s, shift);
        std::fill_n(to, run.first, T{0});
        for (Index j = run.first; j < run.last; ++j) to[j] = image[line + j * s.options.stride[1] + shift];
        std::fill(to + run.last, to + s.outWidth, T{0});
    });
}

template <typename T>
void foldAdd(const ConvolutionSizes& s, const T* columns, T* image) {
    forEachRow(s, [&](Index at, Index line, Index shift) {
        if (line < 0) return;
        const Run run = insideOf(s, shift);
        for (Index j = run.first; j < run.last; ++j)
            image[line + j * s.options.stride[1] + shift] += columns[at + j];
    });
}

Index windowSize(const ConvolutionSizes& s) {
    return s.channelsEach() * s.kernelHeight * s.kernelWidth;
}

}  // namespace

template <typename T>
void convolveByColumns(const ConvolutionSizes& s, const T* x, const T* weight, const T* bias, T* y) {
    const Index window = windowSize(s), places = s.outHeight * s.outWidth;
    parallelFor(0, s.batch, 1, [&](Index first, Index last) {
        std::vector<T> columns(static_cast<std::size_t>(window * places));
        for (Index n = first; n < last; ++n)
            for (Index g = 0; g < s.options.groups; ++g) {
                unfold(s, x + n * s.imageSize() + g * s.channelsEach() * s.height * s.width, columns.data());
                T* const to = y + n * s.resultSize() + g * s.outputsEach() * places;
                if (bias)
                    for (Index o = 0; o < s.outputsEach(); ++o)
                        std::fill_n(to + o * places, places, bias[g * s.outputsEach() + o]);
                gemm<T>(false, false, s.outputsEach(), places, window, T{1},
                        weight + g * s.outputsEach() * window, window, columns.data(), places,
                        bias ? T{1} : T{0}, to, places);
            }
    });
}

template <typename T>
void inputGradientByColumns(const ConvolutionSizes& s, const T* gradY, const T* weight, T* gradX) {
    const Index window = windowSize(s), places = s.outHeight * s.outWidth;
    parallelFor(0, s.batch, 1, [&](Index first, Index last) {
        std::vector<T> columns(static_cast<std::size_t>(window * places));
        for (Index n = first; n < last; ++n) {
            std::fill_n(gradX + n * s.imageSize(), s.imageSize(), T{0});
            for (Index g = 0; g < s.options.groups; ++g) {
                gemm<T>(true, false, window, places, s.outputsEach(), T{1},
                        weight + g * s.outputsEach() * window, window,
                        gradY + n * s.resultSize() + g * s.outputsEach() * places, places, T{0},
                        columns.data(), places);
                foldAdd(s, columns.data(),
                        gradX + n * s.imageSize() + g * s.channelsEach() * s.height * s.width);
            }
        }
    });
}

template <typename T>
void weightGradientByColumns(const ConvolutionSizes& s, const T* x, const T* gradY, T* gradWeight) {
    const Index window = windowSize(s), places = s.outHeight * s.outWidth;
    // One partial sum per thread, added up in order.
    const Index blocks = std::min<Index>(s.batch, threadCount());
    std::vector<T> partial(static_cast<std::size_t>(blocks * s.weightSize()));
    parallelFor(0, blocks, 1, [&](Index firstBlock, Index lastBlock) {
        std::vector<T> columns(static_cast<std::size_t>(window * places));
        for (Index b = firstBlock; b < lastBlock; ++b)
            for (Index n = s.batch * b / blocks; n < s.batch * (b + 1) / blocks; ++n)
                for (Index g = 0; g < s.options.groups; ++g) {
                    unfold(s, x + n * s.imageSize() + g * s.channelsEach() * s.height * s.width,
                           columns.data());
                    gemm<T>(false, true, s.outputsEach(), window, places, T{1},
                            gradY + n * s.resultSize() + g * s.outputsEach() * places, places, columns.data(),
                            places, T{1}, partial.data() + b * s.weightSize() + g * s.outputsEach() * window,
                            window);
                }
    });
    std::fill_n(gradWeight, s.weightSize(), T{0});
    for (Index b = 0; b < blocks; ++b)
        for (Index i = 0; i < s.weightSize(); ++i)
            gradWeight[i] += partial[static_cast<std::size_t>(b * s.weightSize() + i)];
}

template void convolveByColumns(const ConvolutionSizes&, const float*, const float*, const float*, float*);
template void convolveByColumns(const ConvolutionSizes&, const double*, const double*, const double*,
                                double*);
template void inputGradientByColumns(const ConvolutionSizes&, const float*, const float*, float*);
template void inputGradientByColumns(const ConvolutionSizes&, const double*, const double*, double*);
template void weightGradientByColumns(const ConvolutionSizes&, const float*, const float*, float*);
template void weightGradientByColumns(const ConvolutionSizes&, const double*, const double*, double*);

}  // namespace filigree::backend::cpu
