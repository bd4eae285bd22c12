// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

namespace filigree::ui {

struct FuzzyMatch {
    int score = -1;        ///< below 0: no match
    QList<int> positions;  ///< of the letters that matched, ascending
    bool matches() const { return score >= 0; }
};

/// How well `pattern` is found in `text`: every word of the pattern, in any order, as letters that follow
/// each other with gaps, whatever their case. Better: starts of words, letters side by side, early, in a
/// short text.
FuzzyMatch fuzzyMatch(const QString& pattern, const QString& text);

}  // namespace filigree::ui
