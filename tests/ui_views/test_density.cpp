// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "store/scratch.h"
#include "store/writer.h"
#include "ui/views/density_model.h"
#include "ui/views/render_command.h"

using namespace filigree;
using namespace filigree::ui;

class TestDensity : public QObject {
    Q_OBJECT

  private slots:
    void everyLayerHasItsCurveAndTheWholeComesFirst() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("pruned"));
        writer->scalar("layers/density/fc2", 1, {0, 0});
        writer->scalar("layers/density/fc1", 1, {0, 0});
        writer->scalar("sparsity/density", 1, {0, 0});
        writer->scalar("layers/density/fc1", 0.02, {40, 1});
        writer->scalar("sparsity/density", 0.1, {40, 1});
        writer->scalar("train/loss", 7, {60, 1});
        writer->finish({});
        const auto store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const DensityHistory history = loadDensities(store::Reader(store), writer->run());
        QCOMPARE(history.curves.size(), std::size_t{3});
        QCOMPARE(history.curves[0].layer, std::string("all layers"));
        QCOMPARE(history.curves[1].layer, std::string("fc1"));
        QCOMPARE(history.curves[1].steps, (std::vector<std::int64_t>{0, 40}));
        QCOMPARE(history.curves[1].density, (std::vector<double>{1, 0.02}));
        QCOMPARE(history.curves[2].layer, std::string("fc2"));
        QCOMPARE(history.steps(), (std::pair<std::int64_t, std::int64_t>(0, 40)));
        QCOMPARE(history.range(), std::pair(0.02, 1.0));
        QVERIFY(history.isWide());
        QCOMPARE(history.csv(),
                 std::string("step,layer,density\r\n0,\"all layers\",1\r\n40,\"all layers\",0.1\r\n"
                             "0,\"fc1\",1\r\n40,\"fc1\",0.02\r\n0,\"fc2\",1\r\n"));
    }

    void aLayerWithoutConnectionsDoesNotStretchTheAxis() {
        const DensityHistory history{1, "run", {{"fc1", {0, 1}, {0.4, 0}}, {"fc2", {0, 1}, {0.2, 0.1}}}};
        QCOMPARE(history.range(), std::pair(0.1, 0.4));
        QVERIFY(!history.isWide());
        const DensityHistory nothing{1, "run", {{"fc1", {3}, {0}}}};
        QCOMPARE(nothing.range(), std::pair(1.0, 1.0));
        QCOMPARE(nothing.steps(), (std::pair<std::int64_t, std::int64_t>(3, 3)));
    }

    void aDenseRunIsEmpty() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("dense"));
        writer->scalar("train/loss", 1, {0, 0});
        writer->finish({});
        const auto store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        QVERIFY(loadDensities(store::Reader(store), writer->run()).empty());
    }

    void theCommandRepeatsThePicture() {
        DensityPictureRequest request;
        request.run = 3;
        request.store = "my store";
        QCOMPARE(
            commandOf(request),
            std::string("filigree render density --store 'my store' --run 3 --size 1200x800 --theme light"));
    }
};

QTEST_APPLESS_MAIN(TestDensity)
#include "test_density.moc"
