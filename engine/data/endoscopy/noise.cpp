// SPDX-License-Identifier: Apache-2.0
#include "data/endoscopy/noise.h"

#include <cmath>
#include <initializer_list>
#include <numbers>

namespace filigree::data::endoscopy {
namespace {

constexpr std::uint64_t golden = 0x9E3779B97F4A7C15ULL;

std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
}

// The hash of a corner is a xor of one product per coordinate and the seed, so corners share products.
double finish(std::uint32_t h) {
    h ^= h >> 16;
    h *= 0x7FEB352DU;
    h ^= h >> 15;
    h *= 0x846CA68BU;
    h ^= h >> 16;
    return static_cast<double>(h) * 0x1p-32;
}

constexpr std::uint32_t factorX = 0x8DA6B343U, factorY = 0xD8163841U, factorZ = 0xCB1AB31FU;

double fade(double t) {
    return t * t * t * (t * (6 * t - 15) + 10);
}

double between(double a, double b, double t) {
    return a + (b - a) * t;
}

}  // namespace

Stream::Stream(std::uint64_t seed, std::uint64_t a, std::uint64_t b, std::uint64_t c)
    : state_(mix(seed + golden)) {
    for (const std::uint64_t v : {a, b, c}) state_ = mix(state_ ^ (v + golden));
}

std::uint64_t Stream::next() {
    state_ += golden;
    return mix(state_);
}

double Stream::uniform(double low, double high) {
    return low + (high - low) * (static_cast<double>(next() >> 11) * 0x1p-53);
}

double Stream::normal() {
    const double a = 1 - uniform();
    const double b = uniform();
    return std::sqrt(-2 * std::log(a)) * std::cos(2 * std::numbers::pi * b);
}

double latticeHash(std::int32_t x, std::int32_t y, std::int32_t z, std::uint32_t seed) {
    return finish((static_cast<std::uint32_t>(x) * factorX) ^ (static_cast<std::uint32_t>(y) * factorY) ^
                  (static_cast<std::uint32_t>(z) * factorZ) ^ seed);
}

double valueNoise(const Vector3& p, std::uint32_t seed) {
    const double fx = std::floor(p.x), fy = std::floor(p.y), fz = std::floor(p.z);
    const double tx = fade(p.x - fx), ty = fade(p.y - fy), tz = fade(p.z - fz);
    const auto lattice = [](double f) { return static_cast<std::uint32_t>(static_cast<std::int32_t>(f)); };
    const std::uint32_t x0 = lattice(fx) * factorX, y0 = lattice(fy) * factorY,
                        z0 = (lattice(fz) * factorZ) ^ seed;
    const std::uint32_t x1 = x0 + factorX, y1 = y0 + factorY, z1 = (lattice(fz) + 1) * factorZ ^ seed;
    const double low = between(between(finish(x0 ^ y0 ^ z0), finish(x1 ^ y0 ^ z0), tx),
                               between(finish(x0 ^ y1 ^ z0), finish(x1 ^ y1 ^ z0), tx), ty);
    const double high = between(between(finish(x0 ^ y0 ^ z1), finish(x1 ^ y0 ^ z1), tx),
                                between(finish(x0 ^ y1 ^ z1), finish(x1 ^ y1 ^ z1), tx), ty);
    return between(low, high, tz);
}

double fractalNoise(const Vector3& p, std::uint32_t seed, int octaves) {
    double sum = 0, weights = 0, weight = 0.5, scale = 1;
    for (int i = 0; i < octaves; ++i) {
        sum += weight * valueNoise(scale * p, seed + 101U * static_cast<std::uint32_t>(i));
        weights += weight;
        weight /= 2;
        scale *= 2;
    }
    return sum / weights;
}

}  // namespace filigree::data::endoscopy
