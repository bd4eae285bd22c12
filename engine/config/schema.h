// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What a method can be told: keys with types, defaults, ranges, units and one line of help each. The schema
/// alone drives parsing, validation, `filigree describe`, `--set a.b=c`, the form in the workbench and the
/// reference page.
namespace filigree::config {

enum class Type { Boolean, Integer, Real, Text, Choice, Integers, Reals, Texts };

/// A value of one field. Text and Choice both hold a std::string.
using Value = std::variant<bool, std::int64_t, double, std::string, std::vector<std::int64_t>,
                           std::vector<double>, std::vector<std::string>>;

/// "boolean", "integer", "real", "text", "choice", "integers", "reals", "texts".
std::string_view typeName(Type type);

/// The value as TOML writes it; doubles with the fewest digits that read back exactly.
std::string toToml(const Value& value);
nlohmann::json toJson(const Value& value);

struct Field {
    std::string key;  ///< "sparsity.density": table and name joined by '.'
    Type type = Type::Boolean;
    Value defaultValue;
    std::string help;  ///< one sentence
    std::string unit;  ///< "steps", "epochs", "s", … or empty
    /// Bounds of a number, or of each element of a list of numbers.
    std::optional<double> minimum, maximum;
    bool minimumExcluded = false, maximumExcluded = false;
    std::vector<std::string> choices;  ///< allowed words of a Choice
    bool schedulable = false;          ///< may be changed while the run goes on

    std::string table() const;  ///< the key without its last word
    std::string name() const;   ///< the last word of the key
    /// "in (0, 1]", "one of a, b", "at least 1"; empty when every value of the type is allowed.
    std::string allowed() const;
    /// Why `value` (of the right type) is not allowed; empty when it is. NaN and infinity never are.
    std::string objection(const Value& value) const;
};

class Schema;

/// Restricts the field that was added last: `schema.real("density", 0.1,
/// "…").above(0).atMost(1).unit("fraction")`. A default outside its own range is a programming error
/// (std::logic_error).
class FieldBuilder {
  public:
    FieldBuilder& range(double minimum, double maximum);  ///< both included
    FieldBuilder& above(double bound);                    ///< value > bound
    FieldBuilder& atLeast(double bound);                  ///< value >= bound
    FieldBuilder& below(double bound);                    ///< value < bound
    FieldBuilder& atMost(double bound);                   ///< value <= bound
    FieldBuilder& unit(std::string unit);
    FieldBuilder& schedulable();

  private:
    friend class Schema;
    FieldBuilder(Schema& schema, std::size_t index) : schema_(schema), index_(index) {}
    Field& field();
    FieldBuilder& checked();

    Schema& schema_;
    std::size_t index_;
};

/// Built fluently, one per method. Keys are unique (std::logic_error otherwise) and keep their order.
class Schema {
  public:
    struct Group {
        std::string table;
        std::string help;
    };

    /// The fields that follow belong to this table ("sparsity", or "sparsity.growth" for a table in a table).
    /// Naming a group again continues it; its first help text stays.
    Schema& group(std::string table, std::string help);

    FieldBuilder boolean(std::string name, bool value, std::string help);
    FieldBuilder integer(std::string name, std::int64_t value, std::string help);
    FieldBuilder real(std::string name, double value, std::string help);
    FieldBuilder text(std::string name, std::string value, std::string help);
    FieldBuilder choice(std::string name, std::string value, std::vector<std::string> choices,
                        std::string help);
    FieldBuilder integers(std::string name, std::vector<std::int64_t> value, std::string help);
    FieldBuilder reals(std::string name, std::vector<double> value, std::string help);
    FieldBuilder texts(std::string name, std::vector<std::string> value, std::string help);

    /// Appends the groups and fields of a shared schema, e.g. the common [data], [train], [optimizer],
    /// [record].
    void merge(const Schema& shared);
    /// Another default for a field that exists (a method's own choice for a shared field).
    void setDefault(std::string_view key, Value value);

    const std::vector<Group>& groups() const { return groups_; }
    const std::vector<Field>& fields() const { return fields_; }
    /// The field, or nullptr.
    const Field* find(std::string_view key) const;
    /// The field; std::logic_error if the schema has no such key.
    const Field& at(std::string_view key) const;
    std::size_t indexOf(std::string_view key) const;
    /// The key nearest to a mistyped one, if any is near.
    std::optional<std::string> nearestKey(std::string_view key) const;

  private:
    friend class FieldBuilder;
    FieldBuilder add(std::string name, Type type, Value value, std::string help);

    std::vector<Group> groups_;
    std::vector<Field> fields_;
    std::string table_;
};

/// The reference of a schema as Markdown: a table per group with key, default, range, unit and help.
std::string referenceMarkdown(const Schema& schema);
/// The same for machines: {"groups": [{"table", "help", "fields": [{"key", "type", "default", …}]}]}.
nlohmann::json describe(const Schema& schema);

}  // namespace filigree::config
