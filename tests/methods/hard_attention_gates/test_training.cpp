// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <filesystem>
#include <map>
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
    void text(const record::Text&, const record::Stamp&) override {}
    void event(const record::Event&, const record::Stamp&) override {}
    void log(record::LogLevel, std::string_view, const record::Stamp&) override {}

    std::map<std::string, double> scalars;
    std::map<std::string, record::Matrix> matrices;
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
        QVERIFY(std::equal(apart.heldOut.inputs.begin(), apart.heldOut.inputs.end(),
                           whole.train.inputs.begin() + 300 * 128));
        QVERIFY(std::equal(apart.heldOut.targets.begin(), apart.heldOut.targets.end(),
                           whole.train.targets.begin() + 300));
    }

    void mirroringMovesPixelsWithinTheirPlane() {
        Tensor images = Tensor::empty({64, 1, 2, 2});
        for (std::int64_t n = 0; n < 64; ++n)
            for (std::int64_t i = 0; i < 4; ++i) images.data<float>()[n * 4 + i] = static_cast<float>(i);
        mirrorAtRandom(images, 1, 1);
        std::map<float, int> firsts;
        for (std::int64_t n = 0; n < 64; ++n) {
            const float* const p = images.data<float>() + n * 4;
            ++firsts[p[0]];
            QCOMPARE(p[0] + p[3], 3.0F);
            QCOMPARE(p[1] + p[2], 3.0F);
        }
        QCOMPARE(firsts.size(), std::size_t{4});
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
            const Task task = makePictures({table, fold, 40}, false, report);
            const std::set<std::int64_t> train(task.train.polyps.begin(), task.train.polyps.end());
            const std::set<std::int64_t> test(task.test.polyps.begin(), task.test.polyps.end());
            QCOMPARE(train.size(), std::size_t{8});
            QCOMPARE(test.size(), std::size_t{2});
            for (const std::int64_t polyp : test) QVERIFY(!train.contains(polyp));
            tested.insert(test.begin(), test.end());
        }
        for (std::int64_t polyp = 0; polyp < 12; ++polyp) QCOMPARE(tested.count(polyp), std::size_t{1});
        QVERIFY(report.find("frames of 12 polyps") != std::string::npos);
        QCOMPARE(makePictures({table, 0, 1}, false, report).train.count(), 8);

        // The inputs are those of the picture: outside the box all is 0, inside depth is what the file says.
        const Task task = makePictures({table, 0, 1}, false, report);
        std::int64_t inside = 0;
        for (std::int64_t i = 0; i < 48 * 48; ++i) {
            const float depth = task.train.inputs[static_cast<std::size_t>(3 * 48 * 48 + i)];
            if (depth == 0) continue;
            QVERIFY(depth > 0.1F && depth <= 2.0F);
            ++inside;
        }
        QVERIFY(inside > 4 && inside < 48 * 48);
        QVERIFY_THROWS_EXCEPTION(Error, makePictures({table, 6, 1}, false, report));
        QVERIFY_THROWS_EXCEPTION(Error, makePictures({"", 0, 1}, false, report));
    }

    void theSizingNetworkTakesItsPictures() {
        GatedNetwork network = makeSizingNetwork(true, {}, 0);
        std::vector<std::int64_t> channels;
        for (const auto& [name, gate] : network.gates)
            channels.push_back(static_cast<std::int64_t>(gate->values().size()));
        QCOMPARE(channels, (std::vector<std::int64_t>{8, 16, 32, 32, 32}));
        const auto out = network.module->forward(autograd::Variable(Tensor::full({2, 4, 48, 48}, 0.5)));
        QVERIFY(out.shape() == (Shape{2, 1}));
        QVERIFY(makeSizingNetwork(false, {}, 0).gates.empty());
    }
};

QTEST_GUILESS_MAIN(GatedTrainingTest)
#include "test_training.moc"
