// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/schema.h"

/// Between toml++ and the schema; inside engine/config only.
namespace filigree::config {

/// "file:line:column", counted from 1; the file alone when the position is unknown.
std::string position(const std::string& fileName, const toml::source_region& source);

/// Syntax errors, and files so deeply nested that reading them would exhaust the stack, are Error (Usage).
toml::table parseToml(std::string_view text, const std::string& fileName);

/// What the node is and says, for messages: `the text "abc"`, `the integer 3`, `a table`.
std::string said(const toml::node& node);

/// The node as a value of the field, checked against its range; Error (Usage) with `where` otherwise.
Value readValue(const Field& field, const toml::node& node, const std::string& where);

/// Throws Error (Usage) if the field does not allow the value.
void requireAllowed(const Field& field, const Value& value, const std::string& where);

/// What is wrong with an unknown key, with the nearest one and the keys of its table. `others` are top-level
/// keys that the schema does not know.
Error unknownKey(const Schema& schema, const std::string& key, const std::string& where,
                 std::span<const std::string> others = {});

}  // namespace filigree::config
