// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QtTest>

#include "base/error.h"
#include "data/cifar.h"
#include "data/files.h"
#include "data/load.h"

using namespace filigree;
using namespace filigree::data;
using namespace filigree::test;

namespace {

/// Records with the labels in front of 3072 pixels each; the pixels of record i start the ramp at i.
Bytes records(const std::vector<Bytes>& labels) {
    Bytes file;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        file.insert(file.end(), labels[i].begin(), labels[i].end());
        const Bytes pixels = ramp(3072, i);
        file.insert(file.end(), pixels.begin(), pixels.end());
    }
    return file;
}

}  // namespace

class CifarTest : public QObject {
    Q_OBJECT

    QTemporaryDir temporary_;
    std::filesystem::path root() const { return temporary_.path().toStdString(); }

    QString refusalOf(const Bytes& file, CifarVersion version) const {
        const auto path = root() / "one.bin";
        writeFile(path, file);
        try {
            readCifar(std::span(&path, 1), version);
        } catch (const Error& error) {
            return error.kind() == ErrorKind::Data ? QString::fromStdString(error.message()) : "wrong kind";
        }
        return {};
    }

  private slots:
    void recordsHaveTheSizesOfTheFormat() {
        QCOMPARE(cifarRecordBytes(CifarVersion::Cifar10), 3073);
        QCOMPARE(cifarRecordBytes(CifarVersion::Cifar100), 3074);
    }

    void loadsTheFiveBatchesInOrder() {
        const SearchPath path{{root()}};
        for (std::uint8_t batch = 1; batch <= 5; ++batch)
            writeFile(root() / "cifar-10-batches-bin" / ("data_batch_" + std::to_string(batch) + ".bin"),
                      records({{batch}, {static_cast<std::uint8_t>(batch + 4)}}));
        writeFile(root() / "cifar-10-batches-bin" / "test_batch.bin", records({{0}, {9}, {3}}));

        const Dataset train = load("cifar10", "train", path);
        QCOMPARE(train.labels, (std::vector<std::int32_t>{1, 5, 2, 6, 3, 7, 4, 8, 5, 9}));
        QCOMPARE(train.sampleShape, (std::vector<std::int64_t>{3, 32, 32}));
        QCOMPARE(train.classNames[9], std::string("truck"));
        const Dataset test = load("cifar10", "test", path);
        QCOMPARE(test.labels, (std::vector<std::int32_t>{0, 9, 3}));

        // Record 2, green plane, row 3, column 4: byte 1024 + 3 * 32 + 4 = 1124 of the ramp (7 * 1124 + 2)
        // mod 251 = 89.
        std::vector<float> image(3072);
        test.read(2, image);
        QCOMPARE(image[1124], static_cast<float>((89 / 255.0 - 0.4822) / 0.1994));
    }

    void loadsTheFineLabelsOfCifar100() {
        writeFile(root() / "cifar100" / "train.bin", records({{19, 99}, {0, 7}}));
        writeFile(root() / "cifar100" / "test.bin", records({{4, 0}}));
        const SearchPath path{{root()}};
        const Dataset train = load("cifar100", "train", path);
        QCOMPARE(train.labels, (std::vector<std::int32_t>{99, 7}));
        QCOMPARE(train.classNames[99], std::string("worm"));
        QCOMPARE(train.classNames.size(), std::size_t{100});
        std::vector<float> image(3072);
        train.read(1, image);  // first red byte of record 1 is 1
        QCOMPARE(image[0], static_cast<float>((1 / 255.0 - 0.5071) / 0.2675));
        QCOMPARE(load("cifar100", "test", path).count(), 1);
    }

    void refusesWrongLabels() {
        QVERIFY(refusalOf(records({{0}, {10}}), CifarVersion::Cifar10)
                    .contains("label of record 1 is 10, not below 10"));
        QVERIFY(
            refusalOf(records({{20, 0}}), CifarVersion::Cifar100).contains("coarse label of record 0 is 20"));
        QVERIFY(refusalOf(records({{19, 100}}), CifarVersion::Cifar100).contains("label of record 0 is 100"));
        QCOMPARE(refusalOf(records({{19, 99}}), CifarVersion::Cifar100), QString());
    }

    void refusesEveryLengthThatIsNoWholeNumberOfRecords() {
        const Bytes whole = records({{1}, {2}});
        for (const std::size_t length : {0, 1, 3072, 3074, 6145})
            QVERIFY(refusalOf(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)),
                              CifarVersion::Cifar10)
                        .contains("whole number of records"));
        // A file of the other version is not taken for this one.
        QVERIFY(refusalOf(records({{1, 2}}), CifarVersion::Cifar10).contains("whole number of records"));
    }

    void refusesAHugeFileBeforeAllocating() {
        const auto path = root() / "huge.bin";
        writeFile(path, {1});
        std::filesystem::resize_file(path, std::uintmax_t{3073} * 400'000);  // a hole, 1.2 GB
        resetLargestAllocation();
        QVERIFY_THROWS_EXCEPTION(Error, readCifar(std::span(&path, 1), CifarVersion::Cifar10));
        QVERIFY(largestAllocation() < (1U << 20));
    }

    void flippedBitsInLabelsAreReadOrRefused() {
        const Bytes whole = records({{3}, {4}});
        int accepted = 0;
        for (const std::size_t at : {0, 3073})
            for (int bit = 0; bit < 8; ++bit) {
                Bytes changed = whole;
                changed[at] ^= static_cast<std::uint8_t>(1 << bit);
                accepted += refusalOf(changed, CifarVersion::Cifar10).isEmpty();
            }
        // 3 becomes 2, 1, 7, 11 …; 4 becomes 5, 6, 0, 12 …: three of each stay below 10.
        QCOMPARE(accepted, 6);
    }
};

QTEST_GUILESS_MAIN(CifarTest)
#include "test_cifar.moc"
