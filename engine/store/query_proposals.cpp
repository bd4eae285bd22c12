// SPDX-License-Identifier: Apache-2.0
// Completion: looks only at the text in front of the cursor, so it works while the query is still wrong.
#include <algorithm>
#include <array>

#include "store/query.h"
#include "store/query_text.h"

namespace filigree::store {
namespace {

struct Candidate {
    std::string text;
    std::string detail;
};

constexpr std::array<std::pair<const char*, const char*>, 12> fields{
    {{"state", "queued, running, finished, …"},
     {"method", "which system"},
     {"preset", "where it started from"},
     {"name", "text"},
     {"tag", "your tags"},
     {"note", "text"},
     {"created", "age or date"},
     {"duration", "time it ran"},
     {"seed", "number"},
     {"host", "computer"},
     {"step", "number"},
     {"id", "number"}}};
constexpr std::array<std::pair<const char*, const char*>, 5> functions{
    {{"last", "newest value of a metric"},
     {"best", "best value of a metric"},
     {"min", "least value of a metric"},
     {"max", "greatest value of a metric"},
     {"at", "value of a metric at a step"}}};

std::string quotedIfNeeded(const std::string& value) {
    if (plainWord(value).size() == value.size() && !value.empty()) return value;
    std::string result = "\"";
    for (const char character : value) {
        if (character == '"') result += '\\';
        result += character;
    }
    return result + "\"";
}

/// Where the word in front of the cursor begins, and whether the cursor stands in an open quotation.
struct Place {
    std::size_t begin = 0;
    bool isQuoted = false;
};
Place placeOf(std::string_view text) {
    Place place;
    bool open = false;
    std::size_t quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escaped = i > 0 && text[i - 1] == '\\';
        if (text[i] == '"' && !(open && escaped)) {
            open = !open;
            quote = i;
        }
    }
    if (open) return {quote, true};
    place.begin = text.size();
    while (place.begin > 0) {
        const char before = text[place.begin - 1];
        if (isSpace(before) || isOperator(before) || before == '(' || before == ')' || before == '"') break;
        --place.begin;
    }
    return place;
}

void addFields(const QueryFields& known, std::vector<Candidate>& out) {
    for (const auto& [name, detail] : fields) out.push_back({std::string(name) + ":", detail});
    for (const auto& [name, detail] : functions) out.push_back({std::string(name) + "(", detail});
    for (const QueryFields::Key& key : known.configKeys)
        out.push_back({key.name + (key.isNumber ? "=" : ":"), "configuration"});
    for (const char* word : {"or", "and", "not"})
        out.push_back({std::string(word) + " ", "joins conditions"});
}

}  // namespace

std::vector<QueryProposal> proposals(std::string_view text, std::size_t cursor, const QueryFields& known,
                                     std::size_t limit) {
    const std::string_view before = text.substr(0, std::min(cursor, text.size()));
    const Place place = placeOf(before);
    std::string_view typed = before.substr(place.begin + (place.isQuoted ? 1 : 0));
    std::size_t begin = place.begin;
    // What stands directly in front of the word decides what it can be.
    std::size_t at = begin;
    std::vector<Candidate> candidates;
    const auto nameBefore = [&](std::size_t end) {
        std::size_t start = end;
        while (start > 0 && plainWord(before.substr(start - 1, 1)).size() == 1) --start;
        std::string name = lowered(before.substr(start, end - start));
        if (name.starts_with('-')) name.erase(0, 1);
        return name;
    };
    if (at > 0 && isOperator(before[at - 1])) {
        while (at > 0 && isOperator(before[at - 1])) --at;
        const std::string field = nameBefore(at);
        if (field == "state")
            for (const RunState state :
                 {RunState::Queued, RunState::Running, RunState::Paused, RunState::Finished, RunState::Failed,
                  RunState::Stopped, RunState::Interrupted})
                candidates.push_back({std::string(toString(state)), "state"});
        else if (field == "created")
            for (const char* age : {"1h", "1d", "7d", "4w", "today"}) candidates.push_back({age, "age"});
        else if (field == "duration")
            for (const char* duration : {"30s", "5m", "1h"}) candidates.push_back({duration, "duration"});
        else if (!field.empty() && known.valuesOf)
            for (const std::string& value : known.valuesOf(field))
                candidates.push_back({quotedIfNeeded(value), field});
    } else if (at > 0 && before[at - 1] == '(' && !nameBefore(at - 1).empty()) {
        const bool isAt = nameBefore(at - 1) == "at";
        for (const std::string& metric : known.metrics)
            candidates.push_back({metric + (isAt ? "," : ")"), "metric"});
    } else if (!place.isQuoted) {
        if (typed.starts_with('-')) {
            typed.remove_prefix(1);
            ++begin;
        }
        if (typed.empty() && begin == place.begin) return {};
        addFields(known, candidates);
    }

    const std::string wanted = lowered(typed);
    std::vector<QueryProposal> beginning, containing;
    for (const Candidate& candidate : candidates) {
        const std::string word =
            lowered(candidate.text.starts_with('"') ? candidate.text.substr(1) : candidate.text);
        // "dens" finds "sparsity.density" as well as a beginning would.
        const std::size_t found = word.find(wanted);
        if (found == std::string::npos || word == wanted) continue;
        const bool starts = found == 0 || word[found - 1] == '.' || word[found - 1] == '/';
        (starts ? beginning : containing).push_back({begin, before.size(), candidate.text, candidate.detail});
    }
    beginning.insert(beginning.end(), containing.begin(), containing.end());
    if (beginning.size() > limit) beginning.resize(limit);
    return beginning;
}

}  // namespace filigree::store
