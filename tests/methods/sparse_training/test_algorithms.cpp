// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.h"
#include "base/random.h"
#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/sparse_training.h"
#include "nn/initialization.h"
#include "tensor/tensor.h"
#include "train/memory_recorder.h"

using namespace filigree;
using tests::Memory;

namespace {

using Settings = std::vector<std::string>;
using Positions = std::vector<std::uint32_t>;

/// 784 steps of nothing are not needed: 28 steps an epoch on the digits, 56 in all unless said otherwise.
config::Config configure(const std::string& algorithm, const Settings& settings) {
    config::Config config = config::Config::defaults(methods::sparse_training::method.schema());
    for (const char* s : {"model.hidden=[32, 16]", "train.batch_size=50", "train.epochs=2",
                          "rewire.interval_steps=7", "prune.interval_steps=5", "prune.iterations=10",
                          "prune.saliency_samples=200", "prune.rounds=2", "top_kast.interval_steps=3",
                          "sparsity.density=0.2", "top_kast.backward_density=0.4", "record.scalars_every=1"})
        config.set(s);
    config.set("sparsity.algorithm=" + algorithm);
    for (const std::string& s : settings) config.set(s);
    return config;
}

std::unique_ptr<train::Experiment> make(const std::string& algorithm, const Settings& settings = {},
                                        std::uint64_t seed = 1) {
    return methods::sparse_training::method.create(configure(algorithm, settings), {seed, {}});
}

void advance(train::Experiment& experiment, std::int64_t steps, record::Recorder& recorder) {
    for (std::int64_t i = 0; i < steps && !experiment.progress().finished(); ++i) experiment.step(recorder);
}

train::Checkpoint checkpointOf(const train::Experiment& experiment) {
    train::Checkpoint checkpoint;
    experiment.save(checkpoint);
    return checkpoint;
}

/// One sparse layer as a checkpoint holds it.
struct Layer {
    Positions positions;
    std::vector<double> values;
    std::vector<double> momentum;

    double at(std::uint32_t position, const std::vector<double>& list) const {
        const auto found = std::lower_bound(positions.begin(), positions.end(), position);
        return list[static_cast<std::size_t>(found - positions.begin())];
    }
    bool has(std::uint32_t position) const {
        return std::binary_search(positions.begin(), positions.end(), position);
    }
};

const std::map<std::string, std::int64_t> columns{{"fc1", 64}, {"fc2", 32}, {"fc3", 16}};
const std::map<std::string, std::int64_t> sizes{{"fc1", 64 * 32}, {"fc2", 32 * 16}, {"fc3", 160}};

std::map<std::string, Layer> layersOf(const train::Experiment& experiment) {
    const train::Checkpoint checkpoint = checkpointOf(experiment);
    std::map<std::string, Layer> layers;
    for (const auto& [name, width] : columns) {
        if (!checkpoint.has(name + ".weight.values")) continue;
        Layer& layer = layers[name];
        const auto starts = checkpoint.getIntegers(name + ".weight.crow_indices");
        const auto cols = checkpoint.getIntegers(name + ".weight.col_indices");
        for (std::size_t row = 0; row + 1 < starts.size(); ++row)
            for (std::int64_t e = starts[row]; e < starts[row + 1]; ++e)
                layer.positions.push_back(static_cast<std::uint32_t>(static_cast<std::int64_t>(row) * width +
                                                                     cols[static_cast<std::size_t>(e)]));
        layer.values = checkpoint.get(name + ".weight.values").toDoubles();
        const std::string momentum = "optimizer." + name + ".weight.momentum";
        if (checkpoint.has(momentum)) layer.momentum = checkpoint.get(momentum).toDoubles();
    }
    return layers;
}

std::int64_t edgesOf(const std::map<std::string, Layer>& layers) {
    std::int64_t count = 0;
    for (const auto& [name, layer] : layers) count += std::ssize(layer.positions);
    return count;
}

constexpr std::int64_t everything = 64 * 32 + 32 * 16 + 160;

/// Every algorithm and some of its options.
std::vector<std::pair<std::string, Settings>> everyConfiguration() {
    std::vector<std::pair<std::string, Settings>> all;
    for (const auto& algorithm : methods::sparse_training::algorithms())
        all.emplace_back(std::string(algorithm.name), Settings{});
    all.insert(all.end(), {
                              {"snfs", {"snfs.redistribution=none", "optimizer.kind=adam"}},
                              {"snfs", {"snfs.redistribution=magnitude"}},
                              {"snfs", {"snfs.momentum_bits=8"}},
                              {"snfs", {"snfs.momentum_window=4"}},
                              {"snfs",
                               {"snfs.momentum_bits=8", "snfs.momentum_window=3", "model.kind=cnn",
                                "model.channels=[4, 8]", "model.cnn_hidden=16", "train.max_steps=45"}},
                              {"granet", {"granet.initial_density=1", "prune.scope=erk"}},
                              {"gmp", {"prune.scope=uniform", "optimizer.kind=adam"}},
                              {"imp", {"prune.rewind_epochs=0.5"}},
                              {"imp", {"prune.control=shuffle"}},
                              {"snip", {"prune.scope=uniform"}},
                              {"grasp", {"prune.balanced=true"}},
                              {"synflow", {"prune.scope=erk", "prune.shuffle=true"}},
                              {"snfs", {"snfs.redistribution=nonzeros", "rewire.grown=gradient"}},
                              {"set", {"set.drop=signed", "rewire.grown=normal"}},
                              {"rigl", {"sparsity.pattern=block"}},
                              {"mest", {"sparsity.pattern=fan_in"}},
                              {"granet", {"sparsity.pattern=block", "sparsity.block_rows=2"}},
                              {"sr_ste", {"n_of_m.n=1", "n_of_m.m=8"}},
                              {"set", {"rewire.decay=cosine_floor", "rewire.end=1"}},  // ITOP
                              {"snfs", {"snfs.growth=units"}},
                              {"gmp", {"prune.unit=unit", "sparsity.density=0.5"}},
                              {"imp", {"prune.unit=unit", "prune.scope=uniform", "sparsity.density=0.5"}},
                              {"top_kast", {"average.kind=ema", "average.apply=true"}},
                              {"imp", {"average.kind=ema", "average.decay=0.9"}},
                              {"snfs", {"average.kind=swa", "average.from=0.5"}},
                              {"gmp",
                               {"model.kind=cnn", "model.channels=[4, 8]", "model.cnn_hidden=16",
                                "train.epochs=1", "train.max_steps=20"}},
                          });
    return all;
}

/// Algorithms that drop and grow with a fixed number of connections in all.
const std::vector<std::string> rewirers{"set", "rigl", "unfired", "snfs", "dsr", "mest", "deepr"};

}  // namespace

