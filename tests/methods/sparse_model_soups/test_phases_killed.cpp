// SPDX-License-Identifier: GPL-3.0-or-later
#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <csignal>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>
#include <set>

#include "store/reader.h"
#include "store/store.h"

using namespace filigree;
namespace fs = std::filesystem;

namespace {

/// A soup of digits: 1 dense training, 2 phases of 3 copies and 2 baselines.
constexpr const char* runFile = R"(method = "sparse_model_soups"
seed = 4
[data]
name = "digits"
[model]
hidden = [24, 16]
[train]
epochs = 4
batch_size = 50
[sparsity]
density = 0.1
[soup]
phases = 2
members = 3
retrain_epochs = 2
validation_samples = 200
jobs = 2
[checkpoint]
every_steps = 10
)";

class Soup {
  public:
    explicit Soup(const std::string& more = {}) {
        std::ofstream(folder() / "soup.toml", std::ios::binary) << runFile << more;
    }

    std::unique_ptr<QProcess> start(const QStringList& words) const {
        auto process = std::make_unique<QProcess>();
        process->setProcessChannelMode(QProcess::MergedChannels);
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
        environment.insert("HOME", folder_.path());
        process->setProcessEnvironment(environment);
        process->setWorkingDirectory(folder_.path());
        process->start(FILIGREE_PROGRAM, words + QStringList{"--store", "s.filigree", "--threads", "1"});
        process->waitForStarted();
        return process;
    }
    std::unique_ptr<QProcess> run() const { return start({"run", "soup.toml", "--name", "soup"}); }

    fs::path folder() const { return folder_.path().toStdString(); }
    fs::path store() const { return folder() / "s.filigree"; }
    std::vector<store::RunInfo> runs() const {
        try {
            const store::Store opened = store::Store::open(store(), store::Mode::ReadOnly);
            return store::Reader(opened).runs();
        } catch (const std::exception&) {
            return {};
        }
    }
    store::RunInfo soup() const {
        for (const store::RunInfo& run : runs())
            if (run.name == "soup") return run;
        return {};
    }

  private:
    QTemporaryDir folder_;
};

bool endsWell(QProcess& process) {
    const bool ended = process.waitForFinished(120000);
    if (!ended || process.exitCode() != 0) qWarning("%s", process.readAll().constData());
    return ended && process.exitCode() == 0;
}

}  // namespace

class PhasesKilledTest : public QObject {
    Q_OBJECT

  private slots:
    void aSoupIsAsSparseAsItsCopiesAndRepeatsBitForBit() {
        const Soup first;
        const auto process = first.run();
        QVERIFY(endsWell(*process));
        const store::RunInfo soup = first.soup();
        QCOMPARE(soup.progress.step, std::int64_t{3});
        // IMP of the first phase is the first copy: 1 + (3 + 1) + (3 + 2) trainings.
        QCOMPARE(first.runs().size(), std::size_t{1 + 1 + 4 + 5});

        const store::Store opened = store::Store::open(first.store(), store::Mode::ReadOnly);
        const store::Reader reader(opened);
        const auto text = reader.text(soup.id, "soup/tree", 3);
        QVERIFY(text.has_value());
        const auto tree = nlohmann::json::parse(text->record.text);
        const double size = 64 * 24 + 24 * 16 + 16 * 10;
        int soups = 0, members = 0;
        for (const auto& node : tree["nodes"]) {
            const std::string kind = node["kind"];
            const int phase = node["phase"];
            soups += kind == "soup";
            members += kind == "member";
            // Every network of a phase has exactly the phase's number of weights.
            const double expected = phase == 0 ? 1 : std::round(std::pow(0.1, phase / 2.0) * size) / size;
            QVERIFY2(std::abs(node["density"].get<double>() - expected) < 1e-12, kind.c_str());
        }
        QCOMPARE(soups, 2);
        QCOMPARE(members, 6);
        for (const char* tag :
             {"soup/uniform_acc", "soup/uniform_ood", "soup/greedy_acc", "soup/ensemble_acc", "soup/imp_acc",
              "soup/imp_long_acc", "soup/one_shot_acc", "soup/member_mean_acc", "soup/barrier", "soup/angle",
              "soup/uniform_ece", "soup/uniform_worst", "test/acc"}) {
            const auto points = reader.scalars(soup.id, tag, 2);
            QVERIFY2(points.size() == 2, tag);
            QVERIFY2(std::isfinite(points[1].value), tag);
        }
        QVERIFY(reader.scalars(soup.id, "test/acc").back().value > 0.5);
        QVERIFY(reader.matrix(soup.id, "soup/barriers", 3)->record.shape ==
                (std::vector<std::int64_t>{3, 3}));
        QVERIFY(reader.mask(soup.id, "fc1", 3).has_value());

        // What is computed again is found, not trained again.
        const auto again = first.start({"run", "soup.toml", "--name", "again"});
        QVERIFY(endsWell(*again));
        QCOMPARE(first.runs().size(), std::size_t{12});
        QCOMPARE(reader.run(reader.find("again")).weightsDigest, soup.weightsDigest);
        digest_ = soup.weightsDigest;
    }

