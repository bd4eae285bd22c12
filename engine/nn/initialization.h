// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "tensor/tensor.h"

namespace filigree::nn {

/// He: variance gain^2 / fan_in (He et al., "Delving deep into rectifiers", ICCV 2015, equation 10 with
/// gain^2 = 2). Xavier: variance gain^2 2 / (fan_in + fan_out) (Glorot and Bengio, AISTATS 2010, equation 16
/// with gain = 1). Uniform draws from [-b, b] with b = sqrt(3 variance).
enum class Distribution { HeNormal, HeUniform, XavierNormal, XavierUniform };

/// How weights start. Biases start at 0, scales of normalisation at 1 and shifts at 0; embeddings from N(0,
/// 1).
struct Initialization {
    Distribution distribution = Distribution::HeNormal;
    /// Factor of the standard deviation; 0 means sqrt(2) for He and 1 for Xavier.
    double gain = 0;
};

/// Inputs and outputs of one unit of a dense weight of shape [out, in] or [out, in, kernel height, kernel
/// width].
struct Fan {
    std::int64_t in = 0;
    std::int64_t out = 0;
};
/// Throws Error (Run) for other ranks.
Fan fanOf(const Shape& weight);

/// Initial values of the weight of a layer, one position at a time.
///
/// The value at a position (row-major index in the dense shape) is drawn from the stream (seed,
/// "init/<layer>", position). It does not depend on which other positions are active, so dense, static and
/// dynamic sparse runs of one seed start from the same weights; fans are those of the dense layer.
class InitialWeights {
  public:
    InitialWeights(std::uint64_t seed, std::string_view layer, const Shape& denseShape,
                   const Initialization& how);

    double at(std::int64_t position) const;
    /// Fills a dense weight (threaded).
    void fill(Tensor& weight) const;
    /// values[i] = at(positions[i]).
    void fill(Tensor& values, std::span<const std::uint32_t> positions) const;

    /// Calls body(position, value) for the positions whose value as a float is at least so large, ascending:
    /// without drawing most of the others to the end.
    void forEachAtLeast(float magnitude, const std::function<void(std::uint32_t, float)>& body) const;
    /// What the |value| of about this share of the positions is above, in (0, 1].
    float magnitudeOfLargest(double share) const;

    /// Standard deviation of the distribution.
    double deviation() const { return deviation_; }

  private:
    std::uint64_t seed_;
    std::string stream_;
    std::int64_t size_;
    double deviation_;
    bool uniform_;
};

}  // namespace filigree::nn
