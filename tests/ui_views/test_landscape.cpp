// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/error.h"
#include "store/added_records.h"
#include "store/scratch.h"
#include "store/writer.h"
#include "ui/canvas/offscreen.h"
#include "ui/canvas/scene.h"
#include "ui/theme/colour_map.h"
#include "ui/views/landscape_list.h"
#include "ui/views/landscape_painter.h"
#include "ui/views/render_command.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

constexpr float none = std::numeric_limits<float>::quiet_NaN();

record::Surface surface(std::vector<double> x, std::vector<double> y, std::vector<float> loss) {
    return {"landscape/random-1",
            std::move(x),
            std::move(y),
            {"train/loss"},
            std::move(loss),
            {},
            "{\"directions\":\"random\",\"normalization\":\"filter\",\"seed\":3,\"subspace\":\"mask\","
            "\"biases_and_norms\":\"fixed\","
            "\"x\":[-1,1,3],\"y\":[0,1,2],\"data\":\"\\\"digits\\\"\",\"split\":\"train\",\"samples\":500,"
            "\"batch_norm\":\"none\"}",
            "{}"};
}

/// A bowl around the middle of 21 x 21 places.
record::Surface bowl() {
    std::vector<double> axis;
    std::vector<float> loss;
    for (int i = 0; i <= 20; ++i) axis.push_back(-1 + 0.1 * i);
    for (const double y : axis)
        for (const double x : axis) loss.push_back(static_cast<float>(0.01 + x * x + y * y));
    record::Surface result = surface(axis, axis, loss);
    result.points.push_back({"1@10", 10, 0, 0, 0, 2.01, 0.5});
    return result;
}

bool near(double a, double b) {
    return std::abs(a - b) < 1e-9;
}

}  // namespace

class TestLandscape : public QObject {
    Q_OBJECT

  private slots:
    void gapsAreInterpolatedFromWhatIsKnown() {
        // 1 . 3      1 2 3
        // . . .  ->  2 3 4
        // 3 . 5      3 4 5
        const std::vector<float> coarse{1, none, 3, none, none, none, 3, none, 5};
        QCOMPARE(fillGaps(coarse, 3, 3), (std::vector<float>{1, 2, 3, 2, 3, 4, 3, 4, 5}));
        const std::vector<float> line{none, 2, none, none, 8, none};
        QCOMPARE(fillGaps(line, 6, 1), (std::vector<float>{2, 2, 4, 6, 8, 8}));
        const std::vector<float> nothing(4, none);
        for (const float value : fillGaps(nothing, 2, 2)) QVERIFY(std::isnan(value));
        const float infinite = std::numeric_limits<float>::infinity();
        const std::vector<float> beyond{1, none, none, none, infinite};
        const std::vector<float> filled = fillGaps(beyond, 5, 1);
        QCOMPARE(filled[1], 1.0F);
        QCOMPARE(filled[3], infinite);
    }

    void contoursPassWhereTheValueIs() {
        // 0 1
        // 0 1: at 0.25 a straight line down.
        const std::vector<float> slope{0, 1, 0, 1};
        const auto pieces = contour(slope, 2, 2, 0.25);
        QCOMPARE(pieces.size(), std::size_t{1});
        QCOMPARE(pieces[0].x0, 0.25);
        QCOMPARE(pieces[0].x1, 0.25);
        QCOMPARE(std::abs(pieces[0].y0 - pieces[0].y1), 1.0);
        QVERIFY(contour(slope, 2, 2, 2).empty());
        const std::vector<float> hole{0, 1, none, 1};
        QVERIFY(contour(hole, 2, 2, 0.5).empty());
        // A saddle has two pieces; the mean, 0.5, is above 0.4: they cut off the low corners.
        const std::vector<float> saddle{1, 0, 0, 1};
        const auto two = contour(saddle, 2, 2, 0.4);
        QCOMPARE(two.size(), std::size_t{2});
        QVERIFY(std::abs((two[0].x0 + two[0].x1) / 2 - (two[0].y0 + two[0].y1) / 2) > 0.5);
        // Around a bowl: closed, at the right distance.
        const record::Surface round = bowl();
        for (const ContourPiece& piece : contour(round.values, 21, 21, 0.26)) {
            QVERIFY(std::abs(std::hypot(piece.x0 - 10, piece.y0 - 10) - 5) < 0.1);
            QVERIFY(std::abs(std::hypot(piece.x1 - 10, piece.y1 - 10) - 5) < 0.1);
        }
    }

