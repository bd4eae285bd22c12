// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "data/endoscopy/video_set.h"
#include "methods/hard_attention_gates/gated_training.h"
#include "record/recorder.h"

using namespace filigree;
using namespace filigree::methods::hard_attention_gates;

namespace {

config::Config configure(const std::vector<std::string>& settings) {
    config::Config config = config::Config::defaults(gatedSchema());
    for (const std::string& setting : settings) config.set(setting);
    return config;
}

struct Outcome {
    double accuracy = 0, auc = 0;
};

/// Means over four seeds.
Outcome decoys(const std::vector<std::string>& settings) {
    Outcome sum;
    record::NullRecorder nowhere;
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
        GatedTraining training(configure(settings), seed);
        while (!training.progress().finished()) training.step(nowhere);
        sum.accuracy += training.accuracy() / 4;
        sum.auc += training.informativeAuc() / 4;
    }
    return sum;
}

/// Keeps the last of every matrix and scalar.
class Memory final : public record::Recorder {
  public:
    void scalar(std::string_view tag, double value, const record::Stamp&) override {
        scalars[std::string(tag)] = value;
    }
    void mask(const record::Mask&, const record::Stamp&) override {}
    void edgeValues(const record::EdgeValues&, const record::Stamp&) override {}
    void rewiring(const record::Rewiring&, const record::Stamp&) override {}
    void matrix(const record::Matrix& matrix, const record::Stamp&) override {
        matrices[matrix.tag] = matrix;
    }
    void image(const record::Image&, const record::Stamp&) override {}
    void text(const record::Text& text, const record::Stamp&) override { texts[text.tag] = text.text; }
    void event(const record::Event&, const record::Stamp&) override {}
    void log(record::LogLevel, std::string_view, const record::Stamp&) override {}

    std::map<std::string, double> scalars;
    std::map<std::string, record::Matrix> matrices;
    std::map<std::string, std::string> texts;
};

}  // namespace

class GatedTrainingTest : public QObject {
    Q_OBJECT

  private slots:
    // The bounds are those of the specification: routing alone ranks inputs but does not help, a cost for
    // open gates does.
    void gatesRankInformativeInputsAboveDecoys() {
        const Outcome plain = decoys({"gate.routing=plain"});
        const Outcome routed = decoys({});
        const Outcome penalized = decoys({"gate.l1=5e-3"});
        const QString figures = QString("plain %1, routed %2 (AUC %3), with L1 %4 (AUC %5)")
                                    .arg(plain.accuracy)
                                    .arg(routed.accuracy)
                                    .arg(routed.auc)
                                    .arg(penalized.accuracy)
                                    .arg(penalized.auc);
        qInfo().noquote() << figures;
        QVERIFY2(std::isnan(plain.auc), qPrintable(figures));
        QVERIFY2(routed.auc >= 0.70, qPrintable(figures));
        QVERIFY2(std::abs(routed.accuracy - plain.accuracy) <= 0.02, qPrintable(figures));
        QVERIFY2(penalized.accuracy - plain.accuracy >= 0.025, qPrintable(figures));
        QVERIFY2(penalized.auc >= 0.85, qPrintable(figures));
    }

    void aResumedRunEndsWithTheSameBits() {
        record::NullRecorder nowhere;
        for (const char* mode : {"clean", "code", "joint", "heldout", "plain"}) {
            const config::Config config = configure(
                {std::string("gate.routing=") + mode, "train.epochs=2", "gate.hidden=true", "gate.l1=1e-3"});
            GatedTraining whole(config, 5), first(config, 5), second(config, 5);
            while (!whole.progress().finished()) whole.step(nowhere);
            for (int i = 0; i < 7; ++i) first.step(nowhere);
            train::Checkpoint checkpoint;
            first.save(checkpoint);
            second.load(checkpoint);
            while (!second.progress().finished()) second.step(nowhere);
            QCOMPARE(second.weightsDigest(), whole.weightsDigest());
            QVERIFY(first.weightsDigest() != whole.weightsDigest());
        }
    }

