// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity_model.h"

#include <QtTest>
#include <cmath>

using namespace filigree::ui;

namespace {

std::shared_ptr<const ConnectivityData> data(std::int64_t rows, std::int64_t columns,
                                             std::vector<std::uint32_t> active,
                                             const std::string& layer = "fc1") {
    return prepare(std::make_shared<const Connectivity>(
                       makeConnectivity({layer, rows, columns, {}, std::move(active)}, 4000)),
                   Colouring::Presence);
}

ConnectivityModel modelOf(std::shared_ptr<const ConnectivityData> shown, int width = 400, int height = 200) {
    ConnectivityModel model;
    model.resize(width, height);
    model.show(std::move(shown));
    return model;
}

bool near(double a, double b) {
    return std::abs(a - b) < 1e-6;
}

}  // namespace

class TestModel : public QObject {
    Q_OBJECT

  private slots:
    void fitsTheWholeMatrix() {
        ConnectivityModel model = modelOf(data(100, 100, {0}));
        QVERIFY(near(model.viewport().cellHeight, 2));
        QVERIFY(near(model.viewport().cellWidth, 4));  // longer than high, so that the area is used
        QVERIFY(near(model.viewport().left, 0) && near(model.viewport().top, 0));
        // A row of ten thousand: no more than 12 times as high as wide, and in the middle.
        model = modelOf(data(1, 10000, {0}));
        QVERIFY(near(model.viewport().cellWidth, 0.04));
        QVERIFY(near(model.viewport().cellHeight, 0.48));
        QVERIFY(near(model.boxOf({0, 0}).top + model.boxOf({0, 0}).bottom, 200));
    }

    void staysFittedWhenTheWindowChanges() {
        ConnectivityModel model = modelOf(data(100, 100, {0}));
        model.resize(800, 200);
        QVERIFY(near(model.viewport().cellWidth, 8));
        model.zoom(0, 0, 2);
        model.resize(400, 200);
        QVERIFY(near(model.viewport().cellWidth, 16));
    }

    void zoomKeepsThePositionUnderThePointer() {
        ConnectivityModel model = modelOf(data(1000, 1000, {0}));
        const auto before = model.cellAt(123, 45);
        for (int i = 0; i < 6; ++i) model.zoom(123, 45, 1.25);
        QCOMPARE(model.cellAt(123, 45), before);
        for (int i = 0; i < 20; ++i) model.zoom(123, 45, 1 / 1.25);
        QVERIFY(model.isFitted());
        QVERIFY(near(model.viewport().cellHeight, 0.2));
    }

    void zoomAlongXLeavesTheRows() {
        ConnectivityModel model = modelOf(data(100, 100, {0}));
        model.zoom(200, 100, 2, true, false);
        QVERIFY(near(model.viewport().cellWidth, 8));
        QVERIFY(near(model.viewport().cellHeight, 2));
    }

    void cannotBePannedOut() {
        ConnectivityModel model = modelOf(data(100, 100, {0}));
        model.zoom(0, 0, 4);
        model.pan(1e6, 1e6);
        QVERIFY(near(model.viewport().left, 0) && near(model.viewport().top, 0));
        model.pan(-1e6, -1e6);
        QVERIFY(near(model.boxOf({99, 99}).right, 400) && near(model.boxOf({99, 99}).bottom, 200));
    }

    void positionsAndPixelsAgree() {
        ConnectivityModel model = modelOf(data(37, 53, {0}));
        model.zoom(100, 50, 3);
        for (const MatrixCell cell : {MatrixCell{11, 15}, MatrixCell{10, 13}}) {
            const auto box = model.boxOf(cell);
            QCOMPARE(model.cellAt((box.left + box.right) / 2, (box.top + box.bottom) / 2),
                     std::optional(cell));
        }
        QVERIFY(!model.cellAt(-1, 0) && !model.cellAt(400, 10));
    }

    void findsTheConnectionNearestToAPixel() {
        // 2 pixels a row, 4 a column.
        ConnectivityModel model = modelOf(data(100, 100, {50 * 100 + 50, 60 * 100 + 60}));
        const auto at = [&](std::int64_t row, std::int64_t column) {
            const auto box = model.boxOf({row, column});
            return model.connectionAt((box.left + box.right) / 2, (box.top + box.bottom) / 2, 6);
        };
        QCOMPARE(at(50, 50), std::optional<std::size_t>(0));
        QCOMPARE(at(52, 51), std::optional<std::size_t>(0));
        QCOMPARE(at(59, 60), std::optional<std::size_t>(1));
        QVERIFY(!at(55, 55));
        QVERIFY(!at(50, 52));  // 8 pixels away
    }

