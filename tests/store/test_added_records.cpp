// SPDX-License-Identifier: GPL-3.0-or-later
#include "store/added_records.h"

#include <QtTest>
#include <cmath>
#include <limits>

#include "scratch.h"
#include "store/record_codec.h"
#include "store/writer.h"

using namespace filigree;
using namespace filigree::store;

namespace {

record::Surface example() {
    const float none = std::numeric_limits<float>::quiet_NaN();
    return {"landscape/random-1",
            {-1, 0, 1},
            {0, 0.5},
            {"train/loss", "train/acc"},
            {1, 2, none, 4, 5, std::numeric_limits<float>::infinity(), 0.1F, 0.2F, none, 0.4F, 0.5F, 0.6F},
            {{"A", 400, 0.25, -0.5, 3, 0.125, 0.75}, {"", 0, 0, 0, 0, NAN, 1}},
            R"({"seed":1})",
            "{}"};
}

bool same(const record::Surface& a, const record::Surface& b) {
    const auto equal = [](double x, double y) { return (std::isnan(x) && std::isnan(y)) || x == y; };
    if (a.tag != b.tag || a.x != b.x || a.y != b.y || a.fields != b.fields || a.recipe != b.recipe ||
        a.results != b.results || a.values.size() != b.values.size() || a.points.size() != b.points.size())
        return false;
    for (std::size_t i = 0; i < a.values.size(); ++i)
        if (!equal(static_cast<double>(a.values[i]), static_cast<double>(b.values[i]))) return false;
    for (std::size_t i = 0; i < a.points.size(); ++i) {
        const auto &p = a.points[i], &q = b.points[i];
        if (p.label != q.label || p.step != q.step || !equal(p.x, q.x) || !equal(p.y, q.y) ||
            !equal(p.residual, q.residual) || !equal(p.loss, q.loss) || !equal(p.accuracy, q.accuracy))
            return false;
    }
    return true;
}

}  // namespace

class AddedRecordsTest : public QObject {
    Q_OBJECT

  private slots:
    void aSurfaceComesBackAsItWas() {
        const auto bytes = encode(example());
        QVERIFY(same(decodeSurface(bytes, "landscape/random-1"), example()));
        record::Surface wrong = example();
        wrong.values.pop_back();
        QVERIFY(throwsKind(ErrorKind::Run, [&] { encode(wrong); }));
        wrong = example();
        wrong.y.clear();
        QVERIFY(throwsKind(ErrorKind::Run, [&] { encode(wrong); }));
    }

    void damagedBytesAreRefused() {
        const auto whole = encode(example());
        for (std::size_t size = 0; size < whole.size(); ++size)
            QVERIFY(throwsKind(ErrorKind::Data, [&] { decodeSurface(std::span(whole).first(size), "t"); }));
        for (std::size_t at = 0; at < whole.size(); ++at) {
            auto bytes = whole;
            bytes[at] ^= 0x41;
            // A flip may go unseen only where it changes nothing that is read.
            try {
                QVERIFY(same(decodeSurface(bytes, "landscape/random-1"), example()));
            } catch (const Error& error) {
                QCOMPARE(error.kind(), ErrorKind::Data);
            }
        }
        // Texts of another kind are no surface.
        QVERIFY(throwsKind(ErrorKind::Data, [&] {
            decodeSurface(encode(record::Text{"t", "\xff\xff\xff"}), "t");
        }));
    }

    void recordsAreAddedToARunThatHasEnded() {
        const Scratch scratch;
        std::int64_t run = 0;
        {
            const auto writer = RunWriter::createRun(scratch.store(), exampleRun());
            run = writer->run();
            writer->scalar("train/loss", 1, {400, 1});
            writer->finish({});
        }
        Store store = Store::open(scratch.store(), Mode::ReadWrite);
        const RecordPlace place{run, 1, 400};
        QVERIFY(!surfaceAt(store, place, "landscape/random-1"));
        QVERIFY(surfaces(store, run).empty());
        add(store, place, example());
        QVERIFY(same(*surfaceAt(store, place, "landscape/random-1"), example()));
        record::Surface second = example();
        second.values[2] = 3;
        add(store, place, second);  // takes the place of the first
        QVERIFY(same(*surfaceAt(store, place, "landscape/random-1"), second));
        second.tag = "landscape/random-2";
        add(store, place, second);
        const auto all = surfaces(store, run);
        QCOMPARE(all.size(), std::size_t{2});
        QCOMPARE(all[0].step, std::int64_t{400});

        add(store, place, record::Text{"lesion/a", "{}"});
        add(store, place, record::Matrix{"hessian/density", {1, 2}, {}, {1, 2}});
        add(store, place, record::Image{"frames/1/mask", 1, 2, 1, {0, 255}});
        const Reader reader(store);
        QCOMPARE(reader.image(run, "frames/1/mask", 400)->record.pixels, (std::vector<std::uint8_t>{0, 255}));
        QCOMPARE(reader.text(run, "lesion/a", 400)->record.text, std::string("{}"));
        QCOMPARE(reader.matrix(run, "hessian/density", 400)->record.values, (std::vector<float>{1, 2}));
        QVERIFY(throwsKind(ErrorKind::Usage, [&] { add(store, {run + 1, 1, 400}, example()); }));
        store.checkIntegrity();
    }

    void aNewerAttemptHidesSurfacesAfterItsStart() {
        const Scratch scratch;
        std::int64_t run = 0;
        {
            const auto writer = RunWriter::createRun(scratch.store(), exampleRun());
            run = writer->run();
            writer->finish({RunState::Stopped, "", "", 0});
        }
        {
            Store store = Store::open(scratch.store(), Mode::ReadWrite);
            add(store, {run, 1, 100}, example());
            record::Surface later = example();
            later.tag = "later";
            add(store, {run, 1, 300}, later);
        }
        RunWriter::resumeRun(scratch.store(), run, 201)->finish({});
        const Store store = Store::open(scratch.store(), Mode::ReadOnly);
        const auto all = surfaces(store, run);
        QCOMPARE(all.size(), std::size_t{1});
        QCOMPARE(all[0].tag, std::string("landscape/random-1"));
    }
};

QTEST_GUILESS_MAIN(AddedRecordsTest)
#include "test_added_records.moc"
