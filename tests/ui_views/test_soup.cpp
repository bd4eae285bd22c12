// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>

#include "base/error.h"
#include "store/scratch.h"
#include "store/writer.h"
#include "ui/views/render_command.h"
#include "ui/views/soup_model.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

/// Dense 90 %; one phase with two copies of 80 and 86 %, their soup 87 %, IMP 82
/// %; the next phase pruned to 50 % but not yet trained.
const char* const tree = R"({"nodes": [
 {"name": "dense", "kind": "dense", "phase": 0, "density": 1, "run": 2, "digest": "", "configuration": "",
  "figures": {"test_acc": 0.9, "ood_acc": null, "validation_acc": 0.91, "test_loss": 0.3}},
 {"name": "phase 1/one_shot", "kind": "one_shot", "phase": 1, "density": 0.5, "run": 0, "digest": "", "configuration": "",
  "figures": {"test_acc": 0.3, "ood_acc": null, "validation_acc": 0.3, "test_loss": 2}},
 {"name": "phase 1/pruned", "kind": "pruned", "phase": 1, "density": 0.5, "run": 0, "digest": "", "configuration": "",
  "figures": {"test_acc": 0.4, "ood_acc": null, "validation_acc": 0.4, "test_loss": 1}},
 {"name": "phase 1/member 1", "kind": "member", "phase": 1, "density": 0.5, "run": 3, "digest": "",
  "configuration": "seed \u00221\u0022", "figures": {"test_acc": 0.8, "ood_acc": 0.7, "validation_acc": 0.8, "test_loss": 0.5}},
 {"name": "phase 1/member 2", "kind": "member", "phase": 1, "density": 0.5, "run": 4, "digest": "",
  "configuration": "seed 2", "figures": {"test_acc": 0.86, "ood_acc": 0.7, "validation_acc": 0.8, "test_loss": 0.5}},
 {"name": "phase 1/soup", "kind": "soup", "phase": 1, "density": 0.5, "run": 0, "digest": "",
  "configuration": "average of all", "figures": {"test_acc": 0.87, "ood_acc": 0.7, "validation_acc": 0.8, "test_loss": 0.5}},
 {"name": "phase 1/imp", "kind": "imp", "phase": 1, "density": 0.5, "run": 5, "digest": "", "configuration": "",
  "figures": {"test_acc": 0.82, "ood_acc": 0.7, "validation_acc": 0.8, "test_loss": 0.5}},
 {"name": "phase 2/pruned", "kind": "pruned", "phase": 2, "density": 0.25, "run": 0, "digest": "", "configuration": "",
  "figures": {"test_acc": 0.5, "ood_acc": null, "validation_acc": 0.4, "test_loss": 1}}],
 "edges": [{"from": "dense", "to": "phase 1/one_shot", "label": ""}, {"from": "dense", "to": "phase 1/pruned", "label": ""},
 {"from": "phase 1/pruned", "to": "phase 1/member 1", "label": ""}, {"from": "phase 1/pruned", "to": "phase 1/member 2", "label": ""},
 {"from": "phase 1/member 1", "to": "phase 1/soup", "label": ""}, {"from": "phase 1/member 2", "to": "phase 1/soup", "label": ""},
 {"from": "dense", "to": "phase 1/imp", "label": ""}, {"from": "phase 1/soup", "to": "phase 2/pruned", "label": ""}]})";

bool near(double a, double b) {
    return std::abs(a - b) < 1e-9;
}

}  // namespace

class TestSoup : public QObject {
    Q_OBJECT

  private slots:
    void networksStandInTheColumnOfWhatWasDone() {
        const Soup soup = readSoupTree(tree);
        QCOMPARE(soup.phases(), 2);
        QCOMPARE(soup.columns(), 7);
        QCOMPARE(soup.rows(), 3);  // two copies and IMP
        const int columns[] = {0, 1, 1, 2, 2, 3, 2, 4};
        const int rows[] = {0, 1, 0, 0, 1, 0, 2, 0};  // pruned stands above one shot
        for (std::size_t i = 0; i < 8; ++i) {
            QCOMPARE(soup.networks[i].column, columns[i]);
            QCOMPARE(soup.networks[i].row, rows[i]);
        }
        QCOMPARE(soup.networks[5].parents, (std::vector<std::size_t>{3, 4}));
        QCOMPARE(soup.networks[7].parents, std::vector<std::size_t>{5});
        QCOMPARE(soup.networks[4].title(), std::string("copy 2"));
        QCOMPARE(soup.networks[1].title(), std::string("one shot"));
        QVERIFY(std::isnan(soup.networks[0].corruptedAccuracy));
    }

