// SPDX-License-Identifier: Apache-2.0
#include "store/query.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "base/error.h"
#include "store/pattern.h"
#include "store/query_text.h"

namespace filigree::store {
namespace {

constexpr int deepestNesting = 100;
constexpr std::size_t longestQuery = 10000;

enum class Operator { Has, Equal, Unequal, Less, LessEqual, Greater, GreaterEqual, Matches };
enum class Field {
    Words,
    Id,
    State,
    Method,
    Preset,
    Name,
    Tag,
    Note,
    Host,
    Seed,
    Step,
    Created,
    Duration,
    Config,
    Metric
};

struct FieldName {
    const char* name;
    Field field;
};
constexpr std::array<FieldName, 12> fieldNames{{{"state", Field::State},
                                                {"method", Field::Method},
                                                {"preset", Field::Preset},
                                                {"name", Field::Name},
                                                {"tag", Field::Tag},
                                                {"note", Field::Note},
                                                {"created", Field::Created},
                                                {"duration", Field::Duration},
                                                {"seed", Field::Seed},
                                                {"host", Field::Host},
                                                {"step", Field::Step},
                                                {"id", Field::Id}}};
struct FunctionName {
    const char* name;
    MetricFunction function;
};
constexpr std::array<FunctionName, 5> functionNames{{{"last", MetricFunction::Last},
                                                     {"best", MetricFunction::Best},
                                                     {"min", MetricFunction::Min},
                                                     {"max", MetricFunction::Max},
                                                     {"at", MetricFunction::At}}};

bool compare(double left, Operator how, double right) {
    switch (how) {
        case Operator::Less:
            return left < right;
        case Operator::LessEqual:
            return left <= right;
        case Operator::Greater:
            return left > right;
        case Operator::GreaterEqual:
            return left >= right;
        case Operator::Unequal:
            return left != right && !std::isnan(left);
        default:
            return left == right;
    }
}

struct Condition {
    Field field = Field::Words;
    Operator how = Operator::Has;
    std::string text;              ///< as written, ASCII letters in lower case
    std::optional<double> number;  ///< if it is one
    std::shared_ptr<const Pattern> pattern;
    TimeValue time;
    RunState state = RunState::Queued;
    std::size_t slot = 0;  ///< of a key or metric
};

bool holds(const Condition& condition, std::string_view text, bool whole) {
    switch (condition.how) {
        case Operator::Matches:
            return condition.pattern->isIn(text);
        case Operator::Has:
            return whole ? equalsIgnoringCase(text, condition.text)
                         : containsIgnoringCase(text, condition.text);
        case Operator::Equal:
            return equalsIgnoringCase(text, condition.text);
        case Operator::Unequal:
            return !equalsIgnoringCase(text, condition.text);
        default:
            return compare(compareIgnoringCase(text, condition.text), condition.how, 0);
    }
}

bool holds(const Condition& condition, const ConfigValue& value) {
    const double number = std::visit(
        [](const auto& held) -> double {
            if constexpr (std::is_arithmetic_v<std::decay_t<decltype(held)>>)
                return static_cast<double>(held);
            else
                return std::numeric_limits<double>::quiet_NaN();
        },
        value);
    if (condition.how == Operator::Matches) return condition.pattern->isIn(toText(value));
    if (!std::isnan(number)) return condition.number && compare(number, condition.how, *condition.number);
    if (const auto* text = std::get_if<std::string>(&value)) return holds(condition, *text, false);
    return holds(condition, toText(value), false);
}

bool holds(const Condition& condition, const QueryRow& row) {
    const RunInfo& run = *row.run;
    const auto number = [&](double value) { return compare(value, condition.how, *condition.number); };
    switch (condition.field) {
        case Field::Words:
            return containsIgnoringCase(run.name, condition.text) ||
                   containsIgnoringCase(run.note, condition.text) ||
                   std::any_of(run.tags.begin(), run.tags.end(), [&](const std::string& tag) {
                       return containsIgnoringCase(tag, condition.text);
                   });
        case Field::Id:
            return number(static_cast<double>(run.id));
        case Field::State:
            return (run.state == condition.state) != (condition.how == Operator::Unequal);
        case Field::Method:
            return holds(condition, run.method, true);
        case Field::Preset:
            return holds(condition, run.preset, false);
        case Field::Name:
            return holds(condition, run.name, false);
        case Field::Note:
            return holds(condition, run.note, false);
        case Field::Host:
            return holds(condition, run.process.host, false);
        case Field::Tag: {
            // "tag!=x" is about all tags, everything else about some tag.
            const auto one = [&](const std::string& tag) { return holds(condition, tag, true); };
            return condition.how == Operator::Unequal ? std::all_of(run.tags.begin(), run.tags.end(), one)
                                                      : std::any_of(run.tags.begin(), run.tags.end(), one);
        }
        case Field::Seed:
            return number(static_cast<double>(run.seed));
        case Field::Step:
            return number(static_cast<double>(run.progress.step));
        case Field::Duration:
            return number(run.activeSeconds);
        case Field::Created:
            if (condition.time.isAge) {
                const Operator how = condition.how == Operator::Has ? Operator::LessEqual : condition.how;
                return compare(row.now - run.created, how, condition.time.seconds);
            }
            if (condition.how == Operator::Has || condition.how == Operator::Equal)
                return run.created >= condition.time.seconds && run.created < condition.time.end;
            if (condition.how == Operator::Unequal)
                return run.created < condition.time.seconds || run.created >= condition.time.end;
            if (condition.how == Operator::Greater) return run.created >= condition.time.end;
            if (condition.how == Operator::LessEqual) return run.created < condition.time.end;
            return compare(run.created, condition.how, condition.time.seconds);
        case Field::Config:
            return row.config[condition.slot] && holds(condition, *row.config[condition.slot]);
        case Field::Metric:
            return number(row.metrics[condition.slot]);
    }
    return false;
}

struct Node {
    enum class Kind { All, Any, Not, Condition } kind = Kind::All;
    std::vector<std::size_t> parts;  ///< other nodes
    std::size_t condition = 0;
};

/// Thrown inside the parser only.
struct Wrong {
    QueryError error;
};

std::string quoted(std::string_view text) {
    return "\"" + std::string(text) + "\"";
}

}  // namespace

struct Query::Parsed {
    std::vector<Condition> conditions;
    std::vector<Node> nodes;
    std::size_t root = 0;
    std::vector<std::string> keys;
    std::vector<MetricTerm> metrics;