    // Soups during training: prunings of the cubic law along one course of the learning rate; and what else
    // an average is compared with.
    void everyBaselineHasThePhasesWeightsAndOneCourseOfTheRate() {
        const Soup soups;
        const auto process = soups.start({"run", "soup.toml", "--name", "soup", "--set", "soup.ladder=cubic",
                                          "--set", "soup.schedule=continued", "--set", "soup.swa=true",
                                          "--set", "soup.reprune=true", "--set", "soup.merge=learned",
                                          "--set", "soup.members=2", "--set", "soup.learned_steps=3"});
        QVERIFY(endsWell(*process));
        const store::RunInfo soup = soups.soup();
        const store::Store opened = store::Store::open(soups.store(), store::Mode::ReadOnly);
        const store::Reader reader(opened);
        const auto tree = nlohmann::json::parse(reader.text(soup.id, "soup/tree", 3)->record.text);
        const double size = 64 * 24 + 24 * 16 + 16 * 10;
        const double steps = 24;  // whole batches of 50 in an epoch
        std::map<std::string, int> found;
        for (const auto& node : tree["nodes"]) {
            const int phase = node["phase"];
            ++found[node["kind"]];
            const double density = phase == 0 ? 1 : phase == 2 ? 0.1 : 1 - 0.9 * (1 - 1.0 / 8);
            QVERIFY(std::abs(node["density"].get<double>() - std::round(density * size) / size) < 1e-12);
            if (node["kind"] != "dense" && node["kind"] != "member") continue;
            // 4 epochs dense and 2 x 2 of retraining: the last update of each comes one step before its end.
            const double epochs = phase == 0 ? 4 : 4 + 2 * phase;
            const double rate = 0.1 * (8 * steps - (epochs * steps - 1)) / (8 * steps);
            const auto rates = reader.scalars(node["run"].get<std::int64_t>(), "optimizer/lr");
            QVERIFY2(std::abs(rates.back().value - rate) < 1e-6,
                     qPrintable(QString::number(rates.back().value)));
        }
        for (const char* kind : {"swa", "reprune", "learned", "imp", "imp_long"}) QCOMPARE(found[kind], 2);
        // The mean of its own weights is another network than the last of them.
        QVERIFY(reader.scalars(soup.id, "soup/swa_loss", 2)[0].value !=
                reader.scalars(soup.id, "soup/imp_long_loss", 2)[0].value);
        const auto unions = reader.scalars(soup.id, "soup/reprune_union_density", 2);
        // Phase 1 is one mask; the networks differ in phase 2.
        QVERIFY(unions[0].value < 1 && unions[1].value > 0.1);
        QCOMPARE(reader.scalars(soup.id, "test/acc").back().value,
                 reader.scalars(soup.id, "soup/learned_acc").back().value);
    }

    // Pruned weights that follow the gradient of what is left may come back; removed ones never do.
    void hiddenWeightsComeBackAndTheAverageIsAsSparse() {
        for (const bool hidden : {false, true}) {
            const Soup soups;
            const auto process =
                soups.start({"run", "soup.toml", "--name", "soup", "--set",
                             hidden ? "soup.pruned=hidden" : "soup.pruned=removed", "--set", "soup.members=2",
                             "--set", "sparsity.density=0.9", "--set", "soup.schedule=llr"});
            QVERIFY(endsWell(*process));
            const store::RunInfo soup = soups.soup();
            const store::Store opened = store::Store::open(soups.store(), store::Mode::ReadOnly);
            const store::Reader reader(opened);
            const double size = 64 * 24 + 24 * 16 + 16 * 10;
            const auto tree = nlohmann::json::parse(reader.text(soup.id, "soup/tree", 3)->record.text);
            for (const auto& node : tree["nodes"]) {
                const int phase = node["phase"];
                const double density = std::round(std::pow(0.9, phase / 2.0) * size) / size;
                QVERIFY(std::abs(node["density"].get<double>() - density) < 1e-12);
                if (node["kind"] != "member") continue;
                // All weights are there in the trainings, those that are multiplied by alone are counted.
                const auto shown = reader.scalars(node["run"].get<std::int64_t>(), "sparsity/density");
                QVERIFY(std::abs(shown.front().value - density) < 1e-6);
            }
            std::int64_t returned = 0;
            for (const char* layer : {"fc1", "fc2"}) {
                const auto before = reader.mask(soup.id, layer, 2)->record.active;
                const auto after = reader.mask(soup.id, layer, 3)->record.active;
                const std::set<std::uint32_t> known(before.begin(), before.end());
                for (const std::uint32_t p : after) returned += !known.contains(p);
            }
            QVERIFY2(hidden ? returned > 0 : returned == 0, qPrintable(QString::number(returned)));
            QVERIFY(reader.scalars(soup.id, "test/acc").back().value > 0.5);
        }
    }

