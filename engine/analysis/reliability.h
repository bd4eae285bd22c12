// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

namespace filigree::analysis {

/// How well confidences tell how often a network is right.
struct CalibrationError {
    double expected = 0;  ///< ECE: sum over bins of n_b / n |accuracy_b - confidence_b|
    double maximum = 0;   ///< MCE: the largest |accuracy_b - confidence_b|
};

/// Over equal-width bins of the confidence (largest softmax probability); one exactly on a boundary belongs
/// to the lower bin. Source: Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML
/// 2017. Throws Error (Run) if the spans differ in length.
CalibrationError calibrationError(std::span<const double> confidence, std::span<const std::uint8_t> correct,
                                  int bins = 15);

}  // namespace filigree::analysis
