// SPDX-License-Identifier: Apache-2.0
#include "methods/hard_attention_gates/pretrained.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "train/checkpoint.h"

namespace filigree::methods::hard_attention_gates {
namespace {

/// What can be set, by name; tensors share storage with the network.
std::map<std::string, Tensor> targetsOf(nn::Module& network) {
    std::map<std::string, Tensor> targets;
    for (nn::Parameter& parameter : network.parameters())
        if (!nn::isGate(parameter.name)) targets.emplace(parameter.name, parameter.variable.mutableValue());
    for (auto& [name, buffer] : network.buffers()) targets.emplace(name, buffer);
    return targets;
}

bool isClassifier(Backbone backbone, const std::string& name) {
    return name.starts_with(backbone == Backbone::ResNet18 ? "fc." : "head.");
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

}  // namespace

std::string ImportReport::text(const std::filesystem::path& file) const {
    std::string words = std::to_string(tensors) + " tensors from " + file.filename().string();
    if (!fresh.empty()) words += "; other channels, not set: " + listed(fresh);
    if (!extra.empty()) words += "; in the file alone: " + listed(extra);
    if (!missing.empty()) words += "; in the network alone: " + listed(missing);
    return words;
}

ImportReport importWeights(const std::filesystem::path& file, Backbone backbone,
                           const std::vector<Branch>& branches, nn::Module& network) {
    if (backbone != Backbone::ResNet18 && backbone != Backbone::VitTiny)
        throw Error(ErrorKind::Usage, "weights cannot be imported for this network", "model.pretrained",
                    "they can for resnet18 and vit_tiny");
    const train::Checkpoint source = train::Checkpoint::read(file);
    std::map<std::string, Tensor> targets = targetsOf(network);
    ImportReport report;
    std::set<std::string> set;
    for (const auto& [name, tensor] : source.tensors()) {
        bool used = false;
        for (const Branch& branch : branches) {
            const std::string own = backbone == Backbone::ResNet18 ? branch.name + "." + name : name;
            const auto target = targets.find(own);
            if (target == targets.end() || isClassifier(backbone, name)) continue;
            used = true;
            if (target->second.shape() == tensor.shape()) {
                target->second.copyFrom(tensor.to(target->second.dtype()));
                set.insert(own);
            } else if (name == "conv1.weight" && branch.channels != 3) {
                report.fresh.push_back(own);
                set.insert(own);
            } else {
                throw Error(ErrorKind::Data, "a tensor of the file does not fit the network",
                            file.string() + ": " + name + " is " + tensor.shape().text() +
                                ", the network's " + own + " is " + target->second.shape().text(),
                            "choose the model's sizes as those of the file");
            }
        }
        if (!used) report.extra.push_back(name);
    }
    for (const auto& [name, tensor] : targets)
        if (!set.contains(name)) report.missing.push_back(name);
    report.tensors = static_cast<std::int64_t>(set.size() - report.fresh.size());
    if (report.tensors == 0)
        throw Error(ErrorKind::Data, "the file holds no weight of the network", file.string(),
                    "names are those of torchvision (resnet18) or timm (vit_tiny)");
    return report;
}

}  // namespace filigree::methods::hard_attention_gates
