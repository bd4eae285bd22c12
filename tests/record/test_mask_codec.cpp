// SPDX-License-Identifier: GPL-3.0-or-later
#include <xxhash.h>

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "record/mask_codec.h"

using namespace filigree;
using namespace filigree::record;

namespace {

using Indices = std::vector<std::uint32_t>;
using Bytes = std::vector<std::uint8_t>;

Indices randomPattern(std::uint64_t seed, std::int64_t universe, std::int64_t count) {
    RandomStream random(seed, "pattern");
    const auto chosen = random.sample(universe, count);
    return Indices(chosen.begin(), chosen.end());
}

/// Replaces `changed` active positions by as many inactive ones.
Indices rewired(const Indices& active, std::int64_t universe, std::int64_t changed, std::uint64_t seed) {
    RandomStream random(seed, "rewire");
    std::vector<bool> on(static_cast<std::size_t>(universe));
    for (const auto index : active) on[index] = true;
    for (const auto rank : random.sample(static_cast<std::int64_t>(active.size()), changed))
        on[active[static_cast<std::size_t>(rank)]] = false;
    for (std::int64_t grown = 0; grown < changed;) {
        const auto index = static_cast<std::size_t>(random.below(static_cast<std::uint64_t>(universe)));
        if (on[index] || std::binary_search(active.begin(), active.end(), static_cast<std::uint32_t>(index)))
            continue;
        on[index] = true;
        ++grown;
    }
    Indices result;
    for (std::size_t i = 0; i < on.size(); ++i)
        if (on[i]) result.push_back(static_cast<std::uint32_t>(i));
    return result;
}

/// Entropy of a random subset, in bytes: universe * H(count / universe) / 8.
double entropyBytes(double universe, double count) {
    const double p = count / universe;
    return -universe * (p * std::log2(p) + (1 - p) * std::log2(1 - p)) / 8;
}

/// Makes the checksum right again after the body was changed, as a hostile writer would.
Bytes withChecksum(Bytes bytes, std::uint64_t seed) {
    const std::size_t body = bytes.size() - 4;
    const auto sum = static_cast<std::uint32_t>(XXH3_64bits_withSeed(bytes.data(), body, seed));
    for (std::size_t i = 0; i < 4; ++i) bytes[body + i] = static_cast<std::uint8_t>(sum >> (8 * i));
    return bytes;
}

bool strictlyAscendingBelow(const Indices& indices, std::uint64_t universe) {
    return std::adjacent_find(indices.begin(), indices.end(), std::greater_equal<>()) == indices.end() &&
           (indices.empty() || indices.back() < universe);
}

#ifdef FILIGREE_SANITIZED
constexpr int trials = 300;
#else
constexpr int trials = 3000;
#endif

}  // namespace

class MaskCodecTest : public QObject {
    Q_OBJECT

  private slots:
    void bytesOfASmallMaskAreAsTheFormatSays() {
        // Indices 1, 4, 5: gaps 1, 2, 0, mean 1. Rice parameter 0: 2 bits, 3 bits, 1 bit = 6 bits; parameter
        // 1: 2 + 3 + 2. Unary = zeros then a one, least significant bit first: 01 001 1 -> bits 0,1,0,0,1,1 =
        // 0b110010.
        const Bytes bytes = encodeMask(Indices{1, 4, 5}, 10);
        QCOMPARE(bytes.size(), std::size_t{2 + 1 + 1 + 1 + 1 + 4});
        QVERIFY(Bytes(bytes.begin(), bytes.begin() + 6) == (Bytes{1, 0, 10, 3, 0, 0b110010}));
    }

