// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSemaphore>
#include <QtTest>
#include <cmath>
#include <functional>
#include <numeric>
#include <optional>

#include "base/error.h"
#include "store/scratch.h"
#include "store/writer.h"
#include "ui/canvas/scene.h"
#include "ui/views/graph_edge_picture.h"
#include "ui/views/graph_raster.h"
#include "ui/views/render_command.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

bool near(double a, double b) {
    return std::abs(a - b) < 1e-6;
}

/// Three inputs, hidden units a b c, two outputs.
///   in0 -> a (2), in1 -> a (-1), in1 -> b (3);  a -> y0 (4), b -> y0 (-5), b -> y1 (1)
/// c has neither; in2 is not used.
std::vector<WeighedMask> small() {
    return {{{"fc1", 3, 3, {}, {0, 1, 4}}, {2, -1, 3}}, {{"fc2", 2, 3, {}, {0, 1, 4}}, {4, -5, 1}}};
}

std::shared_ptr<GraphPicture> pictureOf(const std::vector<WeighedMask>& layers) {
    auto picture = std::make_shared<GraphPicture>();
    picture->graph = makeGraph(layers);
    picture->shape = GraphShape(picture->graph);
    return picture;
}

std::shared_ptr<const GraphEdges> edgesOf(const GraphPicture& picture, std::size_t budget,
                                          std::optional<GraphNode> node = {}) {
    return std::make_shared<const GraphEdges>(chooseEdges(picture.graph, picture.shape, budget, node));
}

using Numbers = std::vector<std::uint32_t>;

/// Calls a function where a view would draw.
class ProbeView final : public View {
  public:
    std::function<void(const Canvas&)> onDraw;
    void draw(const Canvas& canvas) override { onDraw(canvas); }
    std::string summary() const override { return {}; }
};

}  // namespace

class TestGraph : public QObject {
    Q_OBJECT

  private slots:
    void layersAreJoinedWhereTheyFit() {
        const NetworkGraph graph = makeGraph(small());
        QCOMPARE(graph.columns.size(), std::size_t{3});
        QCOMPARE(graph.columns[0].name, std::string("input"));
        QCOMPARE(graph.columns[2].name, std::string("fc2"));
        QCOMPARE(graph.connections(), 6);
        QCOMPARE(graph.columns[0].outDegree, (Numbers{1, 2, 0}));
        QCOMPARE(graph.columns[1].inDegree, (Numbers{2, 1, 0}));
        QCOMPARE(graph.columns[1].outDegree, (Numbers{1, 2, 0}));
        QCOMPARE(graph.columns[2].inDegree, (Numbers{2, 1}));
        QVERIFY(graph.columns[2].outDegree.empty());
        QCOMPARE(graph.layers[1].outEdge, (Numbers{0, 1, 2}));
        QCOMPARE(graph.layers[1].outStart, (Numbers{0, 1, 3, 3}));
        const auto dead = graph.dead();
        QCOMPARE(dead.noIncoming, 1);
        QCOMPARE(dead.noOutgoing, 1);
        QCOMPARE(dead.unusedInputs, 1);

        // A layer of another width starts at a column of its own.
        const NetworkGraph apart = makeGraph({{{"a", 2, 2, {}, {0}}, {}}, {{"b", 2, 5, {}, {0}}, {}}});
        QCOMPARE(apart.columns.size(), std::size_t{4});
        QVERIFY(!apart.columns[1].layerOut && !apart.columns[2].layerIn);
    }

