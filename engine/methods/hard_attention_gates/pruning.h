// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "methods/hard_attention_gates/networks.h"
#include "train/checkpoint.h"

/// Closed channels taken out of a network for good: its outputs in evaluation stay as they are (but for
/// rounding, as shorter sums are added in another order), its tensors become smaller.
///
/// What goes with a closed channel of a gate:
/// - behind a stage: its row of the last block's second convolution and batch norm and of the shortcut's
///   convolution and batch norm, the gate's score, and its column of the next stage's first convolution and
///   shortcut. A shortcut that is the identity reads the kept channels alone: the block's own input stays
///   whole, because its first convolution reads it;
/// - behind the last stage and at "head1": both are the same feature, so a channel goes if either is closed,
///   with its column of the head's first linear map; of EfficientNetB0 the row of the last convolution and
///   norm;
/// - at "head2": its row of the first and its column of the second linear map;
/// - of a transformer's branch: its row of the branch's last linear map. Tokens stay as wide as they were,
///   since both branches add to them;
/// - of the decoys' inputs: its column of the first linear map.
/// Of a gate with every channel closed one stays, with a score of 0.
namespace filigree::methods::hard_attention_gates {

/// How a network is put together: `architecture`, or that of the decoys.
struct NetworkPlan {
    std::optional<NetworkOptions> architecture;
    bool gated = true, hiddenGate = false;  ///< of the decoys
    nn::GateOptions gate{};                 ///< of the decoys
    KeptChannels kept{};                    ///< of the decoys

    GatedNetwork make(std::uint64_t seed) const;
    const KeptChannels& keptChannels() const { return architecture ? architecture->kept : kept; }
    NetworkPlan with(KeptChannels channels) const;
};

struct PrunedNetwork {
    NetworkPlan plan;
    GatedNetwork network;
};

/// `network`, put together by `plan`, without the channels that its gates close in evaluation. It may have
/// been pruned before. Weights are copied; training or evaluation is as in the network. Throws Error (Usage)
/// without gates.
PrunedNetwork prune(const NetworkPlan& plan, const GatedNetwork& network);

/// All tensors of a pruned network under their names, and "pruning.kept.<gate>" (I64): numbers of the kept
/// channels in the whole network.
train::Checkpoint fileOf(const PrunedNetwork& pruned);
/// The other way round. Throws Error (Data) naming the tensor where the file does not fit `plan`.
PrunedNetwork networkOf(const train::Checkpoint& file, const NetworkPlan& plan);

}  // namespace filigree::methods::hard_attention_gates