    void recordsGatesAndWhatMovedThem() {
        Memory memory;
        GatedTraining training(configure({"train.epochs=1", "gate.hidden=true"}), 0);
        training.begin(memory);
        const auto before = memory.matrices.at("gate/gate_input");
        QCOMPARE(before.shape, (std::vector<std::int64_t>{128}));
        QCOMPARE(memory.matrices.at("gate/gate_hidden").shape, (std::vector<std::int64_t>{64}));
        while (!training.progress().finished()) training.step(memory);
        QVERIFY(memory.matrices.at("gate/gate_input").values != before.values);
        QVERIFY(memory.scalars.contains("gate/loss") && memory.scalars.contains("gate/cosine"));
        double sum = 0;
        for (const char* gate : {"gate/gate_input", "gate/gate_hidden"})
            for (const float s : memory.matrices.at(gate).values) sum += double{s};
        QVERIFY(std::abs(sum - memory.scalars.at("gates/effective_channels")) < 1e-4);
        QVERIFY(std::abs(sum / 192 - memory.scalars.at("gates/mean")) < 1e-6);
    }

    // 128 inputs, 64 units, 1 output: 2 (128 64 + 64) operations forward, three times that a pass, and two
    // passes where gates have one of their own, over as many rows in all.
    void operationsOfAllPassesAreCounted() {
        std::map<std::string, double> flops;
        for (const char* mode : {"plain", "clean"}) {
            Memory memory;
            GatedTraining training(configure({std::string("gate.routing=") + mode, "train.epochs=1"}), 0);
            while (!training.progress().finished()) training.step(memory);
            QCOMPARE(memory.scalars.at("perf/forward_flops"), 2.0 * (128 * 64 + 64));
            flops[mode] = memory.scalars.at("perf/training_flops") / (6.0 * (128 * 64 + 64));
            QCOMPARE(flops[mode], std::floor(flops[mode]));  // samples
            train::Checkpoint checkpoint;
            training.save(checkpoint);
            QCOMPARE(checkpoint.get("train.flops").item(), memory.scalars.at("perf/training_flops"));
        }
        QVERIFY(flops["plain"] > 0);
        QCOMPARE(flops["clean"], 2 * flops["plain"]);
    }

    void frozenGatesStayAtOneHalf() {
        record::NullRecorder nowhere;
        GatedTraining training(
            configure({"gate.routing=plain", "gate.frozen=true", "gate.start=half", "train.epochs=1"}), 0);
        while (!training.progress().finished()) training.step(nowhere);
        for (const double s : training.gates().front().second->values()) QCOMPARE(s, 0.5);
    }

    void heldOutRowsAreNotTrainedOn() {
        const Task whole = makeDecoys(3, false), apart = makeDecoys(3, true);
        QCOMPARE(whole.train.count(), 400);
        QCOMPARE(apart.train.count(), 300);
        QCOMPARE(apart.heldOut.count(), 100);
        QVERIFY(std::equal(apart.heldOut.rows.begin(), apart.heldOut.rows.end(),
                           whole.train.rows.begin() + 300 * 128));
        QVERIFY(std::equal(apart.heldOut.targets.begin(), apart.heldOut.targets.end(),
                           whole.train.targets.begin() + 300));
    }