class AlgorithmsTest : public QObject {
    Q_OBJECT

  private slots:
    void aResumedRunEqualsAnUndisturbedOne() {
        const QTemporaryDir folder;
        for (const auto& [algorithm, settings] : everyConfiguration()) {
            Memory whole;
            auto undisturbed = make(algorithm, settings);
            const std::int64_t total = undisturbed->progress().totalSteps;
            advance(*undisturbed, total, whole);
            // After the first step, between rounds, at a pruning, where a cycle of IMP ends, at the end.
            for (const std::int64_t cut : {std::int64_t{1}, std::int64_t{28}, std::int64_t{40}, total - 1}) {
                Memory before, after;
                auto first = make(algorithm, settings);
                advance(*first, cut, before);
                checkpointOf(*first).write(folder.filePath("cut").toStdString());
                auto second = make(algorithm, settings);
                second->load(train::Checkpoint::read(folder.filePath("cut").toStdString()));
                advance(*second, total, after);
                QVERIFY2(second->weightsDigest() == undisturbed->weightsDigest(), algorithm.c_str());
                const auto a = checkpointOf(*second), b = checkpointOf(*undisturbed);
                QCOMPARE(a.tensors().size(), b.tensors().size());
                for (const auto& [name, tensor] : a.tensors())
                    QVERIFY2(tensor.toDoubles() == b.get(name).toDoubles(), name.c_str());
                for (const auto& [tag, points] : after.scalars)
                    for (const auto& [step, value] : points)
                        QVERIFY2(whole.scalars.at(tag).at(step) == value, (algorithm + " " + tag).c_str());
            }
            // A finished run loads too.
            auto finished = make(algorithm, settings);
            finished->load(checkpointOf(*undisturbed));
            QCOMPARE(finished->weightsDigest(), undisturbed->weightsDigest());
            QCOMPARE(finished->sparsity(), undisturbed->sparsity());
        }
    }

    void seedsDecide() {
        for (const auto& [algorithm, settings] : everyConfiguration()) {
            Memory memory;
            auto a = make(algorithm, settings), b = make(algorithm, settings, 2);
            advance(*a, 8, memory);
            advance(*b, 8, memory);
            QVERIFY(a->weightsDigest() != b->weightsDigest());
        }
    }

    void everyAlgorithmLearnsRealDigits() {
        for (const auto& algorithm : methods::sparse_training::algorithms()) {
            Memory memory;
            const std::string name(algorithm.name);
            Settings settings{"model.hidden=[64, 32]", "train.epochs=10"};
            if (name == "imp" || name == "lrr" || name == "fine_tuning") settings.push_back("train.epochs=5");
            // Its last learning rate would be next to nothing.
            if (name == "fine_tuning") settings.push_back("optimizer.schedule=step");
            auto experiment = make(name, settings);
            experiment->begin(memory);
            advance(*experiment, 2000, memory);
            experiment->end(memory);
            const double accuracy = memory.last("test/acc");
            QVERIFY2(accuracy > 0.8, qPrintable(QString::fromStdString(name) + QString(" %1").arg(accuracy)));
        }
    }

    // Whatever the route, the network that is left has exactly the planned number of connections.
    void everyRunEndsAtItsDensityExactly() {
        for (const auto& algorithm : methods::sparse_training::algorithms()) {
            const std::string name(algorithm.name);
            if (name == "str" || name == "soft_deepr") continue;  // their density is a result
            Memory memory;
            auto experiment = make(name);
            advance(*experiment, 1000, memory);
            const auto layers = layersOf(*experiment);
            const bool half = name == "sr_ste" || name == "asp";
            const auto expected = half ? everything / 2 : std::llround(0.2 * everything);
            QVERIFY2(std::abs(edgesOf(layers) - expected) <= 1, name.c_str());
            QCOMPARE(experiment->sparsity(), 1 - static_cast<double>(edgesOf(layers)) / everything);
            // Nothing of what was dropped is left in memory.
            for (const auto& [layer, content] : layers) {
                QCOMPARE(content.values.size(), content.positions.size());
                if (!content.momentum.empty()) QCOMPARE(content.momentum.size(), content.positions.size());
            }
        }
    }

    // A unit is connected with every unit that is left around it, or with none.
    void wholeUnitsGoIfAskedFor() {
        struct Case {
            std::string algorithm;
            Settings settings;
            std::size_t hidden1, hidden2;  // 0: only their sum, 24, is known
        };
        const Settings common{"prune.unit=unit", "sparsity.density=0.5", "prune.scope=uniform"};
        for (const Case& one : std::vector<Case>{
                 {"gmp", {}, 16, 8},
                 {"gmp", {"prune.scope=global"}, 0, 0},
                 {"magnitude", {"model.batch_norm=true", "prune.unit_score=scale"}, 16, 8},
                 {"imp", {}, 16, 8},
                 {"lrr", {"sparsity.density=0.01"}, 1, 1},  // the best one stays
             }) {
            Settings settings = common;
            settings.insert(settings.end(), one.settings.begin(), one.settings.end());
            Memory memory;
            auto experiment = make(one.algorithm, settings);
            advance(*experiment, 1000, memory);
            const auto layers = layersOf(*experiment);
            std::map<std::string, std::set<std::uint32_t>> rows, cols;
            for (const auto& [name, layer] : layers)
                for (const std::uint32_t p : layer.positions) {
                    rows[name].insert(p / static_cast<std::uint32_t>(columns.at(name)));
                    cols[name].insert(p % static_cast<std::uint32_t>(columns.at(name)));
                }
            for (const auto& [name, layer] : layers)
                QCOMPARE(layer.positions.size(), rows[name].size() * cols[name].size());
            QVERIFY(rows["fc1"] == cols["fc2"] && rows["fc2"] == cols["fc3"]);
            QCOMPARE(cols["fc1"].size(), std::size_t{64});
            QCOMPARE(rows["fc3"].size(), std::size_t{10});
            if (one.hidden1 == 0) {
                QCOMPARE(rows["fc1"].size() + rows["fc2"].size(), std::size_t{24});
            } else {
                QCOMPARE(rows["fc1"].size(), one.hidden1);
                QCOMPARE(rows["fc2"].size(), one.hidden2);
            }
            QCOMPARE(memory.last("layers/units/fc1"), static_cast<double>(rows["fc1"].size()));
        }
    }

