// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "data/endoscopy/polyp_table.h"

using namespace filigree;
using namespace filigree::data::endoscopy;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& path, const std::string& text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
}

std::string object(const std::string& polyp, const std::string& box) {
    return "<object>\n <name>lesion</name>\n <unique_id>" + polyp +
           "</unique_id>\n <box_id>1</box_id>\n <bndbox>" + box + "</bndbox>\n</object>\n";
}

std::string box(int xMin, int xMax, int yMin, int yMax) {
    return "<xmin>" + std::to_string(xMin) + "</xmin><xmax>" + std::to_string(xMax) + "</xmax><ymin>" +
           std::to_string(yMin) + "</ymin><ymax>" + std::to_string(yMax) + "</ymax>";
}

std::string annotation(const std::string& objects) {
    return "<annotation>\n<folder>f</folder><filename>x.jpg</filename><source><database>cosmo</database></"
           "source>\n"
           "<size><width>100</width><height>80</height><depth>3</depth></size>\n" +
           objects + "</annotation>\n";
}

/// A small REAL-Colon with everything that can go wrong.
void makeRealColon(const fs::path& root) {
    write(root / "video_info.csv", "unique_video_name,fps\n001-001,30\n");
    write(root / "lesion_info.csv",
          "unique_object_id,unique_video_name,size [mm],site,histology_extended,histology_class\r\n"
          "001-001_1,001-001,4,\"rectum, low\",x,AD\r\n"
          "001-001_2,001-001,,sigma,x,HP\r\n"
          "002-003_1,002-003,12,caecum,x,SSL\r\n");
    const fs::path notes = root / "001-001_annotations", frames = root / "001-001_frames";
    for (const char* name : {"001-001_1", "001-001_2", "001-001_3", "001-001_5", "001-001_7"})
        write(frames / (std::string(name) + ".jpg"), "picture");
    write(notes / "001-001_1.xml", annotation(object("001-001_1", box(10, 30, 20, 60))));
    write(notes / "001-001_2.xml", annotation(""));                                         // negative
    write(notes / "001-001_3.xml", annotation(object("001-001_1", box(90, 130, -5, 300)) +  // outside in part
                                              object("001-001_1", box(1, 2, 3, 4)) +        // a second box
                                              object("001-001_2", box(1, 9, 1, 9))));       // no size
    write(notes / "001-001_4.xml", annotation(object("001-001_1", box(1, 9, 1, 9))));       // no picture
    write(notes / "001-001_5.xml", annotation(object("009-009_1", box(1, 9, 1, 9))));       // not known
    write(notes / "001-001_6.xml", "not an annotation");
    write(notes / "001-001_7.xml", annotation(object("001-001_1", "<xmin>a</xmin>")));
    write(root / "002-003_annotation" / "002-003_10.xml",
          annotation(object("002-003_1", box(5, 5, 1, 9)) + object("002-003_1", box(5, 25, 1, 9))));
    write(root / "002-003_frames" / "002-003_10.png", "picture");
}

void makeSun(const fs::path& root) {
    write(root / "sizes.csv", "Shape,ID,Size\nIs,1,13mm\nIp,2,-\nIIa,3,-6 mm\n");
    write(root / "annotation_txt" / "case1.txt",
          "image0001.jpg 10,20,30,40,0\r\nx_image0012.jpg 1,2,3,4,0\nimage0002.jpg 1,2,3,4,1\nimage0003.jpg "
          "1,2,3\nimage0004.jpg 1,2,3,4,0\nimage0001.jpg 5,5,6,6,0\n");
    write(root / "annotation_txt" / "case2.txt", "image0001.jpg 10,20,30,40,0\n");
    write(root / "annotation_txt" / "case3.txt",
          "image0007.jpg 10,20,30,40,0\nimage0008.jpg 30,20,10,40,0\n");
    write(root / "annotation_txt" / "readme.txt", "not a case");
    write(root / "renamed" / "case1" / "image_001.jpg", "renamed");
    write(root / "part1" / "case1" / "a_image0001.jpg", "published");
    write(root / "renamed" / "case1" / "image_012.jpg", "renamed");
    write(root / "part1" / "case3" / "case_M_20180518_image0007.jpg", "published");
    write(root / "part1" / "case3" / "case_M_20180518_image0008.jpg", "published");
}

using Skipped = std::map<std::string, std::int64_t>;

}  // namespace

class PublicSetsTest : public QObject {
    Q_OBJECT

  private slots:
    void realColonIsReadAsItIsPublished() {
        QTemporaryDir folder;
        const fs::path root = folder.path().toStdString();
        makeRealColon(root);
        const PolypTable table = readPolyps(root);
        QCOMPARE(table.frames.size(), std::size_t{3});
        const PolypFrame& first = table.frames[0];
        QCOMPARE(first.database, std::string("REALC"));
        QCOMPARE(first.polyp, std::string("001-001_1"));
        QCOMPARE(first.frame, std::string("1"));
        QCOMPARE(first.sizeMm, 4.0);
        QCOMPARE(first.width, 100);
        QCOMPARE(first.height, 80);
        QVERIFY(first.box.xMin == 10 && first.box.xMax == 30 && first.box.yMin == 20 && first.box.yMax == 60);
        QCOMPARE(first.picture, root / "001-001_frames" / "001-001_1.jpg");
        const Box& cut = table.frames[1].box;
        QVERIFY(cut.xMin == 90 && cut.xMax == 100 && cut.yMin == 0 && cut.yMax == 80);
        QCOMPARE(table.frames[2].polyp, std::string("002-003_1"));
        QCOMPARE(table.frames[2].picture.extension(), fs::path(".png"));
        QCOMPARE(table.skipped, (Skipped{{"frame without a polyp", 1},
                                         {"said twice", 1},
                                         {"size not known", 1},
                                         {"picture missing", 1},
                                         {"polyp not in lesion_info.csv", 1},
                                         {"annotation cannot be read", 2},
                                         {"box empty or outside the frame", 1}}));
        QVERIFY(table.report().starts_with("3 frames of 2 polyps; skipped: 2 annotation cannot be read, "));
    }

