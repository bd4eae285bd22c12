// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace filigree::app {

/// One measurement: a layer, forward and backward, on one batch of 128 samples.
struct Measurement {
    double density = 1;       ///< 1: the dense product of the library
    bool sparse = true;       ///< computed over the non-zeros
    double milliseconds = 0;  ///< median over the repetitions
    double gigaflops = 0;     ///< three products of two operations per connection, place and sample
};

/// Time the sparse layer at several densities beside the dense one (which comes first), about `seconds` in
/// all, with the present number of threads: 512 units on 784 inputs, and 64 channels of 14 x 14 pixels from
/// 64, kernel 3 x 3.
std::vector<Measurement> measureLinear(double seconds);
std::vector<Measurement> measureConvolution(double seconds);

}  // namespace filigree::app