    bool matches(std::size_t index, const QueryRow& row) const {
        const Node& node = nodes[index];
        const auto part = [&](std::size_t other) { return matches(other, row); };
        switch (node.kind) {
            case Node::Kind::All:
                return std::all_of(node.parts.begin(), node.parts.end(), part);
            case Node::Kind::Any:
                return std::any_of(node.parts.begin(), node.parts.end(), part);
            case Node::Kind::Not:
                return !matches(node.parts[0], row);
            case Node::Kind::Condition:
                return holds(conditions[node.condition], row);
        }
        return false;
    }
};

class Query::Parser {
  public:
    Parser(std::string_view text, const QueryFields& fields) : text_(text), fields_(fields) {}

    Parsed parse() {
        if (text_.size() > longestQuery) fail(0, text_.size(), "the query is too long");
        parsed_.root = any(0);
        skipSpace();
        if (at_ < text_.size()) fail(at_, at_ + 1, "a ')' without its '('");
        return std::move(parsed_);
    }

  private:
    [[noreturn]] static void fail(std::size_t begin, std::size_t end, std::string message) {
        throw Wrong{{begin, end, std::move(message)}};
    }
    bool has(char character) const { return at_ < text_.size() && text_[at_] == character; }
    void skipSpace() {
        while (at_ < text_.size() && isSpace(text_[at_])) ++at_;
    }
    std::size_t add(Node node) {
        parsed_.nodes.push_back(std::move(node));
        return parsed_.nodes.size() - 1;
    }

    /// A word of its own, not the beginning of a condition.
    bool takeKeyword(std::string_view keyword) {
        skipSpace();
        const std::string_view word = plainWord(text_.substr(at_));
        const std::size_t end = at_ + word.size();
        if (!equalsIgnoringCase(word, keyword) || (end < text_.size() && isOperator(text_[end])))
            return false;
        at_ = end;
        return true;
    }