    // The dense training: 96 steps from 0.1 linearly to 0, the last update at 0.1 / 96. Retraining: 48.
    void everyScheduleOfRetrainingHasItsRates() {
        const double smallest = 0.1 / 96;
        const auto halfCosine = [](double share) { return (1 + std::cos(std::numbers::pi * share)) / 2; };
        struct Case {
            const char* schedule;
            const char* dense;
            double first, last;
        };
        // Four steps of warm-up, 44 of decay; the record of step s holds the rate of update s.
        const Case cases[] = {
            {"llr", "linear", 0, 0.1 / 44},
            {"slr", "linear", 0, 0.1 / 44},
            {"slr", "cosine", 0, 0.1 * halfCosine(43.0 / 44)},
            {"clr", "linear", 0, smallest + (0.1 - smallest) * halfCosine(43.0 / 44)},
            {"ft", "linear", smallest, smallest},
            {"lrw", "linear", 0.05, smallest},
        };
        for (const Case& c : cases) {
            const Soup soups;
            const auto process =
                soups.start({"run", "soup.toml", "--name", "soup", "--set", "soup.phases=1", "--set",
                             "soup.members=1", "--set", "soup.baselines=false", "--set",
                             "record.scalars_every=1", "--set", QString("soup.schedule=%1").arg(c.schedule),
                             "--set", QString("optimizer.schedule=%1").arg(c.dense)});
            QVERIFY(endsWell(*process));
            const store::Store opened = store::Store::open(soups.store(), store::Mode::ReadOnly);
            const store::Reader reader(opened);
            std::int64_t last = 0;
            for (const store::RunInfo& run : reader.runs()) last = std::max(last, run.id);
            const auto rates = reader.scalars(last, "optimizer/lr");
            QCOMPARE(rates.size(), std::size_t{48});
            QVERIFY2(std::abs(rates.front().value - c.first) < 1e-9, c.schedule);
            QVERIFY2(std::abs(rates.back().value - c.last) < 1e-9,
                     qPrintable(QString("%1 %2").arg(c.schedule).arg(rates.back().value)));
        }
    }

#ifdef Q_OS_UNIX
    void aKilledPhaseGoesOnWhereItWas() {
        if (digest_.empty()) QSKIP("needs the digest of the run that was not killed");
        const Soup soup;
        auto process = soup.run();
        std::set<std::string> killed;
        int whole = 0;
        QElapsedTimer timer;
        timer.start();
        while (process->state() != QProcess::NotRunning && timer.elapsed() < 120000) {
            process->waitForFinished(5);
            std::size_t finished = 0;
            for (const store::RunInfo& run : soup.runs()) {
                finished += run.state == store::RunState::Finished;
                if (run.name == "soup" || run.storedState != store::RunState::Running) continue;
                if (killed.size() < 4 && killed.insert(run.uuid).second)
                    ::kill(static_cast<pid_t>(run.process.pid), SIGKILL);
            }
            // In the dense training, in the first phase and in the second.
            const std::size_t due[] = {0, 2, 6};
            if (whole < 3 && finished >= due[whole] && soup.soup().progress.step <= whole &&
                killed.size() >= static_cast<std::size_t>(whole + 1)) {
                ::kill(static_cast<pid_t>(process->processId()), SIGKILL);
                process->waitForFinished();
                ++whole;
                process = soup.start({"resume", "soup"});
            }
        }
        QVERIFY2(process->exitCode() == 0, process->readAll().constData());
        QCOMPARE(whole, 3);
        QVERIFY(killed.size() >= 3);
        QVERIFY(soup.soup().state == store::RunState::Finished);
        QCOMPARE(soup.soup().weightsDigest, digest_);
        QCOMPARE(soup.runs().size(), std::size_t{11});
        for (const store::RunInfo& run : soup.runs()) QVERIFY(run.state == store::RunState::Finished);
    }

    void aStoppedSoupStopsItsTrainings() {
        const Soup soup;
        const auto process =
            soup.start({"run", "soup.toml", "--name", "soup", "--set", "train.epochs=100000"});
        QElapsedTimer timer;
        timer.start();
        bool training = false;
        while (!training && timer.elapsed() < 60000) {
            process->waitForFinished(20);
            for (const store::RunInfo& run : soup.runs())
                training = training || (run.name != "soup" && run.progress.step > 0);
        }
        QVERIFY(training);
        ::kill(static_cast<pid_t>(process->processId()), SIGINT);
        QVERIFY(process->waitForFinished(30000));
        QCOMPARE(process->exitCode(), 130);
        timer.restart();
        bool stopped = false;
        while (!stopped && timer.elapsed() < 30000) {
            QTest::qWait(50);
            stopped = true;
            for (const store::RunInfo& run : soup.runs())
                stopped = stopped && run.state == store::RunState::Stopped;
        }
        QVERIFY(stopped);
    }
#endif

  private:
    std::string digest_;
};

QTEST_GUILESS_MAIN(PhasesKilledTest)
#include "test_phases_killed.moc"
