// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <csignal>

#include "program.h"

#ifdef Q_OS_UNIX
#include <sys/types.h>
#endif

/// The analyses of the real program, on networks that it has trained on digits.
class AnalyzeTest : public QObject {
    Q_OBJECT

    Program program_;

    Outcome require(const QStringList& arguments, int code = 0) const {
        const Outcome outcome = program_.run(arguments);
        if (outcome.code != code)
            qWarning("%s: exit code %d\n%s\n%s", qPrintable(arguments.join(' ')), outcome.code,
                     outcome.out.constData(), outcome.err.constData());
        return outcome;
    }

  private slots:
    void initTestCase() {
        const QStringList run{"run",        "dst_ee/digits",
                              "--threads",  "1",
                              "--progress", "none",
                              "--set",      "train.epochs=6",
                              "--set",      "checkpoint.every_steps=28",
                              "--set",      "checkpoint.keep=9"};
        QCOMPARE(require(run + QStringList{"--seed", "1"}).code, 0);
        QCOMPARE(require(run + QStringList{"--seed", "2"}).code, 0);
    }

    void anAverageOfDifferentMasksIsRefusedUnlessForced() {
        const auto itself = require({"analyze", "soup", "1", "1", "--json"}).json();
        QVERIFY(itself["same_mask"].get<bool>());
        QCOMPARE(itself["average"]["density"], itself["members"][0]["density"]);
        QCOMPARE(itself["average"]["test"], itself["members"][0]["test"]);
        QCOMPARE(itself["distance"].get<double>(), 0.0);
        QVERIFY(require({"analyze", "soup", "1", "2"}, 2).err.contains("different masks"));
        const auto forced =
            require({"analyze", "soup", "1", "2", "--force", "--save", "soup.safetensors", "--json"}).json();
        QVERIFY(!forced["same_mask"].get<bool>());
        QVERIFY(forced["average"]["density"].get<double>() >
                1.5 * forced["members"][0]["density"].get<double>());
        QVERIFY(QFile::exists(program_.path("soup.safetensors")));
    }

    void channelsAreClosedAndWhatIsLeftIsKept() {
        Program gated;
        QCOMPARE(
            gated.run({"run", "decoys", "--threads", "1", "--progress", "none", "--set", "train.epochs=3"})
                .code,
            0);
        const auto facts = gated.run({"analyze", "ablation", "last", "--levels", "3", "--json"}).json();
        QCOMPARE(facts["channels"].get<int>(), 128);
        QCOMPARE(facts["levels"].size(), std::size_t{3});
        QCOMPARE(facts["levels"][1]["closed"].get<int>(), 64);
        QCOMPARE(facts["levels"][1]["multiply_adds"].get<double>(), 64.0 * 64 + 64);
        QVERIFY(facts["levels"][0]["mean_absolute_error"].is_null());
        const auto again = gated.run({"analyze", "ablation", "last", "--levels", "3", "--json"}).json();
        QCOMPARE(again, facts);
        const Outcome picture = gated.run({"render", "gates", "--run", "last", "--part", "ablation",
                                           "--closed", "60", "-o", gated.path("closed.png")});
        QVERIFY2(picture.code == 0 || picture.err.contains("without pictures"), picture.err.constData());
        const auto pruned = gated
                                .run({"analyze", "prune", "last", "--channels", "64", "--pairs", "2",
                                      "--save", gated.path("small.safetensors"), "--json"})
                                .json();
        QCOMPARE(pruned["removed"].get<int>(), 64);
        QCOMPARE(pruned["after"]["accuracy"], facts["levels"][1]["accuracy"]);
        QCOMPARE(pruned["after"]["multiply_adds"], facts["levels"][1]["multiply_adds"]);
        QVERIFY(pruned["difference"].get<double>() < 1e-5);
        QCOMPARE(pruned["layers"][0]["name"].get<std::string>(), std::string("gate_input"));
        QCOMPARE(pruned["layers"][0]["outputs"], (nlohmann::json{128, 64}));
        const Outcome table = gated.run(
            {"render", "gates", "--run", "last", "--part", "pruning", "-o", gated.path("pruned.png")});
        QVERIFY2(table.code == 0 || table.err.contains("without pictures"), table.err.constData());
        // The file is gone on with.
        QCOMPARE(gated
                     .run({"run", "decoys", "--threads", "1", "--progress", "none", "--set", "train.epochs=1",
                           "--set", "model.pruned=" + gated.path("small.safetensors")})
                     .code,
                 0);
        QCOMPARE(gated.run({"analyze", "prune", "last", "--json", "--channels", "0", "--pairs", "1"})
                     .json()["before"]["parameters"],
                 pruned["after"]["parameters"]);
        // This network has none.
        QVERIFY(require({"analyze", "ablation", "1"}, 2).err.contains("has no gates"));
        QVERIFY(require({"analyze", "prune", "1", "--channels", "3"}, 2).err.contains("training has chosen"));
    }

