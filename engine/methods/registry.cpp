// SPDX-License-Identifier: Apache-2.0
#include "methods/registry.h"

#include <array>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/nearest.h"
#include "methods/dst_ee/dst_ee.h"
#include "methods/sparse_training/sparse_training.h"
#include "methods/sparse_model_soups/sparse_model_soups.h"
#include "methods/hard_attention_gates/hard_attention_gates.h"

namespace filigree::methods {

std::span<const Method> all() {
    static const std::array methods{
        dst_ee::method,
        sparse_training::method,
        sparse_model_soups::method,
        hard_attention_gates::method,
    };
    return methods;
}

const Method& find(std::string_view name) {
    std::vector<std::string> names;
    for (const Method& method : all()) {
        if (method.name == name) return method;
        names.emplace_back(method.name);
    }
    const auto near = config::nearest(name, names);
    throw Error(ErrorKind::Usage, "there is no method named '" + std::string(name) + "'", {},
                near ? "did you mean '" + *near + "'?" : "`filigree describe` lists the methods");
}

}  // namespace filigree::methods
