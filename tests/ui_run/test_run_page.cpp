// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QTabWidget>
#include <QTableView>
#include <QToolButton>
#include <QtTest>

#include "run/presets.h"
#include "run/runner.h"
#include "store/annotations.h"
#include "store/commands.h"
#include "store/reader.h"
#include "store/writer.h"
#include "ui/charts/metric_chart.h"
#include "ui/model/workspace.h"
#include "ui/run/chart_card.h"
#include "ui/run/chart_grid.h"
#include "ui/run/history_panels.h"
#include "ui/run/run_page.h"

using namespace filigree;
using namespace filigree::ui;

/// The page of one run, over a store that a writer in this program fills.
class RunPageTest : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> folder_;
    std::unique_ptr<Workspace> workspace_;
    std::unique_ptr<RunPage> page_;
    std::unique_ptr<store::RunWriter> writer_;
    QString file_;

    std::filesystem::path path() const { return file_.toStdU16String(); }

    store::NewRun description(const std::string& name) const {
        config::RunFile preset = run::openRunFile("digits");
        preset.config.set("optimizer.lr=0.2");
        store::NewRun run;
        run.name = name;
        run.method = preset.method;
        run.preset = preset.preset;
        run.configToml = preset.config.toToml();
        run.totalSteps = 1000;
        run.seed = 5;
        run.machineJson = R"({"host":"machine-1","processor":"Some CPU","threads":2})";
        return run;
    }
    /// A run in state running, written by this process.
    RunKey begin(const std::string& name = "first") {
        writer_ = store::RunWriter::createRun(path(), description(name));
        writer_->heartbeat({100, 1000, 4, 50});
        for (int step = 0; step <= 100; step += 10) {
            writer_->scalar("train/loss", 1.0 / (1 + step), {step, 0});
            writer_->scalar("test/acc", step / 100.0, {step, 0});
        }
        writer_->scalar("perf/steps_per_second", 50, {100, 4});
        writer_->log(record::LogLevel::Info, "hello", {0, 0});
        writer_->log(record::LogLevel::Warning, "careful", {50, 0});
        writer_->event({"warning", R"({"message":"careful"})"}, {50, 0});
        writer_->flush();
        return {file_, writer_->run()};
    }
    template <typename Widget>
    Widget* find(const char* name) const {
        auto* widget = page_->findChild<Widget*>(QLatin1String(name));
        if (!widget) qFatal("no %s", name);
        return widget;
    }
    QAction* action(const char* id) const { return workspace_->actions.find(QLatin1String(id)); }
    void showRun(const RunKey& key) {
        workspace_->selection.setCurrent(key);
        QTRY_COMPARE(page_->info().id, key.run);
    }
    store::RunInfo stored(std::int64_t run) const {
        const store::Store store = store::Store::open(path(), store::Mode::ReadOnly);
        return store::Reader(store).run(run);
    }
    void choose(const char* tab) {
        auto* tabs = find<QTabWidget>("runTabs");
        for (int i = 0; i < tabs->count(); ++i)
            if (tabs->tabText(i) == QLatin1String(tab)) return tabs->setCurrentIndex(i);
        qFatal("no tab %s", tab);
    }

  private slots:
    void initTestCase() {
        qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
        qRegisterMetaType<RunKey>();
    }
    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        file_ = folder_->filePath("runs.filigree");
        store::Store::openOrCreate(path());
        workspace_ = std::make_unique<Workspace>(Workspace::Options{});
        file_ = workspace_->stores.open(file_)->path();
        page_ = std::make_unique<RunPage>(*workspace_);
        page_->resize(1200, 700);
        page_->show();
        // Shortcuts need the active window, which nobody chooses where there is no window manager.
        page_->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(page_.get()));
    }
    void cleanup() {
        page_.reset();
        workspace_.reset();
        writer_.reset();
    }

    void withoutARunItSaysWhatToDo() {
        QVERIFY(find<QLabel>("runMessage")->text().contains("No run is chosen"));
        QSignalSpy gallery(workspace_.get(), &Workspace::showGallery);
        QTest::mouseClick(find<QPushButton>("runOpenGallery"), Qt::LeftButton);
        QCOMPARE(gallery.count(), 1);
        for (const char* id : {"run.pause", "run.step", "run.stop", "run.resume", "run.bookmark"})
            QVERIFY(!action(id)->isEnabled());
        workspace_->selection.setCurrent({file_, 77});
        QTRY_VERIFY(find<QLabel>("runMessage")->text().contains("not in the store"));
    }

    void showsARunningRun() {
        showRun(begin());
        QCOMPARE(page_->title(), QString("first"));
        QVERIFY(find<QLabel>("runState")->text().contains("running"));
        const QString numbers = find<QLabel>("runNumbers")->text();
        QVERIFY2(numbers.contains("step 100 of 1000") && numbers.contains("50 steps/s") &&
                     numbers.contains("18 s left"),
                 qPrintable(numbers));
        QVERIFY(action("run.pause")->isEnabled() && action("run.stop")->isEnabled());
        QVERIFY(!action("run.resume")->isEnabled());
        QVERIFY(find<QToolButton>("run_pause")->isVisible());
        QVERIFY(!find<QToolButton>("run_resume")->isVisible());
        QVERIFY(!find<QWidget>("runBanner")->isVisible());
        // A card per metric; what it costs is folded.
        QTRY_VERIFY(page_->findChild<MetricChart*>("chart_train/loss"));
        auto* chart = find<MetricChart>("chart_test/acc");
        QTRY_COMPARE(chart->picture().curves.size(), std::size_t{1});
        QVERIFY(!page_->findChild<MetricChart*>("chart_perf/steps_per_second"));
        QTest::mouseClick(find<QToolButton>("section_perf"), Qt::LeftButton);
        QVERIFY(page_->findChild<MetricChart*>("chart_perf/steps_per_second"));
    }

    void commandsReachTheStoreAndAnswersAreShown() {
        const RunKey key = begin();
        showRun(key);
        QTest::keyClick(page_.get(), Qt::Key_Semicolon, Qt::ControlModifier);
        store::Store store = store::Store::open(path(), store::Mode::ReadWrite);
        QTRY_COMPARE(store::commands(store, key.run).size(), std::size_t{1});
        QCOMPARE(store::commands(store, key.run)[0].verb, std::string("pause"));
        const auto taken = store::take(store, key.run);
        writer_->setState(store::RunState::Paused);
        writer_->flush();
        store::acknowledge(store, taken[0].id);
        QTRY_VERIFY(find<QLabel>("runState")->text().contains("paused"));
        QVERIFY(!find<QWidget>("errorBar")->isVisible());
        QCOMPARE(action("run.pause")->text().remove('&'), QString("Continue"));
        action("run.checkpoint")->trigger();
        QTRY_COMPARE(store::commands(store, key.run).size(), std::size_t{2});
        const auto second = store::take(store, key.run);
        store::acknowledge(store, second[0].id, "the disk is full");
        QTRY_VERIFY(find<QWidget>("errorBar")->isVisible());
        QVERIFY(find<QWidget>("errorBar")->findChildren<QLabel*>()[0]->text().contains("the disk is full"));
    }

    void newValuesAppearWithoutMovingAnything() {
        const RunKey key = begin();
        showRun(key);
        QTRY_VERIFY(page_->findChild<MetricChart*>("chart_train/loss"));
        auto* chart = find<MetricChart>("chart_train/loss");
        QTRY_COMPARE(chart->picture().curves.size(), std::size_t{1});
        page_->charts().link().setRange({20, 60});
        auto* scroll = find<QScrollArea>("chartsScroll")->verticalScrollBar();
        scroll->setValue(scroll->maximum() / 2);
        const int before = scroll->value();
        choose("Log");
        auto* log = find<QTableView>("logTable");
        QTRY_COMPARE(log->model()->rowCount(), 2);
        log->selectRow(0);
        for (int step = 110; step <= 200; step += 10) writer_->scalar("train/loss", 0.001, {step, 0});
        writer_->heartbeat({200, 1000, 8, 50});
        writer_->log(record::LogLevel::Error, "worse", {200, 0});
        writer_->flush();
        QTRY_VERIFY(find<QLabel>("runNumbers")->text().contains("step 200"));
        QTRY_COMPARE(log->model()->rowCount(), 3);
        QCOMPARE(log->selectionModel()->selectedRows().value(0).row(), 0);
        QTRY_COMPARE(chart->link().extent()->high, 200.0);
        QCOMPARE(chart->link().range(), (Interval{20, 60}));
        QCOMPARE(scroll->value(), before);
    }

    void panelsTellWhatIsKnown() {
        const RunKey key = begin();
        showRun(key);
        auto* config = find<QTableView>("configTable");
        QTRY_VERIFY(config->model()->rowCount() > 10);
        QTRY_COMPARE(config->model()->index(0, 0).data().toString(), QString("optimizer.lr"));
        QTRY_COMPARE(config->model()->index(0, 2).data().toString(), QString("0.05"));
        QVERIFY(config->model()->index(0, 0).data(Qt::FontRole).value<QFont>().weight() >= QFont::DemiBold);
        QTest::keyClicks(find<QLineEdit>("configFilter"), "rewire");
        QTRY_VERIFY(config->model()->index(0, 0).data().toString().startsWith("rewire"));
        QTest::mouseClick(find<QPushButton>("configCopyCommand"), Qt::LeftButton);
        QCOMPARE(QApplication::clipboard()->text(),
                 QString("filigree run dst_ee/digits --set optimizer.lr=0.2 --seed 5"));

        choose("Events");
        auto* events = find<QTableView>("eventsTable");
        // One warning and eleven evaluations.
        QTRY_COMPARE(events->model()->rowCount(), 12);
        emit events->clicked(events->model()->index(3, 0));
        QCOMPARE(workspace_->selection.step(), std::optional<qint64>(30));

        choose("Log");
        auto* log = find<QTableView>("logTable");
        QTRY_COMPARE(log->model()->rowCount(), 2);
        find<QComboBox>("logLevel")->setCurrentIndex(2);
        QCOMPARE(log->model()->rowCount(), 1);
        QCOMPARE(log->model()->index(0, 2).data().toString(), QString("careful"));

        choose("Machine");
        auto* machine = find<QTableView>("machineTable");
        QTRY_VERIFY(machine->model()->rowCount() > 2);
        QCOMPARE(machine->model()->index(0, 1).data().toString(), QString("machine-1"));
        QCOMPARE(find<QTableView>("attemptTable")->model()->rowCount(), 1);
    }

    void checkpointsCanBeExported() {
        const RunKey key = begin();
        const auto folder = store::Store::folderOf(path());
        std::filesystem::create_directories(folder / "x");
        QFile file(QString::fromStdU16String((folder / "x" / "step.safetensors").u16string()));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("weights");
        file.close();
        writer_->checkpointWritten({folder / "x" / "step.safetensors", 100, "sha256:abc", 7});
        writer_->flush();
        showRun(key);
        choose("Checkpoints");
        auto* table = find<QTableView>("checkpointTable");
        QTRY_COMPARE(table->model()->rowCount(), 1);
        QTest::mouseClick(find<QPushButton>("checkpointCopy"), Qt::LeftButton);
        QCOMPARE(QFileInfo(QApplication::clipboard()->text()), QFileInfo(file.fileName()));
        auto* panel = page_->findChild<CheckpointPanel*>();
        QSignalSpy exported(panel, &CheckpointPanel::exported);
        panel->exportTo(0, folder_->filePath("copy.safetensors"));
        QVERIFY(exported.wait(5000));
        QFile copy(folder_->filePath("copy.safetensors"));
        QVERIFY(copy.open(QIODevice::ReadOnly));
        QCOMPARE(copy.readAll(), QByteArray("weights"));
    }

    void whatAPersonWritesIsKeptAndCanBeUndone() {
        const RunKey key = begin();
        showRun(key);
        action("run.rename")->trigger();
        auto* name = find<QLineEdit>("runName");
        name->setFocus();
        name->selectAll();
        QTest::keyClicks(name, "better name");
        QTest::keyClick(name, Qt::Key_Return);
        QTRY_COMPARE(stored(key.run).name, std::string("better name"));
        QTRY_COMPARE(page_->title(), QString("better name"));
        workspace_->undo.undo();
        QTRY_COMPARE(stored(key.run).name, std::string("first"));

        auto* tag = find<QLineEdit>("runNewTag");
        QTest::keyClicks(tag, "paper");
        QTest::keyClick(tag, Qt::Key_Return);
        QTRY_COMPARE(stored(key.run).tags, std::vector<std::string>{"paper"});
        QTRY_VERIFY(page_->findChild<QPushButton*>("runTag"));
        QTest::mouseClick(find<QPushButton>("runTag"), Qt::LeftButton);
        QTRY_VERIFY(stored(key.run).tags.empty());

        choose("Note");
        QTest::mouseClick(find<QPushButton>("noteEdit"), Qt::LeftButton);
        QTest::keyClicks(find<QPlainTextEdit>("noteEditor"), "# Seen");
        QTRY_COMPARE(stored(key.run).note, std::string("# Seen"));

        action("run.bookmark")->trigger();
        const auto marks = [&] {
            const store::Store store = store::Store::open(path(), store::Mode::ReadOnly);
            return store::bookmarks(store, key.run);
        };
        QTRY_COMPARE(marks().size(), std::size_t{1});
        QCOMPARE(marks()[0].step, std::int64_t{100});
        workspace_->undo.undo();
        QTRY_VERIFY(marks().empty());
    }

    void aNoteBelongsToTheRunItWasTypedFor() {
        const RunKey first = begin("first");
        writer_->finish({});
        const RunKey second = begin("second");
        showRun(first);
        choose("Note");
        QTest::mouseClick(find<QPushButton>("noteEdit"), Qt::LeftButton);
        QTest::keyClicks(find<QPlainTextEdit>("noteEditor"), "of the first");
        showRun(second);
        QTRY_COMPARE(stored(first.run).note, std::string("of the first"));
        QTest::qWait(700);
        QCOMPARE(stored(second.run).note, std::string());
        QCOMPARE(stored(first.run).note, std::string("of the first"));
    }

    void aFailedRunSaysWhyAndCanBeResumed() {
        const RunKey key = begin();
        writer_->finish({store::RunState::Failed, "", "the loss is not a number", 1});
        showRun(key);
        QTRY_VERIFY(find<QWidget>("runBanner")->isVisible());
        QString all;
        for (const QLabel* label : find<QWidget>("runBanner")->findChildren<QLabel*>())
            all += label->text() + '\n';
        QVERIFY2(all.contains("exit code 1") && all.contains("the loss is not a number") &&
                     all.contains("no checkpoint"),
                 qPrintable(all));
        QVERIFY(find<QPushButton>("runBannerResume")->isEnabled());
        QVERIFY(!action("run.pause")->isEnabled() && action("run.resume")->isEnabled());
    }

    void followsTheSelectionAndKeepsItsState() {
        const RunKey first = begin("first");
        writer_->finish({});
        const RunKey second = begin("second");
        showRun(first);
        QVERIFY(find<QLabel>("runState")->text().contains("finished"));
        page_->charts().link().setAxis(XAxis::Time);
        choose("Log");
        const QJsonObject state = page_->save();
        showRun(second);
        QCOMPARE(page_->title(), QString("second"));
        page_->charts().link().setAxis(XAxis::Step);
        choose("Config");
        page_->restore(state);
        QCOMPARE(page_->charts().link().axis(), XAxis::Time);
        QCOMPARE(find<QTabWidget>("runTabs")->tabText(find<QTabWidget>("runTabs")->currentIndex()),
                 QString("Log"));
        page_->restore({{"tab", 99}, {"sizes", "x"}});
    }

    void cardsAreMovedByMouseAndKeysAndStay() {
        const RunKey run = begin();
        for (const char* tag : {"train/acc", "train/spread"}) writer_->scalar(tag, 1, {100, 0});
        writer_->flush();
        showRun(run);
        QTRY_VERIFY(page_->findChild<ChartCard*>("card_train/spread"));
        const auto order = [&] {
            QStringList keys;
            for (const MetricChart* chart : page_->charts().charts())
                if (chart->usualTitle().startsWith("train/")) keys << chart->usualTitle().mid(6);
            return keys.join(' ');
        };
        QCOMPARE(order(), QString("loss acc spread"));
        const auto card = [&](const char* key) {
            return find<ChartCard>(("card_train/" + std::string(key)).c_str());
        };
        // Cards are where the layout has put them; wait until it has.
        QTRY_VERIFY(card("acc")->pos() != card("loss")->pos() && card("spread")->pos() != card("acc")->pos());
        const auto send = [](QWidget* to, QEvent::Type type, QPoint global) {
            const bool held = type != QEvent::MouseButtonRelease;
            QMouseEvent event(type, to->mapFromGlobal(global), global,
                              type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton,
                              held ? Qt::LeftButton : Qt::NoButton, {});
            QCoreApplication::sendEvent(to, &event);
        };
        const auto middle = [](const QWidget* widget) {
            return widget->mapToGlobal(widget->rect().center());
        };
        const auto dragLossTo = [&](const char* key, bool letGo) {
            auto* title = card("loss")->findChild<QLabel*>("chartTitle");
            send(title, QEvent::MouseButtonPress, middle(title));
            send(card("loss"), QEvent::MouseMove, middle(card("loss")));
            QVERIFY(card("loss")->isDragged());
            send(card("loss"), QEvent::MouseMove, middle(card(key)));
            if (letGo) send(card("loss"), QEvent::MouseButtonRelease, middle(card("loss")));
        };
        const QPoint second = card("acc")->pos();
        dragLossTo("acc", true);
        QCOMPARE(order(), QString("acc loss spread"));
        QVERIFY(!card("loss")->isDragged());
        QTRY_COMPARE(card("loss")->pos(), second);
        // Esc puts back what was dragged.
        dragLossTo("spread", false);
        QCOMPARE(order(), QString("acc spread loss"));
        QTest::keyClick(card("loss"), Qt::Key_Escape);
        QCOMPARE(order(), QString("acc loss spread"));
        send(card("loss"), QEvent::MouseButtonRelease, middle(card("loss")));
        // A press on the curves pans and moves no card.
        QWidget* plot = card("acc")->findChild<QWidget*>("chartPlot");
        send(plot, QEvent::MouseButtonPress, middle(plot));
        send(plot, QEvent::MouseMove, middle(card("spread")));
        send(plot, QEvent::MouseButtonRelease, middle(card("spread")));
        QCOMPARE(order(), QString("acc loss spread"));
        plot->setFocus();
        QTest::keyClick(plot, Qt::Key_Right, Qt::AltModifier);
        QCOMPARE(order(), QString("loss acc spread"));
        QTest::keyClick(plot, Qt::Key_Right, Qt::AltModifier);
        QTest::keyClick(plot, Qt::Key_Right, Qt::AltModifier);  // the last stays
        QCOMPARE(order(), QString("loss spread acc"));
        // Two columns: up is two places.
        QTest::keyClick(plot, Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(order(), QString("acc loss spread"));
        const QJsonObject state = page_->save();
        page_.reset();
        workspace_ = std::make_unique<Workspace>(Workspace::Options{});
        workspace_->stores.open(file_);
        page_ = std::make_unique<RunPage>(*workspace_);
        page_->resize(1200, 700);
        page_->show();
        page_->restore(state);
        showRun(run);
        QTRY_COMPARE(order(), QString("acc loss spread"));
        page_->restore(
            {{"charts", QJsonObject{{"sections", QJsonObject{{"train", QJsonObject{{"order", 3}}}}}}}});
        QCOMPARE(order(), QString("loss acc spread"));
    }

    void everyControlHasAName() {
        showRun(begin());
        QTRY_VERIFY(page_->findChild<MetricChart*>("chart_train/loss"));
        for (const QWidget* widget : page_->findChildren<QWidget*>()) {
            const auto* button = qobject_cast<const QAbstractButton*>(widget);
            const bool bare =
                (button && button->text().size() < 2) || qobject_cast<const QTableView*>(widget);
            if (!bare || !widget->isVisibleTo(page_.get()) || widget->objectName().startsWith("qt_"))
                continue;
            if (widget->metaObject()->className() == QByteArray("QTableCornerButton")) continue;
            if (qobject_cast<const QTabBar*>(widget->parentWidget())) continue;  // its scroll buttons
            QVERIFY2(!widget->accessibleName().isEmpty(),
                     qPrintable(widget->objectName() + ' ' + widget->metaObject()->className()));
        }
        QVERIFY(!page_->helpTopic().isEmpty());
    }
};

QTEST_MAIN(RunPageTest)
#include "test_run_page.moc"