    // 1 / 2 of (32, 16) units at once, by the norms that the network has at that step.
    void theWeakestUnitsGo() {
        const Settings settings{"prune.unit=unit", "sparsity.density=0.5", "prune.scope=uniform"};
        Memory memory;
        auto experiment = make("magnitude", settings);
        advance(*experiment, 27, memory);
        auto later = make("magnitude", settings);
        later->load(checkpointOf(*experiment));
        advance(*later, 1, memory);
        // The update of step 28 comes before the pruning: a run that prunes later tells what it was.
        auto whole = make("magnitude", {"prune.unit=unit", "sparsity.density=0.5", "prune.moment=0.9"});
        advance(*whole, 28, memory);
        const Layer before = layersOf(*whole).at("fc1"), after = layersOf(*later).at("fc1");
        std::vector<std::pair<double, std::uint32_t>> norms;
        for (std::uint32_t unit = 0; unit < 32; ++unit) {
            double squares = 0;
            for (std::size_t i = 0; i < 64; ++i) squares += std::pow(before.values[unit * 64 + i], 2);
            norms.emplace_back(squares, unit);
        }
        std::sort(norms.begin(), norms.end());
        for (std::size_t place = 0; place < 32; ++place)
            QCOMPARE(after.has(norms[place].second * 64), place >= 16);
    }

    void grownConnectionsStartAtZeroWithoutStateAndOthersKeepTheirs() {
        for (const std::string& name : rewirers) {
            Memory memory;
            auto experiment = make(name, {"deepr.temperature=1e-4", "dsr.threshold=0.05"});
            std::int64_t grown = 0;
            std::int64_t total = -1;
            for (int step = 0; step < 42; ++step) {
                const auto before = layersOf(*experiment);
                Memory now;
                advance(*experiment, 1, now);
                const auto after = layersOf(*experiment);
                if (total < 0) total = edgesOf(after);
                QVERIFY2(edgesOf(after) == total, name.c_str());
                for (const auto& rewiring : now.rewirings) {
                    const Layer& layer = after.at(rewiring.layer);
                    for (const std::uint32_t p : rewiring.grown) {
                        QCOMPARE(layer.at(p, layer.values), 0.0);
                        QCOMPARE(layer.at(p, layer.momentum), 0.0);
                        ++grown;
                    }
                    for (const std::uint32_t p : layer.positions)
                        QVERIFY(before.at(rewiring.layer).has(p) ||
                                std::binary_search(rewiring.grown.begin(), rewiring.grown.end(), p));
                    if (name != "rigl") continue;
                    // No update took place in this step: survivors are what they were.
                    for (const std::uint32_t p : layer.positions)
                        if (!std::binary_search(rewiring.grown.begin(), rewiring.grown.end(), p))
                            QCOMPARE(layer.at(p, layer.values),
                                     before.at(rewiring.layer).at(p, before.at(rewiring.layer).values));
                }
            }
            QVERIFY2(grown > 0, name.c_str());
        }
    }

    void onlySomeMoveConnectionsBetweenLayers() {
        for (const std::string& name : rewirers) {
            Memory memory;
            auto experiment = make(name, {"deepr.temperature=1e-4", "dsr.threshold=0.05", "train.epochs=4"});
            const auto before = layersOf(*experiment);
            advance(*experiment, 60, memory);
            const auto after = layersOf(*experiment);
            bool moved = false;
            for (const auto& [layer, content] : after)
                moved = moved || content.positions.size() != before.at(layer).positions.size();
            QVERIFY2(moved == (name == "snfs" || name == "dsr" || name == "deepr"), name.c_str());
        }
    }

    void snfsGivesMoreToLayersOfMoreMomentum() {
        Memory memory;
        auto experiment = make("snfs");
        advance(*experiment, 6, memory);
        const auto before = layersOf(*experiment);
        Memory round;
        advance(*experiment, 1, round);
        const train::Checkpoint checkpoint = checkpointOf(*experiment);
        std::map<std::string, double> grown, share;
        double sum = 0, total = 0;
        for (const auto& rewiring : round.rewirings) {
            const auto m = checkpoint.get("snfs.momentum." + rewiring.layer).toDoubles();
            const Layer& layer = before.at(rewiring.layer);
            for (const std::uint32_t p : layer.positions) share[rewiring.layer] += std::abs(m[p]);
            share[rewiring.layer] /= static_cast<double>(layer.positions.size());
            sum += share[rewiring.layer];
            grown[rewiring.layer] = static_cast<double>(rewiring.grown.size());
            total += grown[rewiring.layer];
        }
        for (const auto& [layer, value] : share) {
            // fc3 is small enough to be full after it.
            const bool full = std::ssize(layersOf(*experiment).at(layer).positions) == sizes.at(layer);
            if (!full && layer == "fc1") QVERIFY(grown[layer] >= std::floor(total * value / sum));
        }
        QVERIFY(grown["fc1"] + grown["fc2"] + grown["fc3"] > 50);
    }

