// SPDX-License-Identifier: Apache-2.0
#include "autograd/variable.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "backend/elementwise.h"
#include "base/error.h"
#include "base/profile.h"

namespace filigree::autograd {
namespace {

thread_local bool tapeIsOff = false;

}  // namespace

struct Variable::Node {
    Tensor value;
    Tensor gradient;
    std::vector<Variable> inputs;
    Backward backward;
    std::shared_ptr<RectifiedGradient> rectified;
    bool needsGradient = false;

    // A long tape is a long chain of owners: released one by one from a list, or deep networks would overflow
    // the stack.
    ~Node() {
        std::vector<Variable> doomed = std::move(inputs);
        while (!doomed.empty()) {
            const std::shared_ptr<Node> node = std::move(doomed.back().node_);
            doomed.pop_back();
            if (!node || node.use_count() > 1) continue;
            std::move(node->inputs.begin(), node->inputs.end(), std::back_inserter(doomed));
            node->inputs.clear();
        }
    }
};

Variable::Variable(Tensor value, bool needsGradient) : node_(std::make_shared<Node>()) {
    node_->value = std::move(value);
    node_->needsGradient = needsGradient;
}

Variable Variable::result(Tensor value, std::vector<Variable> inputs, Backward backward) {
    Variable variable(std::move(value));
    if (tapeIsOff) return variable;
    const bool needed =
        std::any_of(inputs.begin(), inputs.end(), [](const Variable& v) { return v.needsGradient(); });
    if (!needed) return variable;
    variable.node_->needsGradient = true;
    variable.node_->inputs = std::move(inputs);
    if (profile::isRecording())
        variable.node_->backward = [layer = profile::currentLayer(), function = std::move(backward)](
                                       const Tensor& gradient, std::span<Variable> arguments) {
            const profile::Layer scope(layer, profile::Phase::Backward);
            function(gradient, arguments);
        };
    else
        variable.node_->backward = std::move(backward);
    return variable;
}

const Tensor& Variable::value() const {
    if (!node_) throw Error(ErrorKind::Run, "the variable has no value");
    return node_->value;
}

Tensor& Variable::mutableValue() {
    if (!node_) throw Error(ErrorKind::Run, "the variable has no value");
    return node_->value;
}

bool Variable::needsGradient() const {
    return node_ && node_->needsGradient;
}

void Variable::setNeedsGradient(bool needed) {
    if (!node_ || node_->backward)
        throw Error(ErrorKind::Run, "only a leaf of the tape can be frozen or thawed");
    node_->needsGradient = needed;
}

const Tensor& Variable::gradient() const {
    if (!node_) throw Error(ErrorKind::Run, "the variable has no value");
    return node_->gradient;
}

void Variable::clearGradient() {
    if (node_) node_->gradient = Tensor();
}

void Variable::setGradient(Tensor gradient) {
    clearGradient();
    accumulate(std::move(gradient));
}

void Variable::accumulate(Tensor gradient) {
    if (!node_) throw Error(ErrorKind::Run, "the variable has no value");
    if (!gradient.defined()) throw Error(ErrorKind::Run, "the gradient has no value");
    if (!(gradient.shape() == node_->value.shape()))
        throw Error(ErrorKind::Run, "the gradient does not have the shape of its value",
                    gradient.shape().text() + " for " + node_->value.shape().text());
    if (node_->gradient.defined())
        backend::addTo(node_->gradient, gradient);
    else
        node_->gradient = std::move(gradient);
}

const std::shared_ptr<RectifiedGradient>& Variable::rectified() const {
    if (!node_) throw Error(ErrorKind::Run, "the variable has no value");
    return node_->rectified;
}

void Variable::setRectified(std::shared_ptr<RectifiedGradient> place) {
    if (!node_) throw Error(ErrorKind::Run, "the variable has no value");
    node_->rectified = std::move(place);
}

bool Variable::isLastUse() const {
    // Known to the function's list of inputs and to the list of what `backward` has still to do.
    return node_ && node_.use_count() == 2 && !node_->gradient.defined();
}

void Variable::backward(Tensor gradient) {
    if (!needsGradient()) throw Error(ErrorKind::Run, "nothing that this value depends on needs a gradient");
    accumulate(gradient.defined() ? std::move(gradient) : Tensor::fullLike(value(), 1.0));

    // Depth-first order without recursion; a node comes after all nodes that it was computed from.
    std::vector<std::shared_ptr<Node>> order;
    std::unordered_set<Node*> seen{node_.get()};
    std::vector<std::pair<std::shared_ptr<Node>, std::size_t>> path{{node_, 0}};
    while (!path.empty()) {
        auto& [node, next] = path.back();
        if (next == node->inputs.size()) {
            order.push_back(std::move(node));
            path.pop_back();
            continue;
        }
        const std::shared_ptr<Node> input = node->inputs[next++].node_;
        if (input && input->needsGradient && seen.insert(input.get()).second) path.emplace_back(input, 0);
    }

    // Each node is let go as soon as it is done, so that its activations are freed on the way.
    while (!order.empty()) {
        const std::shared_ptr<Node> node = std::move(order.back());
        order.pop_back();
        if (!node->backward) continue;
        const Tensor arrived = std::exchange(node->gradient, Tensor());
        const Backward function = std::exchange(node->backward, nullptr);
        std::vector<Variable> inputs = std::exchange(node->inputs, {});
        if (arrived.defined()) function(arrived, inputs);
    }
}

NoGradient::NoGradient() : before_(std::exchange(tapeIsOff, true)) {}
NoGradient::~NoGradient() {
    tapeIsOff = before_;
}
bool NoGradient::active() {
    return tapeIsOff;
}

}  // namespace filigree::autograd
