// SPDX-License-Identifier: Apache-2.0
#include "backend/coded_sums.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "backend/cpu/row_kernels.h"
#include "base/error.h"
#include "base/parallel.h"

namespace filigree::backend {
namespace {

using Index = std::int64_t;

constexpr float largestCode = 127;
/// Below it a scale would be no normal number: the block counts as 0.
constexpr float smallestBlock = 4 * largestCode * largestCode * std::numeric_limits<float>::min();

float decoded(std::uint8_t code, float scale) {
    const auto c = static_cast<float>(code & 127);
    return (code & 128 ? -scale : scale) * c * c;
}

}  // namespace

CodedSums::CodedSums(Index rows, Index columns)
    : codes_(Tensor::zeros({rows, columns}, DType::U8)),
      scales_(Tensor::zeros({rows, (columns + block - 1) / block})) {}

void CodedSums::add(Index firstRow, std::span<const float> gradient, float beta,
                    const RandomStream& rounding) {
    const Index width = columns(), count = std::ssize(gradient) / std::max<Index>(1, width);
    std::uint8_t* const codes = codes_.data<std::uint8_t>();
    float* const scales = scales_.data<float>();
    const Index blocks = blocksEach();
    const RowKernels& kernels = rowKernels();
    constexpr Index worthwhile = 1 << 15;
    parallelFor(
        0, count, std::max<Index>(1, worthwhile / std::max<Index>(1, width)), [&](Index first, Index last) {
            const FlushSubnormals flush;
            std::array<float, block> sums{};
            for (Index row = first; row < last; ++row)
                for (Index b = 0; b < blocks; ++b) {
                    const Index place = (firstRow + row) * blocks + b,
                                here = std::min(block, width - b * block);
                    std::uint8_t* const code = codes + (firstRow + row) * width + b * block;
                    const float* const g = gradient.data() + row * width + b * block;
                    const float most = kernels.addToCodes(code, scales[place], beta, g, sums.data(), here);
                    if (!std::isfinite(most))
                        throw Error(ErrorKind::Run, "a sum of gradients is not a number", {},
                                    "the run has diverged: lower optimizer.lr");
                    if (most < smallestBlock) {
                        scales[place] = 0;
                        std::fill_n(code, here, std::uint8_t{0});
                        continue;
                    }
                    scales[place] = most / (largestCode * largestCode);
                    const auto counter = static_cast<std::uint64_t>(place), step = rounding.step();
                    const std::uint32_t seed = philox(
                        {static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32),
                         static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(step >> 32)},
                        rounding.key())[0];
                    kernels.encodeSums(sums.data(), scales[place], seed, code, here);
                }
        });
}

void CodedSums::decode(Index firstRow, std::span<float> values) const {
    const Index width = columns(), blocks = blocksEach();
    const std::uint8_t* const codes = codes_.data<std::uint8_t>() + firstRow * width;
    const float* const scales = scales_.data<float>() + firstRow * blocks;
    for (Index i = 0; i < std::ssize(values); ++i)
        values[static_cast<std::size_t>(i)] =
            decoded(codes[i], scales[i / width * blocks + i % width / block]);
}

Index CodedSums::bytes() const {
    return static_cast<Index>(codes_.bytes() + scales_.bytes());
}

void CodedSums::restore(const Tensor& codes, const Tensor& scales) {
    codes_.copyFrom(codes);
    scales_.copyFrom(scales);
}

}  // namespace filigree::backend
