// SPDX-License-Identifier: Apache-2.0
#include "methods/hard_attention_gates/pruning.h"

#include <algorithm>

#include "backend/indexing.h"
#include "base/error.h"

namespace filigree::methods::hard_attention_gates {
namespace {

const std::string keptPrefix = "pruning.kept.";
/// A score that is 0 in single and double precision.
constexpr double closedForGood = -1e4;

using Places = std::vector<std::int64_t>;

/// Outputs and inputs of a layer that stay; none: all of them.
struct Cut {
    std::optional<Places> outputs, inputs;
};

std::map<std::string, Tensor> tensorsOf(const nn::Module& network) {
    std::map<std::string, Tensor> tensors;
    for (const nn::Parameter& parameter : network.parameters())
        tensors.emplace(parameter.name, parameter.variable.value());
    for (const auto& [name, buffer] : network.buffers()) tensors.emplace(name, buffer);
    return tensors;
}

/// Which channels of which gate of a network stay, and what that means for its layers.
class Selection {
  public:
    Selection(const NetworkPlan& plan, const GatedNetwork& network)
        : plan_(plan), tensors_(tensorsOf(*network.module)) {
        for (const auto& [name, gate] : network.gates) {
            open_[name] = gate->open();
            scores_[name] = gate->values();
        }
        if (!plan.architecture || plan.architecture->backbone == Backbone::VitTiny) {
            for (auto& [name, open] : open_) keepOne(name, 0, open.size());
        } else {
            agreeOnFeatures();
            keepOne("head2", 0, open_.at("head2").size());
            for (const Branch& branch : plan.architecture->branches)
                for (int stage = 1; stage < stages(); ++stage) {
                    const std::string gate = stageOf(branch, stage);
                    keepOne(gate, 0, open_.at(gate).size());
                }
        }
        for (const auto& [name, open] : open_)
            for (std::size_t c = 0; c < open.size(); ++c)
                if (open[c]) places_[name].push_back(static_cast<std::int64_t>(c));
    }

    /// As numbers in the whole network.
    KeptChannels kept() const {
        KeptChannels kept;
        for (const auto& [name, places] : places_) {
            const auto before = plan_.keptChannels().find(name);
            for (const std::int64_t place : places)
                kept[name].push_back(before == plan_.keptChannels().end()
                                         ? place
                                         : before->second[static_cast<std::size_t>(place)]);
        }
        return kept;
    }

    std::map<std::string, Cut> cuts() const {
        std::map<std::string, Cut> cuts;
        if (!plan_.architecture) {
            cutHead(cuts, {"gate_input", "fc1", "gate_hidden", "fc2"}, "gate_input", "gate_hidden");
        } else if (plan_.architecture->backbone == Backbone::VitTiny) {
            for (const auto& [name, places] : places_) {
                const std::size_t dot = name.find('.');
                const std::string block = "blocks." + name.substr(5, dot - 5);
                const bool attention = name.ends_with(".attention");
                cuts[block + (attention ? ".attn.proj" : ".mlp.fc2")].outputs = places;
                cuts[block + (attention ? ".gate1" : ".gate2")].outputs = places;
            }
        } else {
            cutTrunks(cuts);
            cutHead(cuts, {"gate_head1", "fc1", "gate_head2", "fc2"}, "head1", "head2");
        }
        return cuts;
    }

    /// Tensors of the pruned network from those of the whole one.
    void copyTo(GatedNetwork& pruned) const {
        const std::map<std::string, Cut> all = cuts();
        const auto cut = [&](const std::string& name) {
            const Tensor& from = tensors_.at(name);
            const auto found = all.find(name.substr(0, name.rfind('.')));
            if (found == all.end()) return from.clone();
            const Tensor rows = chosen(from, 0, found->second.outputs);
            return from.rank() > 1 ? chosen(rows, 1, found->second.inputs) : rows;
        };
        for (nn::Parameter& parameter : pruned.module->parameters())
            parameter.variable.mutableValue() = cut(parameter.name);
        for (auto& [name, buffer] : pruned.module->buffers()) buffer.copyFrom(cut(name));
        for (const auto& [gate, place] : closed_)
            for (auto& [name, own] : pruned.gates) {
                if (name != gate) continue;
                const Places& left = places_.at(gate);
                own->setLogit(std::find(left.begin(), left.end(), place) - left.begin(), closedForGood);
            }
    }

