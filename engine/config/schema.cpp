// SPDX-License-Identifier: Apache-2.0
#include "config/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "config/nearest.h"

namespace filigree::config {
namespace {

[[noreturn]] void misuse(const std::string& what) {
    throw std::logic_error("config schema: " + what);
}

std::string number(double value) {
    return fmt::format("{}", value);
}

/// Index of the variant's alternative that holds values of this type.
std::size_t alternativeOf(Type type) {
    switch (type) {
        case Type::Boolean:
            return 0;
        case Type::Integer:
            return 1;
        case Type::Real:
            return 2;
        case Type::Text:
        case Type::Choice:
            return 3;
        case Type::Integers:
            return 4;
        case Type::Reals:
            return 5;
        case Type::Texts:
            return 6;
    }
    misuse("no such type");
}

bool isUtf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
        const unsigned first = byte(i);
        const std::size_t length = first < 0x80   ? 1
                                   : first < 0xC2 ? 0
                                   : first < 0xE0 ? 2
                                   : first < 0xF0 ? 3
                                   : first < 0xF5 ? 4
                                                  : 0;
        if (length == 0 || i + length > text.size()) return false;
        for (std::size_t k = 1; k < length; ++k)
            if ((byte(i + k) & 0xC0) != 0x80) return false;
        // Overlong forms, surrogates, and what lies beyond U+10FFFF.
        if ((first == 0xE0 && byte(i + 1) < 0xA0) || (first == 0xED && byte(i + 1) > 0x9F) ||
            (first == 0xF0 && byte(i + 1) < 0x90) || (first == 0xF4 && byte(i + 1) > 0x8F))
            return false;
        i += length;
    }
    return true;
}

std::string objectionToNumber(const Field& field, double value) {
    if (!std::isfinite(value)) return "it is not a finite number";
    if (field.minimum && (field.minimumExcluded ? value <= *field.minimum : value < *field.minimum))
        return field.minimumExcluded ? "it must be above " + number(*field.minimum)
                                     : "it must be at least " + number(*field.minimum);
    if (field.maximum && (field.maximumExcluded ? value >= *field.maximum : value > *field.maximum))
        return field.maximumExcluded ? "it must be below " + number(*field.maximum)
                                     : "it must be at most " + number(*field.maximum);
    return {};
}

std::string objectionToText(std::string_view value) {
    if (!isUtf8(value)) return "it is not valid UTF-8";
    if (value.find('\0') != std::string_view::npos) return "it contains a zero character";
    return {};
}

}  // namespace

std::string_view typeName(Type type) {
    static constexpr std::string_view names[] = {"boolean", "integer",  "real",  "text",
                                                 "choice",  "integers", "reals", "texts"};
    return names[static_cast<std::size_t>(type)];
}

std::string Field::table() const {
    const auto dot = key.rfind('.');
    return dot == std::string::npos ? "" : key.substr(0, dot);
}

std::string Field::name() const {
    const auto dot = key.rfind('.');
    return dot == std::string::npos ? key : key.substr(dot + 1);
}

std::string Field::allowed() const {
    if (type == Type::Choice) {
        std::string words;
        for (const std::string& choice : choices) words += (words.empty() ? "" : ", ") + choice;
        return "one of " + words;
    }
    if (minimum && maximum)
        return fmt::format("in {}{}, {}{}", minimumExcluded ? '(' : '[', number(*minimum), number(*maximum),
                           maximumExcluded ? ')' : ']');
    if (minimum) return (minimumExcluded ? "above " : "at least ") + number(*minimum);
    if (maximum) return (maximumExcluded ? "below " : "at most ") + number(*maximum);
    return {};
}

std::string Field::objection(const Value& value) const {
    if (value.index() != alternativeOf(type)) misuse("a value of another type for " + key);
    switch (type) {
        case Type::Boolean:
            return {};
        case Type::Integer:
            return objectionToNumber(*this, static_cast<double>(std::get<std::int64_t>(value)));
        case Type::Real:
            return objectionToNumber(*this, std::get<double>(value));
        case Type::Text:
            return objectionToText(std::get<std::string>(value));
        case Type::Choice: {
            const auto& word = std::get<std::string>(value);
            if (std::find(choices.begin(), choices.end(), word) != choices.end()) return {};
            const std::string near = didYouMean(word, choices);
            return "it must be " + allowed() + (near.empty() ? "" : "; " + near);
        }
        case Type::Integers:
            for (const std::int64_t element : std::get<std::vector<std::int64_t>>(value))
                if (auto why = objectionToNumber(*this, static_cast<double>(element)); !why.empty())
                    return fmt::format("element {}: {}", element, why);
            return {};
        case Type::Reals:
            for (const double element : std::get<std::vector<double>>(value))
                if (auto why = objectionToNumber(*this, element); !why.empty())
                    return fmt::format("element {}: {}", element, why);
            return {};
        case Type::Texts:
            for (const std::string& element : std::get<std::vector<std::string>>(value))
                if (auto why = objectionToText(element); !why.empty()) return why;
            return {};
    }
    return {};
}

Field& FieldBuilder::field() {
    return schema_.fields_[index_];
}

FieldBuilder& FieldBuilder::checked() {
    Field& f = field();
    if (f.type == Type::Boolean || f.type == Type::Text || f.type == Type::Choice || f.type == Type::Texts)
        misuse("a range for " + f.key + ", which is not a number");
    if (f.minimum && f.maximum && *f.minimum > *f.maximum) misuse("an empty range for " + f.key);
    if (const std::string why = f.objection(f.defaultValue); !why.empty())
        misuse("the default of " + f.key + " is not allowed: " + why);
    return *this;
}