    void unitsThatTrainingPrunedAreTakenOut() {
        Program pruned;
        QCOMPARE(pruned
                     .run({"run", "zoo-digits", "--threads", "1", "--progress", "none", "--set",
                           "train.epochs=4", "--set", "sparsity.algorithm=gmp", "--set", "prune.unit=unit",
                           "--set", "prune.scope=uniform", "--set", "sparsity.density=0.25"})
                     .code,
                 0);
        const auto facts = pruned
                               .run({"analyze", "prune", "last", "--pairs", "2", "--save",
                                     pruned.path("small.safetensors"), "--json"})
                               .json();
        // 64-128-64-10: a quarter of 192 units stays, with every connection between them.
        QCOMPARE(facts["channels"].get<int>(), 192);
        QCOMPARE(facts["removed"].get<int>(), 144);
        QVERIFY(facts["threshold"].is_null());
        QCOMPARE(facts["layers"][1]["outputs"], (nlohmann::json{64, 16}));
        QCOMPARE(facts["after"]["parameters"].get<int>(), 64 * 32 + 32 + 32 * 16 + 16 + 16 * 10 + 10);
        QCOMPARE(facts["after"]["multiply_adds"].get<double>(), 64.0 * 32 + 32 * 16 + 160);
        QCOMPARE(facts["after"]["accuracy"], facts["before"]["accuracy"]);
        QVERIFY(facts["difference"].get<double>() < 1e-4);
        QVERIFY(QFile::exists(pruned.path("small.safetensors")));
        QVERIFY(
            pruned.run({"analyze", "prune", "last", "--pairs", "1"}).err.contains("model.hidden=[32, 16]"));
        // What no training thinned out stays whole.
        QCOMPARE(require({"analyze", "prune", "1", "--pairs", "1", "--json"}).json()["difference"], 0.0);
    }

