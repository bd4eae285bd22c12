// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui_canvas/page_bench.h"
// After Vulkan's header.
#include <QComboBox>
#include <QLabel>
#include <QSignalSpy>
#include <QtTest>

#include "store/written_run.h"
#include "ui/soup/soup_page.h"
#include "ui/views/soup_painter.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

std::string node(const char* name, const char* kind, int phase, int run, double accuracy) {
    return QString(R"({"name": "%1", "kind": "%2", "phase": %3, "density": 0.5, "run": %4, "digest": "",
        "configuration": "", "figures": {"test_acc": %5, "ood_acc": null, "validation_acc": null, "test_loss": 1}})")
        .arg(QString::fromLatin1(name), QString::fromLatin1(kind))
        .arg(phase)
        .arg(run)
        .arg(accuracy)
        .toStdString();
}

/// The tree after so many phases.
std::string tree(int phases) {
    std::string nodes = node("dense", "dense", 0, 2, 0.9), edges;
    for (int phase = 1; phase <= phases; ++phase)
        for (const char* name : {"member 1", "member 2"}) {
            const std::string full = "phase " + std::to_string(phase) + "/" + name;
            nodes += "," + node(full.c_str(), "member", phase, 2 + phase, 0.9 - 0.1 * phase);
            edges += (edges.empty() ? "" : ",") + std::string(R"({"from": "dense", "to": ")") + full +
                     R"(", "label": ""})";
        }
    return R"({"nodes": [)" + nodes + R"(], "edges": [)" + edges + "]}";
}

class GrowingSoup : public WrittenRun {
  public:
    explicit GrowingSoup(const Scratch& scratch) : WrittenRun(scratch, "soup") {}
    void phase(int number) {
        const auto value = 0.1F * static_cast<float>(number);
        writer_->matrix({"soup/barriers", {2, 2}, {"member", "member"}, {0, value, value, 0}},
                        {number + 1, 0});
        writer_->text({"soup/tree", tree(number)}, {number + 1, 0});
        writer_->flush();
    }
};

using Bench = PageBench<SoupPage>;

}  // namespace

class SoupPageTest : public QObject {
    Q_OBJECT

    std::shared_ptr<gpu::Instance> vulkan_;

  private slots:
    void initTestCase() { vulkan_ = validatedScreen(); }

    void phasesAreShownAndGrow() {
        const Scratch scratch;
        GrowingSoup soup(scratch);
        soup.phase(1);
        Bench bench(scratch);
        QVERIFY(bench.find<QLabel>("soupEmpty")->isVisible());
        bench.choose(soup.id());
        QTRY_COMPARE(bench.page->painter().soup().phases(), 1);
        QVERIFY(!bench.find<QLabel>("soupEmpty")->isVisible());
        auto* phases = bench.find<QComboBox>("soupPhase");
        QCOMPARE(phases->count(), 2);
        QCOMPARE(bench.page->painter().phase(), 1);
        // The newest phase comes by itself, and its barriers with it.
        soup.phase(2);
        QTRY_COMPARE_WITH_TIMEOUT(bench.page->painter().soup().phases(), 2, 8000);
        QCOMPARE(phases->count(), 3);
        QCOMPARE(bench.page->painter().phase(), 2);
        // What a person chose stays.
        phases->setCurrentIndex(1);
        QCOMPARE(bench.page->painter().phase(), 1);
        soup.phase(3);
        QTRY_COMPARE_WITH_TIMEOUT(bench.page->painter().soup().phases(), 3, 8000);
        QCOMPARE(bench.page->painter().phase(), 1);
        QVERIFY(bench.page->command().contains("filigree render soup"));
        QVERIFY(bench.page->command().contains("--phase 1"));
        const QJsonObject state = bench.page->save();
        QCOMPARE(state.value("phase").toInt(), 1);
        soup.end();
    }

    void aClickOnANetworkOpensItsRun() {
        const Scratch scratch;
        GrowingSoup soup(scratch);
        soup.phase(1);
        soup.end();
        Bench bench(scratch);
        bench.choose(soup.id());
        QTRY_COMPARE(bench.page->painter().soup().phases(), 1);
        bench.waitForCanvas();
        // Four columns of equal width; the copies stand in the third, the first of two rows at the top.
        const double wide = bench.canvas()->width() - 32.0;
        const QPoint copy(static_cast<int>(16 + wide * 2.5 / 4), 84 + 20);
        QSignalSpy opened(&bench.workspace, &Workspace::showRun);
        QTest::mouseMove(bench.canvas(), copy);
        QTest::mousePress(bench.canvas(), Qt::LeftButton, {}, copy);
        QTRY_COMPARE_WITH_TIMEOUT(opened.count(), 1, 5000);
        QTest::mouseRelease(bench.canvas(), Qt::LeftButton, {}, copy);
        QCOMPARE(opened[0][0].value<RunKey>().run, std::int64_t{3});
    }

    void pictureAndNumbersAreExported() {
        const Scratch scratch;
        GrowingSoup soup(scratch);
        soup.phase(1);
        soup.end();
        Bench bench(scratch);
        bench.choose(soup.id());
        QTRY_COMPARE(bench.page->painter().soup().phases(), 1);
        const QTemporaryDir folder;
        QCOMPARE(exportedTable(*bench.page, folder.path()).count('\n'), 3);
        const QImage picture = exportedPicture(*bench.page, folder.path());
        QVERIFY(picture.text("Source").contains("filigree render soup"));
    }

    void aRunWithoutSoupIsExplained() {
        const Scratch scratch;
        const auto writer = store::RunWriter::createRun(scratch.store(), exampleRun("plain"));
        writer->finish({});
        Bench bench(scratch);
        bench.choose(writer->run());
        auto* text = bench.find<QLabel>("soupEmpty");
        QTRY_VERIFY(text->text().contains("soup-digits"));
        QVERIFY(text->isVisible());
    }

    void theValidationLayersHadNothingToSay() { verifySilent(*vulkan_); }
};

QTEST_MAIN(SoupPageTest)
#include "test_soup_page.moc"