FieldBuilder& FieldBuilder::range(double minimum, double maximum) {
    atLeast(minimum);
    return atMost(maximum);
}

FieldBuilder& FieldBuilder::above(double bound) {
    field().minimum = bound;
    field().minimumExcluded = true;
    return checked();
}

FieldBuilder& FieldBuilder::atLeast(double bound) {
    field().minimum = bound;
    field().minimumExcluded = false;
    return checked();
}

FieldBuilder& FieldBuilder::below(double bound) {
    field().maximum = bound;
    field().maximumExcluded = true;
    return checked();
}

FieldBuilder& FieldBuilder::atMost(double bound) {
    field().maximum = bound;
    field().maximumExcluded = false;
    return checked();
}

FieldBuilder& FieldBuilder::unit(std::string unit) {
    field().unit = std::move(unit);
    return *this;
}

FieldBuilder& FieldBuilder::schedulable() {
    field().schedulable = true;
    return *this;
}

Schema& Schema::group(std::string table, std::string help) {
    const bool known =
        std::any_of(groups_.begin(), groups_.end(), [&](const Group& g) { return g.table == table; });
    // A key cannot be a value and a table at once.
    if (find(table)) misuse("table " + table + " has the name of a field");
    if (!known) groups_.push_back({table, std::move(help)});
    table_ = std::move(table);
    return *this;
}

FieldBuilder Schema::add(std::string name, Type type, Value value, std::string help) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '-';
    };
    if (name.empty() || !std::all_of(name.begin(), name.end(), plain))
        misuse("\"" + name + "\" is no plain name");
    Field field;
    field.key = table_.empty() ? std::move(name) : table_ + "." + name;
    field.type = type;
    field.defaultValue = std::move(value);
    field.help = std::move(help);
    if (find(field.key)) misuse("key " + field.key + " is there twice");
    for (const Group& g : groups_)
        if (g.table == field.key) misuse("field " + field.key + " has the name of a table");
    fields_.push_back(std::move(field));
    return {*this, fields_.size() - 1};
}

FieldBuilder Schema::boolean(std::string name, bool value, std::string help) {
    return add(std::move(name), Type::Boolean, value, std::move(help));
}

FieldBuilder Schema::integer(std::string name, std::int64_t value, std::string help) {
    return add(std::move(name), Type::Integer, value, std::move(help));
}

FieldBuilder Schema::real(std::string name, double value, std::string help) {
    return add(std::move(name), Type::Real, value, std::move(help));
}

FieldBuilder Schema::text(std::string name, std::string value, std::string help) {
    return add(std::move(name), Type::Text, std::move(value), std::move(help));
}

FieldBuilder Schema::choice(std::string name, std::string value, std::vector<std::string> choices,
                            std::string help) {
    if (std::find(choices.begin(), choices.end(), value) == choices.end())
        misuse("the default of " + name + " is not among its choices");
    FieldBuilder builder = add(std::move(name), Type::Choice, std::move(value), std::move(help));
    builder.field().choices = std::move(choices);
    return builder;
}

FieldBuilder Schema::integers(std::string name, std::vector<std::int64_t> value, std::string help) {
    return add(std::move(name), Type::Integers, std::move(value), std::move(help));
}

FieldBuilder Schema::reals(std::string name, std::vector<double> value, std::string help) {
    return add(std::move(name), Type::Reals, std::move(value), std::move(help));
}

FieldBuilder Schema::texts(std::string name, std::vector<std::string> value, std::string help) {
    return add(std::move(name), Type::Texts, std::move(value), std::move(help));
}

void Schema::merge(const Schema& shared) {
    const std::string current = table_;
    for (const Group& g : shared.groups_) group(g.table, g.help);
    for (const Field& f : shared.fields_) {
        table_ = f.table();
        FieldBuilder added = add(f.name(), f.type, f.defaultValue, f.help);
        added.field() = f;
    }
    table_ = current;
}

void Schema::setDefault(std::string_view key, Value value) {
    Field& field = fields_[indexOf(key)];
    if (const std::string why = field.objection(value); !why.empty())
        misuse("the default of " + field.key + " is not allowed: " + why);
    field.defaultValue = std::move(value);
}

const Field* Schema::find(std::string_view key) const {
    const auto found =
        std::find_if(fields_.begin(), fields_.end(), [&](const Field& f) { return f.key == key; });
    return found == fields_.end() ? nullptr : &*found;
}

const Field& Schema::at(std::string_view key) const {
    return fields_[indexOf(key)];
}

std::size_t Schema::indexOf(std::string_view key) const {
    const Field* field = find(key);
    if (!field) misuse("no key " + std::string(key));
    return static_cast<std::size_t>(field - fields_.data());
}

std::optional<std::string> Schema::nearestKey(std::string_view key) const {
    std::vector<std::string> keys;
    for (const Field& field : fields_) keys.push_back(field.key);
    if (auto near = nearest(key, keys)) return near;
    // The right word in the wrong table: "train.density".
    const auto dot = key.rfind('.');
    return dot == std::string_view::npos ? std::nullopt : nearest(key.substr(dot + 1), keys);
}

}  // namespace filigree::config
