// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>
#include <set>

#include "base/random.h"
#include "scratch.h"
#include "store/pattern.h"
#include "store/query.h"
#include "store/query_text.h"

using namespace filigree;
using namespace filigree::store;

namespace {

constexpr double now = 1.8e9;

/// A run with what the queries of this file ask for.
struct Example {
    RunInfo info;
    std::vector<std::pair<std::string, ConfigValue>> config;
    std::vector<std::pair<std::string, double>> metrics;
};

std::vector<Example> examples() {
    std::vector<Example> runs(4);
    const auto set = [&](std::size_t i, std::string name, RunState state, std::string method, double age,
                         double density, double acc) {
        Example& run = runs[i];
        run.info.id = static_cast<std::int64_t>(i) + 1;
        run.info.name = std::move(name);
        run.info.state = state;
        run.info.method = std::move(method);
        run.info.preset = run.info.method + "/digits";
        run.info.created = now - age;
        run.info.seed = static_cast<std::int64_t>(i);
        run.info.activeSeconds = 100.0 * static_cast<double>(i);
        run.config = {{"sparsity.density", density},
                      {"layers", ConfigArray{"[784,10]"}},
                      {"optimizer.name", std::string("SGD")}};
        run.metrics = {{"test/acc", acc}};
    };
    set(0, "RigL seed 1", RunState::Finished, "rigl", 3600, 0.1, 0.96);
    set(1, "RigL seed 2", RunState::Failed, "rigl", 2 * 86400, 0.1, std::numeric_limits<double>::quiet_NaN());
    set(2, "set seed 3", RunState::Running, "set", 10 * 86400.0, 0.2, 0.94);
    set(3, "", RunState::Interrupted, "dst_ee", 60, 0.05, 0.99);
    runs[0].info.tags = {"paper", "figure 2"};
    runs[2].info.tags = {"paper"};
    runs[3].info.note = "Best \"so far\"";
    runs[3].config.emplace_back("nesterov", true);
    return runs;
}

QueryFields fields() {
    QueryFields known;
    known.configKeys = {{"sparsity.density", true}, {"layers", false}, {"optimizer.name", false},
                        {"nesterov", true},         {"a.width", true}, {"b.width", true}};
    known.metrics = {"test/acc", "train/loss"};
    known.valuesOf = [](const std::string& field) -> std::vector<std::string> {
        if (field == "tag") return {"paper", "figure 2"};
        if (field == "method") return {"rigl", "set", "dst_ee"};
        return {};
    };
    return known;
}

bool matches(const Query& query, const Example& run) {
    std::vector<const ConfigValue*> config;
    for (const std::string& key : query.configKeys()) {
        config.push_back(nullptr);
        for (const auto& [name, value] : run.config)
            if (name == key) config.back() = &value;
    }
    std::vector<double> metrics;
    for (const MetricTerm& term : query.metrics()) {
        metrics.push_back(std::numeric_limits<double>::quiet_NaN());
        for (const auto& [name, value] : run.metrics)
            if (name == term.metric) metrics.back() = value;
    }
    return query.matches({&run.info, config, metrics, now});
}

/// Ids of the runs that a query finds: "1 3"; or "error 4-9: …".
QString found(const QByteArray& text) {
    const auto parsed = Query::parse(text.toStdString(), fields());
    if (const auto* error = std::get_if<QueryError>(&parsed))
        return QStringLiteral("error %1-%2: %3")
            .arg(error->begin)
            .arg(error->end)
            .arg(QString::fromStdString(error->message));
    QStringList ids;
    for (const Example& run : examples())
        if (matches(std::get<Query>(parsed), run)) ids << QString::number(run.info.id);
    return ids.join(' ');
}

}  // namespace

class QueryTest : public QObject {
    Q_OBJECT

