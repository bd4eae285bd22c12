// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "config/nearest.h"
#include "config/schema.h"
#include "example_schema.h"

using namespace filigree::config;

class SchemaTest : public QObject {
    Q_OBJECT

  private slots:
    void distancesMatchTheOnesCountedByHand() {
        QCOMPARE(editDistance("", ""), std::size_t{0});
        QCOMPARE(editDistance("", "abc"), std::size_t{3});
        QCOMPARE(editDistance("kitten", "sitting"), std::size_t{3});
        QCOMPARE(editDistance("densty", "density"), std::size_t{1});
        QCOMPARE(editDistance("bais", "bias"), std::size_t{1});  // a swap is one edit
        QCOMPARE(editDistance("ca", "abc"), std::size_t{3});     // optimal string alignment, not unrestricted
        QCOMPARE(editDistance("RESUME", "resume"), std::size_t{0});
    }

    void nearestIsFoundOnlyWhenItIsNear() {
        const std::vector<std::string> words{"run", "resume", "runs", "sparsity.density"};
        QCOMPARE(nearest("resum", words).value(), std::string("resume"));
        QCOMPARE(nearest("rnu", words).value(), std::string("run"));
        QCOMPARE(nearest("densty", words).value(), std::string("sparsity.density"));
        QVERIFY(!nearest("elephant", words));
        QVERIFY(!nearest("", words));
        QVERIFY(!nearest(std::string(100000, 'r'), words));
        QCOMPARE(didYouMean("resum", words), std::string("did you mean \"resume\"?"));
        QCOMPARE(didYouMean("elephant", words), std::string());
    }

    void mergingKeepsGroupsFieldsAndBounds() {
        Schema schema;
        schema.group("own", "Mine.");
        schema.real("rate", 0.5, "x").below(1);
        schema.merge(exampleSchema());
        schema.real("after", 1, "still in [own]");
        QCOMPARE(schema.at("own.after").key, std::string("own.after"));
        QCOMPARE(schema.at("sparsity.density").allowed(), std::string("in (0, 1]"));
        QVERIFY(schema.at("sparsity.density").schedulable);
        QCOMPARE(schema.groups().size(), std::size_t{4});
        schema.setDefault("sparsity.density", 0.02);
        QCOMPARE(std::get<double>(schema.at("sparsity.density").defaultValue), 0.02);
        QVERIFY_THROWS_EXCEPTION(std::logic_error, schema.setDefault("sparsity.density", 0.0));
        QVERIFY_THROWS_EXCEPTION(std::logic_error, schema.merge(exampleSchema()));
    }

    void mistakesInASchemaAreProgrammingErrors() {
        Schema schema;
        schema.group("a", "A.");
        schema.real("x", 0.5, "x");
        QVERIFY_THROWS_EXCEPTION(std::logic_error, schema.integer("x", 1, "twice"));
        QVERIFY_THROWS_EXCEPTION(std::logic_error, schema.group("a.x", "a table with the name of a field"));
        QVERIFY_THROWS_EXCEPTION(std::logic_error, schema.integer("has.dot", 1, ""));
        QVERIFY_THROWS_EXCEPTION(std::logic_error, schema.real("y", 2, "default out of range").atMost(1));
        QVERIFY_THROWS_EXCEPTION(std::logic_error, schema.choice("z", "c", {"a", "b"}, ""));
        QVERIFY_THROWS_EXCEPTION(std::logic_error, schema.text("t", "", "").atLeast(1));
    }

    void allowedSaysTheRangeAsMathematiciansDo() {
        Schema schema;
        schema.real("a", 0.5, "").above(0).below(1);
        schema.real("b", 0.5, "").atLeast(0);
        schema.integer("c", 5, "").below(10);
        schema.integer("d", 5, "");
        QCOMPARE(schema.at("a").allowed(), std::string("in (0, 1)"));
        QCOMPARE(schema.at("b").allowed(), std::string("at least 0"));
        QCOMPARE(schema.at("c").allowed(), std::string("below 10"));
        QCOMPARE(schema.at("d").allowed(), std::string(""));
    }

    void referenceNamesEveryField() {
        const std::string text = referenceMarkdown(exampleSchema());
        const Schema schema = exampleSchema();
        for (const Field& field : schema.fields())
            QVERIFY(text.find("| `" + field.key + "` |") != std::string::npos);
        QVERIFY(
            text.find(
                "| `sparsity.density` | real | `0.1` | in (0, 1] | Fraction of weights that are kept. Can be "
                "changed during the run. |") != std::string::npos);
        QVERIFY(text.find("### [sparsity.schedule]") != std::string::npos);
    }

    void descriptionHoldsBoundsAndChoices() {
        const auto json = describe(exampleSchema());
        QCOMPARE(json["groups"].size(), std::size_t{3});
        const auto& density = json["groups"][1]["fields"][0];
        QCOMPARE(density["key"].get<std::string>(), std::string("sparsity.density"));
        QCOMPARE(density["minimum"].get<double>(), 0.0);
        QVERIFY(density["minimum_excluded"].get<bool>());
        QVERIFY(!density["maximum_excluded"].get<bool>());
        QCOMPARE(json["groups"][0]["fields"][1]["choices"].size(), std::size_t{3});
    }
};

QTEST_APPLESS_MAIN(SchemaTest)
#include "test_schema.moc"
