// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "run/presets.h"
#include "ui/start/field_text.h"
#include "ui/start/seed_list.h"

using namespace filigree;
using namespace filigree::ui;
using config::Value;

class TestFieldText : public QObject {
    Q_OBJECT

    static config::Schema schema() {
        config::Schema s;
        s.group("a", "");
        s.boolean("flag", false, "");
        s.integer("count", 3, "").range(1, 100).unit("steps");
        s.real("share", 0.5, "").above(0).atMost(1);
        s.text("word", "", "");
        s.choice("kind", "one", {"one", "two"}, "");
        s.integers("sizes", {128, 64}, "").atLeast(1);
        s.reals("marks", {0.5, 0.75}, "").range(0, 1);
        s.texts("names", {}, "");
        return s;
    }
    static FieldReading read(const char* key, const QString& text) {
        return readField(schema().at(key), text);
    }

  private slots:
    void readsWhatEachTypeMeans() {
        QCOMPARE(*read("a.flag", "true").value, Value(true));
        QCOMPARE(*read("a.count", " 42 ").value, Value(std::int64_t{42}));
        QCOMPARE(*read("a.count", "+7").value, Value(std::int64_t{7}));
        QCOMPARE(*read("a.share", "1e-3").value, Value(1e-3));
        QCOMPARE(*read("a.share", "1").value, Value(1.0));
        QCOMPARE(*read("a.word", " as it is ").value, Value(std::string(" as it is ")));
        QCOMPARE(*read("a.kind", "two").value, Value(std::string("two")));
        QCOMPARE(*read("a.sizes", "128, 64").value, Value(std::vector<std::int64_t>{128, 64}));
        QCOMPARE(*read("a.sizes", "[7]").value, Value(std::vector<std::int64_t>{7}));
        QCOMPARE(*read("a.sizes", "").value, Value(std::vector<std::int64_t>{}));
        QCOMPARE(*read("a.marks", "0.25,1").value, Value(std::vector<double>{0.25, 1}));
        QCOMPARE(*read("a.names", "x, y z").value, Value(std::vector<std::string>{"x", "y z"}));
        QCOMPARE(*read("a.names", "[\"a, b\", \"c\"]").value, Value(std::vector<std::string>{"a, b", "c"}));
    }

    void saysWhyATextIsNoValue_data() {
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("problem");
        QTest::newRow("word for a number") << "a.count"
                                           << "many"
                                           << "“many” is not a whole number.";
        QTest::newRow("real for an integer") << "a.count"
                                             << "1.5"
                                             << "“1.5” is not a whole number, or too large for one.";
        QTest::newRow("too large for 64 bits")
            << "a.count"
            << "99999999999999999999"
            << "“99999999999999999999” is not a whole number, or too large for one.";
        QTest::newRow("empty") << "a.count"
                               << ""
                               << "A whole number is missing.";
        QTest::newRow("below the range") << "a.count"
                                         << "0"
                                         << "It must be at least 1.";
        QTest::newRow("above the range") << "a.share"
                                         << "1.5"
                                         << "It must be at most 1.";
        QTest::newRow("excluded bound") << "a.share"
                                        << "0"
                                        << "It must be above 0.";
        QTest::newRow("decimal comma") << "a.share"
                                       << "0,5"
                                       << "Write the decimal point as “.”: 0.5";
        QTest::newRow("trailing letters") << "a.share"
                                          << "0.5x"
                                          << "“0.5x” is not a number.";
        QTest::newRow("infinity") << "a.share"
                                  << "inf"
                                  << "It is not a finite number.";
        QTest::newRow("unknown word") << "a.kind"
                                      << "three"
                                      << "It must be one of one, two.";
        QTest::newRow("empty place") << "a.sizes"
                                     << "1,,2"
                                     << "There is an empty place between commas.";
        QTest::newRow("bad element") << "a.sizes"
                                     << "1, x"
                                     << "“x” is not a whole number.";
        QTest::newRow("element out of range") << "a.marks"
                                              << "0.5, 2"
                                              << "Element 2: it must be at most 1.";
        QTest::newRow("broken list of texts") << "a.names"
                                              << "[\"a"
                                              << "Write texts as [\"a\", \"b\"].";
    }
    void saysWhyATextIsNoValue() {
        QFETCH(QString, key);
        QFETCH(QString, text);
        QFETCH(QString, problem);
        const FieldReading reading = readField(schema().at(key.toStdString()), text);
        QVERIFY(!reading.value);
        QCOMPARE(reading.problem, problem);
    }

    /// Whatever is shown reads back exactly.
    void writesWhatItReads() {
        const auto fields = schema();
        const std::vector<std::pair<const char*, Value>> values{
            {"a.flag", true},
            {"a.count", std::int64_t{100}},
            {"a.share", 0.1},
            {"a.share", 1.0 / 3},
            {"a.share", 5e-324},
            {"a.word", std::string("with \"quotes\" and, commas")},
            {"a.sizes", std::vector<std::int64_t>{}},
            {"a.sizes", std::vector<std::int64_t>{9223372036854775807LL, 1}},
            {"a.marks", std::vector<double>{1e-9, 0.3}},
            {"a.names", std::vector<std::string>{"plain", "two words"}},
            {"a.names", std::vector<std::string>{"a, b", "[c]", "\"d\"", " e ", ""}},
            {"a.names", std::vector<std::string>{""}},
        };
        for (const auto& [key, value] : values) {
            const FieldReading back = readField(fields.at(key), writeField(value));
            QVERIFY2(back.value && *back.value == value, qPrintable(writeField(value) + ": " + back.problem));
        }
    }

    void hintsNameUnitRangeAndDefault() {
        QCOMPARE(fieldHint(schema().at("a.count")), QString("steps · in [1, 100] · default 3"));
        QCOMPARE(fieldHint(schema().at("a.word")), QString("default empty"));
        QCOMPARE(fieldHint(schema().at("a.kind")), QString("default one"));
    }

    void readsSeeds() {
        using Seeds = std::vector<std::uint64_t>;
        QCOMPARE(readSeeds("").seeds, Seeds{0});
        QCOMPARE(readSeeds("7").seeds, Seeds{7});
        QCOMPARE(readSeeds("0-4").seeds, (Seeds{0, 1, 2, 3, 4}));
        QCOMPARE(readSeeds(" 3 , 0 - 1").seeds, (Seeds{3, 0, 1}));
        QCOMPARE(readSeeds("9223372036854775807").seeds, Seeds{9223372036854775807ULL});
    }

    void refusesSeedsThatCannotBeMeant() {
        QCOMPARE(readSeeds("x").problem, QString("Write seeds as “3”, “0-4” or “0, 1, 2”; “x” is none."));
        QCOMPARE(readSeeds("4-0").problem, QString("The range “4-0” runs backwards."));
        QCOMPARE(readSeeds("1, 0-2").problem, QString("Seed 1 is there twice: both runs would be the same."));
        QCOMPARE(readSeeds("9223372036854775808").problem, QString("A seed is at most 9223372036854775807."));
        QVERIFY(!readSeeds("0-1000").problem.isEmpty());
        QVERIFY(!readSeeds("0-9223372036854775807").problem.isEmpty());
        QVERIFY(readSeeds("0-999").problem.isEmpty());
        QVERIFY(!readSeeds("1,").problem.isEmpty());
        QVERIFY(!readSeeds("-1").problem.isEmpty());
    }
};

QTEST_GUILESS_MAIN(TestFieldText)
#include "test_field_text.moc"
