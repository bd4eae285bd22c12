// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "data/endoscopy/polyp_table.h"
#include "data/endoscopy/video_set.h"

using namespace filigree;
using namespace filigree::data::endoscopy;

class PolypTableTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    std::filesystem::path root_ = folder_.path().toStdString();

    std::filesystem::path write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name, std::ios::binary) << text;
        return root_ / name;
    }

  private slots:
    void readsThePublishedColumnsAndSaysWhatItSkips() {
        write("a/1.jpg", "x");
        write("b/2.png", "x");
        qputenv("REAL_COLON_PATH", QByteArray::fromStdString((root_ / "b").string()));
        const auto path = write(
            "table.csv",
            "\xEF\xBB\xBF"
            "database,unique_id,frame_id,bbox_xmin,bbox_xmax,bbox_ymin,bbox_ymax,width,height,frame_path,gt,"
            "gt_group,kfold_id\r\n"
            "SUN,case1,7,-5,90,10,300,100,200,a/1.jpg,6.5,Small,3\r\n"
            "SUN,case1,7,0,9,0,9,100,200,a/1.jpg,6.5,S,3\r\n"
            "REALC,001-001_1,8,1,2,3,4,100,200,$REAL_COLON_PATH/2.png,12,L,0\r\n"
            "SUN,case2,1,0,9,0,9,100,200,a/none.jpg,6,S,0\r\n"
            "SUN,case3,1,0,9,0,9,100,200,a/1.jpg,,S,0\r\n"
            "SUN,case3,2,0,9,0,9,100,200,a/1.jpg,0,S,0\r\n"
            "SUN,case4,1,150,190,0,9,100,200,a/1.jpg,3,D,0\r\n"
            "broken\r\n"
            "\"PROC\",\"p,\"\"5\",3,,,,,,,a/1.jpg,4\r\n");
        const PolypTable table = readPolypTable(path);
        QCOMPARE(table.frames.size(), std::size_t{3});
        const PolypFrame& first = table.frames[0];
        QCOMPARE(first.polyp, std::string("case1"));
        QCOMPARE(first.sizeMm, 6.5);
        QCOMPARE(first.fold, 3);
        QCOMPARE(first.box.xMin, 0);
        QCOMPARE(first.box.xMax, 90);
        QCOMPARE(first.box.yMin, 10);
        QCOMPARE(first.box.yMax, 200);
        QVERIFY(table.frames[1].picture == root_ / "b" / "2.png");
        QCOMPARE(table.frames[2].polyp, std::string("p,\"5"));
        QCOMPARE(table.frames[2].fold, -1);
        QCOMPARE(table.report(),
                 std::string("3 frames of 3 polyps; skipped: 1 box empty or outside the frame, "
                             "1 picture missing, 1 row cannot be read, 1 said twice, 2 size not "
                             "known"));
    }

    void readsWhatTheGeneratorWrites() {
        SetRequest request;
        request.polyps = 2;
        request.frames = 2;
        request.width = 16;
        request.samples = 1;
        const VideoSet set = renderSet(request);
        exportSet(set, root_ / "proc");
        const PolypTable table = readPolypTable(root_ / "proc" / "polypsizing_proc.csv");
        QVERIFY(table.skipped.empty() && !table.frames.empty());
        for (const PolypFrame& frame : table.frames) {
            const StoredFrame& truth = set.at(frame.polyp == "p001", std::stoi(frame.frame));
            QCOMPARE(frame.sizeMm, truth.diameterMm);
            QCOMPARE(frame.box.xMin, truth.box.xMin);
            QCOMPARE(frame.box.yMax, truth.box.yMax);
        }
    }

    void refusesTablesThatLackAColumn() {
        QVERIFY_THROWS_EXCEPTION(Error, readPolypTable(write("x.csv", "unique_id,gt\na,1\n")));
        QVERIFY_THROWS_EXCEPTION(Error, readPolypTable(write("empty.csv", "")));
        QVERIFY_THROWS_EXCEPTION(Error, readPolypTable(root_ / "none.csv"));
    }
};

QTEST_GUILESS_MAIN(PolypTableTest)
#include "test_polyp_table.moc"
