// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <optional>

#include "config/schema.h"

namespace filigree::ui {

/// What a person typed into a field: its value, or why it is none.
struct FieldReading {
    std::optional<config::Value> value;
    QString problem;  ///< a sentence for below the field; empty if there is a value
};

/// Reads the text of a form's control. Numbers are exact: what is typed is read as TOML would. Lists are
/// written with commas, "128, 64", brackets allowed; lists of texts that hold commas or quotes as TOML writes
/// them.
FieldReading readField(const config::Field& field, const QString& text);

/// The text that `readField` reads back to exactly this value: "0.1", "true", "128, 64".
QString writeField(const config::Value& value);

/// "drop fraction" for "rewire.drop_fraction".
QString fieldLabel(const config::Field& field);
/// "steps · at least 0 · default 40": what can be said in few words beside the control.
QString fieldHint(const config::Field& field);

}  // namespace filigree::ui
