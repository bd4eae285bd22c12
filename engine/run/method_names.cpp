// SPDX-License-Identifier: Apache-2.0
#include "run/method_names.h"

#include "methods/registry.h"

namespace filigree::run {

std::vector<MethodName> methodNames() {
    std::vector<MethodName> names;
    for (const methods::Method& method : methods::all())
        names.push_back({std::string(method.name), std::string(method.title)});
    return names;
}

std::string methodTitle(const std::string& name) {
    return std::string(methods::find(name).title);
}

}  // namespace filigree::run
