// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>

#include "base/error.h"
#include "base/parallel.h"
#include "train/memory_recorder.h"
#include "train/supervised.h"
#include "train/supervised_schema.h"

using namespace filigree;
using namespace filigree::train;
using tests::Memory;

namespace {

const config::Schema& schema() {
    static const config::Schema whole = [] {
        config::Schema s;
        s.merge(supervisedSchema());
        s.merge(sparsitySchema());
        return s;
    }();
    return whole;
}

config::Config configure(const std::vector<std::string>& settings) {
    config::Config config = config::Config::defaults(schema());
    for (const char* s :
         {"model.hidden=[32, 16]", "train.batch_size=50", "train.epochs=4", "rewire.interval_steps=7"})
        config.set(s);
    for (const std::string& s : settings) config.set(s);
    return config;
}

std::unique_ptr<Supervised> make(const std::vector<std::string>& settings, std::uint64_t seed = 1) {
    return std::make_unique<Supervised>(configure(settings), seed, data::SearchPath{});
}

void advance(Experiment& experiment, std::int64_t steps, record::Recorder& recorder) {
    for (std::int64_t i = 0; i < steps && !experiment.progress().finished(); ++i) experiment.step(recorder);
}

std::string bytesOf(const Experiment& experiment, const QTemporaryDir& folder, const char* name) {
    Checkpoint checkpoint;
    experiment.save(checkpoint);
    const std::filesystem::path path = folder.filePath(name).toStdString();
    checkpoint.write(path);
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

const std::vector<std::vector<std::string>> variants{
    {},
    {"rewire.growth=random", "optimizer.nesterov=true"},
    {"rewire.growth=gradient", "rewire.regrow=keep", "rewire.gradient_samples=3"},
    {"rewire.growth=unfired", "rewire.drop=signed", "rewire.update_replaces_step=false"},
    {"rewire.growth=coverage", "rewire.drop=taylor", "rewire.regrow=forbid"},
    {"rewire.growth=none"},
    {"optimizer.kind=adam", "model.dropout=0.2", "rewire.normalize=true"},
    {"sparsity.density=1"},
    {"average.kind=ema", "average.decay=0.9", "model.batch_norm=true"},
    {"average.kind=swa", "average.from=0.2", "rewire.growth=random"},
    {"model.kind=cnn", "model.channels=[6, 8]", "model.cnn_hidden=16", "sparsity.density=0.3",
     "data.pad_crop=1", "data.flip=true"},
};

}  // namespace

class SupervisedTest : public QObject {
    Q_OBJECT

  private slots:
    void aSparseNetworkLearnsRealDigits() {
        Memory memory;
        auto experiment = make({"train.epochs=15", "model.hidden=[128, 64]", "rewire.interval_steps=20"});
        experiment->begin(memory);
        advance(*experiment, 1000, memory);
        experiment->end(memory);
        QVERIFY(experiment->progress().finished());
        QCOMPARE(experiment->progress().step, std::int64_t{15 * 28});
        QVERIFY2(memory.last("test/acc") > 0.9, qPrintable(QString::number(memory.last("test/acc"))));
        QVERIFY(memory.last("train/final_loss") < 0.4);
        QVERIFY(std::abs(experiment->sparsity() - 0.9) < 0.001);
    }

    void theSameSeedGivesTheSameBits() {
        for (const auto& settings : variants) {
            Memory memory;
            auto a = make(settings), b = make(settings), other = make(settings, 2);
            QCOMPARE(a->weightsDigest(), b->weightsDigest());
            for (auto* experiment : {a.get(), b.get(), other.get()}) advance(*experiment, 30, memory);
            QCOMPARE(a->weightsDigest(), b->weightsDigest());
            QVERIFY(a->weightsDigest() != other->weightsDigest());
        }
    }

