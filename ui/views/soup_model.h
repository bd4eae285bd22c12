// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "store/reader.h"

/// What a run of the method sparse_model_soups recorded: the networks of all phases and where each came from,
/// and the barriers between the copies of a phase. Knows no method: it reads the records soup/tree (text,
/// JSON) and soup/barriers (matrix).
namespace filigree::ui {

/// One network. Accuracies are shares, NaN where it has none.
struct SoupNetwork {
    std::string name;  ///< "phase 2/member 3"
    std::string kind;  ///< "dense", "pruned", "member", "soup", "greedy", "imp", …
    int phase = 0;     ///< 0: before the first pruning
    double density = 1;
    std::int64_t run = 0;  ///< that trained it; 0: none
    double accuracy = nothing;
    double corruptedAccuracy = nothing;
    double validationAccuracy = nothing;
    double loss = nothing;
    std::string configuration;         ///< "seed 3"
    std::vector<std::size_t> parents;  ///< places among the networks
    int column = 0;                    ///< 0 dense; of phase i: 3 i - 2 pruned, 3 i - 1 retrained, 3 i merged
    int row = 0;                       ///< from the top of its column

    /// "copy 3", "IMP", "one shot"
    std::string title() const;

    static constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
};

/// Losses above the straight line between every two copies of a phase, [members, members].
struct SoupBarriers {
    int phase = 0;
    std::size_t members = 0;
    std::vector<float> values;
    float at(std::size_t a, std::size_t b) const { return values[a * members + b]; }
    float greatest() const;
};

/// The accuracy of one kind of network in every phase, NaN where there is none; phase 0 is the dense network.
struct SoupCurve {
    std::string kind;
    std::string title;
    std::vector<double> accuracy;
};

struct Soup {
    std::int64_t run = 0;
    std::string runName;
    std::vector<SoupNetwork> networks;
    std::vector<SoupBarriers> barriers;  ///< ascending phases

    bool empty() const { return networks.empty(); }
    int phases() const;
    int columns() const { return 1 + 3 * phases(); }
    int rows() const;  ///< of the longest column
    const SoupBarriers* barriersOf(int phase) const;
    /// Soup, mean of the copies, greedy choice, ensemble, IMP, IMP for as long: those that there are.
    std::vector<SoupCurve> curves() const;
    /// Least and greatest accuracy of what was trained or merged; what was only pruned may lie below.
    std::pair<double, double> range() const;
    /// All networks, a line each.
    std::string csv() const;
};

/// Places the networks of a tree as the method writes it. Throws Error (Data) if it is damaged.
Soup readSoupTree(std::string_view json);

/// The newest tree of a run and the barriers of all phases. Empty if it recorded no tree.
Soup loadSoup(const store::Reader& reader, std::int64_t run);

}  // namespace filigree::ui
