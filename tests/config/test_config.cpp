// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/random.h"
#include "config/config.h"
#include "config/run_file.h"
#include "example_schema.h"

using namespace filigree;
using namespace filigree::config;

namespace {

struct Caught {
    ErrorKind kind = ErrorKind::Run;
    std::string message, where, advice;
};

template <typename Action>
Caught caught(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return {error.kind(), error.message(), error.where(), error.advice()};
    }
    return {};
}

Caught parsing(std::string_view toml) {
    return caught([&] { Config::parse(exampleSchema(), toml, "run.toml"); });
}

}  // namespace

class ConfigTest : public QObject {
    Q_OBJECT

    static void compare(const Caught& error, const char* where, const char* message, const char* advice) {
        QCOMPARE(error.kind, ErrorKind::Usage);
        QCOMPARE(QString::fromStdString(error.where), QString(where));
        QVERIFY2(error.message.find(message) != std::string::npos, error.message.c_str());
        QVERIFY2(error.advice.find(advice) != std::string::npos, error.advice.c_str());
    }

  private slots:
    void everyKeyHasItsDefault() {
        const Config config = Config::parse(exampleSchema(), "", "run.toml");
        QCOMPARE(config.integers("model.hidden"), (std::vector<std::int64_t>{512, 256}));
        QCOMPARE(config.text("model.activation"), std::string("relu"));
        QCOMPARE(config.boolean("model.bias"), true);
        QCOMPARE(config.real("sparsity.density"), 0.1);
        QCOMPARE(config.integer("sparsity.interval_steps"), 100);
        QVERIFY(config.texts("sparsity.dense_layers").empty());
        QCOMPARE(config.reals("sparsity.schedule.knots"), (std::vector<double>{0.5, 0.25}));
        QVERIFY(config.isDefault("sparsity.density"));
    }

    void valuesOfAFileReplaceDefaults() {
        const Config config = Config::parse(exampleSchema(),
                                            "sparsity.density = 1  # an integer is a number\n"
                                            "[model]\nhidden = []\nactivation = 'gelu'\nbias = false\n"
                                            "[sparsity.schedule]\nknots = [1, 0.5]\nnote = \"a\\\"b\\nä\"\n",
                                            "run.toml");
        QCOMPARE(config.real("sparsity.density"), 1.0);
        QVERIFY(config.integers("model.hidden").empty());
        QCOMPARE(config.text("model.activation"), std::string("gelu"));
        QCOMPARE(config.boolean("model.bias"), false);
        QCOMPARE(config.reals("sparsity.schedule.knots"), (std::vector<double>{1, 0.5}));
        QCOMPARE(config.text("sparsity.schedule.note"), std::string("a\"b\nä"));
        QVERIFY(!config.isDefault("sparsity.density"));
    }

