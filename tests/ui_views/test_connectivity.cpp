// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity.h"

#include <QtTest>
#include <cmath>

#include "store/scratch.h"
#include "store/writer.h"
#include "ui/views/connectivity_levels.h"
#include "ui/views/render_command.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

record::Mask mask(std::vector<std::uint32_t> active, std::int64_t rows = 3, std::int64_t columns = 4) {
    return {"fc1", rows, columns, {}, std::move(active)};
}

/// A run whose layer fc1 (10 x 64, read from digits) goes through two rounds. Connections of row 0: 0 stays
/// throughout, 1 is dropped in round 1 and grown again in round 2, 2 is dropped in round 2, 3 is grown in
/// round 1.
struct Recorded {
    explicit Recorded(const Scratch& scratch) {
        store::NewRun run = exampleRun();
        run.config = {{"data.name", std::string("digits")}};
        const auto writer = store::RunWriter::createRun(scratch.store(), run);
        id = writer->run();
        const auto pattern = [](std::vector<std::uint32_t> active) {
            return mask(std::move(active), 10, 64);
        };
        writer->mask(pattern({0, 1, 2}), {0, 0});
        writer->edgeValues({"fc1", "weight", {0.5F, -0.25F, 2}}, {0, 0});
        writer->rewiring({"fc1", 1, {1}, {3}}, {10, 1});
        writer->mask(pattern({0, 2, 3}), {10, 1});
        writer->rewiring({"fc1", 2, {2}, {1}}, {20, 2});
        writer->mask(pattern({0, 1, 3}), {20, 2});
        writer->mask({"fc2", 2, 10, {}, {0, 5}}, {0, 0});
        writer->finish({});
    }
    std::int64_t id = 0;
};

}  // namespace

class TestConnectivity : public QObject {
    Q_OBJECT

  private slots:
    void countsTheConnectionsOfRowsAndColumns() {
        // x . . x
        // . . . .
        // . x x x
        const Connectivity pattern = makeConnectivity(mask({0, 3, 9, 10, 11}), 7);
        QCOMPARE(pattern.inDegree, (std::vector<std::uint32_t>{2, 0, 3}));
        QCOMPARE(pattern.outDegree, (std::vector<std::uint32_t>{1, 1, 1, 2}));
        QCOMPARE(pattern.connections(), 5);
        QCOMPARE(pattern.density(), 5.0 / 12);
        QCOMPARE(pattern.find(2, 1), std::optional<std::size_t>(2));
        QVERIFY(!pattern.find(1, 1));
        QVERIFY(!pattern.find(-1, 0) && !pattern.find(0, 4) && !pattern.find(3, 0));
        for (std::size_t e = 0; e < 5; ++e) QCOMPARE(pattern.rowOf(e), e < 2 ? 0 : 2);
    }

    void refusesALayerThatIsTooLarge() {
        QVERIFY(throwsKind(ErrorKind::Data, [] { makeConnectivity(mask({}, std::int64_t{1} << 25, 1), 0); }));
    }

    void agesFollowTheRounds() {
        const Scratch scratch;
        const Recorded run(scratch);
        const auto opened = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const store::Reader reader(opened);
        const Connectivity now = loadConnectivity(reader, run.id, "fc1", 1000);
        QCOMPARE(now.step, 20);
        QCOMPARE(now.column, (std::vector<std::uint32_t>{0, 1, 3}));
        QCOMPARE(now.age, (std::vector<float>{2, 0, 1}));
        QCOMPARE(now.activity, (std::vector<float>{2, 1, 1}));
        const Connectivity then = loadConnectivity(reader, run.id, "fc1", 19);
        QCOMPARE(then.step, 10);
        QCOMPARE(then.column, (std::vector<std::uint32_t>{0, 2, 3}));
        QCOMPARE(then.age, (std::vector<float>{1, 1, 0}));
    }

    void weightsOfAnOlderPatternFindTheirPlaces() {
        const Scratch scratch;
        const Recorded run(scratch);
        const auto opened = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const Connectivity now = loadConnectivity(store::Reader(opened), run.id, "fc1", 20);
        QCOMPARE(now.weightStep, 0);
        QCOMPARE(now.weight[0], 0.5F);
        QCOMPARE(now.weight[1], -0.25F);
        QVERIFY(std::isnan(now.weight[2]));  // grown since
    }

