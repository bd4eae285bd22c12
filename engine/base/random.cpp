// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <unordered_set>

#include "base/error.h"

namespace filigree {
namespace {

/// FNV-1a, to turn the name of a stream into bits that do not depend on the platform.
std::uint64_t hashName(std::string_view name) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : name) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3ULL;
    }
    return hash;
}

/// The finaliser of splitmix64: spreads nearby seeds over the key space.
std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

std::uint32_t low(std::uint64_t x) { return static_cast<std::uint32_t>(x); }
std::uint32_t high(std::uint64_t x) { return static_cast<std::uint32_t>(x >> 32); }

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> c, std::array<std::uint32_t, 2> k) {
    for (int round = 0; round < 10; ++round) {
        const std::uint64_t p0 = 0xD2511F53ULL * c[0];
        const std::uint64_t p1 = 0xCD9E8D57ULL * c[2];
        c = {high(p1) ^ c[1] ^ k[0], low(p1), high(p0) ^ c[3] ^ k[1], low(p0)};
        k[0] += 0x9E3779B9U;
        k[1] += 0xBB67AE85U;
    }
    return c;
}

RandomStream::RandomStream(std::uint64_t seed, std::string_view stream, std::uint64_t step) : step_(step) {
    const std::uint64_t key = mix(mix(seed + 0x9e3779b97f4a7c15ULL) ^ hashName(stream));
    key_ = {low(key), high(key)};
}

std::uint32_t RandomStream::next32() {
    if (used_ == 4) {
        buffer_ = philox({low(block_), high(block_), low(step_), high(step_)}, key_);
        ++block_;
        used_ = 0;
    }
    return buffer_[static_cast<std::size_t>(used_++)];
}

std::uint64_t RandomStream::next64() {
    const std::uint64_t first = next32();
    return (first << 32) | next32();
}

double RandomStream::uniform() { return static_cast<double>(next64() >> 11) * 0x1.0p-53; }

double RandomStream::normal() {
    if (haveSpare_) {
        haveSpare_ = false;
        return spare_;
    }
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    const double angle = 2.0 * std::numbers::pi * uniform();
    spare_ = radius * std::sin(angle);
    haveSpare_ = true;
    return radius * std::cos(angle);
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
    // Rejection of the incomplete last interval; at most one extra draw on average.
    const std::uint64_t threshold = (0 - bound) % bound;
    for (;;) {
        const std::uint64_t value = next64();
        if (value >= threshold) return value % bound;
    }
}

std::vector<std::int64_t> RandomStream::permutation(std::int64_t count) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[below(i)]);
    return order;
}

std::vector<std::int64_t> RandomStream::sample(std::int64_t count, std::int64_t chosen) {
    if (chosen < 0 || chosen > count)
        throw Error(ErrorKind::Run, "cannot choose " + std::to_string(chosen) + " of " + std::to_string(count));
    std::unordered_set<std::int64_t> taken;
    taken.reserve(static_cast<std::size_t>(chosen));
    for (std::int64_t top = count - chosen; top < count; ++top) {
        const auto candidate = static_cast<std::int64_t>(below(static_cast<std::uint64_t>(top) + 1));
        if (!taken.insert(candidate).second) taken.insert(top);
    }
    std::vector<std::int64_t> result(taken.begin(), taken.end());
    std::sort(result.begin(), result.end());
    return result;
}

}  // namespace filigree