    void snfsForgetsWhatIsOlderThanItsWindow() {
        Memory memory;
        auto exact = make("snfs");
        auto windowed = make("snfs", {"snfs.momentum_window=4"});
        const auto momentum = [](const train::Experiment& experiment) {
            return checkpointOf(experiment).get("snfs.momentum.fc1").toDoubles();
        };
        advance(*exact, 3, memory);
        advance(*windowed, 3, memory);
        const double idleBytes = memory.last("perf/training_bytes");
        QVERIFY(!checkpointOf(*windowed).has("snfs.momentum.fc1"));
        const auto third = momentum(*exact);
        advance(*exact, 3, memory);
        advance(*windowed, 3, memory);
        QCOMPARE(windowed->weightsDigest(), exact->weightsDigest());
        QCOMPARE(memory.last("perf/training_bytes"), idleBytes + 4.0 * everything);
        // Steps 4, 5 and 6 of the four before the round after step 7: M_6 - beta^3 M_3.
        const auto sixth = momentum(*exact), since = momentum(*windowed);
        double largest = 0;
        for (std::size_t i = 0; i < since.size(); ++i) {
            QVERIFY(std::abs(since[i] - (sixth[i] - 0.729 * third[i])) < 1e-6);
            largest = std::max(largest, std::abs(0.729 * third[i]));
        }
        QVERIFY(largest > 1e-3);
        advance(*windowed, 1, memory);
        QVERIFY(!memory.rewirings.empty());
        QVERIFY(!checkpointOf(*windowed).has("snfs.momentum.fc1"));
    }

    void snfsChoosesNearlyTheSameIn8Bits() {
        const auto grownBy = [](const Settings& settings) {
            Memory memory;
            auto experiment = make("snfs", settings);
            advance(*experiment, 28, memory);
            std::set<std::pair<std::string, std::uint32_t>> grown;
            for (const auto& rewiring : memory.rewirings)
                for (const std::uint32_t p : rewiring.grown) grown.emplace(rewiring.layer, p);
            return std::pair(grown, memory.last("perf/training_bytes"));
        };
        const auto [exact, floats] = grownBy({"rewire.interval_steps=28"});
        const auto [coded, bytes] = grownBy({"rewire.interval_steps=28", "snfs.momentum_bits=8"});
        QCOMPARE(coded.size(), exact.size());
        const auto common =
            std::count_if(coded.begin(), coded.end(),
                          [&exact = exact](const auto& connection) { return exact.contains(connection); });
        const double share = static_cast<double>(common) / static_cast<double>(exact.size());
        QVERIFY2(share > 0.93 && share < 1, qPrintable(QString::number(share)));
        // One byte, and at most four for every row of these narrow layers, instead of four.
        QVERIFY(bytes < floats - 3.0 * everything + 4 * (32 + 16 + 10) + 1);
    }

    void deepRNeverChangesASign() {
        Memory memory;
        auto experiment = make("deepr", {"deepr.temperature=1e-4", "optimizer.lr=0.1"});
        std::map<std::pair<std::string, std::uint32_t>, int> signs;
        for (int step = 0; step < 40; ++step) {
            for (const auto& [name, layer] : layersOf(*experiment))
                for (std::size_t e = 0; e < layer.positions.size(); ++e) {
                    if (layer.values[e] == 0) continue;
                    const int sign = layer.values[e] > 0 ? 1 : -1;
                    QCOMPARE(signs.emplace(std::pair(name, layer.positions[e]), sign).first->second, sign);
                }
            advance(*experiment, 1, memory);
        }
    }

    // What the rule says of one step, with the walk drawn anew from its stream: who crosses zero changes
    // sides.
    void softDeepRConnectsWhatCrossesZero() {
        Memory memory;
        const Settings settings{"deepr.temperature=1e-4", "optimizer.lr=0.1", "optimizer.momentum=0",
                                "deepr.l1=0.01", "optimizer.weight_decay=0"};
        auto experiment = make("soft_deepr", settings);
        advance(*experiment, 4, memory);
        const double minimum = -(0.8 / 0.2) * 1e-4 / 0.01;
        std::int64_t born = 0, lost = 0;
        for (int step = 5; step <= 20; ++step) {
            const auto before = layersOf(*experiment);
            const auto dormant = checkpointOf(*experiment).get("deepr.dormant.fc2").toDoubles();
            Memory now;
            advance(*experiment, 1, now);
            const Layer& was = before.at("fc2");
            const Layer is = layersOf(*experiment).at("fc2");
            const double rate = now.last("optimizer/lr");
            // 75 % of 56 steps have walks.
            const double noise = std::sqrt(2 * rate * 1e-4 * (1 - step / 42.0));
            RandomStream walk(1, "walk/fc2", static_cast<std::uint64_t>(step));
            for (std::uint32_t p = 0; p < 32 * 16; ++p) {
                const double moved = noise * walk.normal();
                if (was.has(p)) {
                    lost += !is.has(p);
                    continue;
                }
                const double theta = std::max(dormant[p] + moved, minimum);
                QCOMPARE(is.has(p), theta > 0);
                const double sign = RandomStream(1, "sign/fc2", p).next32() & 1U ? 1 : -1;
                if (theta > 0) {
                    ++born;
                    QVERIFY(std::abs(is.at(p, is.values) - sign * theta) < 1e-6);
                }
            }
            for (std::size_t e = 0; e < is.values.size(); ++e) {
                const double sign = RandomStream(1, "sign/fc2", is.positions[e]).next32() & 1U ? 1 : -1;
                QVERIFY(sign * is.values[e] > 0);
            }
        }
        QVERIFY(born > 5 && lost > 5);
        QVERIFY_THROWS_EXCEPTION(Error, make("soft_deepr", {"deepr.l1=0"}));
    }

    // A pull alone, without gradients to speak of, leaves the share D connected: the walk's own balance.
    void softDeepRKeepsAboutItsDensity() {
        Memory memory;
        auto experiment = make("soft_deepr", {"deepr.temperature=1e-5", "deepr.l1=0.01", "optimizer.lr=0.001",
                                              "optimizer.schedule=constant", "train.epochs=10"});
        advance(*experiment, 280, memory);
        QVERIFY2(std::abs(1 - experiment->sparsity() - 0.2) < 0.05,
                 qPrintable(QString::number(experiment->sparsity())));
    }

    void deepRWalksSeveralStepsAtOnceIfToldTo() {
        Memory memory;
        auto experiment =
            make("deepr", {"deepr.temperature=1e-4", "optimizer.lr=0.1", "deepr.interval_steps=4"});
        for (int step = 1; step <= 20; ++step) {
            Memory now;
            const auto before = layersOf(*experiment);
            advance(*experiment, 1, now);
            QCOMPARE(!now.rewirings.empty(), step % 4 == 0);
            const auto after = layersOf(*experiment);
            QCOMPARE(after.at("fc1").positions == before.at("fc1").positions, step % 4 != 0);
        }
    }

