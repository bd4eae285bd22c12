// SPDX-License-Identifier: Apache-2.0
#include "backend/coded_sums.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

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

/// 128 random numbers in (0, 1), in steps of 1/256.
void fillRandom(std::array<float, CodedSums::block>& numbers, std::uint64_t place,
                const RandomStream& stream) {
    constexpr std::uint64_t drawsEach = CodedSums::block / 16;
    const std::uint64_t step = stream.step();
    for (std::uint64_t draw = 0; draw < drawsEach; ++draw) {
        const std::uint64_t counter = place * drawsEach + draw;
        const std::array<std::uint32_t, 4> words =
            philox({static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(counter >> 32),
                    static_cast<std::uint32_t>(step), static_cast<std::uint32_t>(step >> 32)},
                   stream.key());
        float* const to = numbers.data() + draw * 16;
        for (std::size_t w = 0; w < 4; ++w)
            for (std::size_t b = 0; b < 4; ++b)
                to[4 * w + b] =
                    (static_cast<float>(static_cast<std::int32_t>(words[w] >> (8 * b) & 255U)) + 0.5F) / 256;
    }
}

/// Largest |sum| of a block.
float largestOf(const float* sums, Index count) {
    // Numbers order as the bits of their magnitudes, and what is not a number is above all.
    std::int32_t most = 0;
    for (Index i = 0; i < count; ++i)
        most = std::max(most, std::bit_cast<std::int32_t>(sums[i]) & 0x7fffffff);
    return std::bit_cast<float>(most);
}

void encode(const float* sums, Index count, float scale, const std::array<float, CodedSums::block>& random,
            std::uint8_t* codes) {
    const float inverse = 1 / scale;
    for (Index i = 0; i < count; ++i) {
        const float squares = std::min(std::abs(sums[i]) * inverse, largestCode * largestCode);
        // The root of a rounded quotient may end on either side of a whole number: it is 127 at most.
        const auto lower =
            static_cast<float>(static_cast<std::int32_t>(std::min(std::sqrt(squares), largestCode)));
        const float part = (squares - lower * lower) / (2 * lower + 1);
        const std::int32_t code =
            static_cast<std::int32_t>(lower) + (part > random[static_cast<std::size_t>(i)] ? 1 : 0);
        codes[i] = static_cast<std::uint8_t>(std::min(code, 127) | (sums[i] < 0 ? 128 : 0));
    }
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
    constexpr Index worthwhile = 1 << 15;
    parallelFor(
        0, count, std::max<Index>(1, worthwhile / std::max<Index>(1, width)), [&](Index first, Index last) {
            const FlushSubnormals flush;
            std::array<float, block> sums{}, random{};
            for (Index row = first; row < last; ++row)
                for (Index b = 0; b < blocks; ++b) {
                    const Index place = (firstRow + row) * blocks + b,
                                here = std::min(block, width - b * block);
                    std::uint8_t* const code = codes + (firstRow + row) * width + b * block;
                    const float* const g = gradient.data() + row * width + b * block;
                    for (Index i = 0; i < here; ++i)
                        sums[static_cast<std::size_t>(i)] = beta * decoded(code[i], scales[place]) + g[i];
                    const float most = largestOf(sums.data(), here);
                    if (!std::isfinite(most))
                        throw Error(ErrorKind::Run, "a sum of gradients is not a number", {},
                                    "the run has diverged: lower optimizer.lr");
                    if (most < smallestBlock) {
                        scales[place] = 0;
                        std::fill_n(code, here, std::uint8_t{0});
                        continue;
                    }
                    scales[place] = most / (largestCode * largestCode);
                    fillRandom(random, static_cast<std::uint64_t>(place), rounding);
                    encode(sums.data(), here, scales[place], random, code);
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