    std::size_t any(int depth) {
        if (depth > deepestNesting) fail(at_, at_ + 1, "brackets are nested too deeply");
        Node node{Node::Kind::Any, {all(depth)}, 0};
        while (takeKeyword("or")) {
            skipSpace();
            if (at_ >= text_.size() || has(')')) fail(at_ - 2, at_, "nothing follows the \"or\"");
            node.parts.push_back(all(depth));
        }
        return node.parts.size() == 1 ? node.parts[0] : add(std::move(node));
    }

    std::size_t all(int depth) {
        Node node;
        for (;;) {
            skipSpace();
            if (at_ >= text_.size() || has(')')) break;
            const std::size_t before = at_;
            if (takeKeyword("or")) {
                if (node.parts.empty()) fail(before, at_, "nothing stands in front of the \"or\"");
                at_ = before;
                break;
            }
            if (!node.parts.empty() && takeKeyword("and")) {
                skipSpace();
                if (at_ >= text_.size() || has(')')) fail(before, at_, "nothing follows the \"and\"");
            }
            node.parts.push_back(one(depth));
        }
        return node.parts.size() == 1 ? node.parts[0] : add(std::move(node));
    }

    std::size_t one(int depth) {
        if (depth > deepestNesting) fail(at_, at_ + 1, "brackets are nested too deeply");
        skipSpace();
        const std::size_t begin = at_;
        const bool dash = has('-');
        if (dash) ++at_;
        if (dash || takeKeyword("not")) {
            skipSpace();
            if (at_ >= text_.size() || has(')'))
                fail(begin, std::max(at_, begin + 1), "nothing follows that could be negated");
            const std::size_t part = one(depth + 1);
            return add({Node::Kind::Not, {part}, 0});
        }
        if (has('(')) {
            ++at_;
            const std::size_t inner = any(depth + 1);
            if (!has(')')) fail(begin, begin + 1, "a '(' without its ')'");
            ++at_;
            return inner;
        }
        Condition found = condition();
        parsed_.conditions.push_back(std::move(found));
        return add({Node::Kind::Condition, {}, parsed_.conditions.size() - 1});
    }

    struct Text {
        std::string text;
        std::size_t begin, end;
        bool isQuoted = false;
    };

    Text quotedText() {
        Text result{{}, at_, at_, true};
        for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
            // Only the quote itself needs a backslash; a pattern keeps its own.
            if (text_[at_] == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '"') ++at_;
            result.text += text_[at_];
        }
        if (at_ >= text_.size()) fail(result.begin, text_.size(), "a quotation mark without its other one");
        result.end = ++at_;
        return result;
    }

    Text value(std::size_t operatorAt) {
        skipSpace();
        if (has('"')) return quotedText();
        Text result{{}, at_, at_, false};
        while (at_ < text_.size() && !isSpace(text_[at_]) && text_[at_] != ')') result.text += text_[at_++];
        result.end = at_;
        if (result.text.empty()) fail(operatorAt, at_, "a value is missing");
        return result;
    }

    std::optional<Operator> takeOperator() {
        if (at_ >= text_.size()) return std::nullopt;
        const bool equals = at_ + 1 < text_.size() && text_[at_ + 1] == '=';
        const char sign = text_[at_];
        if (!isOperator(sign)) return std::nullopt;
        if (sign == '!' && !equals) fail(at_, at_ + 1, "\"!\" means nothing alone: \"!=\"?");
        at_ += (sign == '<' || sign == '>' || sign == '!') && equals ? 2 : 1;
        switch (sign) {
            case ':':
                return Operator::Has;
            case '=':
                return Operator::Equal;
            case '!':
                return Operator::Unequal;
            case '<':
                return equals ? Operator::LessEqual : Operator::Less;
            case '>':
                return equals ? Operator::GreaterEqual : Operator::Greater;
            default:
                return Operator::Matches;
        }
    }

