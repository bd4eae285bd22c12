// SPDX-License-Identifier: Apache-2.0
#include "optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "backend/rewiring.h"
#include "base/error.h"

namespace filigree::optim {
namespace {

void requireRate(const char* what, double value) {
    if (!std::isfinite(value) || value < 0)
        throw Error(ErrorKind::Run, std::string("the ") + what + " must be a number of at least 0, not " +
                                        std::to_string(value));
}

}  // namespace

Optimizer::Optimizer(std::vector<ParameterGroup> groups, std::vector<std::string> kinds, bool countsSteps)
    : groups_(std::move(groups)), kinds_(std::move(kinds)), countsSteps_(countsSteps) {
    std::unordered_set<std::string> names;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        requireRate("learning rate", groups_[g].learningRate);
        requireRate("weight decay", groups_[g].weightDecay);
        for (const TrainedVariable& parameter : groups_[g].parameters) {
            if (!parameter.variable.defined() || !parameter.variable.value().isFloating())
                throw Error(ErrorKind::Run, "only floating-point variables can be trained", parameter.name);
            if (!names.insert(parameter.name).second)
                throw Error(ErrorKind::Run, "two trained variables have the same name", parameter.name);
            if (find(parameter.variable))
                throw Error(ErrorKind::Run, "a variable is listed twice among those to be trained",
                            parameter.name);
            slots_.push_back({parameter, g, {}, 0});
        }
    }
}

void Optimizer::step() {
    for (Slot& slot : slots_) {
        autograd::Variable& variable = slot.parameter.variable;
        if (!variable.gradient().defined()) continue;
        const Tensor gradient = variable.gradient().contiguous();
        Tensor& value = variable.mutableValue();
        if (!(gradient.shape() == value.shape()) || gradient.dtype() != value.dtype())
            throw Error(
                ErrorKind::Run, "the gradient does not have the shape and type of its value",
                slot.parameter.name + ": " + gradient.shape().text() + " for " + value.shape().text());
        if (!value.isContiguous()) value = value.contiguous();
        if (slot.buffers.empty())
            for (std::size_t i = 0; i < kinds_.size(); ++i)
                slot.buffers.push_back(Tensor::fullLike(value, 0));
        for (const Tensor& buffer : slot.buffers)
            if (!(buffer.shape() == value.shape()))
                throw Error(ErrorKind::Run, "the number of values changed and the optimiser was not told",
                            slot.parameter.name + ": state " + buffer.shape().text() + ", value " +
                                value.shape().text());
        ++slot.steps;
        update(slot, groups_[slot.group], value, gradient);
    }
}

void Optimizer::zeroGradients() {
    for (Slot& slot : slots_) slot.parameter.variable.clearGradient();
}

void Optimizer::setLearningRate(double rate) {
    requireRate("learning rate", rate);
    for (ParameterGroup& group : groups_) group.learningRate = rate;
}

void Optimizer::setLearningRate(std::size_t group, double rate) {
    requireRate("learning rate", rate);
    if (group >= groups_.size())
        throw Error(ErrorKind::Run, "there is no parameter group " + std::to_string(group));
    groups_[group].learningRate = rate;
}

double Optimizer::learningRate() const {
    return groups_.empty() ? 0 : groups_.front().learningRate;
}

const Optimizer::Slot* Optimizer::find(const autograd::Variable& variable) const {
    const auto found = std::find_if(slots_.begin(), slots_.end(),
                                    [&](const Slot& slot) { return slot.parameter.variable.is(variable); });
    return found == slots_.end() ? nullptr : &*found;
}

Optimizer::Slot& Optimizer::slotOf(const autograd::Variable& variable) {
    const Slot* const slot = find(variable);
    if (!slot) throw Error(ErrorKind::Run, "the variable is not trained by this optimiser");
    return slots_[static_cast<std::size_t>(slot - slots_.data())];
}

void Optimizer::remap(const autograd::Variable& variable, std::span<const std::int64_t> source) {
    Slot& slot = slotOf(variable);
    const auto count = static_cast<std::int64_t>(source.size());
    std::vector<Tensor> moved;
    for (const Tensor& old : slot.buffers) {
        for (const std::int64_t from : source)
            if (from < -1 || from >= old.elements())
                throw Error(ErrorKind::Run,
                            "there is no value " + std::to_string(from) + " to take optimiser state from",
                            slot.parameter.name + ": " + old.shape().text());
        Tensor next = backend::rearrange(old.reshape({old.elements()}), source);
        // A dense weight keeps its shape; the values of a sparse one are a plain list.
        if (old.rank() > 1 && old.elements() == count) next = next.reshape(old.shape());
        moved.push_back(std::move(next));
    }
    slot.buffers = std::move(moved);
}

