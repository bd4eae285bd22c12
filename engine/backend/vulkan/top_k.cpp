// SPDX-License-Identifier: Apache-2.0
#include "backend/vulkan/top_k.h"

#include <array>

namespace filigree::vulkan {
namespace {

constexpr std::uint32_t sumsCode[] = {
#include "shaders/compute/scan_sums.comp.inc"
};
constexpr std::uint32_t blocksCode[] = {
#include "shaders/compute/scan_blocks.comp.inc"
};
constexpr std::uint32_t writeCode[] = {
#include "shaders/compute/scan_write.comp.inc"
};
constexpr std::uint32_t keysCode[] = {
#include "shaders/compute/top_k_keys.comp.inc"
};
constexpr std::uint32_t histogramCode[] = {
#include "shaders/compute/top_k_histogram.comp.inc"
};
constexpr std::uint32_t digitCode[] = {
#include "shaders/compute/top_k_digit.comp.inc"
};
constexpr std::uint32_t tiesCode[] = {
#include "shaders/compute/top_k_ties.comp.inc"
};
constexpr std::uint32_t flagsCode[] = {
#include "shaders/compute/top_k_flags.comp.inc"
};
const Shader sumsShader{"scan sums", sumsCode, 2};
const Shader blocksShader{"scan blocks", blocksCode, 1};
const Shader writeShader{"scan write", writeCode, 3};
const Shader keysShader{"top-k keys", keysCode, 2};
const Shader histogramShader{"top-k histogram", histogramCode, 3};
const Shader digitShader{"top-k digit", digitCode, 2};
const Shader tiesShader{"top-k ties", tiesCode, 3};
const Shader flagsShader{"top-k flags", flagsCode, 4};

constexpr std::uint32_t scanThreads = 128, scanPerThread = 8;
constexpr std::uint64_t scanBlock = std::uint64_t{scanThreads} * scanPerThread;

}  // namespace

Scan::Scan(Stream& stream, std::uint64_t most)
    : sums_(stream.make(ceilDivide(most, scanBlock), "scan.sums")) {}

void Scan::run(Stream& stream, const View& x, const View& before) {
    requireCount("scan", "the result", before, x.count);
    if (x.count == 0) return;
    const std::uint64_t blocks = ceilDivide(x.count, scanBlock);
    const View sums = sums_.view().part(0, blocks);
    const auto n = static_cast<double>(x.count);
    const std::uint32_t count = u32(x.count);
    stream.dispatch(sumsShader, {scanThreads, scanPerThread}, {in(x), out(sums)}, count, groupsFor(blocks, 1),
                    {4 * n, n});
    stream.dispatch(blocksShader, {scanThreads}, {inOut(sums)}, u32(blocks), {});
    stream.dispatch(writeShader, {scanThreads, scanPerThread}, {in(x), in(sums), out(before)}, count,
                    groupsFor(blocks, 1), {8 * n, n});
}

TopK::TopK(Stream& stream, std::uint64_t most)
    : keys_(stream.make(most, "top_k.keys")),
      before_(stream.make(most, "top_k.before")),
      state_(stream.make(2, "top_k.state")),
      histogram_(stream.make(256, "top_k.histogram")),
      scan_(stream, most) {
    stream.fill(histogram_, 0);
}

void TopK::run(Stream& stream, const View& key, std::uint64_t k, const View& flag) {
    requireCount("top-k", "the result", flag, key.count);
    if (k > key.count || key.count > before_.count())
        throw Error(ErrorKind::Run,
                    "top-k: cannot choose " + std::to_string(k) + " of " + std::to_string(key.count));
    if (k == 0) {
        stream.fill(flag, 0);
        return;
    }
    const std::array<std::uint32_t, 2> start{0, u32(k)};
    stream.write(state_, std::span<const std::uint32_t>(start));
    const auto n = static_cast<double>(key.count);
    struct {
        std::uint32_t count, shift;
    } digits{u32(key.count), 0};
    for (std::uint32_t pass = 0; pass < 4; ++pass) {
        digits.shift = 24 - 8 * pass;
        // Few groups: each adds its counts to the common ones once.
        Groups groups = groupsFor(key.count, 256 * 16);
        stream.dispatch(histogramShader, {}, {in(key), in(state_), inOut(histogram_)}, digits, groups,
                        {4 * n, n});
        stream.dispatch(digitShader, {}, {inOut(state_), inOut(histogram_)}, digits.shift, {});
    }
    const View before = before_.view().part(0, key.count);
    stream.dispatch(tiesShader, {listThreads}, {in(key), in(state_), out(flag)}, digits.count,
                    groupsFor(key.count), {8 * n, n});
    scan_.run(stream, flag, before);
    stream.dispatch(flagsShader, {listThreads}, {in(key), in(state_), in(before), out(flag)}, digits.count,
                    groupsFor(key.count), {12 * n, n});
}

void TopK::runScores(Stream& stream, const View& score, std::uint64_t k, const View& flag) {
    if (score.count > keys_.count())
        throw Error(ErrorKind::Run, "top-k: more scores than the workspace was made for");
    const View keys = keys_.view().part(0, score.count);
    const auto n = static_cast<double>(score.count);
    stream.dispatch(keysShader, {listThreads}, {in(score), out(keys)}, u32(score.count),
                    groupsFor(score.count), {8 * n, n});
    run(stream, keys, k, flag);
}

}  // namespace filigree::vulkan