    void mestKeepsTheSteepAmongTheSmall() {
        // With a large lambda the gradient decides what is dropped: then weights that are not small go too.
        const auto meanDropped = [](const char* lambda) {
            Memory memory;
            auto experiment = make("mest", {std::string("mest.lambda=") + lambda});
            advance(*experiment, 7, memory);
            return memory.last("layers/dropped_weight/fc1");
        };
        const double steep = meanDropped("100"), small = meanDropped("0");
        QVERIFY2(steep > 1.5 * small, qPrintable(QString("%1 %2").arg(steep).arg(small)));
    }

    void mestSoftHoldsMoreBetweenRounds() {
        Memory memory;
        auto experiment = make("mest_soft");
        const std::int64_t budget = edgesOf(layersOf(*experiment));
        advance(*experiment, 7, memory);
        const std::int64_t between = edgesOf(layersOf(*experiment));
        QVERIFY(between > budget + budget / 5 && between < budget + budget / 3);
        advance(*experiment, 35, memory);  // the last round is at 42
        QCOMPARE(edgesOf(layersOf(*experiment)), budget);
    }

    void gmpFollowsItsRampExactly() {
        for (const char* scope : {"global", "uniform", "erk"}) {
            auto experiment = make("gmp", {std::string("prune.scope=") + scope});
            // 56 steps: from step 6 to step 28, every 5.
            for (std::int64_t step = 1; step <= 56; ++step) {
                Memory now;
                advance(*experiment, 1, now);
                const bool due = step == 11 || step == 16 || step == 21 || step == 26 || step == 28;
                QCOMPARE(!now.rewirings.empty(), due);
                double expected = 1;
                if (step >= 11) {
                    const auto last = static_cast<double>(step >= 28 ? 28 : 11 + (step - 11) / 5 * 5);
                    const double left = 1 - (last - 6) / 22;
                    expected = 1 - (0.8 - 0.8 * left * left * left);
                }
                const auto edges = static_cast<double>(edgesOf(layersOf(*experiment)));
                QVERIFY2(std::abs(edges - expected * everything) <= 1.5, scope);
            }
        }
    }

    void whatStartsDenseShrinksItsMemoryAsItPrunes() {
        for (const char* name : {"gmp", "magnitude", "lrr", "asp", "granet"}) {
            Memory memory;
            const std::int64_t outside = tensorMemory().liveBytes;
            auto experiment =
                make(name, {"model.hidden=[512, 256]", "granet.initial_density=1", "prune.rounds=1",
                            "n_of_m.n=1", "n_of_m.m=8", "sparsity.density=0.05"});
            advance(*experiment, 2, memory);
            const auto atFirst = static_cast<double>(tensorMemory().liveBytes - outside);
            advance(*experiment, 1000, memory);
            const auto atLast = static_cast<double>(tensorMemory().liveBytes - outside);
            // Weights and momentum are 8 bytes each; the data set is part of what stays.
            const double all = 8.0 * (64 * 512 + 512 * 256 + 256 * 10);
            QVERIFY2(atFirst - atLast > 0.8 * all, name);
        }
    }

    void granetKeepsItsLastLayerAtADensity() {
        Memory memory;
        auto experiment = make("granet", {"prune.scope=uniform", "granet.last_layer_density=0.4"});
        advance(*experiment, 1000, memory);
        const auto layers = layersOf(*experiment);
        QCOMPARE(std::ssize(layers.at("fc3").positions), 64);  // 0.4 x 160
        QCOMPARE(std::ssize(layers.at("fc1").positions), std::llround(0.2 * 64 * 32));
        QCOMPARE(std::ssize(layers.at("fc2").positions), std::llround(0.2 * 32 * 16));
    }

    void granetRegrowsWhatItPrunesByGradient() {
        Memory memory;
        auto experiment = make("granet");
        QCOMPARE(edgesOf(layersOf(*experiment)), everything / 2);
        std::int64_t last = everything / 2;
        for (std::int64_t step = 1; step <= 56; ++step) {
            Memory now;
            advance(*experiment, 1, now);
            const std::int64_t edges = edgesOf(layersOf(*experiment));
            QVERIFY(edges <= last);
            if (step % 7 == 0 && step <= 42) {
                std::size_t grown = 0, dropped = 0;
                for (const auto& rewiring : now.rewirings) {
                    grown += rewiring.grown.size();
                    dropped += rewiring.dropped.size();
                }
                QCOMPARE(static_cast<std::int64_t>(dropped - grown), last - edges);
                if (step < 42) QVERIFY(grown > 0);
                QVERIFY(now.scalars.contains("sparsity/exploit_ratio") || step == 42);
            }
            last = edges;
        }
        QCOMPARE(last, std::int64_t{std::llround(0.2 * everything)});
    }

    void lotteryTicketsGoBackToTheirFirstWeights() {
        Memory memory;
        auto experiment = make("imp");
        QCOMPARE(experiment->progress().totalSteps, std::int64_t{3 * 56});
        advance(*experiment, 56, memory);
        const auto layers = layersOf(*experiment);
        QCOMPARE(edgesOf(layers), std::int64_t{std::llround(std::sqrt(0.2) * everything)});
        for (const auto& [name, layer] : layers) {
            const nn::InitialWeights initial(1, name, {sizes.at(name) / columns.at(name), columns.at(name)},
                                             {});
            for (std::size_t e = 0; e < layer.positions.size(); ++e)
                QCOMPARE(static_cast<float>(layer.values[e]),
                         static_cast<float>(initial.at(layer.positions[e])));
            QVERIFY(layer.momentum.empty());
        }
        const train::Checkpoint checkpoint = checkpointOf(*experiment);
        for (const double bias : checkpoint.get("fc1.bias").toDoubles()) QCOMPARE(bias, 0.0);
        // The learning rate starts again with the weights.
        advance(*experiment, 112, memory);
        const auto& rate = memory.scalars.at("optimizer/lr");
        for (std::int64_t step = 1; step <= 56; ++step) {
            QCOMPARE(rate.at(56 + step), rate.at(step));
            QCOMPARE(rate.at(112 + step), rate.at(step));
        }
        QCOMPARE(edgesOf(layersOf(*experiment)), std::int64_t{std::llround(0.2 * everything)});
    }

