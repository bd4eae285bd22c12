// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QtTest>

#include "base/error.h"
#include "base/random.h"
#include "data/files.h"
#include "data/tar.h"

using namespace filigree;
using namespace filigree::data;
using namespace filigree::test;
namespace fs = std::filesystem;

class TarTest : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> temporary_;
    fs::path root() const { return temporary_->path().toStdString(); }
    fs::path out() const { return root() / "out"; }

    std::vector<fs::path> unpack(const Bytes& archive, const std::vector<ArchiveMember>& members) const {
        writeFile(root() / "archive", archive);
        return unpackTar(root() / "archive", members, out());
    }
    QString refusalOf(const Bytes& archive, const std::vector<ArchiveMember>& members) const {
        try {
            unpack(archive, members);
        } catch (const Error& error) {
            return error.kind() == ErrorKind::Data ? QString::fromStdString(error.message()) : "wrong kind";
        }
        return {};
    }

  private slots:
    void init() {
        temporary_ = std::make_unique<QTemporaryDir>();
        fs::create_directories(out());
    }

    void takesOutTheMembersAskedFor() {
        const Bytes archive = tar({{"set/", {}},
                                   {"set/readme.html", ramp(700)},
                                   {"set/b.bin", ramp(512, 2)},
                                   {"set/a.bin", ramp(1025, 1)}});
        for (const Bytes& file : {archive, gzip(archive)}) {
            const auto paths = unpack(file, {{"a.bin", 1025}, {"b.bin", 512}});
            QCOMPARE(paths, (std::vector<fs::path>{out() / "a.bin", out() / "b.bin"}));
            QCOMPARE(readFile(paths[0]), ramp(1025, 1));
            QCOMPARE(readFile(paths[1]), ramp(512, 2));
            QVERIFY(!fs::exists(out() / "readme.html"));
        }
    }

    void writesNowhereElseWhateverTheArchiveSays() {
        const auto paths =
            unpack(tar({{"../../../a.bin", ramp(10)}, {"/b.bin", ramp(10)}}), {{"a.bin", 10}, {"b.bin", 10}});
        QCOMPARE(paths, (std::vector<fs::path>{out() / "a.bin", out() / "b.bin"}));
        QVERIFY(!fs::exists(root() / "a.bin") && !fs::exists("/b.bin"));
    }

    void refusesOtherSizesAndMissingMembers() {
        QVERIFY(refusalOf(tar({{"a.bin", ramp(10)}}), {{"a.bin", 11}})
                    .contains("10 bytes in the archive where 11"));
        QVERIFY(refusalOf(tar({{"a.bin", ramp(10)}}), {{"b.bin", 10}}).contains("no file b.bin"));
        QVERIFY(refusalOf(tar({{"a.bin/", {}}}), {{"a.bin", 0}}).contains("no file a.bin"));
        QVERIFY(refusalOf(Bytes(5000, 'x'), {{"a.bin", 10}}).contains("damaged tar"));
        QVERIFY(refusalOf({}, {{"a.bin", 10}}).contains("no file a.bin"));
    }

    void everyTruncationBeforeTheEndOfTheMemberIsRefusedAndLeavesNoFile() {
        const Bytes archive = tar({{"a.bin", ramp(600)}});
        for (std::size_t length = 0; length < 512 + 600; length += 7) {
            QVERIFY(!refusalOf(Bytes(archive.begin(), archive.begin() + static_cast<std::ptrdiff_t>(length)),
                               {{"a.bin", 600}})
                         .isEmpty());
            QVERIFY(!fs::exists(out() / "a.bin"));
        }
    }

    void damageToTheHeaderIsRefused() {
        const Bytes archive = tar({{"a.bin", ramp(600)}});
        int accepted = 0;
        resetLargestAllocation();
        for (std::size_t byte = 0; byte < 512; ++byte) {
            Bytes changed = archive;
            changed[byte] ^= static_cast<std::uint8_t>(1U << (byte % 7));
            // The field of the sum itself (bytes 148..155) has filling that means nothing.
            if (refusalOf(changed, {{"a.bin", 600}}).isEmpty())
                accepted += byte < 148 || byte >= 156 ? 100 : 1;
        }
        QVERIFY2(accepted <= 8, qPrintable(QString::number(accepted)));
        QVERIFY(largestAllocation() < (2U << 20));
    }
};

QTEST_GUILESS_MAIN(TarTest)
#include "test_tar.moc"