    void sunIsReadUnderBothNamesOfItsPictures() {
        QTemporaryDir folder;
        const fs::path root = folder.path().toStdString();
        makeSun(root);
        const PolypTable table = readPolyps(root);
        QCOMPARE(table.frames.size(), std::size_t{3});
        QCOMPARE(table.frames[0].picture, root / "renamed" / "case1" / "image_001.jpg");
        QCOMPARE(table.frames[0].polyp, std::string("case1"));
        QCOMPARE(table.frames[0].sizeMm, 13.0);
        QVERIFY(table.frames[0].box.xMin == 10 && table.frames[0].box.yMin == 20 &&
                table.frames[0].box.xMax == 30 && table.frames[0].box.yMax == 40);
        QCOMPARE(table.frames[1].frame, std::string("12"));
        QCOMPARE(table.frames[1].picture, root / "renamed" / "case1" / "image_012.jpg");
        QCOMPARE(table.frames[2].picture, root / "part1" / "case3" / "case_M_20180518_image0007.jpg");
        QCOMPARE(table.frames[2].sizeMm, 6.0);
        QCOMPARE(table.skipped, (Skipped{{"frame without a polyp", 1},
                                         {"annotation cannot be read", 1},
                                         {"picture missing", 1},
                                         {"said twice", 1},
                                         {"size not known", 1},
                                         {"box empty or outside the frame", 1}}));
    }

    void theIntermediateTableIsWrittenAndReadBack() {
        QTemporaryDir folder;
        const fs::path root = folder.path().toStdString();
        makeRealColon(root);
        PolypTable table = readRealColon(root);
        table.frames[0].fold = 5;
        const fs::path file = root / "kfold_polypsizing_lists_per_object.csv";
        writePolypTable(table, root, "$REAL_COLON_PATH/", file);
        std::ifstream text(file);
        std::string header, row;
        std::getline(text, header);
        std::getline(text, row);
        QCOMPARE(row, std::string("REALC,001-001_1,1,10,30,20,60,100,80,$REAL_COLON_PATH/001-001_frames/"
                                  "001-001_1.jpg,4,Dim,5"));
        qputenv("REAL_COLON_PATH", folder.path().toUtf8());
        const PolypTable back = readPolyps(root);  // a folder's own table of folds comes first
        QCOMPARE(back.frames.size(), table.frames.size());
        QVERIFY(back.skipped.empty());
        for (std::size_t i = 0; i < back.frames.size(); ++i) {
            QCOMPARE(back.frames[i].polyp, table.frames[i].polyp);
            QCOMPARE(back.frames[i].frame, table.frames[i].frame);
            QCOMPARE(back.frames[i].picture.lexically_normal(), table.frames[i].picture);
            QCOMPARE(back.frames[i].box.yMax, table.frames[i].box.yMax);
            QCOMPARE(back.frames[i].fold, table.frames[i].fold);
            QCOMPARE(back.frames[i].sizeMm, table.frames[i].sizeMm);
        }
    }

    void incompleteFoldersAreRefused() {
        QTemporaryDir folder;
        const fs::path root = folder.path().toStdString();
        QVERIFY_THROWS_EXCEPTION(Error, readPolyps(root));
        write(root / "lesion_info.csv", "unique_object_id,size [mm]\nx,3\n");
        QVERIFY_THROWS_EXCEPTION(Error, readPolyps(root));  // no annotations
        write(root / "lesion_info.csv", "unique_object_id,size\nx,3\n");
        write(root / "1_annotations" / "1_1.xml", "");
        QVERIFY_THROWS_EXCEPTION(Error, readPolyps(root));  // no sizes
        QTemporaryDir other;
        const fs::path sun = other.path().toStdString();
        write(sun / "annotation_txt" / "case1.txt", "");
        QVERIFY_THROWS_EXCEPTION(Error, readPolyps(sun));  // no sizes
        write(sun / "sizes.csv", "ID,Size\n1,3\n");
        QCOMPARE(readPolyps(sun).frames.size(), std::size_t{0});
    }

    // Whatever is cut or changed in an annotation is skipped or read, never worse.
    void damagedAnnotationsDoNoHarm() {
        QTemporaryDir folder;
        const fs::path root = folder.path().toStdString();
        write(root / "lesion_info.csv", "unique_object_id,size [mm]\n1_1,3\n");
        write(root / "1_frames" / "1_1.jpg", "picture");
        const std::string whole = annotation(object("1_1", box(10, 30, 20, 60)));
        const fs::path file = root / "1_annotations" / "1_1.xml";
        for (std::size_t i = 0; i < whole.size(); ++i) {
            write(file, whole.substr(0, i));
            PolypTable table = readRealColon(root);
            std::int64_t all = static_cast<std::int64_t>(table.frames.size());
            for (const auto& [reason, count] : table.skipped) all += count;
            QCOMPARE(all, 1);
            std::string changed = whole;
            changed[i] = static_cast<char>(changed[i] ^ 0x15);
            write(file, changed);
            table = readRealColon(root);
            if (!table.frames.empty())
                QVERIFY(table.frames[0].box.xMin >= 0 && table.frames[0].box.width() > 0);
        }
    }
};

QTEST_GUILESS_MAIN(PublicSetsTest)
#include "test_public_sets.moc"