    void errorsSayWhereAndWhat_data() {
        QTest::addColumn<QString>("toml");
        QTest::addColumn<QString>("where");
        QTest::addColumn<QString>("message");
        QTest::addColumn<QString>("advice");
        const auto row = [](const char* name, const char* toml, const char* where, const char* message,
                            const char* advice) {
            QTest::newRow(name) << toml << where << message << advice;
        };
        row("unknown key", "[sparsity]\n  densty = 0.1\n", "run.toml:2:3", "unknown key \"sparsity.densty\"",
            "did you mean \"sparsity.density\"?");
        row("swapped letters", "[model]\nbais = true\n", "run.toml:2:1", "unknown key \"model.bais\"",
            "did you mean \"model.bias\"?");
        row("far from every key", "[model]\nqqqqqqqq = 1\n", "run.toml:2:1", "unknown key",
            "[model] has the keys: hidden, activation, bias");
        row("unknown table", "\n\n[sparsty]\ndensity = 1\n", "run.toml:3:2", "unknown key \"sparsty\"",
            "the tables are: [model], [sparsity], [sparsity.schedule]");
        row("right key, wrong table", "[model]\ndensity = 0.1\n", "run.toml:2:1",
            "unknown key \"model.density\"", "did you mean \"sparsity.density\"?");
        row("dots in quotes are no path", "\"sparsity.density\" = 0.1\n", "run.toml:1:1", "unknown key",
            "sparsity");
        row("text for a number", "[sparsity]\ndensity = \"0.1\"\n", "run.toml:2:11",
            "sparsity.density must be a number, not the text", "in (0, 1]");
        row("real for an integer", "[sparsity]\ninterval_steps = 3.0\n", "run.toml:2:18",
            "must be an integer, not the real number 3.0", "(steps)");
        row("integer for a boolean", "[model]\nbias = 1\n", "run.toml:2:8",
            "must be true or false, not the integer 1", "Whether layers add a bias");
        row("number for a list", "[model]\nhidden = 5\n", "run.toml:2:10",
            "must be a list of integers, not the integer 5", "at least 1");
        row("text in a list", "[model]\nhidden = [5, \"a\"]\n", "run.toml:2:10", "not the text",
            "list of integers");
        row("date for a text", "[sparsity.schedule]\nnote = 2024-01-01\n", "run.toml:2:8",
            "not the date or time", "");
        row("table for a value", "[sparsity.density]\nx = 1\n", "run.toml:1:1",
            "must be a number, not a table", "");
        row("value for a table", "sparsity = 3\n", "run.toml:1:1", "[sparsity] is a table, not the integer 3",
            "below");
        row("excluded bound", "[sparsity]\ndensity = 0\n", "run.toml:2:11",
            "sparsity.density = 0.0 is not allowed: it must be above 0", "in (0, 1]");
        row("above the range", "[sparsity]\ndensity = 1.5\n", "run.toml:2:11", "it must be at most 1",
            "Fraction");
        row("element out of range", "[sparsity.schedule]\nknots = [0.5, 1.25]\n", "run.toml:2:9",
            "element 1.25: it must be at most 1", "");
        row("choice", "[model]\nactivation = \"rela\"\n", "run.toml:2:14",
            "one of relu, gelu, tanh; did you mean \"relu\"?", "Function between");
        row("not a number", "[sparsity]\ndensity = nan\n", "run.toml:2:11", "not a finite number", "");
        row("infinity", "[sparsity.schedule]\nknots = [-inf]\n", "run.toml:2:9", "not a finite number", "");
        row("integer beyond a double", "[sparsity]\ndensity = 9007199254740993\n", "run.toml:2:11",
            "too large", "");
        row("integer beyond 64 bits", "[sparsity]\ninterval_steps = 99999999999999999999\n", "run.toml:2:38",
            "not valid TOML", "name = value");
        row("first of two mistakes in the file, not in the alphabet",
            "[sparsity]\ninterval_steps = 0\ndensity = 2\n", "run.toml:2:18", "interval_steps", "");
        row("syntax", "[model]\nbias = = true\n", "run.toml:2:8", "bias = = true", "name = value");
        row("open quote", "[sparsity.schedule]\nnote = \"abc\n", "run.toml:2:12", "not valid TOML", "");
        row("open bracket", "[model\n", "run.toml:1:7", "not valid TOML", "");
        row("duplicate key", "[model]\nbias = true\nbias = false\n", "run.toml:3:8", "redefine", "");
        row("not UTF-8", "[model]\nbias = \xff\n", "run.toml:2:7", "not valid TOML", "");
    }

    void errorsSayWhereAndWhat() {
        QFETCH(QString, toml);
        QFETCH(QString, where);
        QFETCH(QString, message);
        QFETCH(QString, advice);
        // newRow converts from UTF-8, which would lose the byte that is not.
        QByteArray text = toml.toUtf8();
        text.replace("\xef\xbf\xbd", "\xff");
        compare(parsing(text.toStdString()), where.toUtf8().constData(), message.toUtf8().constData(),
                advice.toUtf8().constData());
    }

