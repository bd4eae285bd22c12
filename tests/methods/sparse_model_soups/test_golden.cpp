// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers of the specification's golden file, and what must hold for every network.
#include <QtTest>
#include <cmath>

#include "analysis/averaging.h"
#include "analysis/mixture.h"
#include "analysis/reliability.h"
#include "base/error.h"
#include "base/random.h"
#include "data/corruption.h"
#include "data/search_path.h"
#include "data/slice.h"
#include "methods/sparse_model_soups/phases.h"
#include "methods/sparse_model_soups/soup_tree.h"
#include "methods/sparse_model_soups/sparse_model_soups.h"
#include "nn/normalization.h"
#include "nn/sequential.h"
#include "optim/schedule.h"
#include "sparse/golden_file.h"
#include "train/recalibration.h"
#include "train/weight_average.h"

using namespace filigree;
using namespace filigree::methods::sparse_model_soups;
using analysis::SavedLayer;
using analysis::SavedWeights;

namespace {

const std::vector<nn::LayerWeight> twoLayers{{"fc1", {20, 30}}, {"conv", {8, 5, 3, 3}}};

bool near(double a, double b, double tolerance = 1e-9) {
    return std::abs(a - b) <= tolerance;
}

/// A network of one layer with these values at these positions of 1 x 4.
SavedWeights row(const std::vector<std::uint32_t>& positions, const std::vector<double>& values) {
    const std::vector<std::int64_t> zeros(positions.size(), 0);
    return {{{"fc1", SavedLayer{{1, 4}, positions, values, zeros, zeros}}}, {}};
}

SavedWeights denseNetwork(std::uint64_t seed) {
    SavedWeights network;
    RandomStream random(seed, "test");
    for (const nn::LayerWeight& layer : twoLayers) {
        std::vector<float> values;
        for (std::int64_t i = 0; i < layer.shape.elements(); ++i)
            values.push_back(static_cast<float>(random.normal()));
        network.dense.emplace(layer.layer + ".weight", Tensor::from(values, layer.shape));
    }
    network.dense.emplace("fc1.bias", Tensor::from(std::vector<float>(20, 0.5F), {20}));
    return network;
}

/// The network's copies after some training: same patterns, other values.
SavedWeights changed(SavedWeights network, std::uint64_t seed) {
    RandomStream random(seed, "changed");
    for (auto& [name, layer] : network.sparse)
        for (double& value : layer.values) value += static_cast<float>(random.normal());
    return network;
}

std::int64_t edges(const SavedWeights& network) {
    std::int64_t count = 0;
    for (const auto& [name, layer] : network.sparse)
        count += static_cast<std::int64_t>(layer.positions.size());
    return count;
}

}  // namespace

class GoldenTest : public QObject {
    Q_OBJECT

    const nlohmann::json golden_ = tests::goldenFile("sparse_model_soups.json");

  private slots:
    void theUniformSoupIsTheMean() {
        const auto& g = golden_["uniform_soup"];
        std::vector<SavedWeights> models;
        for (const auto& one : g["models"]) models.push_back(row({0, 2}, {one[0], one[2]}));
        const SavedWeights soup = analysis::average(models);
        QCOMPARE(soup.sparse.at("fc1").positions, (std::vector<std::uint32_t>{0, 2}));
        QVERIFY(near(soup.sparse.at("fc1").values[0], g["soup"][0]));
        QVERIFY(near(soup.sparse.at("fc1").values[1], g["soup"][2]));
        const analysis::Diversity all = analysis::diversity(models);
        QVERIFY(near(all.meanDistance, g["mean_pairwise_l2"]));
        QVERIFY(near(all.barycentreDistance, g["max_barycentre"]));
        QVERIFY(near(analysis::diversity(std::span(models).first(2)).meanAngle, g["angle_12_deg"], 1e-6));
    }