    void aResumedRunEqualsAnUndisturbedOne() {
        const QTemporaryDir folder;
        for (const auto& settings : variants)
            for (const std::int64_t cut : {0, 1, 14, 25}) {
                Memory whole, before, after;
                auto undisturbed = make(settings);
                advance(*undisturbed, 45, whole);
                auto first = make(settings);
                advance(*first, cut, before);
                Checkpoint checkpoint;
                first->save(checkpoint);
                checkpoint.write(folder.filePath("cut").toStdString());
                auto second = make(settings);
                second->load(Checkpoint::read(folder.filePath("cut").toStdString()));
                advance(*second, 45 - cut, after);
                QCOMPARE(second->weightsDigest(), undisturbed->weightsDigest());
                QVERIFY(bytesOf(*second, folder, "a") == bytesOf(*undisturbed, folder, "b"));
                for (const auto& [tag, points] : after.scalars)
                    for (const auto& [step, value] : points) QCOMPARE(value, whole.scalars.at(tag).at(step));
            }
    }

    void connectionsStayExactThroughEveryRound() {
        for (const auto& settings : variants) {
            Memory memory;
            auto experiment = make(settings);
            experiment->begin(memory);
            advance(*experiment, 112, memory);
            for (const auto& [layer, masks] : memory.masks)
                for (const record::Mask& mask : masks)
                    QCOMPARE(mask.active.size(), masks.front().active.size());
            for (const record::Rewiring& rewiring : memory.rewirings)
                QCOMPARE(rewiring.dropped.size(), rewiring.grown.size());
        }
    }

    // The film can be rebuilt: each recorded pattern is the one before it without the dropped and with the
    // grown positions.
    void rewiringsLeadFromMaskToMask() {
        Memory memory;
        auto experiment = make({});
        experiment->begin(memory);
        advance(*experiment, 84, memory);
        QCOMPARE(memory.rewirings.size(), std::size_t{12 * 3});
        for (const auto& [layer, masks] : memory.masks) {
            std::vector<std::uint32_t> active = masks.front().active;
            std::vector<std::vector<std::uint32_t>> rebuilt{active};
            for (const record::Rewiring& r : memory.rewirings) {
                if (r.layer != layer) continue;
                std::vector<std::uint32_t> kept, next;
                std::set_difference(active.begin(), active.end(), r.dropped.begin(), r.dropped.end(),
                                    std::back_inserter(kept));
                std::merge(kept.begin(), kept.end(), r.grown.begin(), r.grown.end(),
                           std::back_inserter(next));
                rebuilt.push_back(active = next);
            }
            for (const record::Mask& mask : masks)
                QVERIFY(std::find(rebuilt.begin(), rebuilt.end(), mask.active) != rebuilt.end());
            QCOMPARE(masks.back().active, rebuilt.back());
        }
    }

    void aRoundTakesThePlaceOfTheUpdate() {
        const auto weightAfterRound = [](const char* replaces) {
            record::NullRecorder none;
            auto experiment = make({"rewire.growth=gradient", "rewire.interval_steps=3",
                                    std::string("rewire.update_replaces_step=") + replaces});
            advance(*experiment, 2, none);
            Checkpoint before, after;
            experiment->save(before);
            const std::vector<double> bias = before.get("fc1.bias").toDoubles();
            advance(*experiment, 1, none);
            experiment->save(after);
            return bias == after.get("fc1.bias").toDoubles();
        };
        QVERIFY(weightAfterRound("true"));
        QVERIFY(!weightAfterRound("false"));
    }

    void explorationRisesAsTheRuleExplores() {
        std::map<std::string, double> explored;
        for (const char* growth : {"gradient", "acquisition", "unfired"}) {
            Memory memory;
            auto experiment = make({std::string("rewire.growth=") + growth, "rewire.c=0.1"});
            advance(*experiment, 112, memory);
            explored[growth] = memory.last("sparsity/exploration");
        }
        QVERIFY(explored["gradient"] > 0.1);
        QVERIFY(explored["acquisition"] > explored["gradient"]);
        QVERIFY(explored["unfired"] >= explored["acquisition"]);
    }