    void framesOfAPolypAreKeptWithTheirMaps() {
        Program sized;
        const QString folder = sized.path("polyps");
        QCOMPARE(sized
                     .run({"data", "endoscopy", "--out", folder, "--polyps", "12", "--frames", "3", "--size",
                           "16"})
                     .code,
                 0);
        QCOMPARE(sized
                     .run({"run", "sizing", "--threads", "1", "--progress", "none", "--set",
                           "data.task=pictures", "--set", "data.table=" + folder + "/polypsizing_proc.csv",
                           "--set", "data.image_size=16", "--set", "train.epochs=2"})
                     .code,
                 0);
        const QStringList command{"analyze", "frames", "last", "--most", "2", "--json"};
        const auto facts = sized.run(command).json();
        QCOMPARE(facts["frames"].size(), std::size_t{2});
        QCOMPARE(facts["of_all"].get<int>(), 3);
        QVERIFY(facts["has_depth"].get<bool>() && !facts["has_mask"].get<bool>());
        for (const auto& frame : facts["frames"]) {
            const double sum =
                frame["offset"].get<double>() + frame["mean_of_map"]["loc_depth"].get<double>();
            QVERIFY(std::abs(std::clamp(sum, 0.5, 22.0) - frame["predicted"].get<double>()) < 1e-3);
        }
        QCOMPARE(sized.run(command).json(), facts);
        const QString group = QString::number(facts["group"].get<int>());
        const QStringList render{"render",  "predictions", "--run",  "last", "--part", "frames",
                                 "--group", group,         "--item", "2",    "-o",     sized.path("f.png")};
        const Outcome picture = sized.run(render);
        QVERIFY2(picture.code == 0 || picture.err.contains("without pictures"), picture.err.constData());
        QCOMPARE(facts["feature_maps"].get<int>(), 2);
        const QStringList channel{"render",           "gates",  "--run", "last", "--channel", "2", "--gate",
                                  "loc_depth.layer1", "--frame"};
        const Outcome tip = sized.run(channel + QStringList{group + ":2", "-o", sized.path("tip.png")});
        QVERIFY2(tip.code == 0 || tip.err.contains("without pictures"), tip.err.constData());
        if (tip.code == 0)
            QVERIFY(sized.run(channel + QStringList{group + ":3", "-o", sized.path("no.png")})
                        .err.contains("no feature maps of this frame"));
        QVERIFY(sized.run({"analyze", "frames", "last", "--polyp", "9999"}).err.contains("no such polyp"));
        // So are frames of a run that tells classes.
        QCOMPARE(
            sized
                .run({"run", "sizing", "--threads", "1", "--progress", "none", "--set", "data.task=pictures",
                      "--set", "data.table=" + folder + "/polypsizing_proc.csv", "--set",
                      "data.image_size=16", "--set", "train.epochs=1", "--set", "data.target=triclass"})
                .code,
            0);
        const auto told = sized.run({"analyze", "frames", "last", "--json"}).json();
        const Outcome classed =
            sized.run({"render", "predictions", "--run", "last", "--part", "frames", "--group",
                       QString::number(told["group"].get<int>()), "-o", sized.path("classed.png")});
        QVERIFY2(classed.code == 0 || classed.err.contains("without pictures"), classed.err.constData());
        // This run looks at no frames.
        QVERIFY(require({"analyze", "frames", "1"}, 2).err.contains("looks at no frames"));
    }

    void aLandscapeIsKeptAndFoundAgain() {
        const QStringList command{"analyze", "landscape", "1",   "--resolution",
                                  "11",      "--samples", "300", "--json"};
        const auto first = require(command + QStringList{"--threads", "1"}).json();
        QCOMPARE(first["complete"].get<bool>(), true);
        QCOMPARE(first["computed"].get<int>(), 121);
        const auto& loss = first["fields"]["train/loss"];
        // The network itself is in the middle, and its own figures are those of that place.
        QCOMPARE(first["x"][5].get<double>(), 0.0);
        QVERIFY(std::abs(loss[5][5].get<double>() - first["points"][0]["loss"].get<double>()) < 1e-6);
        QVERIFY(loss[0][0].get<double>() > loss[5][5].get<double>());
        QCOMPARE(first["recipe"]["normalization"].get<std::string>(), std::string("filter"));
        QCOMPARE(first["recipe"]["batch_norm"].get<std::string>(), std::string("none"));

        const auto again = require(command + QStringList{"--threads", "1"}).json();
        QCOMPARE(again["computed"].get<int>(), 0);
        QCOMPARE(again["from_store"].get<int>(), 121);
        QCOMPARE(again["fields"], first["fields"]);
        // Another seed is another landscape; more threads give the same one.
        const auto other = require(command + QStringList{"--seed", "4", "--threads", "1"}).json();
        QVERIFY(other["tag"] != first["tag"]);
        const auto wide = require(command + QStringList{"--seed", "5", "--threads", "2"}).json();
        const auto narrow = require({"analyze", "landscape", "1", "--resolution", "6", "--samples", "300",
                                     "--seed", "5", "--threads", "1", "--json"})
                                .json();
        QCOMPARE(narrow["fields"]["train/loss"][1][2], wide["fields"]["train/loss"][2][4]);
    }

#ifdef Q_OS_UNIX
    void aKilledLandscapeGoesOn() {
        const QStringList command{"analyze",   "landscape", "2",      "--resolution", "81",
                                  "--samples", "0",         "--json", "--threads",    "1"};
        const auto process = program_.start(command);
        // Killed when something is in the store: the preview and the first grid were reported.
        QElapsedTimer timer;
        timer.start();
        QByteArray said;
        while (timer.elapsed() < 60000 && said.count("a picture") < 2 &&
               process->state() == QProcess::Running) {
            process->waitForReadyRead(50);
            said += process->readAllStandardError();
        }
        QVERIFY2(said.count("a picture") >= 2, said.constData());
        ::kill(static_cast<pid_t>(process->processId()), SIGKILL);
        process->waitForFinished();
        const auto rest = require(command).json();
        QCOMPARE(rest["complete"].get<bool>(), true);
        QVERIFY(rest["from_store"].get<int>() >= 81);
        QCOMPARE(rest["from_store"].get<int>() + rest["computed"].get<int>(), 81 * 81);
        QCOMPARE(require({"store", "check"}).code, 0);
    }
#endif