    void differentMasksAreRefusedUnlessForced() {
        const std::vector<SavedWeights> models{row({0, 1}, {1, 2}), row({1, 2}, {4, 6})};
        try {
            analysis::average(models);
            QFAIL("accepted");
        } catch (const Error& error) {
            QCOMPARE(error.kind(), ErrorKind::Usage);
            QVERIFY(error.message().find("different masks") != std::string::npos);
        }
        const SavedWeights forced = analysis::average(models, analysis::Patterns::Union);
        QCOMPARE(forced.sparse.at("fc1").values, (std::vector<double>{0.5, 3, 3}));
        const std::vector<nn::LayerWeight> layers{{"fc1", {1, 4}}};
        const auto& g = golden_["different_masks_lose_sparsity"];
        QVERIFY(near(analysis::density(models[0], layers), g["each_density"]));
        QVERIFY(near(analysis::density(forced, layers), g["union_density"]));
        QVERIFY(near(analysis::unionDensity(models, layers), g["union_density"]));
    }

    void theGreedySoupTakesWhatDoesNotHarm() {
        const auto& g = golden_["greedy"];
        const std::vector<double> scores = g["val_sorted"];
        for (const bool strictly : {false, true}) {
            std::size_t asked = 0;
            const auto score = [&](std::span<const std::size_t>) {
                return g["soup_val_when_adding"][asked++].get<double>();
            };
            QCOMPARE(analysis::greedySoup(scores, score, strictly).accepted,
                     g[strictly ? "accepted_gt" : "accepted_ge"].get<std::vector<std::size_t>>());
        }
        // Whatever the order, the best comes first.
        const std::vector<double> mixed{0.1, 0.9, 0.5};
        const auto worse = analysis::greedySoup(mixed, [](std::span<const std::size_t>) { return 0.0; });
        QCOMPARE(worse.accepted, std::vector<std::size_t>{1});
        QCOMPARE(worse.score, 0.9);
    }

    void phasesPruneTheSameShareOfTheRest() {
        for (const auto& [goal, g] : golden_["imp_schedule"].items()) {
            const double density = 1 - std::stod(goal);
            QVERIFY(near(prunedFraction(density, 3), g["per_phase"]));
            for (int phase = 1; phase <= 3; ++phase)
                QVERIFY(near(1 - phaseDensity(density, 3, phase),
                             g["sparsity"][static_cast<std::size_t>(phase - 1)]));
        }
    }

    void theCubicLadderIsThatOfGradualPruning() {
        const auto g = tests::goldenFile("sparse_training_baselines.json")["zhu_gupta"];
        for (std::size_t i = 1; i < g["t"].size(); ++i)
            QVERIFY(
                near(1 - phaseDensity(Ladder::Cubic, 1 - g["s_f"].get<double>(), 100, g["t"][i]), g["s"][i]));
        QCOMPARE(phaseDensity(Ladder::Geometric, 0.02, 3, 2), phaseDensity(0.02, 3, 2));
    }

    void theRunningMeanIsThatOfTheReference() {
        const auto g = tests::goldenFile("sparse_training_baselines.json")["swa"];
        std::vector<nn::Parameter> one{{"w", autograd::Variable(Tensor::zeros({2}), true)}};
        train::WeightAverage average;
        for (std::size_t i = 0; i < g["w"].size(); ++i) {
            one[0].variable.mutableValue() =
                Tensor::from(g["w"][i].get<std::vector<double>>(), {2}).to(DType::F32);
            average.add(one);
            // As a killed run goes on.
            train::Checkpoint saved;
            average.save(saved);
            average = {};
            average.load(saved);
            QCOMPARE(average.count(), static_cast<std::int64_t>(i + 1));
            std::vector<nn::Parameter> mean{{"w", autograd::Variable(Tensor::zeros({2}), true)}};
            average.apply(mean);
            for (std::size_t k = 0; k < 2; ++k)
                QVERIFY(near(mean[0].variable.value().toDoubles()[k], g["running"][i][k]));
        }
        std::vector<nn::Parameter> other{{"w", autograd::Variable(Tensor::zeros({3}), true)}};
        QVERIFY_THROWS_EXCEPTION(Error, average.add(other));
    }