    void assignmentsAreCheckedLikeFiles() {
        Config config = Config::defaults(exampleSchema());
        config.set("sparsity.density=0.25");
        config.set(" model.hidden = 10, 20 ");
        config.set("model.hidden=[10,20,30]");
        config.set("model.activation=tanh");
        config.set("model.bias=false");
        config.set("sparsity.dense_layers=fc3, conv1");
        config.set("sparsity.schedule.note=plain words = fine, \"quoted\" too");
        QCOMPARE(config.real("sparsity.density"), 0.25);
        QCOMPARE(config.integers("model.hidden"), (std::vector<std::int64_t>{10, 20, 30}));
        QCOMPARE(config.text("model.activation"), std::string("tanh"));
        QCOMPARE(config.boolean("model.bias"), false);
        QCOMPARE(config.texts("sparsity.dense_layers"), (std::vector<std::string>{"fc3", "conv1"}));
        QCOMPARE(config.text("sparsity.schedule.note"), std::string("plain words = fine, \"quoted\" too"));
        config.set("sparsity.schedule.note=\"a\\tb\"");
        QCOMPARE(config.text("sparsity.schedule.note"), std::string("a\tb"));
        config.set("sparsity.schedule.note=");
        QCOMPARE(config.text("sparsity.schedule.note"), std::string(""));

        const auto refused = [&](const char* assignment, const char* message, const char* advice) {
            const Caught error = caught([&] { config.set(assignment); });
            compare(error, qPrintable(QStringLiteral("--set ").append(assignment)), message, advice);
        };
        refused("sparsity.densty=0.1", "unknown key", "did you mean \"sparsity.density\"?");
        refused("density=0.1", "unknown key", "did you mean \"sparsity.density\"?");
        refused("sparsity.density", "needs a key", "--set train.epochs=5");
        refused("sparsity.density=abc", "must be of type real, not abc", "Fraction");
        refused("sparsity.density=", "must be of type real", "");
        refused("sparsity.density=7", "it must be at most 1", "");
        refused("sparsity.density=1\nevil = 2", "must be of type real", "");
        refused("model.activation=foo", "one of relu, gelu, tanh", "");
        refused("model.hidden=1,0", "element 0: it must be at least 1", "");
        refused("sparsity.schedule.note=\xff", "not valid UTF-8", "");
        QCOMPARE(config.real("sparsity.density"), 0.25);  // a refused value changes nothing
    }

    void tomlReadsBackExactly() {
        const Schema schema = exampleSchema();
        RandomStream random(3, "round trip");
        const std::string pieces[] = {
            "\"", "\\",    "\n",   "\t",   "\r",      "'", "'''",  "\"\"\"", "ä", "\xF0\x9F\x8C\xB1",
            "#",  "= [x]", "\x01", "\x7f", "\\u0041", " ", "plain"};
        for (int round = 0; round < 300; ++round) {
            Config config = Config::defaults(schema);
            // Any double of the range, down to the denormal ones.
            const double density =
                std::ldexp(random.uniform() + 1e-300, -static_cast<int>(random.below(1000)));
            config.assign("sparsity.density", density, "");
            config.assign("sparsity.schedule.knots", std::vector<double>{random.uniform(), 0.0, 1.0, 1e-5},
                          "");
            std::string text;
            for (int i = 0; i < 6; ++i) text += pieces[random.below(std::size(pieces))];
            config.assign("sparsity.schedule.note", text, "");
            config.assign("sparsity.dense_layers", std::vector<std::string>{text, "", "b"}, "");
            const Config read = Config::parse(schema, config.toToml(), "round.toml");
            QVERIFY2(read.differences(config).empty(), config.toToml().c_str());
            QCOMPARE(read.toToml(), config.toToml());
        }
    }

    void doublesAreWrittenWithTheFewestDigits() {
        QCOMPARE(toToml(Value(0.1)), std::string("0.1"));
        QCOMPARE(toToml(Value(1.0)), std::string("1.0"));
        QCOMPARE(toToml(Value(1e-5)), std::string("1e-05"));
        QCOMPARE(toToml(Value(1e22)), std::string("1e+22"));
        QCOMPARE(toToml(Value(std::numeric_limits<double>::denorm_min())), std::string("5e-324"));
        QCOMPARE(toToml(Value(1.0 / 3)), std::string("0.3333333333333333"));
    }