void Optimizer::clearState(const autograd::Variable& variable) {
    Slot& slot = slotOf(variable);
    slot.buffers.clear();
    slot.steps = 0;
}

void Optimizer::clearState() {
    for (Slot& slot : slots_) clearState(slot.parameter.variable);
}

std::vector<std::pair<std::string, Tensor>> Optimizer::state() const {
    std::vector<std::pair<std::string, Tensor>> all;
    for (const Slot& slot : slots_) {
        for (std::size_t i = 0; i < slot.buffers.size(); ++i)
            all.emplace_back(slot.parameter.name + "." + kinds_[i], slot.buffers[i]);
        if (countsSteps_ && !slot.buffers.empty())
            all.emplace_back(slot.parameter.name + ".step",
                             Tensor::from(std::vector<std::int64_t>{slot.steps}, Shape{}));
    }
    return all;
}

void Optimizer::loadState(std::span<const std::pair<std::string, Tensor>> state) {
    std::unordered_map<std::string, const Tensor*> open;
    for (const auto& [name, tensor] : state)
        if (!open.emplace(name, &tensor).second)
            throw Error(ErrorKind::Run, "two tensors of optimiser state have the same name", name);
    const auto take = [&open](const std::string& name) -> const Tensor* {
        const auto found = open.find(name);
        if (found == open.end()) return nullptr;
        const Tensor* const tensor = found->second;
        open.erase(found);
        return tensor;
    };

    // Everything is checked before anything changes.
    std::vector<Slot> loaded = slots_;
    for (Slot& slot : loaded) {
        slot.buffers.clear();
        slot.steps = 0;
        const Tensor& value = slot.parameter.variable.value();
        std::size_t present = 0;
        for (const std::string& kind : kinds_) {
            const std::string name = slot.parameter.name + "." + kind;
            const Tensor* const tensor = take(name);
            if (!tensor) continue;
            if (!(tensor->shape() == value.shape()) || tensor->dtype() != value.dtype())
                throw Error(ErrorKind::Run,
                            "optimiser state does not have the shape and type of its variable",
                            name + ": " + nameOf(tensor->dtype()) + " " + tensor->shape().text() + " for " +
                                nameOf(value.dtype()) + " " + value.shape().text());
            slot.buffers.push_back(value.onDevice() ? tensor->to(value.device())
                                                    : tensor->contiguous().clone());
            ++present;
        }
        bool complete = present == 0 || present == kinds_.size();
        if (countsSteps_) {
            const std::string name = slot.parameter.name + ".step";
            const Tensor* const steps = take(name);
            if (steps && (steps->elements() != 1 || steps->dtype() != DType::I64 ||
                          *steps->contiguous().data<std::int64_t>() < 0))
                throw Error(ErrorKind::Run, "a count of steps must be one i64 of at least 0", name);
            if (steps) slot.steps = *steps->contiguous().data<std::int64_t>();
            complete = complete && (steps != nullptr) == (present > 0);
        }
        if (!complete)
            throw Error(ErrorKind::Run, "part of the optimiser state of a variable is missing",
                        slot.parameter.name);
    }
    if (!open.empty())
        throw Error(ErrorKind::Run, "optimiser state names a variable or kind that is not here",
                    open.begin()->first, "use the optimiser and the model that the state was saved with");
    slots_ = std::move(loaded);
}

std::vector<Tensor> Optimizer::states(const autograd::Variable& variable) const {
    const Slot* const slot = find(variable);
    return slot ? slot->buffers : std::vector<Tensor>();
}

Tensor Optimizer::state(const autograd::Variable& variable, std::string_view kind) const {
    const Slot* const slot = find(variable);
    if (!slot) throw Error(ErrorKind::Run, "the variable is not trained by this optimiser");
    const auto found = std::find(kinds_.begin(), kinds_.end(), kind);
    if (found == kinds_.end() || slot->buffers.empty()) return {};
    return slot->buffers[static_cast<std::size_t>(found - kinds_.begin())];
}

}  // namespace filigree::optim