    void aStoppedLandscapeGoesOn() {
#ifdef Q_OS_UNIX
        const QStringList command{"analyze",   "landscape", "2@112",  "--resolution", "101",
                                  "--samples", "0",         "--json", "--threads",    "1"};
        const auto process = program_.start(command);
        QByteArray said;
        QElapsedTimer timer;
        timer.start();
        while (timer.elapsed() < 60000 && said.count("a picture") < 2 &&
               process->state() == QProcess::Running) {
            process->waitForReadyRead(50);
            said += process->readAllStandardError();
        }
        ::kill(static_cast<pid_t>(process->processId()), SIGINT);
        const Outcome stopped = Program::finish(*process);
        QCOMPARE(stopped.code, 130);
        const auto half = stopped.json();
        QCOMPARE(half["complete"].get<bool>(), false);
        QVERIFY(half["computed"].get<int>() >= 81);
        const auto rest = require(command).json();
        QCOMPARE(rest["from_store"], half["computed"]);
        QCOMPARE(rest["from_store"].get<int>() + rest["computed"].get<int>(), 101 * 101);
#else
        QSKIP("no signals on this system");
#endif
    }

    void theTrajectoryLiesInItsPlane() {
        const auto path = require({"analyze", "landscape", "1", "--along", "trajectory", "--resolution", "5",
                                   "--samples", "200", "--json"})
                              .json();
        const auto& points = path["points"];
        QVERIFY(points.size() >= 5);
        // The last checkpoint is the origin; the first was worse.
        QVERIFY(std::abs(points.back()["x"].get<double>()) < 1e-9);
        QVERIFY(std::abs(points.back()["residual"].get<double>()) < 1e-9);
        QVERIFY(points.front()["loss"].get<double>() > points.back()["loss"].get<double>());
        const auto& shares = path["results"]["explained_variance"];
        QCOMPARE(shares.size(), points.size() - 1);
        double sum = 0;
        for (const auto& share : shares) sum += share.get<double>();
        QVERIFY(std::abs(sum - 1) < 1e-6);
        QVERIFY(shares[0] > 0.3);
    }

    void theBarrierBetweenTwoSeedsIsSeen() {
        const auto line = require({"analyze", "connect", "1", "2", "--resolution", "5", "--json"}).json();
        const auto& loss = line["fields"]["train/loss"][0];
        QCOMPARE(loss.size(), std::size_t{5});
        double highest = 0;
        for (std::size_t i = 0; i < 5; ++i) {
            const double a = static_cast<double>(i) / 4;
            highest = std::max(
                highest, loss[i].get<double>() - (1 - a) * loss[0].get<double>() - a * loss[4].get<double>());
        }
        const auto& barrier = line["results"]["barrier"];
        QVERIFY(std::abs(barrier["train/loss"]["linear"].get<double>() - highest) < 1e-5);
        QVERIFY(barrier["test/error"]["midpoint"].get<double>() > 0.05);  // different seeds: not connected
        // A run with itself has none.
        const auto itself = require({"analyze", "connect", "1", "1", "--resolution", "3", "--json"}).json();
        QVERIFY(std::abs(itself["results"]["barrier"]["train/loss"]["linear"].get<double>()) < 1e-6);
        require({"analyze", "connect", "1", "7"}, 2);
        QVERIFY(require({"analyze", "connect", "1@5", "2"}, 2).err.contains("checkpoints of the steps"));
    }