    void channelsOfConvolutionsAreNodes() {
        // Kernels of 1 x 2 between 2 channels and 2; then a layer over maps of 3 pixels.
        const record::Mask convolution{"conv", 2, 4, {2, 1, 2}, {0, 1, 3, 6}};
        const record::Mask flat{"fc", 1, 6, {}, {0, 2, 5}};
        const NetworkGraph graph = makeGraph({{convolution, {3, 4, -2, 1}}, {flat, {1, 1, 2}}});
        QCOMPARE(graph.columns.size(), std::size_t{3});
        QVERIFY(graph.columns[0].channels && graph.columns[1].channels && !graph.columns[2].channels);
        const GraphLayer& first = graph.layers[0];
        QCOMPARE(first.group, 2);
        QCOMPARE(first.source, (Numbers{0, 1, 1}));
        QCOMPARE(first.count, (Numbers{2, 1, 1}));
        QCOMPARE(first.strength, (std::vector<float>{5, 2, 1}));  // |(3, 4)|, |(0, -2)|, |(1, 0)|
        QVERIFY(first.value.empty());
        QCOMPARE(graph.columns[1].inDegree, (Numbers{3, 1}));
        const GraphLayer& second = graph.layers[1];
        QCOMPARE(second.group, 3);
        QCOMPARE(second.source, (Numbers{0, 1}));
        QVERIFY(near(second.strength[0], std::sqrt(2.0)) && near(second.strength[1], 2));
        // Without weights an edge is as strong as it has connections.
        QCOMPARE(makeGraph({{convolution, {}}}).layers[0].strength, (std::vector<float>{2, 1, 1}));
        QVERIFY_THROWS_EXCEPTION(Error, makeGraph({{{"c", 1, 5, {2, 1, 2}, {0}}, {}}}));
    }

    void pathsAddUpTheirProducts() {
        const NetworkGraph graph = makeGraph(small());
        // Out of in1: 1 to a, 3 to b, so 1/3 and 1; y0 gets 4/3 + 5, y1 gets 1.
        const GraphPaths out = pathsThrough(graph, {0, 1});
        QVERIFY(near(out.from[1][0], 1.0 / 3) && near(out.from[1][1], 1) && out.from[1][2] < 0);
        QVERIFY(near(out.from[2][0], 1) && near(out.from[2][1], 1 / (4.0 / 3 + 5)));
        QVERIFY(out.into[1][0] < 0 && !out.joins({1, 2}) && out.joins({0, 1}) && !out.joins({0, 0}));
        // Into y0: a carries 4, b 5; in0 2 * 4/5, in1 1 * 4/5 + 3.
        const GraphPaths into = pathsThrough(graph, {2, 0});
        QVERIFY(near(into.into[1][0], 0.8) && near(into.into[1][1], 1));
        QVERIFY(near(into.into[0][0], 1.6 / 3.8) && near(into.into[0][1], 1) && into.into[0][2] < 0);
        QVERIFY(into.from[2][1] < 0);
    }

    void theStrongestEdgesOfEachLayerAreDrawn() {
        const auto picture = pictureOf(small());
        const auto four = edgesOf(*picture, 4);
        QCOMPARE(four->drawn(), std::size_t{4});
        QCOMPARE(four->layers[0].drawn, (Numbers{0, 2}));  // 2, then 3; the weakest first
        QCOMPARE(four->layers[1].drawn, (Numbers{0, 1}));
        QCOMPARE(four->layers[0].restConnections, 1);
        QCOMPARE(four->layers[0].strongest, 3.0F);
        // What a small layer does not need, the other one gets.
        std::vector<std::uint32_t> all(30);
        std::iota(all.begin(), all.end(), 0U);
        const auto uneven = pictureOf({{{"a", 3, 10, {}, all}, {}}, {{"b", 1, 3, {}, {1}}, {}}});
        const auto eight = edgesOf(*uneven, 8);
        QCOMPARE(eight->layers[0].drawn.size(), std::size_t{7});
        QCOMPARE(eight->layers[1].drawn.size(), std::size_t{1});
        QCOMPARE(eight->layers[0].restConnections, 23);
        // Equals are taken from everywhere, not from the first rows alone.
        QVERIFY(std::any_of(eight->layers[0].drawn.begin(), eight->layers[0].drawn.end(),
                            [](std::uint32_t e) { return e >= 20; }));
        QCOMPARE(edgesOf(*picture, 0)->drawn(), std::size_t{0});
    }

