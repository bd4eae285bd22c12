// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace filigree::run {

/// What a person sees of a method, for programs that show methods without knowing any.
struct MethodName {
    std::string name;   ///< "dst_ee": the key in files
    std::string title;  ///< "DST-EE"
};

/// All methods, in the registry's order.
std::vector<MethodName> methodNames();
/// Throws Error (Usage) with the nearest name if there is no such method.
std::string methodTitle(const std::string& name);

}  // namespace filigree::run
