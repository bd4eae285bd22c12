// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model/run_preferences.h"

#include <cstdint>

namespace filigree::ui {

config::RunFile withPreferences(const Session& session, config::RunFile file) {
    constexpr const char* key = "run.threads";
    const config::Field* field = file.config.schema().find(key);
    const auto threads = static_cast<std::int64_t>(session.value(QStringLiteral("compute.threads")).toInt(0));
    if (field && threads > 0 && file.config.integer(key) == 0 &&
        field->objection(config::Value(threads)).empty())
        file.config.assign(key, config::Value(threads), "settings");
    return file;
}

}  // namespace filigree::ui