    void theSelectionMovesToTheNextConnection() {
        ConnectivityModel model = modelOf(data(10, 10, {0, 7, 34, 50}));
        model.select(MatrixCell{0, 0});
        model.moveSelection(1, 0);
        QCOMPARE(model.selected(), (std::optional(MatrixCell{0, 7})));
        model.moveSelection(1, 0);
        QCOMPARE(model.selected(), (std::optional(MatrixCell{0, 7})));
        model.moveSelection(-1, 0);
        model.moveSelection(0, 1);
        QCOMPARE(model.selected(), (std::optional(MatrixCell{5, 0})));
    }

    void keepsTheZoomWhileTimePassesAndForgetsItWithTheLayer() {
        ConnectivityModel model = modelOf(data(100, 100, {0}));
        model.zoom(0, 0, 4);
        model.select(MatrixCell{3, 4});
        model.show(data(100, 100, {0, 1}));
        QVERIFY(near(model.viewport().cellWidth, 16));
        QVERIFY(model.selected());
        model.show(data(100, 100, {0, 1}, "fc2"));
        QVERIFY(near(model.viewport().cellWidth, 4));
        QVERIFY(!model.selected());
    }

    void tellsOfEveryChangeOnce() {
        ConnectivityModel model = modelOf(data(100, 100, {0}));
        int selections = 0;
        model.onSelect = [&] { ++selections; };
        model.select(MatrixCell{1, 1});
        model.select(MatrixCell{1, 1});
        QCOMPARE(selections, 1);
        const std::uint64_t version = model.version();
        model.hover(MatrixCell{2, 2});
        QCOMPARE(model.version(), version);  // what hovers is drawn over the picture
        model.pan(0, 0);
        QCOMPARE(model.version(), version);
        model.zoom(10, 10, 2);
        QVERIFY(model.version() > version);
    }

    void aRangeByHandHoldsUntilReset() {
        ConnectivityModel model = modelOf(data(10, 10, {0}));
        QVERIFY(model.rangeIsAutomatic());
        model.setRange(-1, 3);
        QCOMPARE(model.range(), std::pair(-1.0, 3.0));
        model.setRange(5, 5);
        QCOMPARE(model.range(), std::pair(-1.0, 3.0));
        model.show(data(10, 10, {0, 1}));
        QCOMPARE(model.range(), std::pair(-1.0, 3.0));
        model.setAutomaticRange();
        QVERIFY(model.rangeIsAutomatic());
    }

    void summarisesInASentence() {
        Connectivity pattern = makeConnectivity({"fc1", 2, 1000, {}, {0, 5, 1999}}, 12000);
        pattern.previousStep = 11000;
        pattern.grown = {0, 1, 0};
        pattern.grownCount = 1;
        pattern.dropped = {7, 8};
        ConnectivityModel model =
            modelOf(prepare(std::make_shared<const Connectivity>(pattern), Colouring::Presence));
        QCOMPARE(model.summary(), std::string("fc1: 3 of 2000 connections, density 0.15 %, 1 grown, 2 dropped"
                                              " at step 12\u2009000"));
        const std::string grown = model.describe({0, 5});
        QVERIFY(grown.find("grown since step 11\u2009000") != std::string::npos);
        QVERIFY(model.describe({0, 7}).find("dropped since") != std::string::npos);
        QVERIFY(model.describe({1, 7}).find("not connected") != std::string::npos);
    }

    void describesAConvolutionByItsKernel() {
        Connectivity pattern = makeConnectivity({"conv2", 4, 18, {2, 3, 3}, {16}}, 0);
        pattern.weight = {-0.5F};
        ConnectivityModel model =
            modelOf(prepare(std::make_shared<const Connectivity>(pattern), Colouring::Sign));
        const std::string text = model.describe({0, 16});
        QVERIFY(text.find("output channel 0, input channel 1, kernel row 2, column 1") != std::string::npos);
        QVERIFY(text.find("weight \u22120.5") != std::string::npos);
    }
};

QTEST_APPLESS_MAIN(TestModel)
#include "test_model.moc"