    Condition condition() {
        if (has('"')) {
            Condition words;
            words.text = lowered(quotedText().text);
            return words;
        }
        const std::size_t begin = at_;
        const std::string name(plainWord(text_.substr(at_)));
        at_ += name.size();
        const std::size_t end = at_;
        Condition result;
        if (has('(') && functionOf(name)) {
            result.field = Field::Metric;
            result.slot = metric(*functionOf(name), begin);
        }
        const std::size_t afterName = at_;
        skipSpace();
        const std::size_t operatorAt = at_;
        const auto how = takeOperator();
        if (!how) {
            at_ = afterName;
            if (result.field == Field::Metric) fail(begin, at_, "a comparison is missing, such as \"> 0.9\"");
            if (name.empty()) fail(begin, begin + 1, "this means nothing here");
            result.text = lowered(name);
            return result;
        }
        if (name.empty()) fail(operatorAt, at_, "a field is missing in front of it");
        result.how = *how;
        const bool isMetric = result.field == Field::Metric;
        if (!isMetric) chooseField(result, name, begin, end);
        const Text text = value(operatorAt);
        interpret(result, isMetric ? std::string("a metric") : name, text);
        return result;
    }

    static std::optional<MetricFunction> functionOf(std::string_view name) {
        for (const FunctionName& known : functionNames)
            if (equalsIgnoringCase(name, known.name)) return known.function;
        return std::nullopt;
    }

    std::size_t metric(MetricFunction function, std::size_t begin) {
        const std::size_t open = at_++;
        const std::size_t close = text_.find(')', at_);
        if (close == std::string_view::npos) fail(open, open + 1, "a '(' without its ')'");
        std::string_view inside = text_.substr(at_, close - at_);
        at_ = close + 1;
        MetricTerm term;
        term.function = function;
        if (function == MetricFunction::At) {
            const std::size_t comma = inside.rfind(',');
            const auto step = comma == std::string_view::npos
                                  ? std::nullopt
                                  : parseNumber(trimmed(inside.substr(comma + 1)));
            if (!step || *step < 0 || *step > 9e15)
                fail(begin, at_, "at() takes a metric and a step: at(test/acc, 1000)");
            term.step = static_cast<std::int64_t>(*step);
            inside = inside.substr(0, comma);
        }
        term.metric = trimmed(inside);
        if (term.metric.empty()) fail(open, at_, "a metric is missing between the brackets");
        const auto& known = fields_.metrics;
        if (std::find(known.begin(), known.end(), term.metric) == known.end())
            fail(open + 1, close, "no run has a metric " + quoted(term.metric));
        return slotOf(parsed_.metrics, term);
    }

    template <typename Value>
    static std::size_t slotOf(std::vector<Value>& values, const Value& value) {
        const auto found = std::find(values.begin(), values.end(), value);
        if (found != values.end()) return static_cast<std::size_t>(found - values.begin());
        values.push_back(value);
        return values.size() - 1;
    }

    void chooseField(Condition& condition, const std::string& name, std::size_t begin, std::size_t end) {
        for (const FieldName& known : fieldNames)
            if (equalsIgnoringCase(name, known.name)) {
                condition.field = known.field;
                return;
            }
        std::vector<std::string> endings;
        for (const QueryFields::Key& key : fields_.configKeys) {
            if (key.name == name) {
                endings = {key.name};
                break;
            }
            if (key.name.size() > name.size() && key.name.ends_with(name) &&
                key.name[key.name.size() - name.size() - 1] == '.')
                endings.push_back(key.name);
        }
        if (endings.empty()) fail(begin, end, "no run has a field or key " + quoted(name));
        if (endings.size() > 1)
            fail(begin, end, quoted(name) + " could be " + endings[0] + " or " + endings[1]);
        condition.field = Field::Config;
        condition.slot = slotOf(parsed_.keys, endings[0]);
    }

    bool isNumberKey(std::size_t slot) const {
        for (const QueryFields::Key& key : fields_.configKeys)
            if (key.name == parsed_.keys[slot]) return key.isNumber;
        return false;
    }