    void aChosenUnitShowsItsPaths() {
        const auto picture = pictureOf(small());
        const auto through = edgesOf(*picture, 100, GraphNode{1, 0});
        QCOMPARE(through->layers[0].drawn, (Numbers{1, 0}));  // in1 -> a (1), in0 -> a (2)
        QCOMPARE(through->layers[1].drawn, (Numbers{0}));     // a -> y0
        // Out of in1, b -> y0 carries 1 * 5, a -> y0 1/3 * 4, b -> y1 1 * 1.
        const auto out = edgesOf(*picture, 100, GraphNode{0, 1});
        QCOMPARE(out->layers[1].drawn, (Numbers{2, 0, 1}));
        QCOMPARE(out->layers[0].candidates, 2);
        const auto none = edgesOf(*picture, 100, GraphNode{1, 2});
        QCOMPARE(none->drawn(), std::size_t{0});
    }

    void edgesRunFromUnitToUnit() {
        std::vector<std::uint32_t> active(100);
        std::iota(active.begin(), active.end(), 0U);
        const auto picture = pictureOf({{{"a", 2, 50, {}, active}, {}}});
        const GraphShape& shape = picture->shape;
        // Two units stand 1/24 apart in the middle; fifty span everything.
        QVERIFY(near(shape.y({1, 0}), 0.5 - 1.0 / 48) && near(shape.y({1, 1}), 0.5 + 1.0 / 48));
        QVERIFY(near(shape.y({0, 0}), 0.01) && near(shape.y({0, 49}), 0.99));
        QVERIFY(near(shape.indexAt(0, shape.y({0, 17})), 17));
        QCOMPARE(shape.bins(0), 24U);
        QCOMPARE(shape.binOf({0, 49}), 23U);
        const auto course = shape.course({0, 7}, {1, 1});
        QVERIFY(std::abs(static_cast<double>(course.front()) - shape.y({0, 7})) < 1e-6);
        QVERIFY(std::abs(static_cast<double>(course.back()) - shape.y({1, 1})) < 1e-6);
        for (const double t : {0.0, 0.3, 0.5, 1.0}) {
            const auto w = bundleWeights(t);
            QVERIFY(near(w[0] + w[1] + w[2] + w[3], 1));
        }
        // Two edges of one bundle come closer halfway: 1/8 + 0.15 * 3/8 of their distance remains.
        QVERIFY(shape.binOf({0, 0}) == shape.binOf({0, 1}));
        const auto halfway = [&](std::uint32_t source) {
            const auto c = shape.course({0, source}, {1, 0});
            return static_cast<double>(c[0] + 3 * c[1] + 3 * c[2] + c[3]) / 8;
        };
        QVERIFY(std::abs((halfway(1) - halfway(0)) / shape.spacing(0) - 0.18125) < 1e-4);
        // Both ways of saying it agree.
        const auto w = bundleWeights(0.5);
        QVERIFY(std::abs(w[0] * shape.y({0, 1}) + w[1] * shape.binCentre(0, 0) +
                         w[2] * shape.binCentre(1, 0) + w[3] * shape.y({1, 0}) - halfway(1)) < 1e-6);
    }

    void whatIsNotDrawnIsDensity() {
        const auto picture = pictureOf(small());
        const auto edges = edgesOf(*picture, 2);  // one of each layer; two left in each
        constexpr int width = 16, height = 200;
        const auto density =
            densityOfRest(picture->shape, picture->graph.layers[0], edges->layers[0].rest, width, height);
        // Every column of pixels holds all connections; at the left they lie at their sources, in0 and in1.
        for (std::size_t x = 0; x < width; ++x) {
            double sum = 0;
            for (std::size_t y = 0; y < height; ++y) sum += static_cast<double>(density[y * width + x]);
            QVERIFY(std::abs(sum - 2) < 1e-3);
        }
        const auto at = [&](std::uint32_t node) {
            return density[static_cast<std::size_t>(picture->shape.y({0, node}) * height) * width];
        };
        QVERIFY(at(0) > 0 && at(1) > 0 && at(2) == 0);
        QCOMPARE(*std::max_element(edges->layers[0].density.begin(), edges->layers[0].density.end()), 1.0F);
    }