    // L = (alpha_2 - 0.7)^2. The first step of Adam has the length of its rate whatever the gradient: a =
    // (-0.1, 0.1).
    void mixingWeightsGoWhereTheLossIsLow() {
        std::vector<std::vector<double>> tried;
        const auto loss = [&](std::span<const double> alpha) {
            tried.emplace_back(alpha.begin(), alpha.end());
            const double off = alpha[1] - 0.7;
            return analysis::MixtureLoss{off * off, {0, 2 * off}};
        };
        const auto learned = analysis::learnMixture(2, {200, 0.1, 0}, loss);
        QCOMPARE(tried.size(), std::size_t{201});
        QCOMPARE(tried[0], (std::vector<double>{0.5, 0.5}));
        QVERIFY(near(tried[1][1], 1 / (1 + std::exp(-0.2)), 1e-7));
        QVERIFY(near(learned.coefficients[1], 0.7, 1e-3));
        QVERIFY(near(learned.coefficients[0] + learned.coefficients[1], 1));
        // Never worse than the uniform soup, where the best mixture is that.
        const auto uniform = analysis::learnMixture(3, {5, 0.5}, [](std::span<const double> alpha) {
            double sum = 0;
            for (const double a : alpha) sum += a * a;
            return analysis::MixtureLoss{sum, {1, 2, 3}};  // a gradient that misleads
        });
        for (const double a : uniform.coefficients) QVERIFY(near(a, 1.0 / 3));
    }

    void theGradientOfAMixtureIsThatOfTheNumbers() {
        config::Config config = config::Config::defaults(method.schema());
        for (const char* setting : {"data.name=digits", "model.hidden=[12]", "model.batch_norm=false",
                                    "soup.validation_samples=200", "soup.corruption=none"})
            config.set(setting);
        const Assessor assessor(config, 1, data::searchPath());
        std::vector<SavedWeights> networks;
        for (const std::uint64_t seed : {1, 2}) {
            SavedWeights dense;
            RandomStream random(seed, "weights");
            for (const nn::LayerWeight& layer : assessor.layers()) {
                std::vector<float> values;
                for (std::int64_t i = 0; i < layer.shape.elements(); ++i)
                    values.push_back(0.2F * static_cast<float>(random.normal()));
                dense.dense.emplace(layer.layer + ".weight", Tensor::from(values, layer.shape));
                dense.dense.emplace(layer.layer + ".bias", Tensor::full({layer.shape[0]}, 0.3));
            }
            networks.push_back(pruned(dense, assessor.layers(), 0.5, Selector::Random, 9));
        }
        const std::vector<double> at{0.4, 0.7};
        const analysis::MixtureLoss here = assessor.mixtureLoss(networks, at);
        for (std::size_t j = 0; j < 2; ++j) {
            constexpr double h = 1e-2;
            std::vector<double> up = at, down = at;
            up[j] += h;
            down[j] -= h;
            const double numeric =
                (assessor.mixtureLoss(networks, up).loss - assessor.mixtureLoss(networks, down).loss) /
                (2 * h);
            QVERIFY(std::abs(numeric) > 0.01);
            QVERIFY2(near(here.gradient[j], numeric, 2e-3 * (1 + std::abs(numeric))),
                     qPrintable(QString("%1 %2").arg(here.gradient[j]).arg(numeric)));
        }
    }

    void retrainingRatesAreThoseOfLlrAndAllr() {
        const auto& g = golden_["llr"];
        const optim::LinearSchedule schedule{g["T"], g["warm"]};
        for (std::size_t i = 0; i < g["it"].size(); ++i)
            QVERIFY(
                near(g["maxLR"].get<double>() * optim::learningRateFactor(schedule, g["it"][i]), g["lr"][i]));
        QCOMPARE(optim::learningRateFactor(schedule, 100), 0.0);
        const auto& a = golden_["allr"];
        QVERIFY(near(adaptiveRate(a["maxLR"], a["relative_norm_drop"], a["pruned_fraction"], a["n_retrain"],
                                  a["n_pretrain"]),
                     a["lr"]));
        // Nothing taken away: the least rate; everything: the greatest.
        QVERIFY(near(adaptiveRate(0.1, 0, 0.5, 5, 50), a["lr_min"]));
        QVERIFY(near(adaptiveRate(0.1, 1, 0.5, 5, 50), 0.1));
    }