    void ownPicturesAreSplitByPolyp() {
        QTemporaryDir folder;
        const std::filesystem::path root = folder.path().toStdString();
        data::endoscopy::SetRequest request;
        request.polyps = 12;
        request.frames = 2;
        request.width = 24;
        request.samples = 1;
        data::endoscopy::exportSet(data::endoscopy::renderSet(request), root);
        const std::filesystem::path table = root / "polypsizing_proc.csv";
        std::string report;
        std::multiset<std::int64_t> tested;
        for (int fold = 0; fold < 6; ++fold) {
            const Task task = makePictures({.table = table, .fold = fold}, {.validation = true}, report);
            const auto polyps = [](const Samples& samples) {
                return std::set<std::int64_t>(samples.polyps.begin(), samples.polyps.end());
            };
            const auto train = polyps(task.train), test = polyps(task.test), kept = polyps(task.validation);
            QCOMPARE(train.size(), std::size_t{8});
            QCOMPARE(test.size(), std::size_t{2});
            QCOMPARE(kept.size(), std::size_t{2});
            for (const std::int64_t polyp : test) QVERIFY(!train.contains(polyp) && !kept.contains(polyp));
            for (const std::int64_t polyp : kept) QVERIFY(!train.contains(polyp));
            tested.insert(test.begin(), test.end());
        }
        for (std::int64_t polyp = 0; polyp < 12; ++polyp) QCOMPARE(tested.count(polyp), std::size_t{1});
        QVERIFY(report.find("frames of 12 polyps") != std::string::npos);
        QCOMPARE(makePictures({table, 0, 1}, {}, report).test.count(), 2);
        QCOMPARE(makePictures({table, 0}, {.target = PolypTarget::Triclass}, report).outputs, 3);
        QVERIFY_THROWS_EXCEPTION(Error, makePictures({table, 6}, {}, report));
        QVERIFY_THROWS_EXCEPTION(Error, makePictures({"", 0}, {}, report));

        // Pictures that are read when needed are those that are kept.
        const Task kept = makePictures({table}, {}, report);
        const Task read = makePictures({.table = table, .mostMemory = 0}, {}, report);
        QVERIFY(kept.train.files.empty() && read.train.frames.front().rgb.empty());
        const data::endoscopy::InputPlan plan{data::endoscopy::streamsFrom("loc_depth")};
        const std::vector<std::int64_t> some{3, 0};
        const Batch a = makeBatch(kept.train, some, plan), b = makeBatch(read.train, some, plan);
        QCOMPARE(a.shape, (Shape{2, 4, 48, 48}));
        QCOMPARE(a.inputs, b.inputs);
        // Inside the box depth is what the file says.
        std::int64_t inside = 0;
        for (std::size_t i = 3 * 48 * 48; i < 4 * 48 * 48; ++i) {
            if (a.inputs[i] == 0) continue;
            QVERIFY(a.inputs[i] > 0.1F && a.inputs[i] <= 2.0F);
            ++inside;
        }
        QVERIFY(inside > 4 && inside < 48 * 48);
    }

    void epochsDrawTheirShareOfEachPolyp() {
        Samples samples;
        for (const auto& [polyp, frames] : {std::pair(7, 5), std::pair(2, 1), std::pair(4, 3)})
            samples.polyps.insert(samples.polyps.end(), static_cast<std::size_t>(frames), polyp);
        samples.targets.resize(samples.polyps.size());
        QCOMPARE(epochLength(samples, 4, true), 7);
        QCOMPARE(epochLength(samples, 4, false), 8);
        std::set<std::vector<std::int64_t>> orders;
        std::set<std::int64_t> ever;
        for (std::int64_t epoch = 0; epoch < 20; ++epoch) {
            const auto order = epochOrder(samples, 4, true, 1, epoch);
            QCOMPARE(order, epochOrder(samples, 4, true, 1, epoch));
            QCOMPARE(std::set<std::int64_t>(order.begin(), order.end()).size(), std::size_t{7});
            std::map<std::int64_t, int> drawn;
            for (const std::int64_t i : order) ++drawn[samples.polyps[static_cast<std::size_t>(i)]];
            QCOMPARE(drawn, (std::map<std::int64_t, int>{{4, 3}, {7, 4}}));
            orders.insert(order);
            ever.insert(order.begin(), order.end());
        }
        QVERIFY(orders.size() > 15);
        QCOMPARE(ever.size(), std::size_t{8});  // all but the polyp of one frame
    }

    void batchesReadAheadAreThoseOfTheirSteps() {
        std::vector<std::int64_t> made;
        BatchesAhead ahead(
            [&](std::int64_t step) {
                if (step == 5) throw Error(ErrorKind::Data, "the picture cannot be read");
                StepBatches batches;
                batches.main.targets = {static_cast<float>(step)};
                return batches;
            },
            7);
        for (const std::int64_t step : {0, 1, 2, 4, 1, 3, 4})
            QCOMPARE(ahead.take(step).main.targets.front(), static_cast<float>(step));
        QVERIFY_THROWS_EXCEPTION(Error, ahead.take(5));
        QCOMPARE(ahead.take(6).main.targets.front(), 6.0F);
    }