  private slots:
    void aQueryFinds_data() {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QString>("ids");
        const auto row = [](const char* query, const char* ids) {
            QTest::newRow(query) << QByteArray(query) << ids;
        };
        row("", "1 2 3 4");
        row("   ", "1 2 3 4");
        row("()", "1 2 3 4");
        row("method:rigl", "1 2");
        row("method:RIGL", "1 2");
        row("method:rig", "");  // a method is whole words
        row("method!=rigl", "3 4");
        row("preset:digits", "1 2 3 4");
        row("preset=rigl/digits", "1 2");
        row("sparsity.density=1e-1", "1 2");
        row("density=10%", "1 2");
        row("density <= 0.1", "1 2 4");
        row("density!=0.1", "3 4");
        row("layers:784", "1 2 3 4");
        row("optimizer.name:sgd", "1 2 3 4");
        row("optimizer.name<sgc", "");
        row("nesterov:true", "4");
        row("-nesterov:yes", "1 2 3");
        row("nesterov!=true", "");  // what a run does not have fulfils nothing
        row("best(test/acc)>0.95", "1 4");
        row("best( test/acc ) > 0.95", "1 4");
        row("last(test/acc)!=0.96", "3 4");
        row("at(test/acc, 1000)<0.95", "3");
        row("tag:paper", "1 3");
        row("tag:\"figure 2\"", "1");
        row("tag:figure", "");
        row("tag~fig", "1");
        row("tag!=paper", "2 4");
        row("-state:failed", "1 3 4");
        row("state!=failed", "1 3 4");
        row("state:interrupted", "4");
        row("created<7d", "1 2 4");
        row("created<90m", "1 4");
        row("created>1w", "3");
        row("created>2020-01-01", "1 2 3 4");
        row("created<1999-12-31", "");
        row("duration>=200", "3 4");
        row("duration:1:40", "2");
        row("duration<2min", "1 2");
        row("seed>1 seed<3", "3");
        row("id:4", "4");
        row("name~\"seed [12]\"", "1 2");
        row("name~^set", "3");
        row("name:rigl", "1 2");
        row("name=\"rigl seed 1\"", "1");
        row("rigl", "1 2");
        row("paper", "1 3");
        row("\"so far\"", "4");
        row("note:\"\\\"so far\\\"\"", "4");
        row("method:rigl state:failed", "2");
        row("method:rigl and state:failed", "2");
        row("method:set or state:failed", "2 3");
        row("method:rigl state:failed or method:set", "2 3");
        row("method:rigl (state:failed or density:0.1)", "1 2");
        row("not (method:rigl or method:set)", "4");
        row("not method:rigl -method:set", "4");
        row("--method:rigl", "1 2");
        row("OR:", "error 0-2: no run has a field or key \"OR\"");
    }
    void aQueryFinds() {
        QFETCH(QByteArray, query);
        QTEST(found(query), "ids");
    }

    void anErrorSaysWhere_data() {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QString>("begins");
        const auto row = [](const char* query, const char* begins) {
            QTest::newRow(query) << QByteArray(query) << begins;
        };
        row("method:rigl densty<1", "error 12-18: no run has a field or key \"densty\"");
        row("width=3", "error 0-5: \"width\" could be a.width or b.width");
        row("density<abc", "error 8-11: density is a number");
        row("state:dead", "error 6-10: a run is queued");
        row("state<failed", "error 6-12: states have no order");
        row("created<soon", "error 8-12: write an age");
        row("created<2026-13-01", "error 8-18: write an age");
        row("duration>x", "error 9-10: write a duration");
        row("name~\"a(b\"", "error 7-8: a '(' without");
        row("name~[z-a]", "error 5-6: a range");
        row("seed~1", "error 5-6: \"~\" is for text");
        row("(method:rigl", "error 0-1: a '(' without");
        row("method:rigl)", "error 11-12: a ')' without");
        row("a or", "error 2-4: nothing follows");
        row("or a", "error 0-2: nothing stands");
        row("a and", "error 2-5: nothing follows");
        row("a or or b", "error 5-7: nothing stands");
        row("not", "error 0-3: nothing follows");
        row("- ", "error 0-2: nothing follows");
        row("method:", "error 6-7: a value is missing");
        row(":x", "error 0-1: a field is missing");
        row("density!0.1", "error 7-8: \"!\" means nothing");
        row("best(test/acc)", "error 0-14: a comparison");
        row("best(nothing)>1", "error 5-12: no run has a metric");
        row("best(test/acc>1", "error 4-5: a '(' without");
        row("at(test/acc)>1", "error 0-12: at() takes");
        row("\"open", "error 0-5: a quotation mark");
    }
    void anErrorSaysWhere() {
        QFETCH(QByteArray, query);
        QFETCH(QString, begins);
        const QString result = found(query);
        QVERIFY2(result.startsWith(begins), qPrintable(result));
    }

