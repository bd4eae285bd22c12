// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <QImage>
#include <QtTest>
#include <cmath>
#include <numeric>
#include <random>

#include "base/error.h"
#include "ui/canvas/offscreen.h"
#include "ui/views/acquisition_painter.h"
#include "ui/views/barrier_matrix.h"
#include "ui/views/connectivity_painter.h"
#include "ui/views/gate_board_painter.h"
#include "ui/views/graph_painter.h"
#include "ui/views/landscape_painter.h"
#include "ui/views/mask_difference.h"
#include "ui/views/matrix_order.h"
#include "ui/views/rewiring_painter.h"
#include "ui/views/soup_painter.h"

using namespace filigree;
using namespace filigree::ui;

/// Pictures of every view against references, on the software device. Drivers differ in how they round edges
/// and blend, so a picture may differ: no more than 1 % of its pixels by more than 40 of 255 in any channel,
/// and no more than 1.5 of 255 on average. FILIGREE_UPDATE_GOLDEN=1 writes the references anew: look at them
/// then.
namespace {

/// Drawn at twice the size, so that all has its room, and halved.
constexpr QSize most(420, 300);
constexpr QSize mostOfAMap(344, 246);      // a picture of many colours that is not to be larger than 40 kB
constexpr QSize mostOfAGraph(252, 180);    // likewise of shades
constexpr QSize leastOfAMatrix(140, 140);  // where lines of the header make room for each other
constexpr int muchDifferent = 40;
constexpr double mostMuchDifferent = 0.01;
constexpr double mostMean = 1.5;

/// Two blocks and some noise: 48 x 40.
Connectivity wiring(unsigned seed, std::int64_t step) {
    std::mt19937 random(seed);
    std::vector<std::uint32_t> active;
    for (std::uint32_t row = 0; row < 48; ++row)
        for (std::uint32_t column = 0; column < 40; ++column) {
            const unsigned one = row % 2 == column % 2 ? 4 : 30;
            if (random() % one == 0) active.push_back(row * 40 + column);
        }
    Connectivity pattern = makeConnectivity({"fc1", 48, 40, {}, active}, step);
    for (std::size_t e = 0; e < active.size(); ++e)
        pattern.weight.push_back(static_cast<float>(std::sin(static_cast<double>(e) * 0.7)));
    pattern.weightStep = step;
    return pattern;
}

LandscapeModel bowl() {
    record::Surface surface;
    surface.tag = "landscape/random-1";
    for (int i = 0; i <= 10; ++i) surface.x.push_back(-1 + 0.2 * i);
    surface.y = surface.x;
    surface.fields = {"train/loss"};
    for (const double y : surface.y)
        for (const double x : surface.x)
            surface.values.push_back(
                static_cast<float>(0.2 + x * x + 0.5 * y * y + 0.3 * std::sin(3 * x * y)));
    surface.recipe =
        "{\"directions\":\"random\",\"normalization\":\"filter\",\"seed\":3,\"subspace\":\"mask\","
        "\"biases_and_norms\":\"fixed\",\"x\":[-1,1,11],\"y\":[-1,1,11],\"data\":\"\\\"digits\\\"\","
        "\"split\":\"train\",\"samples\":500,\"batch_norm\":\"none\"}";
    surface.results = "{}";
    surface.points = {{"1@10", 10, 0, 0, 0, 0.2, 0.9}};
    return LandscapeModel(std::move(surface), 1, 10, "");
}

/// Ten rounds in which the oldest connection gives way to a new one.
Rewiring rounds() {
    LayerMoves layer{"fc1", 200, 0, {}, {}};
    for (std::uint32_t i = 0; i < 40; ++i) layer.start.push_back(i);
    for (std::uint32_t round = 1; round <= 10; ++round)
        layer.rounds.push_back({round * 100,
                                {4 * round - 4, 4 * round - 3, 4 * round - 2, 4 * round - 1},
                                {36 + 4 * round, 37 + 4 * round, 38 + 4 * round, 39 + 4 * round}});
    Rewiring rewiring;
    rewiring.run = 1;
    rewiring.layers = {"fc1"};
    rewiring.history = replay({layer});
    return rewiring;
}

/// 4 000 candidates of a layer, of which 150 grew with c = 0.001: on trial is 0.004.
Acquisition candidates() {
    std::mt19937 random(3);
    std::vector<float> gradient, active;
    for (int i = 0; i < 4000; ++i) {
        const auto count = static_cast<float>(random() % 4 == 0 ? random() % 9 : 0);
        active.push_back(count);
        gradient.push_back(i % 16 == 0 ? 0.0F
                                       : std::pow(10.0F, -static_cast<float>(random() % 4000) / 1000 - 1.5F));
    }
    const AcquisitionRule rule{0.001, 1, false, 400};
    std::vector<std::uint32_t> first(150);
    std::iota(first.begin(), first.end(), 0U);
    const AcquisitionRound unchosen(50, gradient, active, first, rule);
    const std::vector<std::uint32_t> grown = unchosen.positions(unchosen.choose(rule.c));
    Acquisition made;
    made.runName = "run 1";
    made.layer = "fc1";
    made.layers = {"fc1"};
    made.step = 400;
    made.steps = {400};
    made.round = std::make_shared<AcquisitionRound>(50, gradient, active, grown, rule);
    return made;
}

/// 60 inputs, 40 hidden units, 12 more, 3 outputs; unit 5 of the first layer is dead on both sides.
std::vector<WeighedMask> layers() {
    std::mt19937 random(5);
    std::vector<WeighedMask> made;
    std::uint32_t columns = 60;
    for (const std::uint32_t rows : {40U, 12U, 3U}) {
        WeighedMask layer{{"fc" + std::to_string(made.size() + 1), rows, columns, {}, {}}, {}};
        for (std::uint32_t row = 0; row < rows; ++row)
            for (std::uint32_t column = 0; column < columns; ++column) {
                const bool dead = (made.empty() && row == 5) || (made.size() == 1 && column == 5);
                if (random() % 4 != 0 || dead) continue;
                layer.mask.active.push_back(row * columns + column);
                layer.weights.push_back(static_cast<float>(std::sin(0.7 * (row + 1) * (column + 1))));
            }
        made.push_back(std::move(layer));
        columns = rows;
    }
    return made;
}

/// Scores of three gates that open or close over eleven records.
GateRecords gates() {
    GateRecords records;
    records.run = 1;
    records.runName = "gated";
    for (int step = 0; step <= 1000; step += 100) records.steps.push_back(step);
    for (int gate = 0; gate < 3; ++gate) {
        GateSeries series{"block " + std::to_string(gate + 1), 24, records.steps, {}};
        for (const std::int64_t step : records.steps)
            for (int channel = 0; channel < 24; ++channel)
                series.scores.push_back(static_cast<float>(
                    1 /
                    (1 + std::exp(-0.004 * static_cast<double>(step) * std::sin(channel * (gate + 1.0))))));
        records.gates.push_back(std::move(series));
    }
    return records;
}

/// A soup of two phases with three copies each.
Soup soup() {
    std::string nodes, edges;
    const auto node = [&](const std::string& name, const char* kind, int phase, double accuracy) {
        nodes += fmt::format(
            R"({}{{"name":"{}","kind":"{}","phase":{},"density":{},"run":0,"digest":"","configuration":"","figures":{{"test_acc":{},"ood_acc":null,"validation_acc":{},"test_loss":0.5}}}})",
            nodes.empty() ? "" : ",", name, kind, phase, 1.0 / (1 << phase), accuracy, accuracy);
    };
    const auto edge = [&](const std::string& from, const std::string& to) {
        edges += fmt::format(R"({}{{"from":"{}","to":"{}","label":""}})", edges.empty() ? "" : ",", from, to);
    };
    node("dense", "dense", 0, 0.91);
    std::string before = "dense";
    for (int phase = 1; phase <= 2; ++phase) {
        const std::string name = fmt::format("phase {}/", phase);
        node(name + "pruned", "pruned", phase, 0.6);
        edge(before, name + "pruned");
        for (int copy = 1; copy <= 3; ++copy) {
            node(name + fmt::format("member {}", copy), "member", phase, 0.8 + 0.02 * copy);
            edge(name + "pruned", name + fmt::format("member {}", copy));
        }
        before = name + "soup";
        node(before, "soup", phase, 0.88);
        for (int copy = 1; copy <= 3; ++copy) edge(name + fmt::format("member {}", copy), before);
    }
    Soup made = readSoupTree(fmt::format(R"({{"nodes":[{}],"edges":[{}]}})", nodes, edges));
    made.run = 1;
    made.runName = "soup";
    made.barriers = {{1, 3, {0, 0.1F, 0.3F, 0.1F, 0, 0.2F, 0.3F, 0.2F, 0}},
                     {2, 3, {0, 0.2F, 0.4F, 0.2F, 0, 0.05F, 0.4F, 0.05F, 0}}};
    return made;
}

/// Means of 2 x 2 pixels.
QImage halved(const Picture& picture) {
    QImage image(picture.width / 2, picture.height / 2, QImage::Format_RGB32);
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x) {
            std::uint32_t red = 0, green = 0, blue = 0;
            for (const auto& [dx, dy] :
                 {std::pair(0, 0), std::pair(1, 0), std::pair(0, 1), std::pair(1, 1)}) {
                const std::uint32_t pixel = picture.at(2 * x + dx, 2 * y + dy);
                red += pixel & 255;
                green += pixel >> 8 & 255;
                blue += pixel >> 16 & 255;
            }
            image.setPixel(
                x, y,
                qRgb(static_cast<int>(red / 4), static_cast<int>(green / 4), static_cast<int>(blue / 4)));
        }
    return image;
}

}  // namespace