    void tellsWhatChangedSinceTheSnapshotBefore() {
        const Scratch scratch;
        const Recorded run(scratch);
        const auto opened = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const store::Reader reader(opened);
        const Connectivity now = loadConnectivity(reader, run.id, "fc1", 20);
        QCOMPARE(now.previousStep, std::optional<std::int64_t>(10));
        QCOMPARE(now.grown, (std::vector<std::uint8_t>{0, 1, 0}));
        QCOMPARE(now.grownCount, 1);
        QCOMPARE(now.dropped, (std::vector<std::uint32_t>{2}));
        QVERIFY(!loadConnectivity(reader, run.id, "fc1", 0).previousStep);
    }

    void aSnapshotThatRepeatsAPatternIsNoChange() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun());
        writer->mask(mask({0, 1}), {0, 0});
        writer->mask(mask({0, 2}), {10, 1});
        writer->mask(mask({0, 2}), {15, 1});
        writer->finish({});
        const auto opened = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const Connectivity now = loadConnectivity(store::Reader(opened), writer->run(), "", 20);
        QCOMPARE(now.step, 15);
        QCOMPARE(now.previousStep, std::optional<std::int64_t>(0));
        QCOMPARE(now.dropped, (std::vector<std::uint32_t>{1}));
        QCOMPARE(now.grown, (std::vector<std::uint8_t>{0, 1}));
    }

    // Tiles and N:M groups are those of the configuration, where they divide the layer.
    void structuredPatternsHaveGroups() {
        const auto groupsOf = [](std::vector<store::ConfigEntry> config, std::vector<std::int64_t> kernel,
                                 std::int64_t columns) {
            const Scratch scratch;
            store::NewRun run = exampleRun();
            run.config = std::move(config);
            const auto writer = store::RunWriter::createRun(scratch.store(), run);
            writer->mask({"conv", 6, columns, std::move(kernel), {0, 5}}, {0, 0});
            writer->finish({});
            const auto opened = store::Store::open(scratch.store(), store::Mode::ReadOnly);
            return loadConnectivity(store::Reader(opened), writer->run(), "", 0).groups;
        };
        const std::vector<store::ConfigEntry> tiles{{"sparsity.algorithm", std::string("rigl")},
                                                    {"sparsity.block_columns", std::int64_t{4}},
                                                    {"sparsity.block_rows", std::int64_t{2}},
                                                    {"sparsity.pattern", std::string("block")}};
        QCOMPARE(groupsOf(tiles, {}, 12), (std::optional<PatternGroups>({2, 4})));
        QVERIFY(!groupsOf(tiles, {}, 10));
        const std::vector<store::ConfigEntry> twoOfFour{{"n_of_m.m", std::int64_t{4}},
                                                        {"sparsity.algorithm", std::string("sr_ste")},
                                                        {"sparsity.pattern", std::string("single")}};
        QCOMPARE(groupsOf(twoOfFour, {}, 12), (std::optional<PatternGroups>({0, 4})));
        // Eight input channels of 3 x 3: a group is four kernels wide.
        QCOMPARE(groupsOf(twoOfFour, {8, 3, 3}, 72), (std::optional<PatternGroups>({0, 36})));
        QVERIFY(!groupsOf(twoOfFour, {6, 3, 3}, 54));
        const std::vector<store::ConfigEntry> other{{"n_of_m.m", std::int64_t{4}},
                                                    {"sparsity.algorithm", std::string("rigl")}};
        QVERIFY(!groupsOf(other, {}, 12));
    }

    void onlyAFirstLayerOfPicturesHasPixels() {
        const Scratch scratch;
        const Recorded run(scratch);
        const auto opened = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const store::Reader reader(opened);
        const auto grid = loadConnectivity(reader, run.id, "", 20).pixels;
        QVERIFY(grid);
        QCOMPARE(grid->height, 8);
        QCOMPARE(grid->width, 8);
        QVERIFY(!loadConnectivity(reader, run.id, "fc2", 20).pixels);
    }

    void saysWhichLayersThereAre() {
        const Scratch scratch;
        const Recorded run(scratch);
        const auto opened = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const store::Reader reader(opened);
        const auto error = errorOf([&] { loadConnectivity(reader, run.id, "fc9", 0); });
        QVERIFY(error && error->kind() == ErrorKind::Usage);
        QCOMPARE(error->advice(), std::string("its layers are fc1, fc2"));
    }

    void aColouringThatNothingTellsIsAnErrorWithAdvice() {
        const auto pattern = std::make_shared<const Connectivity>(makeConnectivity(mask({0, 3}), 0));
        for (const Colouring colouring :
             {Colouring::Sign, Colouring::Magnitude, Colouring::Age, Colouring::Activity}) {
            const auto error = errorOf([&] { prepare(pattern, colouring); });
            QVERIFY(error && error->kind() == ErrorKind::Data && !error->advice().empty());
        }
        QCOMPARE(prepare(pattern, Colouring::Presence)->colouring, Colouring::Presence);
    }

    void signedValuesHaveARangeAroundZero() {
        Connectivity pattern = makeConnectivity(mask({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), 0);
        pattern.weight = {-4, 1, 2, 0.5F, NAN, 1, 1, 1, 3, 1};
        const auto shared = std::make_shared<const Connectivity>(pattern);
        const auto sign = prepare(shared, Colouring::Sign);
        // Of nine known values the quantile is the eighth: |-4| is the greatest and clipped.
        QCOMPARE(sign->spread.high, 3.0);
        QCOMPARE(sign->spread.low, -3.0);
        QCOMPARE(sign->spread.least, -4.0);
        QCOMPARE(sign->spread.known, 9);
        const auto magnitude = prepare(shared, Colouring::Magnitude);
        QCOMPARE(magnitude->spread.low, 0.0);
        QCOMPARE(magnitude->spread.greatest, 4.0);
        std::int64_t all = 0;
        for (const std::int64_t count : magnitude->spread.histogram) all += count;
        QCOMPARE(all, 9);
    }

    void coarseLevelsHoldMeansOverTheirPositions() {
        // 5 x 3, odd on purpose: the cells at the ends hold fewer positions.
        Connectivity pattern = makeConnectivity(mask({0, 1, 4, 5, 14}, 5, 3), 0);
        const ConnectivityLevels levels(std::make_shared<const Connectivity>(pattern), {1, 2, 3, 4, 5});
        QCOMPARE(levels.rows(1), 3);
        QCOMPARE(levels.columns(1), 2);
        std::vector<float> density(2);
        std::vector<float> sum(2);
        levels.read(1, 0, 0, density, sum);
        QCOMPARE(density, (std::vector<float>{0.75F, 0.5F}));  // 0, 1, 4 of four; 5 of two
        QCOMPARE(sum, (std::vector<float>{1.5F, 2}));          // (1 + 2 + 3) / 4; 4 / 2
        levels.read(1, 2, 0, density, sum);
        QCOMPARE(density, (std::vector<float>{0, 1}));
        std::vector<float> whole(1);
        std::vector<float> total(1);
        QCOMPARE(levels.levels(), 4);
        levels.read(3, 0, 0, whole, total);
        QCOMPARE(whole[0], 5.0F / 15);
        QCOMPARE(total[0], 1.0F);
    }

    void keptLevelsAgreeWithTheConnections() {
        // A matrix whose level 1 is too large to be kept.
        record::Mask large = mask({}, 5000, 4300);
        std::uint32_t at = 0;
        for (std::uint32_t i = 0; at < 5000U * 4300U; ++i) {
            large.active.push_back(at);
            at += 1 + (i * 2654435761U >> 20) % 300;
        }
        const auto pattern = std::make_shared<const Connectivity>(makeConnectivity(large, 0));
        const ConnectivityLevels levels(pattern, {});
        for (const int level : {1, 2, 3}) {
            double sum = 0;
            std::vector<float> row(static_cast<std::size_t>(levels.columns(level)));
            for (std::int64_t r = 0; r < levels.rows(level); ++r) {
                levels.read(level, r, 0, row, {});
                for (std::size_t c = 0; c < row.size(); ++c) {
                    const std::int64_t side = std::int64_t{1} << level;
                    const auto high = std::min(side, 5000 - r * side);
                    const auto wide = std::min(side, 4300 - static_cast<std::int64_t>(c) * side);
                    sum += static_cast<double>(row[c]) * static_cast<double>(high * wide);
                }
            }
            QVERIFY(std::abs(sum - static_cast<double>(pattern->connections())) < 0.5);
        }
    }

    void theCommandRepeatsThePicture() {
        ConnectivityRequest request;
        request.run = 3;
        request.layer = "fc1";
        request.step = 4000;
        request.colouring = Colouring::Sign;
        QCOMPARE(commandOf(request),
                 std::string("filigree render connectivity --run 3 --layer fc1 --step 4000 --size 1200x800"
                             " --colour sign --theme light"));
        request.store = "/home/me/my runs.filigree";
        QVERIFY(commandOf(request).find("--store '/home/me/my runs.filigree' ") != std::string::npos);
    }
};

QTEST_APPLESS_MAIN(TestConnectivity)
#include "test_connectivity.moc"
