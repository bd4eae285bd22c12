// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <array>

#include "methods/hard_attention_gates/golden.h"
#include "methods/hard_attention_gates/sizing.h"

using namespace filigree::methods::hard_attention_gates;
using filigree::tests::goldenGates;
using filigree::tests::near;

class SizingTest : public QObject {
    Q_OBJECT

  private slots:
    void sizesScaleAsPublished() {
        for (const auto& pair : goldenGates().at("scaler"))
            QVERIFY(near(scaledSize(pair.at("mm")), pair.at("scaled")));
        for (const auto& pair : goldenGates().at("inverse_scale"))
            QVERIFY(near(sizeOf(pair.at("scaled")), pair.at("mm")));
    }

    void classesAreTheClinicalOnes() {
        const std::array letters{"D", "S", "L"};
        for (const auto& row : goldenGates().at("size_class")) {
            const double mm = row.at("mm");
            QCOMPARE(std::string(letters[static_cast<std::size_t>(sizeClass(mm))]),
                     row.at("tri").get<std::string>());
            QCOMPARE(std::string(letters[static_cast<std::size_t>(sizeClass(mm, predictionBounds))]),
                     row.at("tri_pred_T475").get<std::string>());
            QCOMPARE(sizeClass(mm) == 2, row.at("binary").get<std::string>() == "Large");
        }
    }

    void figuresAreThoseOfTheReference() {
        const auto truth = goldenGates().at("metrics");
        Confusion confusion(3);
        for (std::size_t i = 0; i < truth.at("gt").size(); ++i)
            confusion.add(truth.at("gt")[i].get<int>(), truth.at("pred")[i].get<int>());
        for (std::size_t t = 0; t < 3; ++t)
            for (std::size_t p = 0; p < 3; ++p)
                QCOMPARE(confusion.at(t, p), truth.at("confusion")[t][p].get<std::int64_t>());
        const ClassFigures f = confusion.figures();
        QVERIFY(near(f.f1Weighted, truth.at("f1_weighted")));
        QVERIFY(near(f.f1Macro, truth.at("f1_macro")));
        QVERIFY(near(f.precisionWeighted, truth.at("precision_weighted")));
        QVERIFY(near(f.recallWeighted, truth.at("recall_weighted")));
        QVERIFY(near(f.sensitivity, truth.at("sensitivity_macro")));
        QVERIFY(near(f.macroPrecision, truth.at("code_specificity_is_macro_precision")));
        QVERIFY(near(f.specificity, truth.at("true_specificity_macro")));
    }

    void framesOfAPolypBecomeOneItem() {
        const std::vector<SizedItem> frames{{4, 6, 5}, {4, 6, 20},  {4, 6, 6},  {4, 6, 6.5},
                                            {4, 6, 1}, {2, 12, 11}, {2, 12, 13}};
        const auto medians = perPolyp(frames);
        QCOMPARE(medians.size(), std::size_t{2});
        QCOMPARE(medians[0].polyp, 2);
        QCOMPARE(medians[0].predictedMm, 12.0);
        QCOMPARE(medians[1].predictedMm, 6.0);
        QVERIFY(near(perPolyp(frames, Aggregate::TrimmedMean)[1].predictedMm, 17.5 / 3));
        QVERIFY(near(perPolyp(frames, Aggregate::Mean)[1].predictedMm, 38.5 / 5));
        const SizeFigures f = judge(medians);
        QCOMPARE(f.meanAbsoluteError, 0.0);
        QCOMPARE(f.triclass.accuracy, 1.0);
        QCOMPARE(f.count, 2);
    }

    void aConstantPredictionKnowsTheMedianAlone() {
        const std::vector<SizedItem> items{{0, 3, 3}, {1, 7, 7}, {2, 15, 15}, {3, 4, 4}};
        const std::vector<double> training{2, 3, 4, 12, 15};
        const auto constant = constantPrediction(items, training);
        for (const SizedItem& item : constant) QCOMPARE(item.predictedMm, 4.0);
        // All are called diminutive: two of four are.
        QCOMPARE(judge(constant).triclass.accuracy, 0.5);
        QVERIFY(near(judge(constant).triclass.f1Macro, (2 * 2.0 / 6) / 3));
    }

    void foldsHoldTheirShareOfEachClass() {
        std::vector<double> sizes(177, 3.0);
        sizes.insert(sizes.end(), 32, 7.0);
        sizes.insert(sizes.end(), 23, 12.0);
        const std::vector<int> folds = stratifiedFolds(sizes, 6, 1);
        std::array<std::array<int, 6>, 3> counts{};
        std::array<int, 6> all{};
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            ++counts[static_cast<std::size_t>(sizeClass(sizes[i]))][static_cast<std::size_t>(folds[i])];
            ++all[static_cast<std::size_t>(folds[i])];
        }
        for (const auto& of : counts)
            QVERIFY(*std::max_element(of.begin(), of.end()) - *std::min_element(of.begin(), of.end()) <= 1);
        QCOMPARE(*std::max_element(all.begin(), all.end()), 39);
        QCOMPARE(*std::min_element(all.begin(), all.end()), 38);
        QVERIFY(stratifiedFolds(sizes, 6, 1) == folds);
        QVERIFY(stratifiedFolds(sizes, 6, 2) != folds);
    }
};

QTEST_GUILESS_MAIN(SizingTest)
#include "test_sizing.moc"
