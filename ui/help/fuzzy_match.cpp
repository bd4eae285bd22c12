// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help/fuzzy_match.h"

#include <algorithm>

namespace filigree::ui {
namespace {

constexpr int letter = 10;
constexpr int firstWordStart = 30;  // the first letter at the start of a word
constexpr int wordStart = 16;       // a later one, as in initials
constexpr int beside = 26;

bool startsWord(const QString& text, qsizetype at) {
    if (at == 0) return true;
    const QChar before = text[at - 1];
    return !before.isLetterOrNumber() || (before.isLower() && text[at].isUpper());
}

/// The word from `from` on, greedily; tries a start at each place where its first letter stands at a word.
FuzzyMatch matchFrom(const QString& word, const QString& text, qsizetype from) {
    FuzzyMatch match;
    int score = 0;
    qsizetype at = from - 1;
    for (const QChar c : word) {
        const qsizetype last = at;
        qsizetype next = -1;
        // The letter right beside, else the next start of a word with it, else the next one at all.
        if (last + 1 < text.size() && text[last + 1].toLower() == c) {
            next = last + 1;
        } else {
            for (qsizetype i = last + 1; i < text.size(); ++i) {
                if (text[i].toLower() != c) continue;
                if (next < 0) next = i;
                if (startsWord(text, i)) {
                    next = i;
                    break;
                }
            }
        }
        if (next < 0) return {};
        score += letter;
        if (startsWord(text, next)) score += match.positions.isEmpty() ? firstWordStart : wordStart;
        if (!match.positions.isEmpty()) {
            if (next == last + 1)
                score += beside;
            else
                score -= static_cast<int>(std::min<qsizetype>(next - last, 8));
        }
        match.positions.append(static_cast<int>(next));
        at = next;
    }
    match.score = std::max(0, score - static_cast<int>(std::min<qsizetype>(from, 10)));
    return match;
}

FuzzyMatch matchWord(const QString& word, const QString& text) {
    FuzzyMatch best;
    for (qsizetype i = 0; i + word.size() <= text.size(); ++i) {
        if (text[i].toLower() != word[0]) continue;
        const FuzzyMatch here = matchFrom(word, text, i);
        if (here.score > best.score) best = here;
        // What is not found from here is not found further on.
        if (!here.matches()) break;
    }
    return best;
}

}  // namespace

FuzzyMatch fuzzyMatch(const QString& pattern, const QString& text) {
    FuzzyMatch whole;
    whole.score = 0;
    for (const QString& word : pattern.toLower().split(' ', Qt::SkipEmptyParts)) {
        const FuzzyMatch match = matchWord(word, text);
        if (!match.matches()) return {};
        whole.score += match.score;
        whole.positions += match.positions;
    }
    whole.score -= static_cast<int>(std::min<qsizetype>(text.size(), 100)) / 8;
    whole.score = std::max(0, whole.score);
    std::sort(whole.positions.begin(), whole.positions.end());
    whole.positions.erase(std::unique(whole.positions.begin(), whole.positions.end()), whole.positions.end());
    return whole;
}

}  // namespace filigree::ui
