// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "autograd/variable.h"
#include "nn/initialization.h"
#include "sparse/sparse_weight.h"

namespace filigree::nn {

/// A trained variable of a module. Biases and the scales and shifts of normalisation do not decay.
struct Parameter {
    std::string name;
    autograd::Variable variable;
    bool decays = true;
};

/// What a forward pass may draw random numbers from: Dropout uses the stream (seed, "dropout/<layer>", step).
struct ForwardContext {
    std::uint64_t seed = 0;
    std::uint64_t step = 0;
};

/// A part of a network: parameters, running statistics and smaller modules under names.
///
/// Names are dotted from the module that is asked ("block1.conv.weight"). All lists have a fixed order: a
/// module's own entries in the order in which they were added, then those of its children in theirs.
class Module {
  public:
    Module() = default;
    virtual ~Module() = default;
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;

    virtual autograd::Variable forward(const autograd::Variable& x) = 0;

    std::vector<Parameter> parameters() const;
    /// Running statistics. The tensors share storage with the module: copy into them to restore a state.
    std::vector<std::pair<std::string, Tensor>> buffers() const;
    /// The sparse weights; their values are also listed by `parameters` as "<layer>.weight".
    std::vector<std::shared_ptr<sparse::SparseWeight>> sparseWeights() const;

    /// Training or evaluation for this module and all below it; training at first.
    void setTraining(bool training);
    bool training() const { return training_; }
    /// Momentum of running statistics for this module and all below it: 1 takes over those of the next batch
    /// alone, for whoever computes statistics anew.
    void setStatisticsMomentum(double momentum);
    /// To be called before each training step, for this module and all below it.
    void setStep(std::uint64_t seed, std::uint64_t step);

    /// Draws the initial parameters of this module and all below it (see nn/initialization.h); resets running
    /// statistics. Layers are told apart by `path`.
    void initialize(std::uint64_t seed, const Initialization& how = {});

    /// Dotted name from the root of the tree; empty for the root.
    const std::string& path() const { return path_; }

  protected:
    autograd::Variable addParameter(std::string name, Tensor value, bool decays);
    Tensor addBuffer(std::string name, Tensor value);
    void addSparseWeight(std::string name, std::shared_ptr<sparse::SparseWeight> weight);
    /// Takes the child over and returns it.
    template <typename Child>
    Child& addChild(std::string name, std::unique_ptr<Child> child) {
        Child& reference = *child;
        adopt(std::move(name), std::move(child));
        return reference;
    }

    const ForwardContext& context() const { return context_; }

    /// child.forward(x), its operations attributed to it in a profile.
    static autograd::Variable call(Module& child, const autograd::Variable& x);

    /// Sets this module's own parameters and buffers; children are initialised by the caller.
    virtual void initializeSelf(std::uint64_t seed, const Initialization& how);
    /// For layers that have running statistics.
    virtual void setStatisticsMomentumSelf(double) {}

  private:
    struct Child {
        std::string name;
        std::unique_ptr<Module> module;
    };

    void adopt(std::string name, std::unique_ptr<Module> child);
    void setPath(std::string path);
    void requireFreeName(const std::string& name) const;

    std::vector<Parameter> parameters_;
    std::vector<std::pair<std::string, Tensor>> buffers_;
    std::vector<std::shared_ptr<sparse::SparseWeight>> sparseWeights_;
    std::vector<Child> children_;
    std::string path_;
    ForwardContext context_;
    bool training_ = true;
};

}  // namespace filigree::nn
