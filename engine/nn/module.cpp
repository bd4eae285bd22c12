// SPDX-License-Identifier: Apache-2.0
#include "nn/module.h"

#include <algorithm>

#include "base/error.h"
#include "base/profile.h"

namespace filigree::nn {
namespace {

std::string joined(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
}

}  // namespace

std::vector<Parameter> Module::parameters() const {
    std::vector<Parameter> all = parameters_;
    for (const Child& child : children_)
        for (Parameter& parameter : child.module->parameters()) {
            parameter.name = joined(child.name, parameter.name);
            all.push_back(std::move(parameter));
        }
    return all;
}

std::vector<std::pair<std::string, Tensor>> Module::buffers() const {
    std::vector<std::pair<std::string, Tensor>> all = buffers_;
    for (const Child& child : children_)
        for (auto& [name, tensor] : child.module->buffers())
            all.emplace_back(joined(child.name, name), tensor);
    return all;
}

std::vector<std::shared_ptr<sparse::SparseWeight>> Module::sparseWeights() const {
    std::vector<std::shared_ptr<sparse::SparseWeight>> all = sparseWeights_;
    for (const Child& child : children_)
        for (const auto& weight : child.module->sparseWeights()) all.push_back(weight);
    return all;
}

void Module::setTraining(bool training) {
    training_ = training;
    for (const Child& child : children_) child.module->setTraining(training);
}

void Module::setStatisticsMomentum(double momentum) {
    setStatisticsMomentumSelf(momentum);
    for (const Child& child : children_) child.module->setStatisticsMomentum(momentum);
}

void Module::setStep(std::uint64_t seed, std::uint64_t step) {
    context_ = {seed, step};
    for (const Child& child : children_) child.module->setStep(seed, step);
}

void Module::initialize(std::uint64_t seed, const Initialization& how) {
    initializeSelf(seed, how);
    for (const Child& child : children_) child.module->initialize(seed, how);
}

void Module::initializeSelf(std::uint64_t, const Initialization&) {}

void Module::requireFreeName(const std::string& name) const {
    const auto same = [&name](const auto& entry) { return entry == name; };
    std::vector<std::string> names;
    for (const Parameter& parameter : parameters_) names.push_back(parameter.name);
    for (const auto& [buffer, tensor] : buffers_) names.push_back(buffer);
    for (const Child& child : children_) names.push_back(child.name);
    if (name.empty() || name.find('.') != std::string::npos || std::any_of(names.begin(), names.end(), same))
        throw Error(ErrorKind::Run, "a part of a module needs a name of its own without dots",
                    '"' + joined(path_, name) + '"');
}

autograd::Variable Module::call(Module& child, const autograd::Variable& x) {
    const profile::Layer layer(child.path_);
    return child.forward(x);
}

autograd::Variable Module::addParameter(std::string name, Tensor value, bool decays) {
    requireFreeName(name);
    parameters_.push_back({std::move(name), autograd::Variable(std::move(value), true), decays});
    return parameters_.back().variable;
}

Tensor Module::addBuffer(std::string name, Tensor value) {
    requireFreeName(name);
    buffers_.emplace_back(std::move(name), std::move(value));
    return buffers_.back().second;
}

void Module::addSparseWeight(std::string name, std::shared_ptr<sparse::SparseWeight> weight) {
    requireFreeName(name);
    if (!weight) throw Error(ErrorKind::Run, "a sparse layer needs a weight", joined(path_, name));
    parameters_.push_back({std::move(name), weight->values(), true});
    sparseWeights_.push_back(std::move(weight));
}

void Module::adopt(std::string name, std::unique_ptr<Module> child) {
    requireFreeName(name);
    child->setPath(joined(path_, name));
    children_.push_back({std::move(name), std::move(child)});
}

void Module::setPath(std::string path) {
    path_ = std::move(path);
    for (const Child& child : children_) child.module->setPath(joined(path_, child.name));
}

}  // namespace filigree::nn
