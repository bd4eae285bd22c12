// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace filigree::ui {

/// The end of a log of which the whole may be long; empty if it cannot be read.
QString lastWordsOf(const QString& path);

}  // namespace filigree::ui
