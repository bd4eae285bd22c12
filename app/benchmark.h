// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

namespace filigree::app {

/// One measurement: a layer of 512 units on 784 inputs, forward and backward, one batch of 128 samples.
struct Measurement {
    double density = 1;       ///< 1: the dense product of the library
    bool sparse = true;       ///< computed over the non-zeros
    double milliseconds = 0;  ///< median over the repetitions
    double gigaflops = 0;     ///< 6 batch edges operations per pass
};

/// Times the sparse layer at several densities beside the dense one, about `seconds` in all, with the present
/// number of threads.
std::vector<Measurement> measureLayer(double seconds);

}  // namespace filigree::app
