// SPDX-License-Identifier: Apache-2.0
#include "nn/activation.h"

#include <array>

#include "autograd/elementwise.h"
#include "base/error.h"

namespace filigree::nn {
namespace {

struct Entry {
    ActivationKind kind;
    const char* name;
};

constexpr std::array<Entry, 9> entries{{{ActivationKind::Relu, "relu"},
                                        {ActivationKind::LeakyRelu, "leaky_relu"},
                                        {ActivationKind::Gelu, "gelu"},
                                        {ActivationKind::GeluTanh, "gelu_tanh"},
                                        {ActivationKind::Silu, "silu"},
                                        {ActivationKind::Tanh, "tanh"},
                                        {ActivationKind::Sigmoid, "sigmoid"},
                                        {ActivationKind::Softplus, "softplus"},
                                        {ActivationKind::Identity, "identity"}}};

}  // namespace

const char* nameOf(ActivationKind kind) {
    for (const Entry& entry : entries)
        if (entry.kind == kind) return entry.name;
    throw Error(ErrorKind::Run, "no such activation: " + std::to_string(static_cast<int>(kind)));
}

ActivationKind activationFrom(std::string_view name) {
    std::string names;
    for (const Entry& entry : entries) {
        if (entry.name == name) return entry.kind;
        names += (names.empty() ? "" : ", ") + std::string(entry.name);
    }
    throw Error(ErrorKind::Usage, "there is no activation \"" + std::string(name) + '"', {},
                "choose one of " + names);
}

autograd::Variable activate(ActivationKind kind, const autograd::Variable& x) {
    switch (kind) {
        case ActivationKind::Relu:
            return autograd::relu(x);
        case ActivationKind::LeakyRelu:
            return autograd::leakyRelu(x, 0.01);
        case ActivationKind::Gelu:
            return autograd::gelu(x, autograd::Gelu::Exact);
        case ActivationKind::GeluTanh:
            return autograd::gelu(x, autograd::Gelu::Tanh);
        case ActivationKind::Silu:
            return autograd::silu(x);
        case ActivationKind::Tanh:
            return autograd::tanh(x);
        case ActivationKind::Sigmoid:
            return autograd::sigmoid(x);
        case ActivationKind::Softplus:
            return autograd::softplus(x);
        case ActivationKind::Identity:
            break;
    }
    return x;
}

}  // namespace filigree::nn
