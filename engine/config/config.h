// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/schema.h"

namespace filigree::config {

/// A complete set of values for one schema: every key has a value of its type, inside its range.
///
/// Errors of what a person wrote are Error (Usage): unknown key (with the nearest known one), wrong type, out
/// of range, syntax; `where` is "file:line:column" or "--set a.b=c". Asking for a key that the schema lacks,
/// or with another type, is a programming error: std::logic_error.
class Config {
  public:
    static Config defaults(const Schema& schema);
    /// Values of `toml` over the defaults. `fileName` is only used to say where an error is.
    static Config parse(const Schema& schema, std::string_view toml, const std::string& fileName);

    /// Values of `toml` over the present ones.
    void read(std::string_view toml, const std::string& fileName);
    /// "a.b=c": c is written as in TOML; the quotes of a text and the brackets of a list may be left out.
    void set(std::string_view assignment);
    /// A value from a program (a form, a command in a store); same checks, `where` says who asked.
    void assign(std::string_view key, Value value, const std::string& where);

    bool boolean(std::string_view key) const;
    std::int64_t integer(std::string_view key) const;
    double real(std::string_view key) const;
    const std::string& text(std::string_view key) const;  ///< Text and Choice
    const std::vector<std::int64_t>& integers(std::string_view key) const;
    const std::vector<double>& reals(std::string_view key) const;
    const std::vector<std::string>& texts(std::string_view key) const;
    const Value& value(std::string_view key) const;

    bool isDefault(std::string_view key) const;
    /// Every key, grouped in tables; parse(schema(), toToml(), "") gives exactly this configuration.
    std::string toToml() const;
    /// Nested as the tables are: {"sparsity": {"density": 0.1}}.
    nlohmann::json toJson() const;
    /// Keys whose value differs from the one in `other` (of the same schema), with this one's value as TOML.
    std::vector<std::pair<std::string, std::string>> differences(const Config& other) const;

    const Schema& schema() const { return *schema_; }

  private:
    explicit Config(std::shared_ptr<const Schema> schema);

    std::shared_ptr<const Schema> schema_;
    std::vector<Value> values_;  ///< in the order of the schema's fields
};

}  // namespace filigree::config
