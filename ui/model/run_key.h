// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHashFunctions>
#include <QMetaType>
#include <QString>

namespace filigree::ui {

/// A run of one of the open stores.
struct RunKey {
    QString store;  ///< absolute path of the file
    qint64 run = 0;

    bool isNull() const { return run == 0; }
    bool operator==(const RunKey&) const = default;
    auto operator<=>(const RunKey& other) const {
        if (const int order = store.compare(other.store); order != 0) return order <=> 0;
        return run <=> other.run;
    }
};

inline size_t qHash(const RunKey& key, size_t seed = 0) {
    return qHashMulti(seed, key.store, key.run);
}

}  // namespace filigree::ui

Q_DECLARE_METATYPE(filigree::ui::RunKey)
