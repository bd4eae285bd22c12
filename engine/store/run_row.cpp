// SPDX-License-Identifier: Apache-2.0
#include "store/run_row.h"

#include <array>
#include <charconv>

namespace filigree::store {
namespace {

template <typename... Functions>
struct Overload : Functions... {
    using Functions::operator()...;
};
// Clang before 17 does not deduce it from the aggregate.
template <typename... Functions>
Overload(Functions...) -> Overload<Functions...>;

std::string shortest(double value) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    return std::string(digits.data(), end);
}

}  // namespace

std::string typeName(const ConfigValue& value) {
    static constexpr std::array<const char*, 5> names{"bool", "int", "float", "string", "array"};
    return names[value.index()];
}

std::string toText(const ConfigValue& value) {
    return std::visit(
        Overload{[](bool flag) -> std::string { return flag ? "true" : "false"; },
                 [](std::int64_t number) { return std::to_string(number); },
                 [](double number) { return shortest(number); }, [](const std::string& text) { return text; },
                 [](const ConfigArray& array) { return array.json; }},
        value);
}

}  // namespace filigree::store
