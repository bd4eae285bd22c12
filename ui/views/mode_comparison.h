// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/statistics.h"
#include "store/store.h"

namespace filigree::ui {

/// Runs of one configuration; they differ in their seed alone.
struct ModeGroup {
    std::string name;  ///< "clean", or "clean, gate.l1 0.001" where more than the routing differs
    std::vector<std::int64_t> runs;
};

/// One figure of all groups.
struct ModeFigure {
    std::string tag;                          ///< "test/frame/mae_mm"; "gates/share_open"
    std::string title;                        ///< with its unit, and whether it is per frame or per polyp
    std::vector<std::vector<double>> values;  ///< [group], a value per run that has it
    std::optional<double> constant;           ///< of the constant prediction: mean over all these runs

    Spread spread(std::size_t group) const { return spreadOf(values[group]); }
};

/// How runs that differ in their gates and their seed alone compare.
struct ModeComparison {
    std::int64_t run = 0;  ///< the one they are compared with
    std::string notice;    ///< "For research, not for diagnosis"
    std::vector<ModeGroup> groups;
    std::vector<ModeFigure> figures;
    /// A line per group and figure: group,figure,runs,mean,sd,constant.
    std::string csv() const;
};

/// Finished runs of the method of `run` whose configuration differs from its own in "gate.…" alone, grouped
/// by that; of runs with one seed the newest counts. Last values of errors, F1 and the share of open gates,
/// those that any of them has. The order of groups is plain, joint, code, clean, heldout, then that of the
/// runs. The run itself need not have ended. Throws Error (Usage) for a run that does not exist.
ModeComparison loadModes(const store::Store& store, std::int64_t run);

}  // namespace filigree::ui