    void curvesAreInkFromUnitToUnit() {
        // One connection between the single units of two columns: a level line, two pixels wide.
        const auto picture = pictureOf({{{"a", 1, 1, {}, {0}}, {0.5F}}});
        GraphModel::Viewport viewport;
        viewport.width = 100;
        viewport.height = 80;
        const GraphInks inks{rgb(0xFFFFFF), rgb(0x808080), rgb(0x0000FF), rgb(0xFF0000), rgb(0x00FF00), 1};
        Picture painted = rasterizeGraph(*picture, *edgesOf(*picture, 1), viewport, 6, inks);
        QCOMPARE(painted.width, 112);
        QCOMPARE(painted.height, 92);
        int coloured = 0;
        for (int y = 0; y < painted.height; ++y)
            for (int x = 0; x < painted.width; ++x)
                if (painted.at(x, y) != packed(inks.ground)) {
                    ++coloured;
                    QVERIFY(x >= 6 && x < 106 && (y == 45 || y == 46));
                    // 0.9 of red over white.
                    QCOMPARE(painted.at(x, y) & 0xFF, 0xFFU);
                    QVERIFY(std::abs(static_cast<int>(painted.at(x, y) >> 8 & 0xFF) - 26) <= 1);
                }
        QCOMPARE(coloured, 200);
        // As density it is as high as a unit's place, 80 / 24 pixels, at its ends; halfway it runs together
        // in 0.3625 of that, and is darker.
        painted = rasterizeGraph(*picture, *edgesOf(*picture, 0), viewport, 6, inks);
        const auto red = [&](int x, int y) { return painted.at(x, y) & 0xFF; };
        QVERIFY(red(8, 45) < 0xFF && red(8, 47) < 0xFF && red(8, 42) == 0xFF);
        QVERIFY(red(55, 45) < red(8, 45) && red(55, 47) == 0xFF);
        QVERIFY(red(55, 45) >= 0xFF - 0.36 * 0x7F - 1);
        // Enlarged and moved away, nothing is left of it.
        viewport.scaleY = 4;
        viewport.top = 0;
        painted = rasterizeGraph(*picture, *edgesOf(*picture, 1), viewport, 6, inks);
        QVERIFY(std::all_of(painted.pixels.begin(), painted.pixels.end(),
                            [&](std::uint32_t pixel) { return pixel == packed(inks.ground); }));
    }

    void whileItMovesAnOlderPictureStandsWhereItBelongs() {
        // 1 500 edges, too many to be painted for every frame; weights of both signs.
        WeighedMask layer{{"fc", 60, 50, {}, {}}, {}};
        for (std::uint32_t i = 0; i < 3000; i += 2) {
            layer.mask.active.push_back(i);
            layer.weights.push_back(std::sin(static_cast<float>(i)));
        }
        const auto picture = pictureOf({layer});
        GraphModel model;
        model.show(picture, edgesOf(*picture, 5000));
        model.resize(400, 240);
        model.zoom(200, 120, 4);
        constexpr int margin = 6;
        const GraphInks inks{{255, 255, 255}, {120, 120, 120}, {0, 0, 255}, {255, 0, 0}, {0, 128, 0}, 1};
        QSemaphore finer;
        EdgePicture edges;
        edges.onFiner = [&] { finer.release(); };
        EdgePicture::Shown shown;
        std::vector<FrameTexture> drawn;
        std::optional<Scene> scene(std::in_place);
        const auto draw = [&](std::uint64_t version = 1) {
            ProbeView view;
            view.onDraw = [&](const Canvas& canvas) {
                shown = edges.show(canvas, model, {version, Appearance::Light, 1}, inks, margin);
            };
            drawn = scene->build(view, 412, 252).textures;
        };
        // Curves that are computed from another corner round otherwise: by three levels of a channel at most.
        const auto equal = [](const Picture& a, const Picture& b, int offset) {
            for (int y = 0; y < b.height; ++y)
                for (int x = 0; x < b.width; ++x)
                    for (int channel = 0; channel < 24; channel += 8) {
                        const auto of = [&](std::uint32_t pixel) {
                            return static_cast<int>(pixel >> channel & 0xFF);
                        };
                        if (std::abs(of(a.at(x + offset, y + offset)) - of(b.at(x, y))) > 3) return false;
                    }
            return true;
        };
        draw();
        draw();
        QVERIFY(shown.exact);
        QCOMPARE(shown.min.x, -6.0F);
        QCOMPARE(shown.max.y, 246.0F);
        const std::uint64_t first = drawn.at(1).version;
        const GraphModel::Viewport before = model.viewport();

        model.pan(-30, 17);
        draw();  // the same texture, where the pointer has dragged it
        QVERIFY(!shown.exact);
        QCOMPARE(drawn.at(1).version, first);
        QVERIFY(near(std::round(shown.min.x), -36) && near(std::round(shown.min.y), 11));
        QVERIFY(equal(drawn.at(1).make(), rasterizeGraph(*picture, *model.edges(), before, margin, inks), 0));
        QVERIFY(finer.tryAcquire(1, 10000));
        draw();  // the finer one, an eighth of 240 pixels larger on every side
        QVERIFY(shown.exact);
        QVERIFY(drawn.at(1).version != first);
        QCOMPARE(shown.min.x, -36.0F);
        QCOMPARE(shown.max.x, 436.0F);
        QVERIFY(equal(drawn.at(1).make(),
                      rasterizeGraph(*picture, *model.edges(), model.viewport(), margin, inks), 30));

        model.zoom(0, 0, 0.5);  // the last picture at half its size
        draw();
        QVERIFY(!shown.exact);
        QVERIFY(std::abs(shown.max.x - shown.min.x - 236) < 0.01F);
        // Other content is never shown stretched, nor is anything in a file.
        draw(2);
        QVERIFY(shown.exact);
        model.pan(40, 0);
        scene.emplace();
        draw(2);
        QVERIFY(shown.exact);
    }

