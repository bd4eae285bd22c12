// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "methods/sparse_model_soups/assessment.h"

namespace filigree::methods::sparse_model_soups {

/// One network of the procedure and where it came from.
struct TreeNode {
    std::string name;  ///< "dense", "phase 2/member 3", "phase 2/soup"
    std::string kind;  ///< "dense", "pruned", "one_shot", "member", "soup", "greedy", "ensemble", "learned",
                       ///< "imp", "imp_long", "swa", "reprune", "dense_soup"
    int phase = 0;     ///< 0: before the first pruning
    double density = 1;
    std::int64_t run = 0;  ///< whose last checkpoint it is; 0: none
    std::string digest;    ///< of its file among the weights, if it has one
    Figures figures;
    std::vector<std::string> parents;  ///< names
    std::string configuration;         ///< what its training was told: "seed 3", "lr 0.05"
};

/// Every network: dense -> pruned -> copies -> average -> pruned -> …
class SoupTree {
  public:
    void add(TreeNode node);
    const std::vector<TreeNode>& nodes() const { return nodes_; }

    /// {"nodes": [...], "edges": [{"from", "to", "label"}, …]}; shares in [0, 1].
    std::string toJson() const;
    /// Throws Error (Data) for anything that toJson did not write.
    static SoupTree fromJson(const std::string& text);
    /// The phase table in percent: a line per phase and network.
    std::string toMarkdown() const;

  private:
    std::vector<TreeNode> nodes_;
};

}  // namespace filigree::methods::sparse_model_soups