    void jsonIsNestedAsTheTablesAre() {
        Config config = Config::defaults(exampleSchema());
        config.set("sparsity.schedule.note=x");
        const auto json = nlohmann::json::parse(R"({
            "model": {"hidden": [512, 256], "activation": "relu", "bias": true},
            "sparsity": {"density": 0.1, "interval_steps": 100, "dense_layers": [],
                         "schedule": {"knots": [0.5, 0.25], "note": "x"}}})");
        QVERIFY(config.toJson() == json);
    }

    void differencesNameWhatChanged() {
        const Config before = Config::defaults(exampleSchema());
        Config after = before;
        after.set("sparsity.density=0.5");
        const auto changed = after.differences(before);
        QCOMPARE(changed.size(), std::size_t{1});
        QCOMPARE(changed[0].first, std::string("sparsity.density"));
        QCOMPARE(changed[0].second, std::string("0.5"));
    }

    void askingForWhatTheSchemaLacksIsAProgrammingError() {
        const Config config = Config::defaults(exampleSchema());
        QVERIFY_THROWS_EXCEPTION(std::logic_error, config.real("sparsity.nothing"));
        QVERIFY_THROWS_EXCEPTION(std::logic_error, config.real("sparsity.interval_steps"));
        QVERIFY_THROWS_EXCEPTION(std::logic_error, config.isDefault("x"));
    }

    // One table within another per dot: freeing them recursively would exhaust the stack.
    void endlessNestingIsRefused() {
        std::string key = "a";
        for (int i = 0; i < 200000; ++i) key += ".a";
        compare(parsing(key + " = 1"), "run.toml", "too deeply nested", "dots");
        compare(parsing("[" + key + "]"), "run.toml", "too deeply nested", "dots");
        compare(parsing("x = " + std::string(100000, '[')), "run.toml:1:261", "not valid TOML", "");
        Config config = Config::defaults(exampleSchema());
        const std::string assignment = "sparsity.density={" + key + "=1}";
        QVERIFY_THROWS_EXCEPTION(Error, config.set(assignment));
        std::string allowed = "a";
        for (int i = 0; i < 4096; ++i) allowed += ".a";
        compare(parsing(allowed + " = 1"), "run.toml:1:1", "unknown key \"a\"", "");
    }

    void mutatedFilesParseOrAreRefused() {
        const std::string good =
            "# comment\nmethod = \"m\"\nseed = 3\nminutes = 1.5\n[model]\nhidden = [10, 20]\nactivation = "
            "\"gelu\"\nbias = "
            "false\n[sparsity]\ndensity = 0.05\ndense_layers = ['a', \"b\"]\nschedule.knots = [1, 0.5]\n"
            "schedule.note = \"\"\"x\"\"\"\n";
        const std::string alphabet = "\"'[]{}=.,#\n\r\t \\uxeE+-_019abz\xff\xc3\xa4:T";
        const Schema schema = exampleSchema();
        const auto schemaOf = [&](const std::string&) -> const Schema& { return schema; };
        QCOMPARE(parseRunFile(good, "f.toml", schemaOf).config.text("sparsity.schedule.note"),
                 std::string("x"));
        int parsed = 0, refused = 0;
        for (std::uint64_t round = 0; round < 4000; ++round) {
            RandomStream random(11, "mutations", round);
            std::string text = good;
            const std::uint64_t mutations = 1 + random.below(3);
            for (std::uint64_t i = 0; i < mutations; ++i) {
                const std::size_t at = random.below(text.size());
                switch (random.below(4)) {
                    case 0:
                        text[at] = alphabet[random.below(alphabet.size())];
                        break;
                    case 1:
                        text.insert(at, 1, alphabet[random.below(alphabet.size())]);
                        break;
                    case 2:
                        text.erase(at, 1 + random.below(5));
                        break;
                    default:
                        text += text.substr(at, random.below(30));
                }
                if (text.empty()) break;
            }
            try {
                const RunFile file = parseRunFile(text, "f.toml", schemaOf);
                QVERIFY(file.config.real("sparsity.density") > 0);
                ++parsed;
            } catch (const Error& error) {
                QCOMPARE(error.kind(), ErrorKind::Usage);
                QVERIFY(error.where().starts_with("f.toml"));
                ++refused;
            }
        }
        QVERIFY2(parsed > 100 && refused > 100,
                 qPrintable(QString("%1 parsed, %2 refused").arg(parsed).arg(refused)));
    }
};

QTEST_APPLESS_MAIN(ConfigTest)
#include "test_config.moc"
