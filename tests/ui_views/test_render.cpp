// SPDX-License-Identifier: GPL-3.0-or-later
#include <QColor>
#include <QDir>
#include <QImage>
#include <QtTest>

#include "app/program.h"

class TestRender : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        QCOMPARE(program_.run({"run", "digits", "--threads", "1", "--set", "train.epochs=4", "-q"}).code, 0);
    }

    void drawsALayerAtTheSizeThatWasAsked() {
        const Outcome drawn = program_.run(
            {"render", "connectivity", "--run", "last", "--size", "640x480", "-o", program_.path("a.png")});
        if (skips(drawn)) QSKIP("there is no Vulkan driver to draw with");
        QCOMPARE(drawn.code, 0);
        QCOMPARE(drawn.out.trimmed(), program_.path("a.png").toUtf8());
        const QImage image(program_.path("a.png"));
        QCOMPARE(image.size(), QSize(640, 480));
        QCOMPARE(image.pixel(0, 0), 0xFFFFFFFFU);
        // Connections are there, in the colour of the light theme's accent, and few.
        int connected = 0;
        for (int y = 0; y < 480; ++y)
            for (int x = 0; x < 640; ++x) connected += image.pixel(x, y) == 0xFF0B63B5U ? 1 : 0;
        QVERIFY(connected > 1000 && connected < 640 * 480 / 4);
        QVERIFY(image.text("Source").startsWith("filigree render connectivity --run 1 --layer fc1 --step "));
    }

    void theStoredCommandMakesTheSamePicture() {
        const Outcome drawn =
            program_.run({"render", "connectivity", "--run", "1", "--layer", "fc2", "--colour", "sign",
                          "--theme", "dark", "--json", "-o", program_.path("b.png")});
        if (skips(drawn)) QSKIP("there is no Vulkan driver to draw with");
        QCOMPARE(drawn.code, 0);
        QCOMPARE(drawn.json()["layer"], "fc2");
        const QImage image(program_.path("b.png"));
        QStringList words = image.text("Source").split(' ');
        QCOMPARE(words.takeFirst(), QString("filigree"));
        QCOMPARE(program_.run(words << "-o" << program_.path("c.png")).code, 0);
        QCOMPARE(QImage(program_.path("c.png")), image);
        QCOMPARE(QColor(image.pixel(0, 0)).name(), QString("#1b1d21"));
    }

    void aComparisonIsMadeAgainByItsCommand() {
        const Outcome drawn = program_.run({"render", "connectivity", "--run", "1", "--layer", "fc1",
                                            "--against", "1@0", "--rows", "cluster", "--columns", "degree",
                                            "--json", "-o", program_.path("e.png")});
        if (skips(drawn)) QSKIP("there is no Vulkan driver to draw with");
        QCOMPARE(drawn.code, 0);
        const auto against = drawn.json()["against"];
        QCOMPARE(against["step"], 0);
        QVERIFY(against["only_a"] == against["only_b"]);  // rewiring keeps the number
        QVERIFY(against["only_a"].get<int>() > 0 && against["both"].get<int>() > 0);
        const QImage image(program_.path("e.png"));
        QStringList words = image.text("Source").split(' ').mid(1);
        QCOMPARE(program_.run(words << "-o" << program_.path("f.png")).code, 0);
        QCOMPARE(QImage(program_.path("f.png")), image);
        const Outcome wrong = program_.run(
            {"render", "connectivity", "--run", "1", "--against", "1@x", "-o", program_.path("g.png")});
        QCOMPARE(wrong.code, 2);
        QVERIFY(wrong.err.contains("3@4000"));
    }

    void aGraphIsMadeAgainByItsCommand() {
        const Outcome drawn =
            program_.run({"render", "graph", "--run", "1", "--neuron", "fc2:3", "--edges", "300", "--csv",
                          program_.path("edges.csv"), "--json", "-o", program_.path("graph.png")});
        if (skips(drawn)) QSKIP("there is no Vulkan driver to draw with");
        QCOMPARE(drawn.code, 0);
        QCOMPARE(drawn.json()["layers"], 3);
        QFile table(program_.path("edges.csv"));
        QVERIFY(table.open(QIODevice::ReadOnly));
        QCOMPARE(table.readAll().trimmed().count('\n'), drawn.json()["edges_drawn"].get<int>());
        const QImage image(program_.path("graph.png"));
        QStringList words = image.text("Source").split(' ').mid(1);
        QVERIFY(words.contains("fc2:3"));
        QCOMPARE(program_.run(words << "-o" << program_.path("again.png")).code, 0);
        QCOMPARE(QImage(program_.path("again.png")), image);
        const Outcome wrong =
            program_.run({"render", "graph", "--run", "1", "--neuron", "fc2", "-o", program_.path("no.png")});
        QCOMPARE(wrong.code, 2);
        QVERIFY(wrong.err.contains("fc1 (0 to"));
    }

    void aFilmOfTheGraphHoldsEveryRecordedFrame() {
        const QStringList words{"render", "graph",  "--run",  "1",       "--edges",
                                "200",    "--film", "--size", "400x300", "--json"};
        const Outcome drawn = program_.run(words + QStringList{"-o", program_.path("graphs")});
        if (skips(drawn)) QSKIP("there is no Vulkan driver to draw with");
        QCOMPARE(drawn.code, 0);
        const QStringList files = QDir(program_.path("graphs")).entryList({"*.png"}, QDir::Files, QDir::Name);
        QCOMPARE(files.size(), drawn.json()["frames"].get<int>());
        QVERIFY(files.size() > 3);
        const QImage first(program_.path("graphs/" + files.first())),
            last(program_.path("graphs/" + files.last()));
        QVERIFY(first != last && first.text("Source").contains(" --step 0 "));
        // A frame is the picture of its step.
        QCOMPARE(program_.run(last.text("Source").split(' ').mid(1) << "-o" << program_.path("g.png")).code,
                 0);
        QCOMPARE(QImage(program_.path("g.png")), last);
        const Outcome single = program_.run(words + QStringList{"-o", program_.path("graphs.apng")});
        QCOMPARE(single.json()["frames"].get<int>(), files.size());
        QFile film(program_.path("graphs.apng"));
        QVERIFY(film.open(QIODevice::ReadOnly));
        QVERIFY(film.readAll().contains("acTL"));
        QCOMPARE(QImage(program_.path("graphs.apng")), first);
    }

    void aFilmHoldsEveryRecordedFrame() {
        const Outcome drawn =
            program_.run({"render", "connectivity", "--run", "1", "--layer", "fc2", "--film", "--size",
                          "400x300", "--json", "-o", program_.path("film")});
        if (skips(drawn)) QSKIP("there is no Vulkan driver to draw with");
        QCOMPARE(drawn.code, 0);
        QStringList files = QDir(program_.path("film")).entryList({"*.png"}, QDir::Files, QDir::Name);
        QCOMPARE(files.size(), drawn.json()["frames"].get<int>());
        QVERIFY(files.size() > 3);
        QCOMPARE(files.first(), QString("frame-00001.png"));
        const QImage first(program_.path("film/" + files.first())),
            last(program_.path("film/" + files.last()));
        QVERIFY(first != last && first.text("Source").contains(" --step 0 "));
        // A frame is the picture of its step.
        QCOMPARE(program_.run(last.text("Source").split(' ').mid(1) << "-o" << program_.path("h.png")).code,
                 0);
        QCOMPARE(QImage(program_.path("h.png")), last);
        // Up to a step, and not over a film that is there.
        QCOMPARE(program_.run({"render", "connectivity", "--run", "1", "--film", "-o", program_.path("film")})
                     .code,
                 2);
        const Outcome early = program_.run({"render", "connectivity", "--run", "1", "--film", "--step", "0",
                                            "--json", "-o", program_.path("early")});
        QCOMPARE(early.json()["frames"], 1);
        // As one file: its first picture is that of the first step.
        const Outcome single =
            program_.run({"render", "connectivity", "--run", "1", "--layer", "fc2", "--film", "--fps", "8",
                          "--size", "400x300", "--json", "-o", program_.path("film.apng")});
        QCOMPARE(single.json()["frames"].get<int>(), files.size());
        const QImage still(program_.path("film.apng"), "PNG");
        QCOMPARE(still.convertToFormat(QImage::Format_RGB32), first.convertToFormat(QImage::Format_RGB32));
        QVERIFY(still.text("Source").endsWith(" --film --fps 8"));
        QFile film(program_.path("film.apng"));
        QVERIFY(film.open(QIODevice::ReadOnly));
        QCOMPARE(film.readAll().count("fcTL"), files.size());
    }

    void errorsSayWhatToDo() {
        const QString file = program_.path("d.png");
        const auto fails = [&](const QStringList& words, int code, const char* says) {
            const Outcome outcome = program_.run(QStringList{"render", "connectivity", "-o", file} << words);
            return outcome.code == code && outcome.err.contains(says) && !QFile::exists(file);
        };
        QVERIFY(fails({"--run", "9"}, 2, "there is no run"));
        QVERIFY(fails({"--run", "1", "--layer", "fc7"}, 2, "its layers are fc1, fc2, fc3"));
        QVERIFY(fails({"--run", "1", "--size", "12"}, 2, "1200x800"));
        QVERIFY(fails({"--run", "1", "--colour", "red"}, 2, "colour"));
        QVERIFY(program_.run({"render", "connectivity", "--run", "1"}).code == 2);  // no file
        program_.write("d.png", "kept");
        const Outcome kept = program_.run({"render", "connectivity", "--run", "1", "-o", file});
        QCOMPARE(kept.code, 2);
        QVERIFY(kept.err.contains("--overwrite"));
    }

    void withoutADriverItEndsWithFour() {
        Program bare;
        QCOMPARE(bare.run({"run", "digits", "--threads", "1", "--set", "train.epochs=1", "-q"}).code, 0);
        bare.setVariable("VK_ICD_FILENAMES", "/nonexistent");
        bare.setVariable("VK_DRIVER_FILES", "/nonexistent");
        const Outcome outcome = bare.run({"render", "connectivity", "--run", "1", "-o", bare.path("a.png")});
        QCOMPARE(outcome.code, 4);
        QVERIFY(outcome.err.contains("mesa-vulkan-drivers"));
        const Outcome devices = bare.run({"devices"});
        QCOMPARE(devices.code, 0);
        QVERIFY(devices.err.contains("no Vulkan device"));
        QVERIFY(bare.run({"devices", "--json"}).json()["vulkan"].empty());
    }

  private:
    /// Drawing needs a driver, which not every computer has.
    static bool skips(const Outcome& outcome) { return outcome.code == 4; }

    Program program_;
};

QTEST_APPLESS_MAIN(TestRender)
#include "test_render.moc"