    void sparseAndMaskedExecutionAgreeToRounding() {
        for (const auto& model : std::vector<std::vector<std::string>>{{}, variants.back()}) {
            std::vector<std::vector<double>> losses;
            for (const char* execution : {"sparse", "masked"}) {
                auto settings = model;
                settings.insert(settings.end(), {"rewire.growth=random", "record.scalars_every=1",
                                                 std::string("sparsity.execution=") + execution});
                Memory memory;
                auto experiment = make(settings);
                advance(*experiment, 12, memory);
                losses.emplace_back();
                for (const auto& [step, value] : memory.scalars.at("train/loss"))
                    losses.back().push_back(value);
            }
            for (std::size_t i = 0; i < losses[0].size(); ++i)
                QVERIFY(std::abs(losses[0][i] - losses[1][i]) < 2e-4);
        }
    }

    void masksAndWeightsAreKeptAsOftenAsAsked() {
        Memory sparse, often;
        auto few = make({"record.masks_every=0", "record.weights_every=0"});
        few->begin(sparse);
        advance(*few, 1000, sparse);
        few->end(sparse);
        QCOMPARE(sparse.masks.at("fc1").size(),
                 std::size_t{3});  // at the start twice (pattern, weights) and at the end
        QCOMPARE(sparse.edgeRecords, std::int64_t{2 * 2 * 3});
        auto many = make({"record.weights_every=1"});
        many->begin(often);
        advance(*many, 1000, often);
        many->end(often);
        QCOMPARE(often.edgeRecords, std::int64_t{(1 + 3 + 1) * 2 * 3});
    }

    void whoeverWatchesSeesPatternsAndWeightsWithoutDisturbing() {
        Memory memory;
        auto watched = make({}), undisturbed = make({});
        advance(*watched, 10, memory);
        advance(*undisturbed, 10, memory);
        Memory shown;
        QVERIFY(watched->show("mask", shown));
        QCOMPARE(shown.masks.size(), std::size_t{3});
        QCOMPARE(shown.edgeRecords, std::int64_t{0});
        QVERIFY(watched->show("edge_values", shown));
        QCOMPARE(shown.edgeRecords, std::int64_t{6});
        QVERIFY(!watched->show("gates", shown));
        QVERIFY(!make({"sparsity.density=1"})->show("mask", shown));
        advance(*watched, 10, memory);
        advance(*undisturbed, 10, memory);
        QCOMPARE(watched->weightsDigest(), undisturbed->weightsDigest());
    }

    void valuesCanBeChangedOnTheWay() {
        Memory memory;
        auto experiment = make({"optimizer.schedule=constant", "record.scalars_every=1"});
        advance(*experiment, 1, memory);
        experiment->set("optimizer.lr", 0.001);
        experiment->set("rewire.c", 5);
        advance(*experiment, 1, memory);
        QCOMPARE(memory.scalars.at("optimizer/lr").at(1), 0.05);
        QCOMPARE(memory.scalars.at("optimizer/lr").at(2), 0.001);
        QVERIFY_THROWS_EXCEPTION(Error, experiment->set("train.epochs", 3));
    }

    void whatCannotBeTrainedIsAnErrorThatSaysWhy() {
        QVERIFY_THROWS_EXCEPTION(Error, make({"train.batch_size=2000"}));
        QVERIFY_THROWS_EXCEPTION(Error, make({"sparsity.density=1e-6"}));
        QVERIFY_THROWS_EXCEPTION(Error, make({"data.name=planted", "model.kind=cnn"}));
        QVERIFY_THROWS_EXCEPTION(Error, make({"data.name=fashion-mnist"}));  // nothing on the search path
        Checkpoint other;
        make({"model.hidden=[20]"})->save(other);
        QVERIFY_THROWS_EXCEPTION(Error, make({})->load(other));
        QVERIFY_THROWS_EXCEPTION(Error, make({})->load(Checkpoint()));
    }

    void plantedSetsRecordTheShareOfRelevantInputs() {
        Memory memory;
        auto experiment = make(
            {"data.name=planted-trap", "data.train_limit=500", "data.test_limit=100", "model.hidden=[16]"});
        experiment->begin(memory);
        const double atFirst = memory.last("sparsity/relevant_share");
        QVERIFY(atFirst > 0.02 && atFirst < 0.3);
        advance(*experiment, 20, memory);
        QCOMPARE(memory.scalars.at("sparsity/relevant_share").size(), std::size_t{3});
    }
};

QTEST_APPLESS_MAIN(SupervisedTest)
#include "test_supervised.moc"