    void lateRewindingGoesBackToThatStep() {
        Memory memory;
        auto experiment = make("imp", {"prune.rewind_epochs=0.5"});
        QCOMPARE(experiment->progress().totalSteps, std::int64_t{56 + 2 * 42});
        advance(*experiment, 14, memory);
        const auto then = layersOf(*experiment);
        const auto bias = checkpointOf(*experiment).get("fc2.bias").toDoubles();
        advance(*experiment, 42, memory);
        QCOMPARE(checkpointOf(*experiment).get("fc2.bias").toDoubles(), bias);
        for (const auto& [name, layer] : layersOf(*experiment))
            for (const std::uint32_t p : layer.positions)
                QCOMPARE(layer.at(p, layer.values), then.at(name).at(p, then.at(name).values));
        advance(*experiment, 1, memory);
        QCOMPARE(memory.scalars.at("optimizer/lr").at(57), memory.scalars.at("optimizer/lr").at(15));
    }

    void learningRateRewindingKeepsTheWeights() {
        Memory memory;
        auto experiment = make("lrr");
        advance(*experiment, 55, memory);
        auto twin = make("lrr", {"sparsity.density=0.9"});  // the same until it prunes
        advance(*twin, 56, memory);
        advance(*experiment, 1, memory);
        for (const auto& [name, layer] : layersOf(*experiment)) {
            const Layer other = layersOf(*twin).at(name);
            for (const std::uint32_t p : layer.positions)
                QCOMPARE(layer.at(p, layer.values), other.at(p, other.values));
        }
    }

    void fineTuningGoesOnAtTheLastRate() {
        Memory memory;
        auto experiment = make("fine_tuning");
        auto twin = make("lrr");  // the same until its rate is set back
        QCOMPARE(experiment->progress().totalSteps, twin->progress().totalSteps);
        advance(*experiment, 56, memory);
        advance(*twin, 56, memory);
        QCOMPARE(layersOf(*experiment).at("fc1").values, layersOf(*twin).at("fc1").values);
        advance(*experiment, 20, memory);
        const auto& rate = memory.scalars.at("optimizer/lr");
        for (std::int64_t step = 57; step <= 76; ++step) QCOMPARE(rate.at(step), rate.at(56));
        QVERIFY(rate.at(56) > 0 && rate.at(56) < rate.at(1) / 100);
    }