    void coloursAreLogarithmicOverAFactorOfFifty() {
        const LandscapeModel linear(surface({0, 1}, {0, 1}, {1, 2, 3, 50}), 1, 10, "");
        QVERIFY(!linear.isLogarithmic());
        QCOMPARE(linear.share(1), 0.0);
        QCOMPARE(linear.share(50), 1.0);
        QCOMPARE(linear.share(25.5), 0.5);
        QCOMPARE(linear.share(99), 1.0);
        const LandscapeModel wide(surface({0, 1}, {0, 1}, {0.1F, 2, 3, 10}), 1, 10, "");
        QVERIFY(wide.isLogarithmic());
        QVERIFY(std::abs(wide.share(1) - 0.5) < 1e-6);
        QCOMPARE(wide.levels().size(), std::size_t{5});  // 0.2 0.5 1 2 5
        QVERIFY(std::abs(wide.levels().front() - 0.2) < 1e-9);
        // Losses that are not numbers do not stretch the range.
        const LandscapeModel torn(surface({0, 1}, {0, 1}, {1, 2, 3, std::numeric_limits<float>::infinity()}),
                                  1, 10, "");
        QCOMPARE(torn.high(), 3.0);
        QCOMPARE(torn.share(INFINITY), 1.0);
        const LandscapeModel flat(surface({0, 1}, {0, 1}, {2, 2, 2, 2}), 1, 10, "");
        QVERIFY(flat.levels().empty());
        QCOMPARE(flat.share(2), 0.0);
    }

    void valuesBetweenPlacesAreBilinear() {
        const LandscapeModel model(surface({0, 2}, {0, 1}, {1, 3, 5, 11}), 1, 10, "");
        QCOMPARE(*model.valueAt(0, 0), 1.0);
        QCOMPARE(*model.valueAt(2, 1), 11.0);
        QCOMPARE(*model.valueAt(1, 0), 2.0);
        QCOMPARE(*model.valueAt(1, 0.5), 5.0);
        QVERIFY(!model.valueAt(2.1, 0));
        QVERIFY(!model.valueAt(0, -0.1));
    }

