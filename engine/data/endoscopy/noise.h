// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "data/endoscopy/vector3.h"

/// Random numbers and value noise of the procedural colonoscopy. They define the pictures, so they are not
/// the generator that training uses.
namespace filigree::data::endoscopy {

/// A stream of 64-bit numbers keyed by (seed, a, b, c): state = mix(… mix(seed + G) ^ (a + G) …), each draw
/// mix(state += G), with the mixing function of SplitMix64.
class Stream {
  public:
    Stream(std::uint64_t seed, std::uint64_t a, std::uint64_t b, std::uint64_t c);

    std::uint64_t next();
    /// The low 32 bits of the next number.
    std::uint32_t next32() { return static_cast<std::uint32_t>(next()); }
    /// Uniform in [low, high), 53 bits.
    double uniform(double low = 0, double high = 1);
    /// Normal, mean 0, variance 1: two uniform numbers each (Box-Muller, cosine half).
    double normal();

  private:
    std::uint64_t state_;
};

/// Uniform in [0, 1) from lattice coordinates and a seed.
double latticeHash(std::int32_t x, std::int32_t y, std::int32_t z, std::uint32_t seed);

/// Trilinear value noise on the integer lattice, faded by t^3 (t (6 t - 15) + 10); in [0, 1).
double valueNoise(const Vector3& p, std::uint32_t seed);

/// sum 2^-(i+1) valueNoise(2^i p, seed + 101 i) / sum 2^-(i+1) over `octaves` octaves.
double fractalNoise(const Vector3& p, std::uint32_t seed, int octaves);

}  // namespace filigree::data::endoscopy
