// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "store/scratch.h"
#include "store/writer.h"
#include "ui/theme/colour_map.h"
#include "ui/views/gate_board_painter.h"
#include "ui/views/render_command.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// Three channels at steps 0, 10, 20. Means .4, .5, .6; last .9, .1, .6; first open at 20, 0, 10.
GateSeries threeChannels() {
    return {"a", 3, {0, 10, 20}, {.1F, .8F, .4F, .2F, .6F, .8F, .9F, .1F, .6F}};
}

bool near(double a, double b) {
    return std::abs(a - b) < 1e-6;
}

using Numbers = std::vector<std::int32_t>;

const char* const ablationText =
    R"({"data": "validation", "item": "row", "unit": "", "notice": "", "items": 20, "channels": 10,
        "constant_accuracy": 0.5, "constant_f1_macro": 0.3, "constant_absolute_error": null})";

}  // namespace

class TestGateBoard : public QObject {
    Q_OBJECT

  private slots:
    void channelsAreOrdered() {
        const GateSeries gate = threeChannels();
        QCOMPARE(ordered(gate, GateOrder::Recorded), (Numbers{0, 1, 2}));
        QCOMPARE(ordered(gate, GateOrder::Mean), (Numbers{2, 1, 0}));
        QCOMPARE(ordered(gate, GateOrder::Last), (Numbers{0, 2, 1}));
        QCOMPARE(ordered(gate, GateOrder::FirstOpen), (Numbers{1, 2, 0}));
        // A channel at exactly 1/2 is not open; what never opens comes last; equal channels keep their order.
        const GateSeries other{"b", 4, {0, 1}, {.5F, .2F, .9F, .2F, .5F, .2F, .9F, .2F}};
        QCOMPARE(ordered(other, GateOrder::FirstOpen), (Numbers{2, 0, 1, 3}));
        QCOMPARE(ordered(other, GateOrder::Mean), (Numbers{2, 0, 1, 3}));
        for (const GateOrder order :
             {GateOrder::Recorded, GateOrder::Mean, GateOrder::Last, GateOrder::FirstOpen})
            QVERIFY(gateOrderFrom(nameOf(order)) == order);
        QVERIFY_THROWS_EXCEPTION(Error, gateOrderFrom("best"));
    }

    void theRecordBeforeAStepCounts() {
        const GateSeries gate = threeChannels();
        QCOMPARE(gate.momentAt(-5), std::size_t{0});
        QCOMPARE(gate.momentAt(9), std::size_t{0});
        QCOMPARE(gate.momentAt(10), std::size_t{1});
        QCOMPARE(gate.momentAt(1000), std::size_t{2});
    }

    void figuresAreThoseOfTheScores() {
        const float scores[] = {.05F, .45F, .5F, 1.0F};
        const GateFigures f = figuresOf(scores, 4);
        QVERIFY(near(f.mean, 0.5) && near(f.effective, 2) && near(f.belowHalf, 0.5) &&
                near(f.belowTenth, 0.25));
        // -(.025 ln .025 + .225 ln .225 + .25 ln .25 + .5 ln .5) / ln 4
        QVERIFY(near(f.entropy, 0.808624));
        const float alike[] = {.3F, .3F, .3F};
        QVERIFY(near(figuresOf(alike, 3).entropy, 1));
        GateRecords records;
        records.gates = {threeChannels(), {"b", 1, {5}, {.7F}}};
        QVERIFY(near(figuresAt(records, 12).effective, .2 + .6 + .8 + .7));
        QCOMPARE(figuresAt(records, 12).count, 4);
    }

    void rowsFitAnyWidth() {
        const float scores[] = {.1F, .2F, .3F, .4F};
        const Numbers order{3, 2, 1, 0};
        QCOMPARE(spread(scores, order, 8), (std::vector<float>{.4F, .4F, .3F, .3F, .2F, .2F, .1F, .1F}));
        const auto half = spread(scores, order, 2);
        QVERIFY(near(half[0], .35) && near(half[1], .15));
        const auto three = spread(scores, order, 3);
        QVERIFY(near(three[0], .4) && near(three[1], .3) && near(three[2], .15));
    }

