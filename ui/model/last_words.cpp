// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model/last_words.h"

#include <QFile>

namespace filigree::ui {

QString lastWordsOf(const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return {};
    constexpr qint64 most = 2000;
    if (file.size() > most) file.seek(file.size() - most);
    return QString::fromUtf8(file.readAll()).trimmed();
}

}  // namespace filigree::ui
