// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QtTest>

#include "base/error.h"
#include "base/random.h"
#include "data/files.h"
#include "data/idx.h"

using namespace filigree;
using namespace filigree::data;
using namespace filigree::test;

namespace {

/// Message of the Error (Data) that `action` throws; empty if it throws none.
template <class Action>
QString refusal(Action action) {
    try {
        action();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Data) return "wrong kind of error";
        if (error.where().empty()) return "the error does not name the file";
        return QString::fromStdString(error.message());
    }
    return {};
}

}  // namespace

class IdxTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    std::filesystem::path path(const char* name = "file") const {
        return std::filesystem::path(folder_.path().toStdString()) / name;
    }
    QString refusalOf(const Bytes& file, std::int64_t maximumBytes = maximumIdxBytes) const {
        writeFile(path(), file);
        return refusal([&] { readIdx(path(), maximumBytes); });
    }

  private slots:
    void readsShapeAndValuesOfOneToFourDimensions() {
        const std::vector<std::vector<std::uint32_t>> shapes = {{7}, {2, 3}, {3, 4, 5}, {2, 3, 1, 5}};
        for (const auto& shape : shapes)
            for (const bool packed : {false, true}) {
                std::size_t size = 1;
                for (const auto extent : shape) size *= extent;
                const Bytes values = ramp(size, shape.size());
                const Bytes file = idx(shape, values);
                writeFile(path(), packed ? gzip(file) : file);
                const IdxArray array = readIdx(path());
                QCOMPARE(array.shape, std::vector<std::int64_t>(shape.begin(), shape.end()));
                QCOMPARE(array.values, values);
                QCOMPARE(readIdxShape(path()), array.shape);
            }
    }

    void readsMoreThanOneStepOfItsBuffer() {
        const Bytes values = ramp(3'000'017);
        for (const bool packed : {false, true}) {
            const Bytes file = idx({3'000'017}, values);
            writeFile(path(), packed ? gzip(file) : file);
            QCOMPARE(readIdx(path()).values, values);
        }
    }

    void readsGzipOfSeveralMembers() {
        const Bytes file = idx({100}, ramp(100));
        Bytes packed = gzip(Bytes(file.begin(), file.begin() + 40));
        const Bytes second = gzip(Bytes(file.begin() + 40, file.end()));
        packed.insert(packed.end(), second.begin(), second.end());
        writeFile(path(), packed);
        QCOMPARE(readIdx(path()).values, ramp(100));
    }

    void refusesWhatIsNotIdx() {
        QVERIFY(refusalOf({}).contains("ends too early"));
        QVERIFY(refusalOf({0, 0, 8}).contains("ends too early"));
        QVERIFY(refusalOf({'P', 'N', 'G', 1, 0, 0, 0, 1}).contains("not an IDX file"));
        QVERIFY(refusalOf(idx({2}, {1, 2}, 0x0D)).contains("32-bit float"));
        QVERIFY(refusalOf(idx({2}, {1, 2}, 0x0A)).contains("not an IDX file"));
        QVERIFY(refusalOf(idx({}, {})).contains("0 dimensions"));
        QVERIFY(refusalOf(idx({1, 1, 1, 1, 1}, {1})).contains("5 dimensions"));
        QVERIFY(refusalOf(idx({3, 0, 2}, ramp(3))).contains("dimension 1 is empty"));
        QVERIFY(refusal([&] { readIdx(path("nothing-here")); }).contains("not a file"));
        QVERIFY(refusal([&] { readIdx(path().parent_path()); }).contains("not a file"));
    }

    void refusesHeadersThatLieAboutTheSize() {
        QVERIFY(refusalOf(idx({5}, ramp(4))).contains("more values than a file of 12 bytes can hold"));
        QVERIFY(refusalOf(idx({5}, ramp(6))).contains("asks for a file of 13 bytes, but it has 14"));
        QVERIFY(refusalOf(gzip(idx({5}, ramp(4)))).contains("1 bytes are missing"));
        QVERIFY(refusalOf(gzip(idx({5}, ramp(6)))).contains("more bytes follow"));
        const std::uint32_t huge = 0xFFFFFFFF;
        for (const auto& shape : std::vector<std::vector<std::uint32_t>>{{huge},
                                                                         {huge, huge},
                                                                         {huge, huge, huge},
                                                                         {huge, huge, huge, huge},
                                                                         {1U << 31, 1U << 31, 4, 1}})
            for (const bool packed : {false, true}) {
                const Bytes file = idx(shape, ramp(50));
                resetLargestAllocation();
                QVERIFY(refusalOf(packed ? gzip(file) : file).contains("more values than"));
                QVERIFY(largestAllocation() < (1U << 20));
            }
    }

    void refusesAGzipBombWithoutUnpackingIt() {
        Bytes bomb = idx({10}, Bytes(64 << 20, 0));
        const Bytes packed = gzip(bomb);
        QVERIFY(packed.size() < 100'000);
        bomb = {};
        resetLargestAllocation();
        QVERIFY(refusalOf(packed).contains("more bytes follow"));
        QVERIFY(largestAllocation() < (1U << 20));

        const Bytes honest = gzip(idx({2 << 20}, Bytes(2 << 20, 0)));
        resetLargestAllocation();
        QVERIFY(refusalOf(honest, 1 << 20).contains("more values than the 1048576 bytes allowed"));
        QVERIFY(largestAllocation() < (1U << 20));
        QCOMPARE(refusalOf(honest, 2 << 20), QString());
    }

    void memoryGrowsWithTheContentNotWithTheClaim() {
        // 40 kB of gzip may unpack to 40 MB, so the claim of 30 MB is possible; the content ends after 100
        // 000 bytes.
        const std::size_t noise = 100'000;
        Bytes values(noise);
        RandomStream random(1, "noise");
        for (auto& value : values) value = static_cast<std::uint8_t>(random.below(256));
        const Bytes file = gzip(idx({90'000'000}, values));
        resetLargestAllocation();
        QVERIFY(refusalOf(file).contains("are missing"));
        QVERIFY(largestAllocation() <= (1U << 20));
    }

    void everyTruncationIsRefused() {
        for (const Bytes& whole : {idx({3, 4, 5}, ramp(60)), gzip(idx({3, 4, 5}, ramp(60)))})
            for (std::size_t length = 0; length < whole.size(); ++length)
                QVERIFY2(!refusalOf(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)))
                              .isEmpty(),
                         qPrintable(QString("%1 of %2 bytes").arg(length).arg(whole.size())));
    }

    // A changed file is read or refused; nothing else (a crash, another exception, a large allocation) may
    // happen.
    void everyFlippedBitIsReadOrRefused() {
        const Bytes plain = idx({3, 4, 5}, ramp(60));
        const Bytes packed = gzip(plain);
        int acceptedPlain = 0, acceptedPacked = 0;
        resetLargestAllocation();
        for (std::size_t bit = 0; bit < plain.size() * 8; ++bit) {
            Bytes changed = plain;
            changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
            acceptedPlain += refusalOf(changed).isEmpty();
        }
        // Only the 60 values carry no redundancy. A bit in the header changes type, dimensions or size.
        QCOMPARE(acceptedPlain, 60 * 8);
        for (std::size_t bit = 0; bit < packed.size() * 8; ++bit) {
            Bytes changed = packed;
            changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
            acceptedPacked += refusalOf(changed).isEmpty();
        }
        // gzip ignores its time stamp (4 bytes), extra flags and system (1 byte each), one bit of its flags
        // (text), and the up to 7 bits that fill the last byte of the compressed data; a checksum covers the
        // rest.
        QVERIFY2(acceptedPacked >= 6 * 8 + 1 && acceptedPacked <= 6 * 8 + 1 + 7,
                 qPrintable(QString::number(acceptedPacked)));
        QVERIFY(largestAllocation() < (4U << 20));
    }

    void randomDamageIsReadOrRefused() {
        RandomStream random(11, "fuzz");
        const std::vector<Bytes> seeds = {idx({3, 4, 5}, ramp(60)), gzip(idx({3, 4, 5}, ramp(60))),
                                          idx({9}, ramp(9))};
        int refused = 0;
        resetLargestAllocation();
        for (int round = 0; round < 500; ++round) {
            Bytes file = seeds[random.below(seeds.size())];
            for (std::uint64_t i = random.below(6) + 1; i > 0 && !file.empty(); --i)
                switch (random.below(4)) {
                    case 0:
                        file[random.below(file.size())] = static_cast<std::uint8_t>(random.below(256));
                        break;
                    case 1:
                        file[random.below(std::min<std::size_t>(file.size(), 20))] = 0xFF;
                        break;
                    case 2:
                        file.resize(random.below(file.size()) + 1);
                        break;
                    default: {
                        const auto at = static_cast<std::ptrdiff_t>(random.below(file.size()));
                        const Bytes doubled(file.begin(), file.begin() + at);
                        file.insert(file.begin() + at, doubled.begin(), doubled.end());
                    }
                }
            refused += !refusalOf(file).isEmpty();
        }
        QVERIFY(refused > 350);
        QVERIFY(largestAllocation() < (4U << 20));
    }
};

QTEST_GUILESS_MAIN(IdxTest)
#include "test_idx.moc"