    void interpret(Condition& condition, const std::string& name, const Text& value) {
        condition.text = lowered(value.text);
        if (condition.how == Operator::Matches) return interpretPattern(condition, name, value);
        condition.number = parseNumber(value.text);
        if (!condition.number) condition.number = parseTruth(value.text);
        const auto mustBeNumber = [&] {
            if (!condition.number)
                fail(value.begin, value.end, name + " is a number, not " + quoted(value.text));
        };
        switch (condition.field) {
            case Field::State:
                return interpretState(condition, value);
            case Field::Created: {
                const auto time = parseTime(value.text);
                if (!time)
                    fail(value.begin, value.end,
                         "write an age such as 7d or 3h, or a date such as 2026-03-01");
                condition.time = *time;
                return;
            }
            case Field::Duration:
                condition.number = parseDuration(value.text);
                if (!condition.number)
                    fail(value.begin, value.end, "write a duration such as 90s, 5m, 2h or 1:30:00");
                return;
            case Field::Id:
            case Field::Seed:
            case Field::Step:
            case Field::Metric:
                return mustBeNumber();
            case Field::Config:
                if (isNumberKey(condition.slot)) mustBeNumber();
                return;
            default:
                return;
        }
    }

    void interpretState(Condition& condition, const Text& value) {
        if (condition.how != Operator::Has && condition.how != Operator::Equal &&
            condition.how != Operator::Unequal)
            fail(value.begin, value.end, "states have no order: use \":\"");
        try {
            condition.state = parseRunState(condition.text);
        } catch (const Error&) {
            fail(value.begin, value.end,
                 "a run is queued, running, paused, finished, failed, stopped or interrupted");
        }
    }

    void interpretPattern(Condition& condition, const std::string& name, const Text& value) {
        switch (condition.field) {
            case Field::Method:
            case Field::Preset:
            case Field::Name:
            case Field::Tag:
            case Field::Note:
            case Field::Host:
            case Field::Config:
                break;
            default:
                fail(value.begin, value.end, "\"~\" is for text, and " + name + " is none");
        }
        try {
            condition.pattern = std::make_shared<Pattern>(value.text);
        } catch (const Error& error) {
            const std::size_t at = value.begin + (value.isQuoted ? 1 : 0) + std::stoul(error.where());
            fail(std::min(at, value.end - 1), std::min(at + 1, value.end), error.message());
        }
    }

    std::string_view text_;
    const QueryFields& fields_;
    std::size_t at_ = 0;
    Parsed parsed_;
};

Query::Query() : parsed_(std::make_shared<const Parsed>(Parsed{{}, {Node{}}, 0, {}, {}})) {}
Query::Query(std::shared_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}
Query::~Query() = default;
Query::Query(const Query&) = default;
Query& Query::operator=(const Query&) = default;

std::variant<Query, QueryError> Query::parse(std::string_view text, const QueryFields& fields) {
    try {
        return Query(std::make_shared<const Parsed>(Parser(text, fields).parse()));
    } catch (const Wrong& wrong) {
        return wrong.error;
    }
}

const std::vector<std::string>& Query::configKeys() const {
    return parsed_->keys;
}

const std::vector<MetricTerm>& Query::metrics() const {
    return parsed_->metrics;
}

bool Query::matches(const QueryRow& row) const {
    return parsed_->matches(parsed_->root, row);
}

bool Query::isEmpty() const {
    return parsed_->conditions.empty();
}

bool lessIsBetter(std::string_view metric) {
    for (const char* word :
         {"loss", "err", "perplexity", "mse", "mae", "rmse", "nll", "regret", "seconds", "ms"}) {
        const std::size_t length = std::string_view(word).size();
        for (std::size_t at = 0; at + length <= metric.size(); ++at) {
            if (!equalsIgnoringCase(metric.substr(at, length), word)) continue;
            // "loss" anywhere in a name, short words only by themselves ("rms" is not "ms").
            const bool begins = at == 0 || !isLetter(metric[at - 1]);
            const bool ends = at + length == metric.size() || !isLetter(metric[at + length]);
            if (length >= 4 || (begins && ends) || (begins && std::string_view(word) == "err")) return true;
        }
    }
    return false;
}

}  // namespace filigree::store