    void statisticsOfBatchNormAreComputedAnew() {
        const auto& g = golden_["bn_recal"];
        std::vector<Tensor> batches;
        for (const auto& batch : g["batches"]) {
            std::vector<float> values;
            for (const auto& sample : batch)
                for (const double value : sample) values.push_back(static_cast<float>(value));
            batches.push_back(Tensor::from(values, {3, 2}));
        }
        nn::Sequential model;
        model.add("norm", std::make_unique<nn::BatchNorm>(2));
        for (const bool cumulative : {true, false}) {
            model.buffers()[0].second.fill(77);  // what was there must not matter
            train::recalibrate(
                model, batches,
                cumulative ? train::StatisticsRule::Cumulative : train::StatisticsRule::Exponential);
            const auto buffers = model.buffers();
            for (std::size_t c = 0; c < 2; ++c) {
                QVERIFY(near(buffers[0].second.toDoubles()[c], g[cumulative ? "mean" : "ema_mean"][c], 1e-6));
                QVERIFY(near(buffers[1].second.toDoubles()[c], g[cumulative ? "var" : "ema_var"][c], 1e-6));
            }
            QVERIFY(!model.training());
        }
        try {
            train::recalibrate(model, {});
            QFAIL("accepted");
        } catch (const Error& error) {
            QCOMPARE(error.kind(), ErrorKind::Run);
        }
    }

    // A running mean far above every activation leaves batch norm nothing to rectify: one class for all.
    void withoutNewStatisticsANetworkIsJudgedByThoseItHas() {
        for (const bool anew : {false, true}) {
            config::Config config = config::Config::defaults(method.schema());
            for (const char* setting :
                 {"data.name=digits", "model.hidden=[12]", "soup.validation_samples=200",
                  "soup.corruption=none", anew ? "soup.recalibration=cumulative" : "soup.recalibration=none"})
                config.set(setting);
            const Assessor assessor(config, 1, data::searchPath());
            SavedWeights network;
            RandomStream random(1, "weights");
            for (const nn::LayerWeight& layer : assessor.layers()) {
                std::vector<float> values;
                for (std::int64_t i = 0; i < layer.shape.elements(); ++i)
                    values.push_back(static_cast<float>(random.normal()));
                network.dense.emplace(layer.layer + ".weight", Tensor::from(values, layer.shape));
            }
            network.dense.emplace("fc2.bias", Tensor::zeros({10}));
            network.dense.emplace("norm1.weight", Tensor::full({12}, 1));
            network.dense.emplace("norm1.bias", Tensor::zeros({12}));
            network.dense.emplace("norm1.running_mean", Tensor::full({12}, 1e6));
            network.dense.emplace("norm1.running_var", Tensor::full({12}, 1));
            const Assessment judged = assessor.assess(network);
            QCOMPARE(near(judged.figures.loss, std::log(10.0), 1e-6), !anew);
            QCOMPARE(judged.statisticsDrift == 0, !anew);
        }
    }

    void calibrationErrorsAreOfFifteenBins() {
        const auto& g = golden_["ece15"];
        const std::vector<double> confidence = g["conf"];
        const std::vector<std::uint8_t> correct = g["correct"];
        const analysis::CalibrationError error = analysis::calibrationError(confidence, correct);
        QVERIFY(near(error.expected, g["ece"]));
        QVERIFY(near(error.maximum, g["mce"]));
        // On a boundary it belongs to the lower bin: with two bins, 0.5 and 0.4 are together.
        const std::vector<double> two{0.5, 0.4};
        QVERIFY(near(analysis::calibrationError(two, std::vector<std::uint8_t>{1, 0}, 2).expected, 0.05));
    }