class TestGolden : public QObject {
    Q_OBJECT

  private slots:
    void viewsLookAsTheyDid_data() {
        QTest::addColumn<QString>("view");
        QTest::addColumn<bool>("dark");
        for (const char* view :
             {"connectivity", "weights", "comparison", "clusters", "graph", "paths", "rewiring",
              "acquisition", "landscape", "surface", "gates", "soup", "barriers", "narrow"})
            for (const bool dark : {false, true})
                QTest::addRow("%s-%s", view, dark ? "dark" : "light") << view << dark;
    }

    void viewsLookAsTheyDid() {
        QFETCH(QString, view);
        QFETCH(bool, dark);
        const QSize size = view == "narrow"      ? leastOfAMatrix
                           : view == "landscape" ? mostOfAMap
                           : view == "graph"     ? mostOfAGraph
                                                 : most;
        const int width = size.width(), height = size.height();
        ConnectivityPainter connectivity;
        LandscapePainter landscape;
        RewiringPainter rewiring;
        AcquisitionPainter acquisition;
        GraphPainter graph;
        GateBoardPainter board;
        SoupPainter networks;
        BarrierMatrixPainter barriers;
        View* shown = &connectivity;
        if (view == "landscape" || view == "surface") {
            landscape.show(bowl());
            landscape.setRelief(view == "surface");
            shown = &landscape;
        } else if (view == "rewiring") {
            rewiring.show(rounds());
            shown = &rewiring;
        } else if (view == "acquisition") {
            acquisition.show(candidates());
            acquisition.setTrial(0.004);
            shown = &acquisition;
        } else if (view == "graph" || view == "paths") {
            auto network = std::make_shared<GraphPicture>();
            network->graph = makeGraph(layers());
            network->graph.runName = "network";
            network->shape = GraphShape(network->graph);
            const auto node = view == "paths" ? std::optional(GraphNode{1, 20}) : std::nullopt;
            const auto edges = chooseEdges(network->graph, network->shape, 45, node);
            graph.model().show(network, std::make_shared<const GraphEdges>(edges));
            shown = &graph;
        } else if (view == "gates") {
            board.show(gates());
            shown = &board;
        } else if (view == "barriers") {
            barriers.show(
                readBarrierTable(
                    R"({"networks":["1@40","2@40","3@40"],"resolution":11,"samples":1000,"split":"test",)"
                    R"("complete":false,"barriers":{"test/loss":[[0,0.5,1.25],[0.5,0,null],[1.25,null,0]]}})"),
                0);
            shown = &barriers;
        } else if (view == "soup") {
            networks.show(soup());
            shown = &networks;
        } else {
            Connectivity pattern = wiring(1, 40);
            if (view == "comparison") pattern = difference(pattern, wiring(2, 20), 2, true);
            if (view == "clusters") {
                pattern = reordered(pattern, clusterOrder(pattern));
                pattern.rowOrder = pattern.columnOrder = "cluster";
            }
            connectivity.model().show(
                prepare(std::make_shared<const Connectivity>(pattern),
                        view == "weights" || view == "narrow" ? Colouring::Sign : Colouring::Presence));
        }
        Picture picture;
        try {
            picture = render(*shown, 2 * width, 2 * height, 1, dark ? Appearance::Dark : Appearance::Light,
                             "software");
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::Device) QSKIP("there is no software device to draw with");
            throw;
        }
        const QString file = QStringLiteral(FILIGREE_SOURCE_DIR "/tests/golden/views/%1-%2.png")
                                 .arg(view, dark ? QStringLiteral("dark") : QStringLiteral("light"));
        const QImage drawn = halved(picture);
        constexpr int smallest = 0;  // Qt's word for the strongest compression
        if (qEnvironmentVariableIsSet("FILIGREE_UPDATE_GOLDEN")) QVERIFY(drawn.save(file, "PNG", smallest));
        const QImage reference = QImage(file).convertToFormat(QImage::Format_RGB32);
        QCOMPARE(reference.size(), QSize(width, height));
        double sum = 0;
        int much = 0;
        for (int y = 0; y < height; ++y)
            for (int x = 0; x < width; ++x) {
                const QRgb wanted = reference.pixel(x, y);
                const QRgb found = drawn.pixel(x, y);
                const int red = std::abs(qRed(wanted) - qRed(found));
                const int green = std::abs(qGreen(wanted) - qGreen(found));
                const int blue = std::abs(qBlue(wanted) - qBlue(found));
                sum += (red + green + blue) / 3.0;
                much += std::max({red, green, blue}) > muchDifferent ? 1 : 0;
            }
        const double mean = sum / (width * height);
        const double share = static_cast<double>(much) / (width * height);
        const bool same = mean <= mostMean && share <= mostMuchDifferent;
        if (!same) {
            const QString kept =
                QStringLiteral(FILIGREE_BINARY_DIR "/tests/%1").arg(QFileInfo(file).fileName());
            drawn.save(kept);
            QFAIL(qPrintable(QStringLiteral("%1 of 255 on average, %2 % of the pixels by much: look at %3")
                                 .arg(mean)
                                 .arg(100 * share)
                                 .arg(kept)));
        }
    }
};

QTEST_GUILESS_MAIN(TestGolden)
#include "test_golden.moc"