    void everyHeadAndModeTrainsAndResumes_data() {
        QTest::addColumn<QStringList>("settings");
        const auto row = [](const char* name, const QStringList& settings) {
            QTest::newRow(name) << settings;
        };
        const QStringList augmented{"augment.rotation=30", "augment.flip=true", "augment.jitter=0.15",
                                    "augment.hue=0.01", "augment.noise=0.01"};
        row("size", augmented + QStringList{"train.select=best", "loss.weights_in_mm=true"});
        row("two streams, three classes",
            augmented +
                QStringList{"model.streams=rgb+loc+dpt", "data.target=triclass", "gate.routing=heldout"});
        row("resnet, two classes", {"model.network=resnet18", "model.width=2", "model.streams=loc+dpt",
                                    "data.target=binary", "gate.routing=code", "model.dropout=0.35"});
        row("transformer", {"model.network=vit_tiny", "model.width=6", "model.patch=8", "model.depth=1",
                            "model.streams=rgb", "gate.routing=joint"});
        row("efficientnet", {"model.network=efficientnet_b0", "model.width=4", "model.streams=rgb"});
    }
    void everyHeadAndModeTrainsAndResumes() {
        QFETCH(QStringList, settings);
        // Small pictures on disk, of 12 polyps.
        static QTemporaryDir folder;
        const std::filesystem::path root = folder.path().toStdString();
        const std::filesystem::path table = root / "polypsizing_proc.csv";
        if (!std::filesystem::exists(table)) {
            data::endoscopy::SetRequest request;
            request.polyps = 12;
            request.frames = 2;
            request.width = 16;
            request.samples = 1;
            data::endoscopy::exportSet(data::endoscopy::renderSet(request), root);
        }
        std::vector<std::string> all{"data.task=pictures", "data.table=" + table.string(),
                                     "data.image_size=16", "train.epochs=3",
                                     "train.batch_size=6", "record.gates_every=1"};
        for (const QString& setting : settings) all.push_back(setting.toStdString());
        const config::Config config = configure(all);
        Memory memory;
        record::NullRecorder nowhere;
        GatedTraining whole(config, 5), first(config, 5), second(config, 5);
        whole.begin(memory);
        while (!whole.progress().finished()) whole.step(memory);
        whole.end(memory);
        for (int i = 0; i < 4; ++i) first.step(nowhere);
        train::Checkpoint checkpoint;
        first.save(checkpoint);
        second.load(checkpoint);
        Memory resumed;
        while (!second.progress().finished()) second.step(resumed);
        second.end(resumed);
        QCOMPARE(second.weightsDigest(), whole.weightsDigest());
        QVERIFY(first.weightsDigest() != whole.weightsDigest());
        QVERIFY(memory.scalars.contains("test/loss"));
        QCOMPARE(resumed.scalars.at("test/loss"), memory.scalars.at("test/loss"));
        QVERIFY(memory.matrices.contains("confusion/polyp"));
        // What a view says of them comes with them.
        QVERIFY(memory.texts.contains("predictions/test"));
        const auto said = nlohmann::json::parse(memory.texts.at("predictions/test"));
        QCOMPARE(said.at("unit").get<std::string>(), std::string("mm"));
        const auto classes = memory.matrices.at("confusion/polyp").shape[0];
        QCOMPARE(static_cast<std::int64_t>(said.at("classes").size()), classes);
        const bool numbers = memory.matrices.contains("predictions/test");
        QCOMPARE(said.contains("constant"), numbers);
        if (numbers) {
            QCOMPARE(said.at("truth_bounds").at(0).at(0).get<double>(), 5.0);
            QCOMPARE(said.at("truth_bounds").at(1).at(1).get<std::string>(), std::string("above"));
        }
        QVERIFY(std::any_of(memory.scalars.begin(), memory.scalars.end(),
                            [](const auto& s) { return s.first.starts_with("constant/frame/"); }));
        QCOMPARE(memory.matrices.contains("classes/test"), !numbers);
        if (numbers) return;
        // Counted, they are the matrix of frames.
        const record::Matrix& told = memory.matrices.at("classes/test");
        std::vector<float> counts(static_cast<std::size_t>(classes * classes));
        for (std::size_t i = 0; i < told.values.size(); i += 3)
            ++counts[static_cast<std::size_t>(told.values[i + 1]) * static_cast<std::size_t>(classes) +
                     static_cast<std::size_t>(told.values[i + 2])];
        QCOMPARE(counts, memory.matrices.at("confusion/frame").values);
        // Single frames show the same classes.
        const auto polyp = static_cast<std::int64_t>(told.values[0]);
        const analysis::FrameSet frames = whole.exploreFrames(polyp, 2, 0);
        QVERIFY(frames.mapUnit.empty());
        QCOMPARE(static_cast<float>(frames.truth[0]), told.values[1]);
        QCOMPARE(static_cast<float>(frames.predicted[0]), told.values[2]);
    }