  private:
    int stages() const {
        const Backbone backbone = plan_.architecture->backbone;
        return backbone == Backbone::Small ? 3 : backbone == Backbone::ResNet18 ? 4 : 0;
    }
    int blocks() const { return plan_.architecture->backbone == Backbone::ResNet18 ? 2 : 1; }
    static std::string stageOf(const Branch& branch, int stage) {
        return branch.name + ".layer" + std::to_string(stage);
    }
    static Tensor chosen(const Tensor& from, int axis, const std::optional<Places>& places) {
        if (!places) return from.clone();
        return backend::indexSelect(from, axis,
                                    Tensor::from(*places, {static_cast<std::int64_t>(places->size())}));
    }

    /// Channels that gates share; of each gate those from `first` on.
    struct Shared {
        std::string gate;
        std::size_t first = 0;
    };

    /// Where all of `count` channels are closed, the one with the largest score of the first gate stays.
    void keepOne(const std::string& gate, std::size_t first, std::size_t count) {
        keepOne(std::vector<Shared>{{gate, first}}, count);
    }
    void keepOne(const std::vector<Shared>& gates, std::size_t count) {
        const Shared& one = gates.front();
        const auto from = open_.at(one.gate).begin() + static_cast<std::ptrdiff_t>(one.first);
        if (std::find(from, from + static_cast<std::ptrdiff_t>(count), true) !=
            from + static_cast<std::ptrdiff_t>(count))
            return;
        const auto scores = scores_.at(one.gate).begin() + static_cast<std::ptrdiff_t>(one.first);
        const auto best = static_cast<std::size_t>(
            std::max_element(scores, scores + static_cast<std::ptrdiff_t>(count)) - scores);
        for (const Shared& shared : gates) {
            open_.at(shared.gate)[shared.first + best] = true;
            closed_.emplace_back(shared.gate, static_cast<std::int64_t>(shared.first + best));
        }
    }

    /// The channels behind the last stages and the head's features are the same.
    void agreeOnFeatures() {
        std::size_t first = 0;
        for (const Branch& branch : plan_.architecture->branches) {
            if (stages() == 0) {
                const std::size_t count = featuresOf(branch);
                keepOne("head1", first, count);
                first += count;
                continue;
            }
            const std::string gate = stageOf(branch, stages());
            std::vector<bool>&stage = open_.at(gate), &head = open_.at("head1");
            for (std::size_t c = 0; c < stage.size(); ++c)
                stage[c] = head[first + c] = stage[c] && head[first + c];
            keepOne({{gate, 0}, {"head1", first}}, stage.size());
            first += stage.size();
        }
    }
    std::size_t featuresOf(const Branch& branch) const {
        return static_cast<std::size_t>(tensors_.at(branch.name + ".top.0.weight").shape()[0]);
    }

    void cutTrunks(std::map<std::string, Cut>& cuts) const {
        std::int64_t first = 0;
        for (const Branch& branch : plan_.architecture->branches) {
            std::optional<Places> before;
            for (int stage = 1; stage <= stages(); ++stage) {
                const std::string name = stageOf(branch, stage),
                                  last = name + '.' + std::to_string(blocks() - 1);
                cuts[name + ".0.conv1"].inputs = cuts[name + ".0.downsample.0"].inputs = before;
                before = places_.at(name);
                for (const std::string& layer : {last + ".conv2", last + ".bn2", last + ".downsample.0",
                                                 last + ".downsample.1", name + "_gate"})
                    cuts[layer].outputs = before;
            }
            if (stages() > 0) continue;
            const auto end = first + static_cast<std::int64_t>(featuresOf(branch));
            Places own;
            for (const std::int64_t place : places_.at("head1"))
                if (place >= first && place < end) own.push_back(place - first);
            cuts[branch.name + ".top.0"].outputs = cuts[branch.name + ".top.1"].outputs = own;
            first = end;
        }
    }

