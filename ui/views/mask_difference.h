// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ui/views/connectivity.h"

namespace filigree::ui {

/// The connections of A, of B, and of both as one pattern, with `side` and `against` set. Both are in the
/// layer's order. Throws Error (Usage) if their sizes differ.
Connectivity difference(const Connectivity& a, const Connectivity& b, std::int64_t runOfB, bool otherRun);

/// Neurons of B put beside those of A.
struct NeuronMatching {
    /// Of every row of A: the row of B that plays its part.
    std::vector<std::uint32_t> rowOfB;
    std::int64_t overlap = 0;  ///< connections that both have, then
    bool optimal = true;       ///< else found greedily: the largest overlaps first
};

/// The one-to-one assignment of rows with the most connections in common (columns as they are): the optimum
/// by shortest augmenting paths (Jonker and Volgenant, Computing 38, 1987; n^3 steps at most) up to 1 024
/// rows, beyond that greedily. Ties prefer the same number. Throws Error (Usage) if the sizes differ, or
/// if there are more than 8 192 rows or pairs of connections in a column beyond 2 * 10^9.
NeuronMatching matchRows(const Connectivity& a, const Connectivity& b);

/// Puts the columns of a layer where matching put the neurons that feed it: input neuron i of the result is
/// neuron rowOfB[i]. A convolution's kernel places move along with their channel. Throws Error (Usage) if the
/// columns are not a multiple of the neurons.
Connectivity withInputs(const Connectivity& b, const std::vector<std::uint32_t>& rowOfB);

/// The pattern that another one is compared with.
struct Against {
    std::int64_t run = 0;
    std::optional<std::int64_t> step;  ///< none: the same step as A
    /// Match neurons first: layer by layer from the first (whose inputs are the same data) up to the one that
    /// is shown, each taken to feed the next one in the list if the sizes fit. The neurons of the last layer
    /// are the answers and stay.
    bool match = false;
    bool operator==(const Against&) const = default;
};

/// `a`, of run `runOfA`, against that. Throws Error (Usage) if the other run has no such layer, or one of
/// another size.
Connectivity compare(const store::Reader& reader, std::int64_t runOfA, const Connectivity& a,
                     const Against& against);

}  // namespace filigree::ui