    void theWeakestChannelsAreClosedAndOpenedAgain() {
        GatedTraining training(configure({"gate.hidden=true", "train.epochs=4"}), 3);
        record::NullRecorder nowhere;
        while (!training.progress().finished()) training.step(nowhere);
        training.evaluate(nowhere);
        const double accuracy = training.accuracy();
        const std::string digest = training.weightsDigest();
        const analysis::GateAblation ablation = training.closeGates(5);
        QCOMPARE(ablation.data, std::string("test"));
        QCOMPARE(ablation.items, 2000);
        QCOMPARE(ablation.channels, 192);
        QCOMPARE(ablation.levels.size(), std::size_t{5});
        std::vector<double> scores;
        for (const auto& [name, gate] : training.gates())
            for (const double score : gate->values()) scores.push_back(score);
        for (std::size_t l = 0; l < 5; ++l) {
            const analysis::AblationLevel& level = ablation.levels[l];
            QCOMPARE(level.closed, static_cast<std::int64_t>(48 * l));
            QCOMPARE(
                std::count_if(scores.begin(), scores.end(), [&](double s) { return s < level.threshold; }),
                static_cast<std::ptrdiff_t>(level.closed));
            QVERIFY(std::isnan(level.absoluteError));
        }
        QCOMPARE(ablation.levels[0].accuracy, accuracy);
        QCOMPARE(ablation.levels[0].multiplyAdds, 128.0 * 64 + 64);
        // Nothing comes through: the bias decides, and every row is of one class.
        QCOMPARE(ablation.levels[4].multiplyAdds, 0.0);
        QVERIFY(ablation.levels[4].f1Macro < 0.4);
        QVERIFY(ablation.levels[4].accuracy < accuracy);
        QVERIFY(std::abs(ablation.constantAccuracy - 0.5) < 0.1);
        QCOMPARE(training.weightsDigest(), digest);
        training.evaluate(nowhere);
        QCOMPARE(training.accuracy(), accuracy);
        GatedTraining plain(configure({"gate.routing=plain"}), 3);
        QVERIFY_THROWS_EXCEPTION(Error, plain.closeGates(3));
    }