    void curvesBeginAtTheDenseNetworkAndAverageTheCopies() {
        const Soup soup = readSoupTree(tree);
        const auto curves = soup.curves();
        QCOMPARE(curves.size(), std::size_t{3});
        QCOMPARE(curves[0].kind, std::string("soup"));
        QCOMPARE(curves[1].kind, std::string("member"));
        QCOMPARE(curves[2].kind, std::string("imp"));
        QVERIFY(near(curves[1].accuracy[0], 0.9) && near(curves[1].accuracy[1], 0.83));
        QVERIFY(std::isnan(curves[1].accuracy[2]));
        // What was only pruned does not stretch the colours.
        QVERIFY(near(soup.range().first, 0.8) && near(soup.range().second, 0.9));
    }

    void theTableQuotesWords() {
        const std::string csv = readSoupTree(tree).csv();
        QCOMPARE(std::count(csv.begin(), csv.end(), '\n'), std::ptrdiff_t{9});
        QVERIFY(csv.find("1,\"phase 1/member 1\",member,0.5,3,0.8,0.7,0.8,0.5,\"seed \"\"1\"\"\"\r\n") !=
                std::string::npos);
        QVERIFY(csv.find("0,\"dense\",dense,1,2,0.9,,0.91,0.3,\"\"\r\n") != std::string::npos);
    }

    void damageIsAnError() {
        QVERIFY_THROWS_EXCEPTION(Error, readSoupTree("{"));
        QVERIFY_THROWS_EXCEPTION(Error, readSoupTree("{\"nodes\": [{\"name\": 3}], \"edges\": []}"));
        QVERIFY_THROWS_EXCEPTION(Error, readSoupTree("[]"));
        QVERIFY(readSoupTree("{\"nodes\": [], \"edges\": []}").empty());
    }

    void barriersAreReadByPhase() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("soup"));
        writer->matrix({"soup/barriers", {2, 2}, {"member", "member"}, {0, 0.25F, 0.25F, 0}}, {2, 2});
        writer->text({"soup/tree", "{\"nodes\": [], \"edges\": []}"}, {1, 1});
        writer->text({"soup/tree", tree}, {2, 2});
        writer->finish({});
        const auto store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        const Soup soup = loadSoup(store::Reader(store), writer->run());
        QCOMPARE(soup.runName, std::string("soup"));
        QCOMPARE(soup.networks.size(), std::size_t{8});
        // Phase 2 has not ended: it does not borrow the matrix of phase 1.
        QCOMPARE(soup.barriers.size(), std::size_t{1});
        QVERIFY(!soup.barriersOf(2));
        QCOMPARE(soup.barriersOf(1)->at(0, 1), 0.25F);
        QCOMPARE(soup.barriersOf(1)->greatest(), 0.25F);
    }

    void aRunWithoutTreeIsEmpty() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("plain"));
        writer->finish({});
        const auto store = store::Store::open(scratch.store(), store::Mode::ReadOnly);
        QVERIFY(loadSoup(store::Reader(store), writer->run()).empty());
    }

    void theCommandRepeatsThePicture() {
        SoupPictureRequest request;
        request.run = 3;
        QCOMPARE(commandOf(request),
                 std::string("filigree render soup --run 3 --size 1200x800 --theme light"));
        request.phase = 2;
        request.store = "my store";
        QCOMPARE(commandOf(request),
                 std::string("filigree render soup --store 'my store' --run 3 --phase 2 --size "
                             "1200x800 --theme light"));
    }
};

QTEST_APPLESS_MAIN(TestSoup)
#include "test_soup.moc"