    void everyMaskComesBack_data() {
        QTest::addColumn<qulonglong>("universe");
        QTest::addColumn<qlonglong>("count");
        QTest::newRow("empty layer") << 0ull << 0ll;
        QTest::newRow("nothing of one") << 1ull << 0ll;
        QTest::newRow("one of one") << 1ull << 1ll;
        QTest::newRow("nothing") << 1000ull << 0ll;
        QTest::newRow("one") << 100000ull << 1ll;
        QTest::newRow("all") << 4097ull << 4097ll;
        QTest::newRow("half") << 10007ull << 5003ll;
        QTest::newRow("few of many") << 4294967296ull << 50ll;
        QTest::newRow("5 percent") << 200000ull << 10000ll;
    }
    void everyMaskComesBack() {
        QFETCH(qulonglong, universe);
        QFETCH(qlonglong, count);
        const Indices active = randomPattern(1, static_cast<std::int64_t>(universe), count);
        QVERIFY(decodeMask(encodeMask(active, universe), universe) == active);
        QVERIFY(decodeIndices(encodeIndices(active, universe), universe) == active);
        const Indices other = randomPattern(2, static_cast<std::int64_t>(universe), count / 2);
        QVERIFY(decodeMaskDelta(encodeMaskDelta(other, active, universe), other, universe) == active);
        QVERIFY(decodeMaskDelta(encodeMaskDelta(active, other, universe), active, universe) == other);
        QVERIFY(decodeMaskDelta(encodeMaskDelta(active, active, universe), active, universe) == active);
    }

    void extremesOfTheIndexRangeComeBack() {
        const std::uint64_t universe = std::uint64_t{1} << 32;
        for (const Indices& active :
             {Indices{0}, Indices{0xffffffff}, Indices{0, 0xffffffff}, Indices{0, 1, 0xfffffffe}})
            QVERIFY(decodeMask(encodeMask(active, universe), universe) == active);
    }