    void aNetworkWithoutItsWeakestChannelsDoesWhatTheClosedOneDoesAndGoesOn() {
        QTemporaryDir folder;
        const std::vector<std::string> settings{"gate.hidden=true", "train.epochs=4"};
        GatedTraining training(configure(settings), 3);
        record::NullRecorder nowhere;
        while (!training.progress().finished()) training.step(nowhere);
        const std::string digest = training.weightsDigest();
        const analysis::AblationLevel closed = training.closeGates(3).levels.at(1);
        const analysis::ChannelPruning pruned = training.pruneChannels({.channels = 96, .pairs = 2});
        QCOMPARE(training.weightsDigest(), digest);
        QCOMPARE(pruned.closed, 96);
        QCOMPARE(pruned.removed, 96);
        QCOMPARE(pruned.channels, 192);
        QVERIFY(pruned.difference < 1e-5);
        QCOMPARE(pruned.before.accuracy, training.accuracy());
        QCOMPARE(pruned.after.accuracy, closed.accuracy);
        QCOMPARE(pruned.after.f1Macro, closed.f1Macro);
        QCOMPARE(pruned.after.multiplyAdds, closed.multiplyAdds);
        // 128 x 64 + 64 weights and biases, 64 + 1 behind them, 192 scores.
        QCOMPARE(pruned.before.parameters, 128 * 64 + 64 + 65 + 192);
        QCOMPARE(pruned.before.bytes, 4 * pruned.before.parameters);
        QVERIFY(pruned.before.latencyMs > 0 && pruned.after.latencyMs > 0 && pruned.speedUp > 0);
        std::int64_t left = 0;
        for (const analysis::PrunedLayer& layer : pruned.layers) left += layer.isGate ? layer.outputsLeft : 0;
        QCOMPARE(left, 96);
        // The run's own threshold, and one half without it, where nothing else is said.
        QCOMPARE(training.pruneChannels({.pairs = 1}).threshold, 0.5);

        const std::string file = folder.filePath("pruned.safetensors").toStdString();
        pruned.network.write(file);
        std::vector<std::string> again = settings;
        again.push_back("model.pruned=" + file);
        GatedTraining smaller(configure(again), 3);
        smaller.evaluate(nowhere);
        QCOMPARE(smaller.accuracy(), closed.accuracy);
        QVERIFY(!std::isnan(smaller.informativeAuc()));
        while (!smaller.progress().finished()) smaller.step(nowhere);
        QVERIFY(smaller.accuracy() > closed.accuracy);
        QCOMPARE(smaller.pruneChannels({.channels = 0, .pairs = 1}).after.parameters,
                 pruned.after.parameters);
        // Another network's settings do not fit.
        again.push_back("gate.hidden=false");
        QVERIFY_THROWS_EXCEPTION(Error, GatedTraining(configure(again), 3));
        GatedTraining plain(configure({"gate.routing=plain"}), 3);
        QVERIFY_THROWS_EXCEPTION(Error, plain.pruneChannels({}));
        QVERIFY_THROWS_EXCEPTION(Error, training.pruneChannels({.channels = 193}));
    }

    void theBestWeightsAreTestedAndTheLastKept() {
        QTemporaryDir folder;
        const std::filesystem::path root = folder.path().toStdString();
        data::endoscopy::SetRequest request;
        request.polyps = 12;
        request.frames = 2;
        request.width = 16;
        request.samples = 1;
        data::endoscopy::exportSet(data::endoscopy::renderSet(request), root);
        GatedTraining training(
            configure({"data.task=pictures", "data.table=" + (root / "polypsizing_proc.csv").string(),
                       "data.image_size=16", "train.epochs=6", "train.select=best"}),
            1);
        Memory memory;
        double least = 1e9, last = 0;
        while (!training.progress().finished()) {
            // Then the weights are thrown far off.
            if (training.progress().epoch >= 4) training.set("optimizer.lr", 30);
            training.step(memory);
            if (!memory.scalars.contains("validation/loss")) continue;
            last = memory.scalars.at("validation/loss");
            least = std::min(least, last);
        }
        QVERIFY(last > 2 * least);
        QVERIFY(!memory.scalars.contains("test/loss"));
        const std::string before = training.weightsDigest();
        training.end(memory);
        QCOMPARE(training.weightsDigest(), before);
        const double ofBest = memory.scalars.at("test/loss");
        training.evaluate(memory);
        QVERIFY(memory.scalars.at("test/loss") != ofBest);
    }

    void asManyPolypsTrainAsThereAreBesidesThoseThatTest() {
        for (const std::int64_t count : {std::int64_t{3}, mostTrainingPolyps + 1})
            QVERIFY_THROWS_EXCEPTION(Error, makeSizing(0, {}, count));
        config::Config config = configure({"data.training_polyps=32"});
        QVERIFY_THROWS_EXCEPTION(Error, config.set("data.training_polyps=61"));
    }