    struct HeadLayers {
        const char *inputGate, *first, *hiddenGate, *second;
    };
    void cutHead(std::map<std::string, Cut>& cuts, const HeadLayers& layers, const std::string& inputs,
                 const std::string& hidden) const {
        cuts[layers.inputGate].outputs = cuts[layers.first].inputs = places_.at(inputs);
        if (const auto found = places_.find(hidden); found != places_.end())
            cuts[layers.hiddenGate].outputs = cuts[layers.first].outputs = cuts[layers.second].inputs =
                found->second;
    }

    const NetworkPlan& plan_;
    std::map<std::string, Tensor> tensors_;
    std::map<std::string, std::vector<bool>> open_;
    std::map<std::string, std::vector<double>> scores_;
    std::vector<std::pair<std::string, std::int64_t>> closed_;  ///< places that stay for the shape alone
    std::map<std::string, Places> places_;
};

}  // namespace

GatedNetwork NetworkPlan::make(std::uint64_t seed) const {
    return architecture ? makeNetwork(*architecture, seed)
                        : makeDecoyNetwork(gated, hiddenGate, gate, seed, kept);
}

NetworkPlan NetworkPlan::with(KeptChannels channels) const {
    NetworkPlan plan = *this;
    (plan.architecture ? plan.architecture->kept : plan.kept) = std::move(channels);
    return plan;
}

PrunedNetwork prune(const NetworkPlan& plan, const GatedNetwork& network) {
    if (network.gates.empty())
        throw Error(ErrorKind::Usage, "a network without gates has no channels that they close", {},
                    "choose a run with gate.routing other than plain");
    const Selection selection(plan, network);
    PrunedNetwork pruned{plan.with(selection.kept()), {}};
    pruned.network = pruned.plan.make(0);
    selection.copyTo(pruned.network);
    pruned.network.module->setTraining(network.module->training());
    return pruned;
}

train::Checkpoint fileOf(const PrunedNetwork& pruned) {
    train::Checkpoint file;
    for (const auto& [name, tensor] : tensorsOf(*pruned.network.module)) file.put(name, tensor);
    for (const auto& [gate, channels] : pruned.plan.keptChannels()) file.put(keptPrefix + gate, channels);
    return file;
}

PrunedNetwork networkOf(const train::Checkpoint& file, const NetworkPlan& plan) {
    KeptChannels kept;
    for (const auto& [name, tensor] : file.tensors())
        if (name.starts_with(keptPrefix)) kept[name.substr(keptPrefix.size())] = file.getIntegers(name);
    if (kept.empty())
        throw Error(ErrorKind::Data, "this file holds no pruned network", "no tensor " + keptPrefix + "…",
                    "filigree analyze prune --save writes one");
    PrunedNetwork pruned{plan.with(std::move(kept)), {}};
    pruned.network = pruned.plan.make(0);
    std::map<std::string, Tensor> own = tensorsOf(*pruned.network.module);
    for (const auto& [name, tensor] : file.tensors())
        if (!name.starts_with(keptPrefix) && !own.contains(name))
            throw Error(ErrorKind::Data, "the file holds a tensor that the network does not have", name,
                        "use the settings of the run that was pruned");
    for (auto& [name, tensor] : own) tensor.copyFrom(file.get(name, tensor.dtype(), tensor.shape()));
    return pruned;
}

}  // namespace filigree::methods::hard_attention_gates