    void tenMillionWeightsAt95PercentTakeTheirEntropy() {
        const std::int64_t universe = 10'000'000;
        const Indices active = randomPattern(3, universe, universe / 20);
        const Bytes key = encodeMask(active, universe);
        // PERFORMANCE.md section 5: about 362 KB, the entropy being 358.
        const double bound = entropyBytes(1e7, 5e5);
        const auto size = static_cast<double>(key.size());
        QVERIFY2(size < 1.012 * bound && size > bound, qPrintable(QString::number(key.size())));
        QVERIFY(key.size() < 363'000);
        QVERIFY(decodeMask(key, universe) == active);
        // The same section: deltas after rewiring 10 % and 1 % of the non-zeros take 87 and 13 KB.
        for (const auto& [changed, kilobytes] : {std::pair{50'000, 88.0}, {5'000, 13.4}}) {
            const Indices next = rewired(active, universe, changed, 4);
            const Bytes delta = encodeMaskDelta(active, next, universe);
            QVERIFY2(static_cast<double>(delta.size()) < kilobytes * 1000,
                     qPrintable(QString::number(delta.size())));
            QVERIFY(decodeMaskDelta(delta, active, universe) == next);
        }
    }

    void anUnchangedMaskIsADozenBytes() {
        const Indices active = randomPattern(5, 1'000'000, 50'000);
        QVERIFY(encodeMaskDelta(active, active, 1'000'000).size() <= 12);
    }

    void everyFlippedBitIsNoticed() {
        const Indices active = randomPattern(6, 500, 40);
        const Indices next = rewired(active, 500, 7, 7);
        const Bytes key = encodeMask(active, 500);
        const Bytes delta = encodeMaskDelta(active, next, 500);
        for (std::size_t bit = 0; bit < key.size() * 8; ++bit) {
            Bytes damaged = key;
            damaged[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
            QVERIFY_THROWS_EXCEPTION(Error, decodeMask(damaged, 500));
        }
        for (std::size_t bit = 0; bit < delta.size() * 8; ++bit) {
            Bytes damaged = delta;
            damaged[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
            QVERIFY_THROWS_EXCEPTION(Error, decodeMaskDelta(damaged, active, 500));
        }
    }

    void everyTruncationIsNoticed() {
        const Indices active = randomPattern(8, 500, 40);
        const Bytes key = encodeMask(active, 500);
        for (std::size_t size = 0; size < key.size(); ++size)
            QVERIFY_THROWS_EXCEPTION(Error, decodeMask(std::span(key).first(size), 500));
        Bytes longer = key;
        longer.push_back(0);
        QVERIFY_THROWS_EXCEPTION(Error, decodeMask(longer, 500));
    }

    void aDeltaOnAnotherBaseIsNoticed() {
        const Indices active = randomPattern(9, 500, 40);
        const Indices next = rewired(active, 500, 7, 10);
        const Bytes delta = encodeMaskDelta(active, next, 500);
        QVERIFY_THROWS_EXCEPTION(Error, decodeMaskDelta(delta, next, 500));
        QVERIFY_THROWS_EXCEPTION(Error, decodeMaskDelta(delta, active, 501));
        QVERIFY_THROWS_EXCEPTION(Error, decodeMask(delta, 500));
    }

    // A hostile writer makes the checksum right: then the bytes are refused, or they say a valid pattern.
    void hostileBytesNeverGiveAnInvalidPattern() {
        const std::uint64_t universe = 3000;
        const Indices active = randomPattern(11, 3000, 200);
        const Indices next = rewired(active, 3000, 30, 12);
        const std::uint64_t base = XXH3_64bits(active.data(), active.size() * sizeof(std::uint32_t));
        const Bytes key = encodeMask(active, universe);
        const Bytes delta = encodeMaskDelta(active, next, universe);
        RandomStream random(13, "fuzz");
        int refused = 0;
        for (int trial = 0; trial < trials; ++trial) {
            const bool useDelta = trial % 2 == 1;
            Bytes bytes = useDelta ? delta : key;
            for (std::uint64_t changes = 1 + random.below(4); changes > 0; --changes)
                bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.next32());
            if (random.below(3) == 0) bytes.resize(8 + random.below(bytes.size() - 8));
            bytes = withChecksum(std::move(bytes), useDelta ? base : 0);
            try {
                const Indices read =
                    useDelta ? decodeMaskDelta(bytes, active, universe) : decodeMask(bytes, universe);
                QVERIFY(strictlyAscendingBelow(read, universe));
            } catch (const Error& error) {
                QVERIFY(error.kind() == ErrorKind::Data);
                ++refused;
            }
        }
        QVERIFY(refused > trials / 4);
    }

    void aHugeCountIsRefusedBeforeMemoryIsTaken() {
        // Version 1, key frame, universe 2^32, count 2^32 - 1 and only one byte of codes.
        Bytes bytes{1, 0, 0x80, 0x80, 0x80, 0x80, 0x10, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0xff, 0, 0, 0, 0};
        QVERIFY_THROWS_EXCEPTION(Error, decodeMask(withChecksum(bytes, 0), std::uint64_t{1} << 32));
    }

    void anUnknownVersionIsNamed() {
        Bytes bytes = encodeMask(Indices{1}, 10);
        bytes[0] = 9;
        try {
            decodeMask(bytes, 10);
            QFAIL("format 9 was accepted");
        } catch (const Error& error) {
            QVERIFY(QString(error.what()).contains("format 9"));
        }
    }

    void unsortedOrOutsideIndicesAreRefused() {
        QVERIFY_THROWS_EXCEPTION(Error, encodeMask(Indices{2, 1}, 10));
        QVERIFY_THROWS_EXCEPTION(Error, encodeMask(Indices{1, 1}, 10));
        QVERIFY_THROWS_EXCEPTION(Error, encodeMask(Indices{10}, 10));
        QVERIFY_THROWS_EXCEPTION(Error, encodeMask(Indices{}, (std::uint64_t{1} << 32) + 1));
    }
};

QTEST_APPLESS_MAIN(MaskCodecTest)
#include "test_mask_codec.moc"