    void theHessianAgreesWithItself() {
        const auto sharp =
            require({"analyze", "hessian", "1", "--samples", "200", "--top", "1", "--lanczos-steps", "20",
                     "--density-probes", "1", "--trace-probes", "5", "--json"})
                .json();
        const double top = sharp["eigenvalues"][0]["value"].get<double>();
        // Lanczos comes near to the largest eigenvalue from below.
        QVERIFY(std::abs(top - sharp["greatest"].get<double>()) < 0.05 * top);
        QVERIFY(sharp["difference_error"].get<double>() < 0.05);
        QVERIFY(sharp["trace"]["probes"].get<int>() >= 3);
        double whole = 0;
        const auto& at = sharp["density"]["eigenvalue"];
        const auto& value = sharp["density"]["value"];
        for (std::size_t i = 1; i < at.size(); ++i)
            whole += value[i].get<double>() * (at[i].get<double>() - at[i - 1].get<double>());
        QVERIFY(std::abs(whole - 1) < 0.02);
    }

    void aLesionIsSeenAndUndone() {
        const QStringList command{"analyze", "lesion", "1", "--json"};
        const auto nothing = require(command + QStringList{"--where", "age < -1"}).json();
        QCOMPARE(nothing["cut"], nothing["intact"]);
        const auto all = require(command + QStringList{"--layer", "fc1", "--save", "blind"}).json();
        QCOMPARE(all["layers"][0]["removed"], all["layers"][0]["connections"]);
        QVERIFY(all["cut"]["accuracy"].get<double>() < 0.35);  // blind: one class for all
        QVERIFY(all["intact"]["accuracy"].get<double>() > 0.7);
        QVERIFY(all["seconds"].get<double>() > 0);
        QCOMPARE(all["intact"]["classes"].size(), std::size_t{10});
        const auto again = require(command + QStringList{"--where", "age < -1"}).json();
        QCOMPARE(again["intact"], nothing["intact"]);
        QVERIFY(require({"analyze", "lesion", "1", "--layer", "fc9"}, 2).err.contains("fc1, fc2"));
        QVERIFY(require({"analyze", "lesion", "1", "--where", "age <"}, 2).err.contains("character 6"));
        require({"analyze", "lesion", "1", "--layer", "fc1", "--edge", "900:0"}, 2);
    }

    void manyLesionsAreAnsweredLineByLine() {
        const Outcome answered = program_.run({"analyze", "lesion", "1", "--stdin"},
                                              "{\"layers\":[\"fc1\"]}\n{\"where\":\"age <\"}\nwhat\n"
                                              "{\"where\":\"age < -1\"}\n");
        QCOMPARE(answered.code, 0);
        const QList<QByteArray> lines = answered.out.trimmed().split('\n');
        QCOMPARE(lines.size(), 4);
        const auto line = [&](int i) { return nlohmann::json::parse(lines[i].toStdString()); };
        QCOMPARE(line(0)["layers"][0]["positions"].size(),
                 line(0)["layers"][0]["connections"].get<std::size_t>());
        QVERIFY(line(1)["error"]["message"].get<std::string>().find("cannot be read") != std::string::npos);
        QVERIFY(line(2).contains("error"));
        QCOMPARE(line(3)["cut"], line(3)["intact"]);
    }
};

QTEST_GUILESS_MAIN(AnalyzeTest)
#include "test_analyze.moc"