    void framesOfAPolypAreExplored() {
        QTemporaryDir folder;
        const std::filesystem::path root = folder.path().toStdString();
        data::endoscopy::SetRequest request;
        request.polyps = 12;
        request.frames = 4;
        request.width = 16;
        request.samples = 1;
        const data::endoscopy::VideoSet set = data::endoscopy::renderSet(request);
        data::endoscopy::exportSet(set, root);
        const auto table = "data.table=" + (root / "polypsizing_proc.csv").string();
        GatedTraining training(configure({"data.task=pictures", table, "data.image_size=16", "train.epochs=4",
                                          "model.streams=rgb+loc+dpt"}),
                               1);
        Memory memory;
        while (!training.progress().finished()) training.step(memory);
        const std::string digest = training.weightsDigest();
        const record::Matrix& predictions = memory.matrices.at("predictions/test");
        const auto polyp = static_cast<std::int64_t>(predictions.values[0]);
        const analysis::FrameSet frames = training.exploreFrames(polyp, 2, 1);
        QCOMPARE(training.weightsDigest(), digest);
        QCOMPARE(frames.group, polyp);
        QCOMPARE(frames.items.size(), std::size_t{2});
        QCOMPARE(frames.items[1], frames.all / 2 + 1);
        QCOMPARE(frames.rgb.size(), std::size_t{2 * 16 * 16 * 3});
        QCOMPARE(frames.depthMm.size(), std::size_t{2 * 16 * 16});
        // The table has boxes, no masks.
        QVERIFY(frames.mask.empty());
        QCOMPARE(frames.streams.size(), std::size_t{3});
        QCOMPARE(frames.streams[1].name, std::string("loc"));
        for (std::size_t i = 0; i < 2; ++i) {
            const auto row = static_cast<std::size_t>(frames.items[i] - 1) * 3;
            QCOMPARE(static_cast<float>(frames.truth[i]), predictions.values[row + 1]);
            QVERIFY(std::abs(frames.predicted[i] - static_cast<double>(predictions.values[row + 2])) < 1e-4);
            double sum = frames.offsets[i];
            for (const analysis::FrameStream& stream : frames.streams) {
                const auto places = static_cast<std::size_t>(stream.rows * stream.columns);
                for (std::size_t k = 0; k < places; ++k)
                    sum += static_cast<double>(stream.maps[i * places + k]) / static_cast<double>(places);
            }
            QVERIFY(std::abs(std::clamp(sum, 0.5, 22.0) - frames.predicted[i]) < 1e-3);
            // The crop lies around the box, the located picture is the whole frame.
            const float* const box = frames.boxes.data() + 4 * i;
            const float* const crop = frames.streams[0].windows.data() + 4 * i;
            QVERIFY(crop[0] <= box[0] && crop[1] <= box[1] && crop[2] >= box[2] && crop[3] >= box[3]);
            QVERIFY(crop[2] - crop[0] < 1 || box[2] - box[0] > 0.4F);
            QCOMPARE(frames.streams[1].windows[4 * i + 2], 1.0F);
        }
        // Feature maps of the first frame: those behind the last stage, gated, are what the head pools, and
        // the head's gate is given their means.
        QCOMPARE(frames.mapped, 1);
        QCOMPARE(frames.gates.size(), std::size_t{3 * 3 + 2});
        QVERIFY(training.exploreFrames(polyp, 2, 0).gates.empty());
        const auto mapsOf = [&](const std::string& name) {
            return *std::find_if(frames.gates.begin(), frames.gates.end(),
                                 [&](const analysis::GateMaps& maps) { return maps.gate == name; });
        };
        const analysis::GateMaps head = mapsOf("head1");
        QCOMPARE(head.channels, 96);
        QCOMPARE(head.rows * head.columns, 1);
        std::size_t feature = 0;
        for (const char* stream : {"rgb", "loc", "dpt"}) {
            const analysis::GateMaps last = mapsOf(stream + std::string(".layer3"));
            const auto places = static_cast<std::size_t>(last.rows * last.columns);
            QCOMPARE(last.rows, 2);
            for (std::size_t c = 0; c < 32; ++c) {
                double mean = 0;
                for (std::size_t i = 0; i < places; ++i)
                    mean += static_cast<double>(last.values[c * places + i] * last.factors[c]) /
                            static_cast<double>(places);
                QVERIFY(std::abs(mean - static_cast<double>(head.values[feature++])) < 1e-5);
            }
        }
        QVERIFY_THROWS_EXCEPTION(Error, training.exploreFrames(9999, 2, 0));
        GatedTraining decoys(configure({}), 3);
        QVERIFY_THROWS_EXCEPTION(Error, decoys.exploreFrames({}, 2, 0));
    }
};

QTEST_GUILESS_MAIN(GatedTrainingTest)
#include "test_training.moc"