    void controlsOfATicketChangeWhatTheySay() {
        const auto ticket = [](const char* control, std::int64_t steps) {
            Memory memory;
            auto experiment = make("imp", {std::string("prune.control=") + control});
            advance(*experiment, steps, memory);
            return layersOf(*experiment);
        };
        const auto plain = ticket("none", 112), before = ticket("none", 56);
        const auto again = ticket("reinitialize", 112), shuffled = ticket("shuffle", 112),
                   inverted = ticket("invert", 112);
        for (const auto& [name, layer] : plain) {
            const Shape shape{sizes.at(name) / columns.at(name), columns.at(name)};
            // Other weights at the same places.
            QCOMPARE(again.at(name).positions, layer.positions);
            const nn::InitialWeights other(1, "again/" + name, shape, {});
            for (std::size_t e = 0; e < layer.positions.size(); ++e)
                QCOMPARE(static_cast<float>(again.at(name).values[e]),
                         static_cast<float>(other.at(layer.positions[e])));
            // Other places with their own first weights.
            QCOMPARE(shuffled.at(name).positions.size(), layer.positions.size());
            QVERIFY(shuffled.at(name).positions != layer.positions);
            const nn::InitialWeights initial(1, name, shape, {});
            for (std::size_t e = 0; e < layer.positions.size(); ++e)
                QCOMPARE(static_cast<float>(shuffled.at(name).values[e]),
                         static_cast<float>(initial.at(shuffled.at(name).positions[e])));
            // The smallest of the connections that were left, so none of the largest where less than half
            // stay.
            QCOMPARE(inverted.at(name).positions.size(), layer.positions.size());
            for (const std::uint32_t p : inverted.at(name).positions) {
                QVERIFY(before.at(name).has(p));
                if (2 * layer.positions.size() <= before.at(name).positions.size()) QVERIFY(!layer.has(p));
            }
        }
        QVERIFY(2 * plain.at("fc1").positions.size() < before.at("fc1").positions.size());
        QVERIFY_THROWS_EXCEPTION(Error, make("lrr", {"prune.control=invert"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("imp", {"prune.control=shuffle", "prune.rewind_epochs=0.5"}));
    }

    void oneShotPruningKeepsTheLargest() {
        Memory memory;
        auto experiment = make("magnitude");
        auto twin = make("magnitude", {"sparsity.density=0.999"});
        advance(*experiment, 28, memory);
        advance(*twin, 28, memory);
        double smallest = 1e9;
        const auto kept = layersOf(*experiment), all = layersOf(*twin);
        for (const auto& [name, layer] : kept)
            for (const double w : layer.values) smallest = std::min(smallest, std::abs(w));
        for (const auto& [name, layer] : all)
            for (std::size_t e = 0; e < layer.positions.size(); ++e)
                if (!kept.at(name).has(layer.positions[e])) QVERIFY(std::abs(layer.values[e]) <= smallest);
    }

    void hiddenWeightsAreTrainedAndComeBack() {
        auto experiment = make("dpf", {"train.epochs=3"});
        std::int64_t back = 0;
        Memory memory;
        experiment->begin(memory);
        Positions before;
        for (int step = 1; step < 84; ++step) {
            Memory now;
            advance(*experiment, 1, now);
            for (const auto& rewiring : now.rewirings) back += std::ssize(rewiring.grown);
            const auto layers = layersOf(*experiment);
            QCOMPARE(edgesOf(layers), everything);  // trained, all of them
        }
        QVERIFY(back > 0);
        QVERIFY(std::abs(1 - experiment->sparsity() - 0.2) < 0.001);
        advance(*experiment, 1, memory);
        QCOMPARE(edgesOf(layersOf(*experiment)), std::int64_t{std::llround(0.2 * everything)});
    }

    void topKastUpdatesTheLargerSetAlone() {
        Memory memory;
        auto experiment = make("top_kast");
        int entered = 0;
        // The history of connections would be kept beyond what the definition needs.
        QVERIFY(checkpointOf(*experiment).getIntegers("fc1.weight.activity_positions").empty());
        const std::int64_t updated = edgesOf(layersOf(*experiment));
        QVERIFY(std::abs(updated - std::llround(0.4 * everything)) <= 1);
        QVERIFY(std::abs(1 - experiment->sparsity() - 0.2) < 0.001);
        // theta outside B: as it is stored, or as it was at first.
        const auto waiting = [](const train::Experiment& run) {
            Tensor theta = Tensor::empty({32, 64});
            nn::InitialWeights(1, "fc1", {32, 64}, {}).fill(theta);
            const train::Checkpoint checkpoint = checkpointOf(run);
            const auto positions = checkpoint.getIntegers("top_kast.waiting.fc1.positions");
            const auto stored = checkpoint.get("top_kast.waiting.fc1.values").toDoubles();
            auto all = theta.toDoubles();
            for (std::size_t i = 0; i < stored.size(); ++i)
                all[static_cast<std::size_t>(positions[i])] = stored[i];
            const Positions members = layersOf(run).at("fc1").positions;
            for (const std::uint32_t p : members) all[p] = 0;
            return all;
        };
        for (int step = 1; step < 30; ++step) {
            const auto before = waiting(*experiment);
            const auto layers = layersOf(*experiment);
            advance(*experiment, 1, memory);
            const auto after = waiting(*experiment);
            const auto now = layersOf(*experiment);
            QCOMPARE(edgesOf(now), updated);
            double smallestUpdated = 1e9;
            for (const double w : now.at("fc1").values)
                smallestUpdated = std::min(smallestUpdated, std::abs(w));
            if (step % 3 == 0) {
                // Multiplied by: as many as the density says, none smaller than what is hidden.
                const auto mask = checkpointOf(*experiment).get("hidden.mask.fc1").toDoubles();
                double smallest = 1e9, largestHidden = 0;
                for (std::size_t e = 0; e < mask.size(); ++e) {
                    const double w = std::abs(now.at("fc1").values[e]);
                    if (mask[e] != 0)
                        smallest = std::min(smallest, w);
                    else
                        largestHidden = std::max(largestHidden, w);
                }
                QVERIFY(largestHidden <= smallest && largestHidden > 0);
            }
            for (std::uint32_t p = 0; p < before.size(); ++p) {
                if (now.at("fc1").has(p)) continue;
                // What waits does not change, whether it waited before or came out of the larger set.
                if (!layers.at("fc1").has(p)) QCOMPARE(after[p], before[p]);
                if (step % 3 == 0) QVERIFY(std::abs(after[p]) <= smallestUpdated);
            }
            // What comes in brings its weight along, and nothing is kept twice.
            for (const std::uint32_t p : now.at("fc1").positions) {
                QCOMPARE(after[p], 0.0);
                if (layers.at("fc1").has(p)) continue;
                QVERIFY(before[p] != 0);
                QCOMPARE(now.at("fc1").at(p, now.at("fc1").values), before[p]);
                ++entered;
            }
        }
        QVERIFY(entered > 20);
    }

    void strLearnsItsThresholdsAndEndsWithoutThem() {
        Memory memory;
        auto experiment = make("str", {"str.initial=-3", "train.epochs=4", "optimizer.weight_decay=0.01"});
        experiment->begin(memory);
        advance(*experiment, 111, memory);
        const auto s = checkpointOf(*experiment).get("str.fc1.threshold").toDoubles()[0];
        QVERIFY(s != -3);
        const double limit = 1 / (1 + std::exp(-s));
        const auto before = layersOf(*experiment).at("fc1");
        QCOMPARE(std::ssize(before.positions), sizes.at("fc1"));
        advance(*experiment, 1, memory);
        const Layer after = layersOf(*experiment).at("fc1");
        QVERIFY(std::ssize(after.positions) < sizes.at("fc1"));
        std::int64_t above = 0;
        for (const double w : before.values) above += std::abs(w) > limit;
        QVERIFY(std::abs(above - std::ssize(after.positions)) < 40);  // one update later
        QCOMPARE(experiment->sparsity(),
                 1 - static_cast<double>(edgesOf(layersOf(*experiment))) / everything);
    }

    void nOfMHoldsInEveryGroup() {
        for (const char* name : {"sr_ste", "asp"})
            for (const auto& [n, m] : {std::pair(2, 4), std::pair(1, 8)}) {
                Memory memory;
                auto experiment =
                    make(name, {"n_of_m.n=" + std::to_string(n), "n_of_m.m=" + std::to_string(m)});
                advance(*experiment, 56, memory);
                for (const auto& [layer, content] : layersOf(*experiment)) {
                    std::map<std::uint32_t, int> groups;
                    for (const std::uint32_t p : content.positions)
                        ++groups[p / static_cast<std::uint32_t>(m)];
                    QCOMPARE(std::ssize(groups), sizes.at(layer) / m);
                    for (const auto& [group, count] : groups) QCOMPARE(count, n);
                }
            }
    }

    void layersThatDoNotFitStayDense() {
        Memory memory;
        auto experiment = make("asp", {"model.hidden=[30, 16]"});
        advance(*experiment, 56, memory);
        const train::Checkpoint checkpoint = checkpointOf(*experiment);
        QVERIFY(checkpoint.has("fc1.weight.values"));
        QVERIFY(!checkpoint.has("fc2.weight.values"));  // 30 inputs
        QCOMPARE(checkpoint.get("fc2.weight").elements(), std::int64_t{480});
    }

    void tilesStayWholeInTraining() {
        for (const char* name : {"static", "set", "rigl", "unfired", "mest", "mest_soft", "granet", "gmp",
                                 "magnitude", "dpf", "imp", "lrr"}) {
            Memory memory;
            auto experiment = make(name, {"sparsity.pattern=block"});
            for (int part = 0; part < 8; ++part) {
                advance(*experiment, 7, memory);
                for (const auto& [layer, content] : layersOf(*experiment)) {
                    if (layer == "fc3") continue;  // ten rows: not a multiple of four
                    std::map<std::uint32_t, int> tiles;
                    const auto width = static_cast<std::uint32_t>(columns.at(layer));
                    for (const std::uint32_t p : content.positions)
                        ++tiles[p / width / 4 * 1000 + p % width / 4];
                    for (const auto& [tile, count] : tiles) QCOMPARE(count, 16);
                }
            }
            advance(*experiment, 1000, memory);
            const auto layers = layersOf(*experiment);
            const std::int64_t tiled =
                std::ssize(layers.at("fc1").positions) + std::ssize(layers.at("fc2").positions);
            QVERIFY2(tiled > everything / 10 && tiled < everything * 3 / 10, name);
        }
    }

    void everyOutputKeepsItsFanIn() {
        for (const char* name : {"static", "set", "rigl", "unfired", "mest"}) {
            Memory memory;
            auto experiment = make(name, {"sparsity.pattern=fan_in"});
            const auto before = layersOf(*experiment);
            advance(*experiment, 56, memory);
            for (const auto& [layer, content] : layersOf(*experiment)) {
                std::map<std::int64_t, std::int64_t> fan;
                for (const std::uint32_t p : content.positions) ++fan[p / columns.at(layer)];
                QCOMPARE(std::ssize(fan), sizes.at(layer) / columns.at(layer));
                for (const auto& [row, count] : fan) QVERIFY2(count == fan.begin()->second, name);
                QCOMPARE(content.positions == before.at(layer).positions, std::string(name) == "static");
            }
            QVERIFY(std::abs(experiment->sparsity() - 0.8) < 0.02);
        }
        QVERIFY_THROWS_EXCEPTION(Error, make("gmp", {"sparsity.pattern=fan_in"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("snip", {"sparsity.pattern=fan_in"}));
    }

    void scoresBeforeTrainingDecideTheMask() {
        std::set<Positions> masks;
        for (const char* name : {"static", "snip", "grasp", "synflow"}) {
            auto experiment = make(name);
            masks.insert(layersOf(*experiment).at("fc1").positions);
            Memory memory;
            const auto before = layersOf(*experiment);
            advance(*experiment, 56, memory);
            QCOMPARE(layersOf(*experiment).at("fc1").positions, before.at("fc1").positions);
        }
        QCOMPARE(masks.size(), std::size_t{4});
    }

    void scoresAreComparedWithinTheScope() {
        for (const char* name : {"snip", "grasp", "synflow", "initial_magnitude"}) {
            const auto all = layersOf(*make(name));
            const auto uniform = layersOf(*make(name, {"prune.scope=uniform"}));
            const auto erk = layersOf(*make(name, {"prune.scope=erk"}));
            const auto planned = layersOf(*make("static"));
            for (const auto& [layer, size] : sizes) {
                QCOMPARE(std::ssize(uniform.at(layer).positions),
                         std::int64_t{std::llround(0.2 * static_cast<double>(size))});
                QCOMPARE(erk.at(layer).positions.size(), planned.at(layer).positions.size());
            }
            QCOMPARE(edgesOf(all), edgesOf(planned));
            QVERIFY(all.at("fc3").positions.size() != uniform.at("fc3").positions.size());
        }
    }

    void shufflingKeepsTheNumbersOfEachLayerAlone() {
        const auto scored = layersOf(*make("snip")),
                   shuffled = layersOf(*make("snip", {"prune.shuffle=true"}));
        for (const auto& [name, layer] : scored) {
            QCOMPARE(shuffled.at(name).positions.size(), layer.positions.size());
            QVERIFY(shuffled.at(name).positions != layer.positions);
        }
    }

    void initialMagnitudesDecideWhereNothingElseDoes() {
        double smallest = 1e9;
        const auto layers = layersOf(*make("initial_magnitude"));
        for (const auto& [name, layer] : layers)
            for (const double w : layer.values) smallest = std::min(smallest, std::abs(w));
        for (const auto& [name, layer] : layers) {
            const nn::InitialWeights initial(1, name, {sizes.at(name) / columns.at(name), columns.at(name)},
                                             {});
            for (std::uint32_t p = 0; p < sizes.at(name); ++p)
                if (!layer.has(p)) QVERIFY(std::abs(static_cast<float>(initial.at(p))) <= smallest);
        }
    }

    void signedDroppingTakesHalfOfEachSign() {
        Memory memory;
        auto experiment = make("set", {"set.drop=signed"});
        auto twin = make("static");  // the same until connections move
        advance(*experiment, 6, memory);
        advance(*twin, 7, memory);
        const auto updated = layersOf(*twin);
        Memory rounds;
        advance(*experiment, 1, rounds);
        for (const auto& rewiring : rounds.rewirings) {
            if (rewiring.layer != "fc1") continue;
            const Layer& layer = updated.at("fc1");
            std::int64_t positive = 0;
            for (const std::uint32_t p : rewiring.dropped) positive += layer.at(p, layer.values) > 0;
            QVERIFY(std::abs(2 * positive - std::ssize(rewiring.dropped)) <= 1);
            QVERIFY(rewiring.dropped.size() > 50);
        }
        QVERIFY(!rounds.rewirings.empty());
    }

    void whatCannotBeIsAnErrorThatSaysWhy() {
        QVERIFY_THROWS_EXCEPTION(Error, make("set", {"rewire.grown=gradient"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("deepr", {"rewire.grown=normal"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("snfs", {"sparsity.pattern=block"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("snfs", {"sparsity.pattern=block", "snfs.redistribution=none",
                                                      "snfs.momentum_bits=8"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("snfs", {"snfs.growth=units", "snfs.momentum_bits=8"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("deepr", {"sparsity.pattern=block"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("snip", {"sparsity.pattern=block"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("str", {"sparsity.pattern=block"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("top_kast", {"top_kast.backward_density=0.1"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("sr_ste", {"n_of_m.n=4"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("str", {"average.kind=ema"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("rigl", {"prune.unit=unit"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("gmp", {"prune.unit=unit", "prune.scope=erk"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("gmp", {"prune.unit=unit", "prune.unit_score=scale"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("imp", {"prune.unit=unit", "prune.control=invert"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("imp", {"prune.rewind_epochs=2"}));
        QVERIFY_THROWS_EXCEPTION(Error, make("grasp", {"sparsity.density=0.001"}));  // a layer would be cut
    }
};

QTEST_APPLESS_MAIN(AlgorithmsTest)
#include "test_algorithms.moc"
