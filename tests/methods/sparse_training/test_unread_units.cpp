// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>

#include "analysis/samples.h"
#include "analysis/unread_units.h"
#include "data/load.h"
#include "methods/sparse_training/sparse_training.h"
#include "record/recorder.h"
#include "train/model_factory.h"

using namespace filigree;

namespace {

using Settings = std::vector<std::string>;

config::Config configure(const Settings& settings) {
    config::Config config = config::Config::defaults(methods::sparse_training::method.schema());
    for (const char* s :
         {"train.batch_size=50", "train.epochs=1", "prune.interval_steps=5", "prune.end=0.8",
          "prune.scope=uniform", "prune.unit=unit", "sparsity.density=0.25", "sparsity.algorithm=gmp"})
        config.set(s);
    for (const std::string& s : settings) config.set(s);
    return config;
}

train::Checkpoint trained(const config::Config& config) {
    record::NullRecorder none;
    const auto experiment = methods::sparse_training::method.create(config, {1, {}});
    while (!experiment->progress().finished()) experiment->step(none);
    train::Checkpoint checkpoint;
    experiment->save(checkpoint);
    return checkpoint;
}

std::vector<double> outputs(const config::Config& config, const data::Dataset& digits,
                            const analysis::SavedWeights& weights) {
    const autograd::NoGradient noTape;
    const auto model = train::makeModel(config, digits, analysis::unionOf({&weights, 1}), 0);
    analysis::setWeights(*model, weights);
    model->setTraining(false);
    return model->forward(autograd::Variable(analysis::takeSamples(digits, 64, 64, 0).batches[0].x))
        .value()
        .toDoubles();
}

}  // namespace

class UnreadUnitsTest : public QObject {
    Q_OBJECT

  private slots:
    void aSmallerNetworkSaysTheSame() {
        struct Case {
            Settings model, smaller;
            std::int64_t removed;
        };
        const std::vector<Case> cases{
            {{"model.hidden=[32, 16]"}, {"model.hidden=[8, 4]"}, 36},
            {{"model.hidden=[32, 16]", "model.batch_norm=true", "prune.unit_score=scale"},
             {"model.hidden=[8, 4]"},
             36},
            {{"model.kind=cnn", "model.channels=[8, 12]", "model.cnn_hidden=16"},
             {"model.channels=[2, 3]", "model.cnn_hidden=4"},
             27},
            {{"model.kind=resnet", "model.blocks=[1, 2]", "model.base_channels=4", "train.max_steps=15"},
             {"model.block_channels=[1, 2, 2]"},
             15},
        };
        const data::Dataset digits = data::load("digits", "train", {}, {});
        for (const Case& one : cases) {
            const config::Config config = configure(one.model);
            const auto layers = train::modelWeights(config, digits);
            const auto whole = analysis::readWeights(trained(config), layers);
            const auto smaller = analysis::withoutUnreadUnits(whole, layers);
            QCOMPARE(smaller.removed, one.removed);
            // What is left has every connection: it is an ordinary dense network of the smaller architecture.
            QVERIFY(smaller.weights.sparse.empty());
            Settings settings = one.model;
            settings.insert(settings.end(), one.smaller.begin(), one.smaller.end());
            const config::Config less = configure(settings);
            const auto lessLayers = train::modelWeights(less, digits);
            for (std::size_t l = 0; l < lessLayers.size(); ++l)
                QCOMPARE(smaller.layers[l].shape, lessLayers[l].shape);
            const std::vector<double> before = outputs(config, digits, whole),
                                      after = outputs(less, digits, smaller.weights);
            double most = 0;
            for (std::size_t i = 0; i < before.size(); ++i) {
                most = std::max(most, std::abs(before[i]));
                QVERIFY2(std::abs(before[i] - after[i]) < 1e-4, one.smaller[0].c_str());
            }
            QVERIFY(most > 0.1);
        }
    }

    // 3 inputs, 3 and 2 units, 1 output. Unit 1 of the second layer is read by nothing, and it alone reads
    // unit 2 of the first, whose unit 0 reads nothing but has a bias that counts.
    void unitsThatOnlyUnreadUnitsReadGoToo() {
        const std::vector<nn::LayerWeight> layers{
            {"fc1", {3, 3}, 1, "fc2"}, {"fc2", {2, 3}, 1, "fc3"}, {"fc3", {1, 2}}};
        analysis::SavedWeights network;
        network.sparse["fc1"] = {{3, 3}, {4, 8}, {5, 6}, {1, 2}, {3, 4}};
        network.sparse["fc2"] = {{2, 3}, {0, 1, 5}, {1, 2, 3}, {0, 0, 0}, {0, 0, 0}};
        network.sparse["fc3"] = {{1, 2}, {0}, {7}, {0}, {0}};
        network.dense["fc1.bias"] = Tensor::from(std::vector<float>{1, 2, 3}, {3});
        network.dense["fc2.bias"] = Tensor::from(std::vector<float>{4, 5}, {2});
        network.dense["fc3.bias"] = Tensor::from(std::vector<float>{6}, {1});
        const auto smaller = analysis::withoutUnreadUnits(network, layers);
        QCOMPARE(smaller.units, std::int64_t{5});
        QCOMPARE(smaller.removed, std::int64_t{2});
        const analysis::SavedLayer& first = smaller.weights.sparse.at("fc1");
        QCOMPARE(first.shape, (Shape{2, 3}));
        QCOMPARE(first.positions, (std::vector<std::uint32_t>{4}));
        QCOMPARE(first.values, (std::vector<double>{5}));
        QCOMPARE(first.ages, (std::vector<std::int64_t>{1}));
        QCOMPARE(smaller.weights.dense.at("fc2.weight").toDoubles(), (std::vector<double>{1, 2}));
        QCOMPARE(smaller.weights.dense.at("fc3.weight").toDoubles(), (std::vector<double>{7}));
        QCOMPARE(smaller.weights.dense.at("fc1.bias").toDoubles(), (std::vector<double>{1, 2}));
        QCOMPARE(smaller.weights.dense.at("fc2.bias").toDoubles(), (std::vector<double>{4}));
    }
};

QTEST_APPLESS_MAIN(UnreadUnitsTest)
#include "test_unread_units.moc"