    void aPreviewStandsInUntilTheValuesAreThere() {
        record::Surface early = surface({0, 1, 2}, {0}, {7, none, none});
        early.fields.push_back("preview/loss");
        early.values.insert(early.values.end(), {5, none, 9});
        const LandscapeModel model(early, 1, 10, "");
        QCOMPARE(model.values(), (std::vector<float>{7, 8, 9}));
        QCOMPARE(model.known(), std::size_t{1});
        QVERIFY(model.summary().find("1 of 3 computed") != std::string::npos);
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { LandscapeModel(early, 1, 10, "test/acc"); }));
    }

    void theRecipeIsToldWhole() {
        const LandscapeModel model(bowl(), 1, 10, "");
        std::string all;
        for (const std::string& line : model.recipeLines()) all += line + "\n";
        for (const char* part : {"random", "seed 3", "filter", "mask", "-1 to 1", "500 samples", "train",
                                 "digits", "batch norm"})
            QVERIFY2(all.find(part) != std::string::npos, part);
        QCOMPARE(model.axisName(1), std::string("random direction 2"));
    }

    void theStoreGivesTheNewestOrTheOneThatIsNamed() {
        const Scratch scratch;
        std::int64_t run = 0;
        {
            const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun());
            run = writer->run();
            writer->finish({});
        }
        store::Store opened = store::Store::open(scratch.store(), store::Mode::ReadWrite);
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { loadLandscape(opened, run, "", ""); }));
        store::add(opened, {run, 1, 10}, bowl());
        QCOMPARE(loadLandscape(opened, run, "", "").surface().tag, std::string("landscape/random-1"));
        QCOMPARE(loadLandscape(opened, run, "landscape/random-1", "train/loss").step(), std::int64_t{10});
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { loadLandscape(opened, run, "other", ""); }));
    }

    void theListTellsRecipesAndHowMuchIsThere() {
        const Scratch scratch;
        std::int64_t run = 0;
        {
            const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun());
            run = writer->run();
            writer->finish({});
        }
        store::Store opened = store::Store::open(scratch.store(), store::Mode::ReadWrite);
        QVERIFY(listLandscapes(opened, run).empty());
        record::Surface half = surface({0, 1, 2}, {0, 1}, {7, none, none, 1, none, 2});
        half.fields.push_back("preview/loss");
        half.values.insert(half.values.end(), {5, 6, 9, 5, 6, 9});
        store::add(opened, {run, 1, 10}, half);
        const auto first = listLandscapes(opened, run);
        QCOMPARE(first.size(), std::size_t{1});
        QCOMPARE(first[0].directions, std::string("random"));
        QCOMPARE(first[0].normalization, std::string("filter"));
        QCOMPARE(first[0].columns, std::size_t{3});
        QCOMPARE(first[0].rows, std::size_t{2});
        QCOMPARE(first[0].known, std::size_t{3});
        QCOMPARE(first[0].samples, std::int64_t{500});
        QCOMPARE(first[0].fields, std::vector<std::string>{"train/loss"});
        QVERIFY(!first[0].complete());
        QCOMPARE(first[0].recipe.size(), std::size_t{2});
        // What was not written since is not read again; what was, is.
        auto marked = first;
        marked[0].known = 99;
        QCOMPARE(listLandscapes(opened, run, marked)[0].known, std::size_t{99});
        QTest::qWait(5);
        half.values[1] = 3;
        store::add(opened, {run, 1, 10}, half);
        const auto second = listLandscapes(opened, run, marked);
        QCOMPARE(second[0].known, std::size_t{4});
        QVERIFY(second[0].sameAs(first[0]));
    }

    void theViewportKeepsThePlaceUnderThePointerAndStaysInside() {
        LandscapeViewport viewport;
        viewport.setWhole({-1, 1}, {0, 4});
        QVERIFY(viewport.isWhole());
        viewport.zoom(0.5, 1, 2);
        // 0.5 lay at 3/4 of the width, 1 at 1/4 of the height, and lie there still.
        QCOMPARE(viewport.x(), (Stretch{-0.25, 0.75}));
        QCOMPARE(viewport.y(), (Stretch{0.5, 2.5}));
        viewport.pan(1, -0.25);
        QCOMPARE(viewport.x(), (Stretch{0, 1}));  // the edge stops it
        QCOMPARE(viewport.y(), (Stretch{0.25, 2.25}));
        viewport.setWhole({-1, 1}, {0, 4});  // the same landscape, refined
        QCOMPARE(viewport.x(), (Stretch{0, 1}));
        viewport.zoom(0, 0, 0.1);
        QVERIFY(viewport.isWhole());
        viewport.zoom(0, 2, 1e9);
        QVERIFY(std::abs(viewport.x().length() - 2 / LandscapeViewport::mostZoom) < 1e-12);
        viewport.setWhole({-2, 1}, {0, 4});  // another one
        QVERIFY(viewport.isWhole());
        // A line has no second axis.
        viewport.setWhole({0, 1}, {0, 0});
        viewport.zoom(0.5, 7, 2);
        QCOMPARE(viewport.x(), (Stretch{0.25, 0.75}));
        QCOMPARE(viewport.y(), (Stretch{0, 0}));
    }

    void theMapIsDrawn() {
        LandscapePainter painter;
        painter.show(LandscapeModel(bowl(), 1, 10, ""));
        for (const Appearance appearance : {Appearance::Light, Appearance::Dark}) {
            Picture picture;
            try {
                picture = render(painter, 600, 500, 1, appearance, "software");
            } catch (const Error& error) {
                if (error.kind() == ErrorKind::Device) QSKIP("there is no Vulkan device here");
                throw;
            }
            // Colours of both ends of the map are there: the corner is high, the ring around the network low.
            const ColourMap& map = sequentialMap(appearance);
            int low = 0, high = 0;
            for (const std::uint32_t pixel : picture.pixels) {
                low += pixel == packed(map[40]);
                high += pixel == packed(map[240]);
            }
            QVERIFY(low > 5 && high > 5);
            // The network has its own colour, that of a loss of 2.01, in the middle of the low ring: the map
            // is 384 wide and as high, from (76, 80) after centring.
            int own = 0;
            for (int y = 200; y < 300; ++y)
                for (int x = 200; x < 400; ++x)
                    own +=
                        picture.at(x, y) ==
                        packed(map[static_cast<std::size_t>(std::lround(painter.model().share(2.01) * 255))]);
            QVERIFY2(own >= 9, qPrintable(QString::number(own)));
        }
        // A line, and nothing.
        painter.show(LandscapeModel(surface({0, 0.5, 1}, {0}, {1, 2, 1}), 1, 10, ""));
        const Picture line = render(painter, 400, 300, 1, Appearance::Light, "software");
        int curve = 0;
        for (const std::uint32_t pixel : line.pixels)
            curve += pixel == packed(palette(Appearance::Light).runs[0]);
        QVERIFY(curve > 100);
    }

    void aCameraTurnsTheBox() {
        ReliefCamera camera;
        camera.set(0, std::numbers::pi / 2);  // from above: a map
        QVERIFY(near(camera.place(0.5, -0.25, 0.8).right, 0.5));
        QVERIFY(near(camera.place(0.5, -0.25, 0.8).up, -0.25));
        QVERIFY(camera.place(0, 0, 1).depth < camera.place(0, 0, 0).depth);
        camera.set(std::numbers::pi / 2, 0);  // no lower than 5 degrees; what was on the left is in front
        const double five = std::numbers::pi / 36;
        QVERIFY(near(camera.tilt(), five));
        QVERIFY(near(camera.place(-1, 0, 0.5).up, -std::sin(five)));
        QVERIFY(near(camera.place(-1, 0, 0.5).depth, -std::cos(five) - 0.5 * std::sin(five)));
        QVERIFY(near(camera.place(0, 0.5, 0.5).right, -0.5));
        camera.zoom(100);
        QCOMPARE(camera.scale(), 8.0);
        camera.reset();
        const double turn = camera.turn();
        camera.orbit(0.5, 0);
        QVERIFY(near(camera.turn(), turn - std::numbers::pi / 2));
    }

    void aReliefIsTheBilinearSurface() {
        // 2 x 2 places: 96 parts; a slope from 1 to 3 along x.
        const LandscapeModel model(surface({0, 1}, {0, 1}, {1, 3, 1, 3}), 1, 10, "");
        const Relief relief(model);
        QCOMPARE(relief.columns(), std::size_t{97});
        QVERIFY(near(relief.z(0, 5), 0) && near(relief.z(48, 90), 0.5) && near(relief.z(96, 0), 1));
        QVERIFY(near(relief.x(48), 0) && near(relief.y(96), 1));
        // The light comes from the left: the slope that looks there has more of it than seen from the back.
        ReliefCamera front, back;
        front.set(0, 0.6);
        back.set(std::numbers::pi, 0.6);
        QVERIFY(relief.light(48, 48, front) > relief.light(48, 48, back));
        // By hand: normal (-1/2, 0, 1) / sqrt(5/4), light (-0.55, -0.45, 0.7) / sqrt(0.995).
        const double cosine = (0.5 * 0.55 + 0.7) / std::sqrt(1.25 * 0.995);
        QVERIFY(near(relief.light(48, 48, front), 0.5 + 0.5 * cosine));
    }

    void whatIsNearerIsDrawnLaterAndHidesTheRest() {
        // A wall at y = 0 on a plain.
        std::vector<double> axis{-1, -0.5, 0, 0.5, 1};
        std::vector<float> loss(25, 1);
        for (std::size_t i = 10; i < 15; ++i) loss[i] = 2;
        const Relief relief(LandscapeModel(surface(axis, axis, loss), 1, 10, ""));
        for (const double turn : {0.3, 2.0, 3.5, 5.5}) {
            ReliefCamera camera;
            camera.set(turn, 0.4);
            const auto cells = relief.backToFront(camera);
            QCOMPARE(cells.size(), std::size_t{16});
            const auto depth = [&](const Relief::Cell& cell) {
                return camera.place(-0.75 + 0.5 * double(cell.column), -0.75 + 0.5 * double(cell.row), 0)
                    .depth;
            };
            // Along both axes, neighbours come the farther first.
            for (std::size_t i = 0; i + 1 < 16; ++i)
                if (cells[i].row == cells[i + 1].row) QVERIFY(depth(cells[i]) > depth(cells[i + 1]));
            QVERIFY(depth(cells[0]) > depth(cells[15]) && depth(cells[0]) > depth(cells[4]));
        }
        ReliefCamera camera;
        camera.set(0, 0.3);  // from the front, low
        QVERIFY(relief.isSeen(0, -0.8, 0, camera));
        QVERIFY(relief.isSeen(0, 0, 1, camera));     // the top of the wall
        QVERIFY(!relief.isSeen(0, 0.8, 0, camera));  // behind it
        camera.set(std::numbers::pi, 0.3);
        QVERIFY(relief.isSeen(0, 0.8, 0, camera));
        camera.set(0, 1.5);  // from above nothing hides anything
        QVERIFY(relief.isSeen(0, 0.8, 0, camera));
    }

    void theReliefIsDrawnAndTurnedByDragging() {
        LandscapePainter painter;
        painter.show(LandscapeModel(bowl(), 1, 10, ""));
        painter.setRelief(true);
        QVERIFY(painter.showsRelief());
        Scene scene;
        scene.build(painter, 600, 500);
        const double turn = painter.camera().turn(), tilt = painter.camera().tilt();
        scene.movePointer(300, 250);
        scene.pressPointer(PointerButton::Left, true);
        for (int i = 0; i < 4; ++i) scene.build(painter, 600, 500);
        scene.movePointer(356, 284);  // in an area of 568 x 346
        for (int i = 0; i < 3; ++i) scene.build(painter, 600, 500);
        scene.pressPointer(PointerButton::Left, false);
        for (int i = 0; i < 3; ++i) scene.build(painter, 600, 500);
        QVERIFY(std::abs(painter.camera().turn() - (turn - std::numbers::pi * 56 / 568)) < 1e-6);
        QVERIFY(std::abs(painter.camera().tilt() - (tilt + std::numbers::pi * 34 / 346)) < 1e-6);
        scene.turnWheel(0, 1);
        for (int i = 0; i < 3; ++i) scene.build(painter, 600, 500);
        QVERIFY(near(painter.camera().scale(), 1.25));
        Picture picture;
        try {
            picture = render(painter, 600, 500, 1, Appearance::Light, "software");
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::Device) QSKIP("there is no Vulkan device here");
            throw;
        }
        // The rim is high, in the light and in the shade of the map's brightest colour; the ground is empty.
        int coloured = 0;
        for (const std::uint32_t pixel : picture.pixels)
            coloured += std::abs(int(pixel & 255) - int(pixel >> 16 & 255)) > 60;
        QVERIFY2(coloured > 20000 && coloured < 200000, qPrintable(QString::number(coloured)));
        // A line stays a curve.
        painter.show(LandscapeModel(surface({0, 0.5, 1}, {0}, {1, 2, 1}), 1, 10, ""));
        QVERIFY(!painter.showsRelief());
    }

    void thePictureSaysHowItWasMade() {
        LandscapePictureRequest solid;
        solid.run = 3;
        solid.tag = "landscape/random-1";
        solid.field = "test/acc";
        solid.appearance = Appearance::Dark;
        solid.width = 600;
        solid.height = 400;
        const std::string flat =
            "filigree render landscape --run 3 --tag landscape/random-1 --field test/acc --size 600x400 "
            "--theme dark";
        QCOMPARE(commandOf(solid), flat);
        solid.relief = true;
        solid.turn = 20;
        solid.tilt = 36;
        QCOMPARE(commandOf(solid), flat + " --surface --turn 20 --tilt 36");
    }
};

QTEST_GUILESS_MAIN(TestLandscape)
#include "test_landscape.moc"
