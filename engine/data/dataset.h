// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/large_vector.h"

namespace filigree::data {

/// Mean and standard deviation per channel, on the scale 0..1 for pixels. Empty: nothing is subtracted or
/// divided.
struct Normalization {
    std::vector<float> mean;
    std::vector<float> deviation;
};

/// A labelled set held in memory; sample i and labels[i] belong together.
class Dataset {
  public:
    std::string name;   ///< as in the catalogue, e.g. "fashion-mnist"
    std::string split;  ///< "train" or "test"
    std::string where;  ///< the folder it was read from, "embedded" or "generated"

    /// Shape of one sample, row-major: {channels, height, width} for images, {features} for vectors.
    std::vector<std::int64_t> sampleShape;
    int classes = 0;
    std::vector<std::string> classNames;  ///< empty or `classes` names

    /// count() samples one after another: pixels 0..pixelMaximum, or real numbers as they are.
    std::variant<LargeVector<std::uint8_t>, LargeVector<float>> samples;
    std::vector<std::int32_t> labels;  ///< each in 0 .. classes-1
    Normalization normalization;
    int pixelMaximum = 255;  ///< the u8 value that stands for 1.0 (16 for the digits)

    /// Only for planted sets: the label depends on the first `relevantInputs` features alone. 0: not known.
    std::int64_t relevantInputs = 0;

    std::int64_t count() const { return static_cast<std::int64_t>(labels.size()); }
    /// Product of `sampleShape`.
    std::int64_t sampleSize() const;
    /// The first entry of `sampleShape` for images, 1 for vectors.
    std::int64_t channels() const;

    /// Writes sample `index` as normalised floats, (v - mean[channel]) / deviation[channel], where v is
    /// x / pixelMaximum for pixels and x for real numbers. `out` must hold exactly sampleSize() values.
    /// Throws Error (Usage) if the index or the size of `out` does not fit.
    void read(std::int64_t index, std::span<float> out) const;

    /// Asks for the memory of sample `index`, which must exist and will be read soon: samples in random order
    /// lie where no processor foresees.
    void prefetch(std::int64_t index) const;
    /// What a sample value of 0 becomes in `read` for each channel (the colour of zero padding).
    std::vector<float> normalizedZero() const;

    /// Throws Error (Data) unless shapes, counts, labels and normalisation fit together. Every reader ends
    /// with it.
    void validate() const;
};

}  // namespace filigree::data