    void everyPruningLeavesExactlyAsManyAsItShouldAndCopiesShareTheMask() {
        const double size = 20 * 30 + 8 * 5 * 9;
        for (const auto selector : {Selector::Global, Selector::Uniform, Selector::Random})
            for (std::uint64_t seed = 1; seed <= 5; ++seed) {
                SavedWeights network = denseNetwork(seed);
                for (int phase = 1; phase <= 3; ++phase) {
                    const double density = phaseDensity(0.05, 3, phase);
                    const SavedWeights less = pruned(network, twoLayers, density, selector, seed);
                    if (selector != Selector::Uniform)
                        QCOMPARE(edges(less), std::int64_t{std::llround(density * size)});
                    else
                        QCOMPARE(edges(less),
                                 std::int64_t{std::llround(density * 600)} + std::llround(density * 360));
                    QVERIFY(!less.dense.contains("fc1.weight") && less.dense.contains("fc1.bias"));
                    if (selector == Selector::Global) {
                        // What stays weighs no less than what goes: the norm drop is the least possible.
                        const double drop = relativeNormDrop(network, less);
                        const double other = relativeNormDrop(
                            network, pruned(network, twoLayers, density, Selector::Random, 9));
                        QVERIFY(drop > 0 && drop <= other);
                    }
                    const std::vector<SavedWeights> copies{changed(less, 1), changed(less, 2),
                                                           changed(less, 3)};
                    network = analysis::average(copies);
                    QVERIFY(analysis::samePatterns(network, less));
                    for (const SavedWeights& copy : copies) QVERIFY(analysis::samePatterns(copy, less));
                    QCOMPARE(edges(network), edges(less));
                    QCOMPARE(analysis::density(network, twoLayers), static_cast<double>(edges(less)) / size);
                }
            }
    }

    void aLayerWithoutConnectionsIsRefused() {
        SavedWeights network = denseNetwork(1);
        network.dense["fc1.weight"] = Tensor::full({20, 30}, 1e-6);
        try {
            pruned(network, twoLayers, 0.1, Selector::Global, 0);
            QFAIL("accepted");
        } catch (const Error& error) {
            QVERIFY(error.message().find("fc1") != std::string::npos);
        }
    }

    void weightsComeBackFromACheckpoint() {
        const SavedWeights network = pruned(denseNetwork(3), twoLayers, 0.3, Selector::Global, 0);
        train::Checkpoint checkpoint;
        analysis::writeWeights(checkpoint, network);
        const SavedWeights back = analysis::readWeights(checkpoint, twoLayers);
        QVERIFY(analysis::samePatterns(back, network));
        QCOMPARE(back.sparse.at("conv").values, network.sparse.at("conv").values);
        QCOMPARE(back.dense.at("fc1.bias").toDoubles(), std::vector<double>(20, 0.5));
    }

    void theTreeComesBackFromItsText() {
        SoupTree tree;
        tree.add({.name = "dense",
                  .kind = "dense",
                  .phase = 0,
                  .density = 1,
                  .run = 3,
                  .digest = "d",
                  .figures = {0.5, 0.75, 1.5, std::nan(""), 0.1, 0.2, 0.3},
                  .parents = {},
                  .configuration = "seed 1"});
        tree.add({.name = "phase 1/soup",
                  .kind = "soup",
                  .phase = 1,
                  .density = 0.25,
                  .run = 0,
                  .digest = {},
                  .figures = {},
                  .parents = {"dense"},
                  .configuration = ""});
        const SoupTree back = SoupTree::fromJson(tree.toJson());
        QCOMPARE(back.toJson(), tree.toJson());
        QCOMPARE(back.nodes()[1].parents, std::vector<std::string>{"dense"});
        QVERIFY(std::isnan(back.nodes()[0].figures.corruptedAccuracy));
        QVERIFY(back.toMarkdown().find("| 0 | dense | 0.00 | 75.00 | - | 50.00 | 1.500 |") !=
                std::string::npos);
        QVERIFY_THROWS_EXCEPTION(Error, SoupTree::fromJson("{\"nodes\": 3}"));
    }
};