    void histogramsHoldEveryScore() {
        const float scores[] = {0, .049F, .05F, .999F, 1.0F};
        const auto shares = histogramOf(scores, 5, 20);
        QVERIFY(near(shares[0], .4) && near(shares[1], .2) && near(shares[19], .4));
    }

    void gatesOfAnyMethodAreRead() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("gated"));
        for (const std::int64_t step : {0, 10, 20, 30}) {
            const auto s = static_cast<float>(step) / 100;
            writer->matrix({"gate/one", {2}, {"channel"}, {s, s + .5F}}, {step, 0});
            if (step < 20) writer->matrix({"gate/two", {1}, {"channel"}, {s}}, {step, 0});
            writer->matrix({"gate/picture", {1, 2}, {"row", "column"}, {1, 2}}, {step, 0});
            writer->matrix({"other", {1}, {"channel"}, {1}}, {step, 0});
        }
        writer->finish({});
        const store::Store store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const store::Reader reader(store);
        const GateRecords records = loadGates(reader, writer->run());
        QCOMPARE(records.runName, std::string("gated"));
        QCOMPARE(records.gates.size(), std::size_t{2});
        QCOMPARE(records.gates[0].name, std::string("one"));
        QCOMPARE(records.gates[0].steps, (std::vector<std::int64_t>{0, 10, 20, 30}));
        QVERIFY(near(records.gates[0].at(2)[1], .7));
        QCOMPARE(records.gates[1].steps, (std::vector<std::int64_t>{0, 10}));
        QCOMPARE(records.steps, (std::vector<std::int64_t>{0, 10, 20, 30}));
        QVERIFY(records.csv().starts_with("gate,step,channel,score\none,0,0,0\none,0,1,0.5\n"));
        // Long runs are thinned evenly, with both ends.
        QCOMPARE(loadGates(reader, writer->run(), 2).gates[0].steps, (std::vector<std::int64_t>{0, 30}));
    }

    void thePainterKeepsItsChoices() {
        GateBoardPainter painter;
        QCOMPARE(painter.summary(), std::string("No gates were recorded."));
        GateRecords records;
        records.runName = "r";
        records.gates = {threeChannels(), {"b", 1, {0, 20}, {.7F, .3F}}};
        records.steps = {0, 10, 20};
        painter.show(records);
        QCOMPARE(painter.shownStep(), 20);
        painter.setStep(15);
        QCOMPARE(painter.shownStep(), 10);
        painter.chooseGate("b");
        painter.show(records);  // grew
        QCOMPARE(painter.chosenGate(), std::string("b"));
        painter.chooseGate("none");
        QCOMPARE(painter.chosenGate(), std::string("a"));
        QVERIFY(painter.summary().starts_with("r: 2 gates with 4 channels at step 10, mean score 0.575"));
    }

    void ridgesAreHistogramsOfRecords() {
        // Records at 0, 10, 20: (.1 .6), (.3 .6), (.9 .6).
        const GateSeries gate{"g", 2, {0, 10, 20}, {.1F, .6F, .3F, .6F, .9F, .6F}};
        const std::vector<Ridge> all = ridgesOf(gate, 10, 2);
        QCOMPARE(all.size(), std::size_t{3});
        QCOMPARE(all[1].step, 10);
        QCOMPARE(all[1].shares, (std::vector<double>{.5, .5}));
        QCOMPARE(all[2].shares, (std::vector<double>{0, 1}));
        QVERIFY(near(all[1].mean, .45));
        QVERIFY(near(all[1].belowHalf, .5));
        const std::vector<Ridge> ends = ridgesOf(gate, 2, 2);
        QCOMPARE(ends.size(), std::size_t{2});
        QCOMPARE(ends[1].step, 20);
    }

    void panelsHoldWhatRoutingRecorded() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("routed"));
        for (const std::int64_t step : {1, 2, 3}) {
            writer->scalar("train/loss", 1.0 / static_cast<double>(step), {step, 0});
            writer->scalar("gate/loss", 2.0, {step, 0});
            writer->scalar("gate/cosine", step == 2 ? -.5 : .5, {step, 0});
        }
        writer->flush();
        const store::Store store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const std::vector<StepPanel> panels = loadRoutingPanels(store::Reader(store), writer->run());
        QCOMPARE(panels.size(), std::size_t{2});
        QCOMPARE(panels[0].curves.size(), std::size_t{2});
        QVERIFY(panels[0].logarithmic);
        QVERIFY(near(panels[0].curves[0].at(2), .5));
        QVERIFY(near(panels[0].curves[0].at(99), 1.0 / 3));
        QVERIFY(std::isnan(panels[0].curves[0].at(0)));
        QCOMPARE(panels[1].curves[0].tag, std::string("gate/cosine"));
        QVERIFY(!panels[1].logarithmic);
        QVERIFY(near(panels[1].curves[0].at(2), -.5));
        // One point per stretch at most twice: its extremes stay.
        const auto few = loadRoutingPanels(store::Reader(store), writer->run(), 2);
        QVERIFY(near(few[1].curves[0].at(2), -.5));
    }

    void featureMapsOfAFrameAreReadAndColoured() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("mapped"));
        const store::Store store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const store::Reader reader(store);
        // Two frames of group 7, maps of the second frame only in a channel that is never negative.
        writer->image({"frames/7/image", 4, 2, 3, std::vector<std::uint8_t>(24, 200)}, {40, 0});
        writer->matrix({"frames/7/box", {2, 4}, {"frame", "edges"}, std::vector<float>(8, .5F)}, {40, 0});
        writer->matrix({"frames/7", {2, 4}, {"frame", "numbers"}, {1, 6, 5, 0, 4, 6, 7, 0}}, {40, 0});
        writer->matrix({"frames/7/features/g",
                        {2, 2, 1, 2},
                        {"frame", "channel", "y", "x"},
                        {1, 2, 3, 4, 0, 8, -1, .5F}},
                       {40, 0});
        writer->matrix({"frames/7/factors/g", {2}, {"channel"}, {.5F, 0}}, {40, 0});
        writer->text({"frames/7", R"({"item": "frame", "group": "polyp", "gates": ["g"], "mapped": 2})"},
                     {40, 0});
        writer->text({"frames/other", "no number"}, {40, 0});
        writer->flush();
        const std::vector<MappedFrame> frames = mappedFrames(reader, writer->run());
        QCOMPARE(frames.size(), std::size_t{2});
        QCOMPARE(frames[1].words, std::string("polyp 7, frame 4"));
        const auto features = loadFeatures(reader, writer->run(), frames[1]);
        QVERIFY(features.has_value());
        QCOMPARE(features->image.width, 2);
        const GateFeatures* const gate = features->of("g");
        QVERIFY(gate && !features->of("h"));
        QCOMPARE(gate->values, (std::vector<float>{0, 8, -1, .5F}));
        QVERIFY(near(gate->mean(0), 4));
        const auto colour = [](Rgb c) { return packed(c); };
        const auto& positive = sequentialMap(Appearance::Light);
        const auto& both = divergingMap(Appearance::Light);
        const Picture before = featurePicture(*gate, 0, 1, Appearance::Light),
                      after = featurePicture(*gate, 0, .5, Appearance::Light);
        QCOMPARE(before.at(0, 0), colour(positive[0]));
        QCOMPARE(before.at(1, 0), colour(positive[255]));
        QCOMPARE(after.at(1, 0), colour(positive[128]));
        QCOMPARE(featurePicture(*gate, 1, 1, Appearance::Light).at(0, 0), colour(both[0]));
        QVERIFY(!loadFeatures(reader, writer->run(), {7, 3, {}}));
        writer->matrix({"frames/7/factors/g", {3}, {"channel"}, {.5F, 0, 1}}, {40, 0});
        writer->flush();
        QVERIFY_THROWS_EXCEPTION(Error, loadFeatures(reader, writer->run(), frames[0]));
    }

    void runsAreComparedByTheirGatesOverSeeds() {
        const Scratch scratch;
        const auto add = [&](const char* routing, double rate, std::int64_t seed, double error, int epochs) {
            store::NewRun input = exampleRun("one");
            input.seed = seed;
            input.config = {{"data.task", std::string("sizing")},
                            {"seed", seed},
                            {"gate.lr", rate},
                            {"gate.routing", std::string(routing)},
                            {"train.epochs", std::int64_t{epochs}}};
            const auto writer = store::RunWriter::createRun(scratch.store(), input);
            writer->scalar("test/frame/mae_mm", 9, {1, 0});
            writer->scalar("test/frame/mae_mm", error, {2, 0});
            writer->scalar("constant/frame/mae_mm", 4 + static_cast<double>(seed), {0, 0});
            if (std::string_view(routing) != "plain") writer->scalar("gates/share_below_0.5", .25, {2, 0});
            writer->finish({});
            return writer->run();
        };
        add("clean", .1, 0, 70, 5);  // done again later
        const std::int64_t clean = add("clean", .1, 0, 1, 5);
        add("clean", .1, 1, 2, 5);
        add("clean", .2, 0, 3, 5);
        add("plain", .1, 0, 4, 5);
        add("plain", .2, 1, 6, 5);   // of the same group: without gates their rate says nothing
        add("clean", .1, 2, 50, 6);  // trained for longer: another task
        const store::Store store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const ModeComparison modes = loadModes(store, clean);
        QCOMPARE(modes.groups.size(), std::size_t{3});
        QCOMPARE(modes.groups[0].name, std::string("plain"));
        QCOMPARE(modes.groups[1].name, std::string("clean, lr 0.1"));
        QCOMPARE(modes.groups[2].name, std::string("clean, lr 0.2"));
        QCOMPARE(modes.figures.size(), std::size_t{2});
        const ModeFigure& error = modes.figures[0];
        QCOMPARE(error.spread(0).mean, 5.0);
        QVERIFY(near(error.spread(1).deviation, std::sqrt(.5)));
        QCOMPARE(error.spread(2).count, std::size_t{1});
        QVERIFY(near(error.constant.value(), (4 + 5 + 4 + 4 + 5) / 5.0));
        QCOMPARE(modes.figures[1].tag, std::string("gates/share_open"));
        QVERIFY(modes.figures[1].values[0].empty());
        QVERIFY(near(modes.figures[1].spread(1).mean, .75));
        QVERIFY(modes.csv().find("\"clean, lr 0.1\",test/frame/mae_mm,2,1.5,0.70710678,4.4\n") !=
                std::string::npos);
        GateBoardPainter painter;
        GateRecords records;
        records.gates = {threeChannels()};
        records.steps = {0, 10, 20};
        painter.show(records);
        painter.showModes(modes);
        painter.setPart(GatePart::Modes);
        QVERIFY(QString::fromStdString(painter.summary()).contains("constant prediction 4.400"));
    }

    void aPrunedNetworkIsReadAndDamageIsRefused() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("pruned"));
        const store::Store store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const store::Reader reader(store);
        QVERIFY(!loadPruning(reader, writer->run()));
        const std::string figures =
            R"({"parameters": 20000, "bytes": 80000, "multiply_adds": null, "latency_ms": 2, "accuracy": 0.8,)"
            R"( "f1_macro": 0.7, "absolute_error": null})";
        const std::string text =
            R"({"layers": ["fc1", "gate"], "gates": [false, true], "data": "test", "item": "row", "unit": "",)"
            R"( "notice": "", "items": 9, "batch": 4, "pairs": 3, "threads": 2, "threshold": 0.5,)"
            R"( "channels": 10, "closed": 4, "removed": 4, "difference": 1e-7, "speed_up": 1.5, "before": )" +
            figures + R"(, "after": )" + figures +
            R"(, "constant_accuracy": 0.5, "constant_f1_macro": 0.3, "constant_absolute_error": null})";
        writer->matrix({"pruning/layers", {2, 4}, {"layer", "channels"}, {8, 10, 8, 6, 10, 10, 6, 6}},
                       {40, 0});
        writer->text({"pruning", text}, {40, 0});
        writer->flush();
        const auto shown = loadPruning(reader, writer->run());
        QVERIFY(shown.has_value());
        QCOMPARE(shown->step, 40);
        QCOMPARE(shown->pruning.layers.size(), std::size_t{2});
        QCOMPARE(shown->pruning.layers[0].outputsLeft, 6);
        QVERIFY(shown->pruning.layers[1].isGate);
        QVERIFY(std::isnan(shown->pruning.before.multiplyAdds));
        QCOMPARE(shown->pruning.after.parameters, 20000);
        GateRecords records;
        records.gates = {threeChannels()};
        records.steps = {0, 10, 20};
        records.pruning = shown;
        GateBoardPainter painter;
        painter.show(records);
        painter.setPart(GatePart::Pruning);
        QVERIFY(QString::fromStdString(painter.summary())
                    .contains("4 of 10 channels taken out, 1.50 times as fast"));
        writer->matrix({"pruning/layers", {1, 4}, {"layer", "channels"}, {8, 10, 8, 6}}, {50, 0});
        writer->flush();
        QVERIFY_THROWS_EXCEPTION(Error, loadPruning(reader, writer->run()));
        writer->text({"pruning", "{"}, {60, 0});
        writer->flush();
        QVERIFY_THROWS_EXCEPTION(Error, loadPruning(reader, writer->run()));
    }

    void theAblationIsReadAndItsSliderMoves() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("closed"));
        const store::Store store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const store::Reader reader(store);
        QVERIFY(!loadAblation(reader, writer->run()));
        const float none = std::numeric_limits<float>::quiet_NaN();
        writer->matrix({"ablation/gates",
                        {3, 6},
                        {"level", "numbers"},
                        {0, 0, .9F, .8F, none, 100, 6, .4F, .7F, .6F, none, 50, 10, 2, .5F, .4F, none, 0}},
                       {40, 0});
        writer->text({"ablation/gates", ablationText}, {40, 0});
        writer->flush();
        const auto shown = loadAblation(reader, writer->run());
        QVERIFY(shown.has_value());
        QCOMPARE(shown->step, 40);
        QCOMPARE(shown->ablation.data, std::string("validation"));
        QCOMPARE(shown->ablation.levels.size(), std::size_t{3});
        QCOMPARE(shown->ablation.levels[1].closed, 6);
        QVERIFY(near(shown->ablation.levels[1].f1Macro, .6));
        QVERIFY(std::isnan(shown->ablation.constantError));
        GateRecords records;
        records.gates = {threeChannels()};
        records.steps = {0, 10, 20};
        records.ablation = shown;
        GateBoardPainter painter;
        painter.show(records);
        QCOMPARE(painter.closed(), 0);
        painter.setClosed(7);
        QCOMPARE(painter.closed(), 6);
        painter.moveLevel(5);
        QCOMPARE(painter.closed(), 10);
        painter.moveLevel(-1);
        QCOMPARE(painter.closed(), 6);
        painter.setPart(GatePart::Ablation);
        QVERIFY(QString::fromStdString(painter.summary())
                    .contains("6 of 10 channels closed, accuracy 0.700, macro F1 0.600, per row"));
        writer->text({"ablation/gates", "{}"}, {40, 0});
        writer->flush();
        QVERIFY_THROWS_EXCEPTION(Error, loadAblation(reader, writer->run()));
    }

    void theCommandMakesTheSamePicture() {
        GatePictureRequest request;
        request.run = 3;
        request.gate = "block 1";
        request.step = 200;
        request.order = "last";
        QCOMPARE(commandOf(request),
                 std::string("filigree render gates --run 3 --gate 'block 1' --step 200 --order "
                             "last --size 1200x800 --theme light"));
        request.part = "ridges";
        QVERIFY(commandOf(request).starts_with("filigree render gates --run 3 --part ridges --gate"));
        QCOMPARE(gatePartFrom("routing"), GatePart::Routing);
        QVERIFY_THROWS_EXCEPTION(Error, gatePartFrom("rows"));
    }
};

QTEST_GUILESS_MAIN(TestGateBoard)
#include "test_gate_board.moc"
