// SPDX-License-Identifier: GPL-3.0-or-later
#include <QSignalSpy>
#include <QTest>

#include "base/error.h"
#include "run/presets.h"
#include "run/shared_schema.h"
#include "ui/start/experiment_draft.h"

using namespace filigree;
using namespace filigree::ui;

class TestExperimentDraft : public QObject {
    Q_OBJECT

    config::RunFile digits_ = [] {
        qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
        return run::openRunFile("digits");
    }();

    static QString toml(const std::optional<config::RunFile>& file) {
        return file ? QString::fromStdString(config::toToml(*file)) : QString("none");
    }

  private slots:
    void whatComesInGoesOutUnchanged() {
        ExperimentDraft draft;
        QVERIFY(draft.isEmpty());
        draft.begin(digits_, digits_);
        QCOMPARE(toml(draft.file()), toml(digits_));
        QCOMPARE(draft.file()->preset, digits_.preset);
        QVERIFY(draft.changedKeys().isEmpty());
    }

    void knowsWhatWasChangedAndTakesItBack() {
        ExperimentDraft draft;
        draft.begin(digits_, digits_);
        draft.setText("sparsity.density", "0.05");
        draft.setText("model.hidden", "32");
        QCOMPARE(draft.changedKeys(), (QStringList{"model.hidden", "sparsity.density"}));
        QCOMPARE(draft.file()->config.real("sparsity.density"), 0.05);
        draft.setText("sparsity.density", draft.baseText("sparsity.density"));
        QCOMPARE(draft.changedKeys(), QStringList{"model.hidden"});
        // The same number written otherwise is no change.
        draft.setText("sparsity.density", "1e-1");
        QVERIFY(!draft.isChanged("sparsity.density"));
    }

    void aWrongTextLeavesNoFile() {
        ExperimentDraft draft;
        draft.begin(digits_, digits_);
        draft.setText("train.epochs", "x");
        QCOMPARE(draft.firstProblemKey(), QString("train.epochs"));
        QVERIFY(!draft.file());
        QVERIFY(draft.runs().empty());
        QVERIFY(draft.toToml(true).isEmpty());
        draft.setText("seeds", "0-");
        QCOMPARE(draft.firstProblemKey(), QString("seeds"));
    }

    void typingIsOneStepAndTheNextFieldAnother() {
        ExperimentDraft draft;
        draft.begin(digits_, digits_);
        for (const char* text : {"5", "50", "500"}) draft.setText("train.epochs", text);
        draft.setText("optimizer.lr", "0.1");
        QCOMPARE(draft.edits().count(), 2);
        draft.edits().undo();
        QCOMPARE(draft.text("optimizer.lr"), QString("0.05"));
        QCOMPARE(draft.text("train.epochs"), QString("500"));
        draft.edits().undo();
        QCOMPARE(draft.text("train.epochs"), QString("40"));
        draft.edits().redo();
        QCOMPARE(draft.text("train.epochs"), QString("500"));
        // Leaving the field ends the step.
        draft.edits().undo();
        draft.setText("train.epochs", "7");
        draft.endStep();
        draft.setText("train.epochs", "8");
        draft.edits().undo();
        QCOMPARE(draft.text("train.epochs"), QString("7"));
    }

    void anotherPresetCanBeUndone() {
        ExperimentDraft draft;
        draft.begin(digits_, digits_);
        draft.setText("train.epochs", "3");
        const config::RunFile planted = run::openRunFile("planted");
        draft.replace(planted, planted, "preset");
        QCOMPARE(toml(draft.file()), toml(planted));
        QVERIFY(draft.changedKeys().isEmpty());
        draft.edits().undo();
        QCOMPARE(draft.text("train.epochs"), QString("3"));
        QCOMPARE(draft.base().preset, digits_.preset);
    }

    void oneRunPerSeed() {
        ExperimentDraft draft;
        draft.begin(digits_, digits_);
        QCOMPARE(draft.runs().size(), std::size_t{1});
        QCOMPARE(*draft.runs()[0].seed, std::uint64_t{0});
        draft.setText("seeds", "3-5");
        draft.setText("name", "trial");
        const auto runs = draft.runs();
        QCOMPARE(runs.size(), std::size_t{3});
        QCOMPARE(*runs[2].seed, std::uint64_t{5});
        QCOMPARE(runs[2].name, std::string("trial seed 5"));
        QCOMPARE(runs[0].config.toToml(), runs[2].config.toToml());
        draft.setText("seeds", "4");
        QCOMPARE(draft.runs()[0].name, std::string("trial"));
    }