    void aTableHoldsWhatIsDrawn() {
        const auto picture = pictureOf(small());
        QCOMPARE(graphCsv(picture->graph, *edgesOf(*picture, 3)),
                 std::string("layer,source,target,connections,strength,weight\n"
                             "fc1,1,1,1,3,3\nfc2,1,0,1,5,-5\nfc2,0,0,1,4,4\n"));
    }

    void unitsAreFoundNamedAndDescribed() {
        GraphModel model;
        const auto picture = pictureOf(small());
        model.show(picture, edgesOf(*picture, 100));
        model.resize(400, 240);
        // Columns at 0, 200, 400; three units 10 pixels apart around 120.
        QVERIFY(model.nodeAt(203, 109, 9) == (GraphNode{1, 0}));
        QVERIFY(model.nodeAt(198, 122, 9) == (GraphNode{1, 1}));
        QVERIFY(!model.nodeAt(100, 120, 9) && !model.nodeAt(200, 20, 9));
        QCOMPARE(nameOf(picture->graph, {1, 2}), std::string("fc1:2"));
        QVERIFY(parseNode(picture->graph, "input:2") == (GraphNode{0, 2}));
        QVERIFY(parseNode(picture->graph, "2:1") == (GraphNode{2, 1}));
        for (const char* wrong : {"fc1", "fc1:3", "fc9:0", "fc1:x", "3:0", ":1"})
            QVERIFY_THROWS_EXCEPTION(Error, parseNode(picture->graph, wrong));
        QCOMPARE(model.describe({1, 1}),
                 (std::vector<std::string>{"fc1, unit 1", "connections: 1 in, 2 out", "strongest in: 1 (3)",
                                           "strongest out: 0 (\u22125), 1 (1)"}));
        const auto dead = model.describe({1, 2});
        QVERIFY(std::count(dead.begin(), dead.end(), "dead: no incoming connection") == 1);
        QVERIFY(std::count(dead.begin(), dead.end(), "dead: no outgoing connection") == 1);
        QVERIFY(model.summary().find("6 connections, 6 edges drawn, 1 units without incoming") !=
                std::string::npos);
    }