    void noTextCrashesIt() {
        // Random strings of pieces of the language: parsed or refused with a place inside the text, completed
        // anywhere, and what parses says the same of a run however often it is negated twice.
        const std::vector<std::string> pieces{"method",     "density",  "sparsity.density",
                                              "name",       "note",     "best(",
                                              "at(",        "test/acc", ",",
                                              "(",          ")",        ":",
                                              "=",          "!=",       "<",
                                              "<=",         ">",        ">=",
                                              "~",          "!",        "-",
                                              "not ",       "or ",      "and ",
                                              " ",          "\"",       "\\",
                                              "[",          "]",        "*",
                                              "+",          "?",        "|",
                                              "^",          "$",        ".",
                                              "0.1",        "1e-1",     "7d",
                                              "2026-03-01", "failed",   "state",
                                              "created",    "duration", "tag",
                                              "ä",          "\xff",     std::string(1, '\0'),
                                              "%"};
        RandomStream random(11, "query");
        const QueryFields known = fields();
        const std::vector<Example> runs = examples();
        int parsedCount = 0;
        for (int round = 0; round < 20000; ++round) {
            std::string text;
            for (auto length = static_cast<int>(random.uniform() * 12); length >= 0; --length)
                text +=
                    pieces[static_cast<std::size_t>(random.uniform() * static_cast<double>(pieces.size()))];
            const auto parsed = Query::parse(text, known);
            if (const auto* error = std::get_if<QueryError>(&parsed)) {
                QVERIFY2(
                    error->begin <= error->end && error->end <= text.size() + 1 && !error->message.empty(),
                    text.c_str());
            } else {
                ++parsedCount;
                const auto twice = Query::parse("not (not (" + text + "))", known);
                QVERIFY2(std::holds_alternative<Query>(twice), text.c_str());
                for (const Example& run : runs)
                    QCOMPARE(matches(std::get<Query>(parsed), run), matches(std::get<Query>(twice), run));
            }
            for (const QueryProposal& proposal :
                 proposals(text, static_cast<std::size_t>(round) % (text.size() + 1), known))
                QVERIFY(proposal.begin <= proposal.end && proposal.end <= text.size() &&
                        !proposal.text.empty());
        }
        QVERIFY(parsedCount > 1000);
        QVERIFY(std::holds_alternative<QueryError>(Query::parse(std::string(5000, '('), known)));
        QVERIFY(std::holds_alternative<QueryError>(Query::parse(std::string(5000, '-') + "a", known)));
        QVERIFY(std::holds_alternative<QueryError>(Query::parse(std::string(20000, 'a'), known)));
    }

    void aPatternIsFoundInLinearTime() {
        QVERIFY(Pattern("b[a-c]+$").isIn("xxBACCA"));
        QVERIFY(!Pattern("^b").isIn("ab"));
        QVERIFY(Pattern("").isIn(""));
        QVERIFY(Pattern("a|^$").isIn(""));
        QVERIFY(Pattern("(ab|cd)*x").isIn("abcdx"));
        QVERIFY(Pattern("^(ab|cd|ef)+$").isIn("efcdab"));
        QVERIFY(!Pattern("^(ab|cd|ef)+$").isIn("efcdb"));
        QVERIFY(Pattern("^a.c$").isIn("aäc"));
        QVERIFY(Pattern("[^0-9]").isIn("12a"));
        QVERIFY(!Pattern("[^\\d]").isIn("129"));
        QVERIFY(Pattern("\\w+\\s\\(").isIn("some (thing"));
        QVERIFY(Pattern("x?y?z?$").isIn(""));
        QVERIFY(Pattern("[]a]").isIn("]"));
        // A backtracking matcher would need 2^40 steps.
        QVERIFY(!Pattern("(a*)*(a*)*(a*)*b$").isIn(std::string(5000, 'a')));
        QVERIFY(throwsKind(ErrorKind::Usage, [] { Pattern(std::string(400, '(')); }));
    }

    void lessIsBetterGoesByTheName() {
        for (const char* less :
             {"train/loss", "test_error", "val/perplexity", "mae", "rmse", "perf/step_ms", "errors"})
            QVERIFY2(lessIsBetter(less), less);
        for (const char* more : {"test/acc", "f1", "AUC", "return", "rms_of_x", "terms"})
            QVERIFY2(!lessIsBetter(more), more);
    }

    void itProposesWhatCouldFollow_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("first");
        const auto row = [](const char* text, const char* first) {
            QTest::newRow(text) << QByteArray(text) << first;
        };
        row("meth", "method:");
        row("a -sta", "a -state:");
        row("dens", "sparsity.density=");
        row("state:int", "state:interrupted");
        row("tag:fig", "tag:\"figure 2\"");
        row("-method!=s", "-method!=set");
        row("best(te", "best(test/acc)");
        row("at(tr", "at(train/loss,");
        row("x (be", "x (best(");
        row("created<", "created<1h");
        row("", "");
        row("\"free te", "");
    }
    void itProposesWhatCouldFollow() {
        QFETCH(QByteArray, text);
        const std::string typed = text.toStdString();
        const auto all = proposals(typed, typed.size(), fields());
        const std::string first = all.empty() ? "" : typed.substr(0, all[0].begin) + all[0].text;
        QTEST(QString::fromStdString(first), "first");
    }
};

QTEST_APPLESS_MAIN(QueryTest)
#include "test_query.moc"
