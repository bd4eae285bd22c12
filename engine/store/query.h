// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/run_row.h"

/// The language that chooses runs:
///
///     method:rigl density<=0.1 best(test/acc)>0.95 tag:paper -state:failed created<7d name~"seed [12]"
///
///     query      = any { "or" any } ;          any = one { ["and"] one } ;
///     one        = ("not" | "-") one | "(" query ")" | condition | word ;
///     condition  = (field | function "(" metric ["," step] ")") operator value ;
///     function   = "last" | "best" | "min" | "max" | "at" ;
///     operator   = ":" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" ;
///
/// Fields: id, state, method, preset, name, tag, note, host, seed, step, created, duration, and the keys of
/// the configurations (their last word is enough where only one key ends with it). A word alone is looked for
/// in name, note and tags. Text is compared whatever the case of ASCII letters; ":" asks whether a text
/// contains the value (state, tag and method: whether they are it), "~" is a Pattern. Numbers are compared as
/// numbers (0.1 = 1e-1, 10% = 0.1). What a run does not have fulfils no condition.
namespace filigree::store {

/// What can be asked for.
struct QueryFields {
    struct Key {
        std::string name;
        bool isNumber = false;  ///< every run's value is a number or a truth value
    };
    std::vector<Key> configKeys;
    std::vector<std::string> metrics;
    /// Values that a field ("method", "tag", a key, …) has in the runs, for completion; may be empty.
    std::function<std::vector<std::string>(const std::string& field)> valuesOf;
};

enum class MetricFunction { Last, Best, Min, Max, At };
struct MetricTerm {
    MetricFunction function = MetricFunction::Last;
    std::string metric;
    std::int64_t step = 0;  ///< of At: the newest value at or before it
    bool operator==(const MetricTerm&) const = default;
};
/// Whether less of it is better: its name says loss, error, perplexity, … "best" is then the least value.
bool lessIsBetter(std::string_view metric);

struct QueryError {
    std::size_t begin = 0, end = 0;  ///< bytes of the text that are wrong
    std::string message;
};

/// One run as a query sees it.
struct QueryRow {
    const RunInfo* run = nullptr;
    std::span<const ConfigValue* const> config;  ///< in the order of Query::configKeys; nullptr: not there
    std::span<const double> metrics;             ///< in the order of Query::metrics; NaN: not there
    double now = 0;                              ///< Unix seconds, for ages
};

/// A parsed query; copies share what was parsed.
class Query {
  public:
    /// Is fulfilled by every run.
    Query();
    ~Query();
    Query(const Query&);
    Query& operator=(const Query&);

    /// Never throws, whatever the text.
    static std::variant<Query, QueryError> parse(std::string_view text, const QueryFields& fields);

    /// What `matches` must be given.
    const std::vector<std::string>& configKeys() const;
    const std::vector<MetricTerm>& metrics() const;
    bool matches(const QueryRow& row) const;
    bool isEmpty() const;

  private:
    struct Parsed;
    class Parser;
    explicit Query(std::shared_ptr<const Parsed> parsed);
    std::shared_ptr<const Parsed> parsed_;
};

/// How the word at the cursor could go on.
struct QueryProposal {
    std::size_t begin = 0, end = 0;  ///< bytes that `text` replaces
    std::string text;
    std::string detail;  ///< what it is: "metric", "state", …
};
/// At most `limit`, best first; those that begin with what is there before those that only contain it.
std::vector<QueryProposal> proposals(std::string_view text, std::size_t cursor, const QueryFields& fields,
                                     std::size_t limit = 12);

}  // namespace filigree::store