/// Corruptions on images small enough to count.
class CorruptionTest : public QObject {
    Q_OBJECT

    static std::vector<float> corrupted(data::CorruptionKind kind, double strength,
                                        std::vector<float> image) {
        RandomStream random(1, "test");
        const auto side = static_cast<std::int64_t>(std::lround(std::sqrt(image.size())));
        data::corrupt({kind, strength}, random, 1, side, side, image);
        return image;
    }

  private slots:
    void eachDoesWhatItsNameSays() {
        using data::CorruptionKind;
        const std::vector<float> image{0, 0.25F, 0.5F, 1};
        QCOMPARE(corrupted(CorruptionKind::Brightness, 0.5, image), (std::vector<float>{0.5F, 0.75F, 1, 1}));
        QCOMPARE(corrupted(CorruptionKind::Pixelate, 2, image), std::vector<float>(4, 0.4375F));
        QCOMPARE(corrupted(CorruptionKind::BoxBlur, 1, image), std::vector<float>(4, 0.4375F));
        const std::vector<float> contrast = corrupted(CorruptionKind::Contrast, 0.5, image);
        QVERIFY(near(contrast[0], 0.21875, 1e-6) && near(contrast[3], 0.71875, 1e-6));
        // One pixel of light moves by one along both axes, or leaves the image.
        std::vector<float> light(25, 0.0F);
        light[12] = 1;
        const std::vector<float> moved = corrupted(CorruptionKind::Translate, 1, light);
        QVERIFY(moved[6] + moved[8] + moved[16] + moved[18] == 1.0F && moved[12] == 0.0F);
    }

    void noiseHasItsStrengthAndStaysInRange() {
        const std::vector<float> grey(10000, 0.5F);
        for (const auto kind : {data::CorruptionKind::GaussianNoise, data::CorruptionKind::ShotNoise}) {
            const bool gaussian = kind == data::CorruptionKind::GaussianNoise;
            const std::vector<float> noisy = corrupted(kind, gaussian ? 0.1 : 60, grey);
            double sum = 0, squares = 0;
            for (const float value : noisy) {
                QVERIFY(value >= 0 && value <= 1);
                sum += value;
                squares += (value - 0.5) * (value - 0.5);
            }
            // Poisson of rate 30 over 60: deviation sqrt(30) / 60.
            QVERIFY(near(sum / 1e4, 0.5, 0.005));
            QVERIFY(near(std::sqrt(squares / 1e4), gaussian ? 0.1 : std::sqrt(30.0) / 60, 0.003));
        }
    }

    void aSetKeepsItsLabelsAndEachImageItsOwnNoise() {
        data::Dataset set;
        set.name = "test";
        set.sampleShape = {1, 2, 2};
        set.classes = 2;
        set.samples = LargeVector<std::uint8_t>(12, 128);
        set.labels = {0, 1, 1};
        const auto corruption = data::corruption(data::CorruptionKind::GaussianNoise, 3);
        QCOMPARE(corruption.strength, 0.18);
        const data::Dataset all = data::corrupted(set, corruption, 5);
        all.validate();
        QCOMPARE(all.labels, set.labels);
        const auto values = std::get<LargeVector<float>>(all.samples);
        QVERIFY(values[0] != values[4]);
        const auto last = std::get<LargeVector<float>>(data::slice(all, 2, 1).samples);
        QCOMPARE(last, LargeVector<float>(values.begin() + 8, values.end()));
        QVERIFY_THROWS_EXCEPTION(Error, data::slice(all, 2, 2));
        QVERIFY_THROWS_EXCEPTION(Error, data::corruption(data::CorruptionKind::BoxBlur, 6));
    }
};

int main(int count, char** words) {
    GoldenTest golden;
    CorruptionTest corruption;
    return QTest::qExec(&golden, count, words) + QTest::qExec(&corruption, count, words);
}
#include "test_golden.moc"
