// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "methods/hard_attention_gates/networks.h"

namespace filigree::methods::hard_attention_gates {

/// Which channels of a gate are open, by the gate's name; all are where there is none. Of a pruned network
/// (options.kept) those that it still has.
using OpenChannels = std::map<std::string, std::vector<bool>>;

/// Multiply-adds of convolutions, linear maps and attention for one picture, were closed channels taken out:
/// - a closed channel behind a stage is not computed by the last block of that stage (second convolution and
///   shortcut) and not read by the next one;
/// - a closed feature of "head1" is not read by the head, and its channel of the last stage (of
///   EfficientNetB0: of the last convolution) not computed;
/// - a closed unit of "head2" is neither computed nor read;
/// - of a transformer, a closed channel of a branch is not computed by the branch's last linear map.
/// What options.kept leaves out counts as closed.
double multiplyAdds(const NetworkOptions& options, const OpenChannels& open = {});

}  // namespace filigree::methods::hard_attention_gates
