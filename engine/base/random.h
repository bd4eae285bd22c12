// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace filigree {

/// One block of Philox 4x32-10: a bijection of the 128-bit counter under a 64-bit key.
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

/// A random stream keyed by (seed, stream name, step), so that every purpose (initial weights, mask, order,
/// growth, dropout, …) draws from a sequence of its own and any step's numbers can be made without those
/// before it.
///
/// The key is the seed mixed with the name; the counter is (draw, step). All methods are deterministic across
/// platforms except `normal`, whose last bit depends on the C library's log and cos.
class RandomStream {
  public:
    RandomStream(std::uint64_t seed, std::string_view stream, std::uint64_t step = 0);

    std::uint32_t next32();
    std::uint64_t next64();
    /// Uniform in [0, 1) with 53 random bits.
    double uniform();
    /// Uniform in [low, high).
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    /// Normal with mean 0 and variance 1 (Box-Muller, both halves used).
    double normal();
    /// Uniform integer in [0, bound), bound > 0, without modulo bias.
    std::uint64_t below(std::uint64_t bound);

    /// A uniformly random permutation of 0 .. count-1 (Fisher-Yates).
    std::vector<std::int64_t> permutation(std::int64_t count);
    /// `chosen` different numbers of 0 .. count-1, each subset equally likely, in ascending order.
    /// Needs memory for `chosen` numbers only (Floyd's algorithm). Throws if chosen > count.
    std::vector<std::int64_t> sample(std::int64_t count, std::int64_t chosen);

    /// What makes the stream's numbers, for kernels that draw them elsewhere: block b is philox({b, step}, key), each of 64 bits,
    /// low word first.
    std::array<std::uint32_t, 2> key() const { return key_; }
    std::uint64_t step() const { return step_; }

  private:
    std::array<std::uint32_t, 2> key_;
    std::uint64_t step_;
    std::uint64_t block_ = 0;
    std::array<std::uint32_t, 4> buffer_{};
    int used_ = 4;
    bool haveSpare_ = false;
    double spare_ = 0;
};

}  // namespace filigree