    void tomlComesBackExactlyLongAndShort() {
        ExperimentDraft draft;
        draft.begin(digits_, digits_);
        draft.setText("optimizer.lr", "0.012345678901234567");
        draft.setText("optimizer.milestones", "0.1, 0.2");
        draft.setText("seeds", "11");
        draft.setText("name", "a \"name\"");
        for (const bool everyKey : {true, false}) {
            const config::RunFile back =
                config::parseRunFile(draft.toToml(everyKey).toStdString(), "test", run::schemaOf);
            QCOMPARE(QString::fromStdString(config::toToml(back)), toml(draft.file()));
        }
        QVERIFY(draft.toToml(false).size() < draft.toToml(true).size() / 2);
    }

    void tomlGoesIntoTheFields() {
        ExperimentDraft draft;
        draft.begin(digits_, digits_);
        const QSignalSpy replaced(&draft, &ExperimentDraft::replaced);
        draft.readToml("method = \"dst_ee\"\nseed = 4\n[model]\nhidden = [9]\n");
        QCOMPARE(replaced.count(), 1);
        QCOMPARE(draft.text("model.hidden"), QString("9"));
        QCOMPARE(draft.text("seeds"), QString("4"));
        // A key that is left out has its default, which is not the preset's value.
        QCOMPARE(draft.text("train.epochs"), QString("20"));
        QVERIFY(draft.isChanged("train.epochs"));
        draft.edits().undo();
        QCOMPARE(toml(draft.file()), toml(digits_));
    }

    void wrongTomlChangesNothingAndSaysWhere() {
        ExperimentDraft draft;
        draft.begin(digits_, digits_);
        try {
            draft.readToml("method = \"dst_ee\"\n[model]\nhiden = [9]\n");
            QFAIL("a key that does not exist was taken");
        } catch (const Error& error) {
            QCOMPARE(error.where(), std::string("TOML:3:1"));
        }
        QCOMPARE(toml(draft.file()), toml(digits_));
        QCOMPARE(draft.edits().count(), 0);
    }

    void severalSeedsSurviveAnEditOfTheToml() {
        ExperimentDraft draft;
        draft.begin(digits_, digits_);
        draft.setText("seeds", "0-2");
        draft.readToml(draft.toToml(true).replace("epochs = 40", "epochs = 2"));
        QCOMPARE(draft.text("seeds"), QString("0-2"));
        QCOMPARE(draft.text("train.epochs"), QString("2"));
    }

    void aDraftSurvivesWithItsWrongTexts() {
        ExperimentDraft draft;
        draft.begin(digits_, digits_);
        draft.setText("train.epochs", "not yet");
        draft.setText("sparsity.density", "0.3");
        draft.setText("seeds", "0-4");
        ExperimentDraft again;
        QVERIFY(again.restore(draft.save()));
        QCOMPARE(again.text("train.epochs"), QString("not yet"));
        QCOMPARE(again.text("sparsity.density"), QString("0.3"));
        QCOMPARE(again.text("seeds"), QString("0-4"));
        QCOMPARE(again.base().preset, digits_.preset);
        QCOMPARE(again.baseText("train.epochs"), QString("40"));
        again.setText("train.epochs", "40");
        again.setText("sparsity.density", "0.1");
        again.setText("seeds", "");
        QCOMPARE(toml(again.file()), toml(digits_));
    }

    void anotherVersionsDraftIsLeftAlone() {
        ExperimentDraft draft;
        draft.begin(digits_, digits_);
        for (const QJsonObject& broken : {QJsonObject{}, QJsonObject{{"base", "method = \"gone\""}},
                                          QJsonObject{{
                                              "base",
                                              "][",
                                          }},
                                          QJsonObject{{"base", 3}}}) {
            QVERIFY(!draft.restore(broken));
            QCOMPARE(toml(draft.file()), toml(digits_));
        }
    }
};

QTEST_GUILESS_MAIN(TestExperimentDraft)
#include "test_experiment_draft.moc"