    void theSelectionMovesAlongStrongConnections() {
        GraphModel model;
        const auto picture = pictureOf(small());
        model.show(picture, edgesOf(*picture, 100));
        int told = 0;
        model.onSelect = [&] { ++told; };
        model.select(GraphNode{0, 1});
        model.moveSelection(1, 0);
        QVERIFY(model.selected() == (GraphNode{1, 1}));
        model.moveSelection(1, 0);
        QVERIFY(model.selected() == (GraphNode{2, 0}));
        model.moveSelection(1, 0);
        QVERIFY(model.selected() == (GraphNode{2, 0}));
        model.moveSelection(0, 5);
        QVERIFY(model.selected() == (GraphNode{2, 1}));
        QCOMPARE(told, 4);
        model.select(GraphNode{7, 0});  // there is none
        QVERIFY(!model.selected());
        // Another step of the same network keeps what is chosen and enlarged.
        model.select(GraphNode{1, 0});
        model.resize(400, 240);
        model.zoom(200, 120, 1.5);
        const double scale = model.viewport().scaleY;
        model.show(pictureOf(small()), edgesOf(*picture, 2));
        QVERIFY(model.selected() && model.viewport().scaleY == scale && scale == 1.5);
        model.show(pictureOf({{{"other", 3, 3, {}, {0}}, {}}}), edgesOf(*picture, 2));
        QVERIFY(!model.selected() && model.viewport().scaleY == 1);
    }

    void zoomingKeepsThePlaceUnderThePointer() {
        GraphModel model;
        const auto picture = pictureOf(small());
        model.show(picture, edgesOf(*picture, 100));
        model.resize(400, 240);
        const double before = model.viewport().left + 100 / (400 * model.viewport().scaleX);
        model.zoom(100, 120, 2);
        QVERIFY(near(model.viewport().left + 100 / (400 * model.viewport().scaleX), before));
        QVERIFY(near(model.toX(before), 100));
        model.pan(-1e6, -1e6);  // to the lower right corner and no farther
        QVERIFY(near(model.toX(1), 400) && near(model.toY(1), 240));
        model.zoom(0, 0, 1e-6);
        QVERIFY(model.viewport().scaleX == 1 && model.viewport().left == 0);
        model.zoomTo(200, 60, 400, 180);
        QVERIFY(near(model.viewport().left, 0.5) && near(model.viewport().scaleX, 2));
        QVERIFY(near(model.viewport().top, 0.25) && near(model.viewport().scaleY, 2));
    }

    void aRunIsReadAtAStep() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("small"));
        writer->mask({"fc1", 3, 3, {}, {0, 1, 4}}, {0, 0});
        writer->mask({"fc2", 2, 3, {}, {0, 1, 4}}, {0, 0});
        writer->edgeValues({"fc1", "weight", {2, -1, 3}}, {0, 0});
        writer->mask({"fc1", 3, 3, {}, {0, 1, 8}}, {50, 0});
        writer->finish({});
        const store::Store store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const store::Reader reader(store);
        const NetworkGraph start = loadGraph(reader, writer->run(), 10);
        QCOMPARE(start.runName, std::string("small"));
        QCOMPARE(start.step, 0);
        QCOMPARE(start.layers[0].value, (std::vector<float>{2, -1, 3}));
        QVERIFY(!start.layers[1].weighed);
        const NetworkGraph later = loadGraph(reader, writer->run(), 60);
        QCOMPARE(later.step, 50);
        QVERIFY(std::isnan(later.layers[0].value[2]));  // grew since the weights were recorded
        QCOMPARE(later.layers[0].strength[2], 0.0F);
        QCOMPARE(later.dead().noIncoming, 1);
        QCOMPARE(later.dead().noOutgoing, 1);
        QVERIFY_THROWS_EXCEPTION(Error, loadGraph(reader, writer->run(), -1));
    }

    void theCommandMakesTheSamePicture() {
        GraphPictureRequest request;
        request.run = 3;
        request.step = 200;
        request.edges = 500;
        request.neuron = "fc1:37";
        QCOMPARE(commandOf(request),
                 std::string("filigree render graph --run 3 --step 200 --edges 500 --neuron fc1:37 --size "
                             "1200x800 --theme light"));
    }
};

QTEST_GUILESS_MAIN(TestGraph)
#include "test_graph.moc"
