// SPDX-License-Identifier: GPL-3.0-or-later
#include <QImageReader>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>

#include "base/error.h"
#include "run/presets.h"
#include "run/runner.h"
#include "store/reader.h"
#include "ui/start/card_grid.h"
#include "ui/start/gallery_page.h"
#include "ui/start/preset_card.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

struct Gallery {
    QTemporaryDir folder;
    // A program that does not exist: no test here may train.
    Workspace workspace{{{}, folder.filePath("none"), folder.filePath("runs.filigree")}};
    GalleryPage page{workspace, nullptr};

    explicit Gallery(int width = 1200) {
        page.resize(width, 800);
        page.show();
        if (!QTest::qWaitFor([&] { return workspace.presets.isLoaded(); }, 10000)) qFatal("no presets");
        QTest::qWait(20);
    }
    template <typename Widget>
    Widget* find(const QString& name) {
        auto* found = page.findChild<Widget*>(name);
        if (!found) qFatal("there is no %s", qPrintable(name));
        return found;
    }
    template <typename Widget>
    Widget* inCard(const QString& preset, const QString& name) {
        auto* found = find<PresetCard>("card_" + preset)->findChild<Widget*>(name);
        if (!found) qFatal("there is no %s", qPrintable(name));
        return found;
    }
};

}  // namespace

class TestGalleryPage : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
        static QTemporaryDir home;
        qputenv("XDG_DATA_HOME", home.path().toUtf8());
    }

    void showsEveryPresetWithAPictureInBothThemes() {
        Gallery gallery;
        QCOMPARE(gallery.page.shownPresets().size(), static_cast<qsizetype>(run::presets().size()));
        for (const PresetEntry& entry : gallery.workspace.presets.entries()) {
            for (const QString& path : {entry.picture, entry.darkPicture}) {
                QVERIFY2(QImageReader(path).canRead(), qPrintable(entry.name()));
                QVERIFY(QFileInfo(path).size() < 40000);
            }
            QVERIFY(entry.picture != entry.darkPicture);
            QVERIFY(!entry.file.title.empty());
            QVERIFY(!entry.file.description.empty());
            QVERIFY(entry.file.minutes > 0);
        }
    }

    void searchesTitlesMethodsAndDescriptions() {
        Gallery gallery;
        auto* search = gallery.find<QLineEdit>("presetSearch");
        search->setText("PLANTED");
        QCOMPARE(gallery.page.shownPresets(), QStringList{"dst_ee/planted"});
        search->setText("convolutions");
        QCOMPARE(gallery.page.shownPresets(), QStringList{"dst_ee/fashion-cnn"});
        search->setText("dst-ee handwritten");
        QCOMPARE(gallery.page.shownPresets(), QStringList{"dst_ee/digits"});
    }

    void saysThatNothingMatchesAndClears() {
        Gallery gallery;
        gallery.find<QLineEdit>("presetSearch")->setText("zebra");
        QVERIFY(gallery.find<QWidget>("nothingFound")->isVisible());
        QVERIFY(gallery.page.shownPresets().isEmpty());
        QTest::mouseClick(gallery.find<QPushButton>("clearFilter"), Qt::LeftButton);
        QVERIFY(!gallery.find<QWidget>("nothingFound")->isVisible());
        QVERIFY(!gallery.page.shownPresets().isEmpty());
    }

    void chipsOfOneGroupWidenAndGroupsNarrow() {
        Gallery gallery;
        const auto all = gallery.page.shownPresets().size();
        auto* images = gallery.find<QPushButton>("chip_Images");
        auto* planted = gallery.find<QPushButton>("chip_Planted");
        auto* soon = gallery.find<QPushButton>("chip_under 1 min");
        images->click();
        const QStringList pictures = gallery.page.shownPresets();
        QVERIFY(pictures.contains("dst_ee/digits") && !pictures.contains("dst_ee/planted"));
        planted->click();
        gallery.find<QPushButton>("chip_Other")->click();
        QCOMPARE(gallery.page.shownPresets().size(), all);
        soon->click();
        QVERIFY(!gallery.page.shownPresets().contains("dst_ee/fashion-cnn"));
        QVERIFY(gallery.page.shownPresets().contains("dst_ee/planted"));
    }

    void columnsFollowTheWidth() {
        QCOMPARE(Gallery(1440).page.findChild<CardGrid*>("presetGrid")->columns(), 3);
        QCOMPARE(Gallery(1800).page.findChild<CardGrid*>("presetGrid")->columns(), 4);
        QCOMPARE(Gallery(700).page.findChild<CardGrid*>("presetGrid")->columns(), 2);
        Gallery narrow(500);
        QCOMPARE(narrow.find<CardGrid>("presetGrid")->columns(), 1);
        // Nothing sticks out at the side.
        for (const QWidget* card : narrow.find<CardGrid>("presetGrid")->cards())
            QVERIFY(card->mapTo(&narrow.page, QPoint(card->width(), 0)).x() <= 500);
    }

    void startPutsTheRunIntoTheStoreOnce() {
        Gallery gallery;
        QSignalSpy queued(&gallery.workspace.launcher, &Launcher::queued);
        auto* start = gallery.inCard<QPushButton>("dst_ee/digits", "startPreset");
        QTest::mouseClick(start, Qt::LeftButton);
        QVERIFY(!start->isEnabled());
        QTest::mouseClick(start, Qt::LeftButton);
        QTRY_COMPARE(queued.count(), 1);
        QTRY_VERIFY(start->isEnabled());
        QCOMPARE(queued.count(), 1);
        const store::Store store =
            store::Store::open(gallery.workspace.defaultStore.toStdU16String(), store::Mode::ReadOnly);
        QCOMPARE(store::Reader(store).runs().size(), std::size_t{1});
        QCOMPARE(store::Reader(store).run(1).preset, std::string("dst_ee/digits"));
    }

    void thePencilAsksForTheForm() {
        Gallery gallery;
        QString asked;
        connect(&gallery.workspace, &Workspace::editExperiment, &gallery.page,
                [&](const config::RunFile& file) { asked = QString::fromStdString(file.preset); });
        QTest::mouseClick(gallery.inCard<QToolButton>("dst_ee/planted", "editPreset"), Qt::LeftButton);
        QCOMPARE(asked, QString("dst_ee/planted"));
    }

    void recentStoresAreReadOpenedAndTakenOff() {
        QTemporaryDir folder;
        const QString full = folder.filePath("full.filigree");
        run::RunRequest request;
        request.store = full.toStdU16String();
        request.file = run::openRunFile("digits");
        run::queueRun(request);
        run::queueRun(request);
        Gallery gallery;
        gallery.workspace.stores.setRecent({full, folder.filePath("gone.filigree")});
        const auto facts = [&](int index) {
            const auto labels = gallery.page.findChildren<QLabel*>("recentFacts");
            return index < labels.size() ? labels[index]->text() : QString();
        };
        QTRY_VERIFY(facts(0).startsWith("2 runs"));
        QTRY_COMPARE(facts(1), QString("not found"));
        QTest::mouseClick(gallery.page.findChildren<QPushButton*>("openRecent")[0], Qt::LeftButton);
        QVERIFY(gallery.workspace.stores.find(full));
        std::function<void()> undo;
        connect(&gallery.workspace, &Workspace::showToast, &gallery.page,
                [&](const QString&, const QString&, const std::function<void()>& action) { undo = action; });
        const auto buttons = gallery.page.findChildren<QToolButton*>("removeRecent");
        QTest::mouseClick(buttons.last(), Qt::LeftButton);
        QCOMPARE(gallery.workspace.stores.recent(), QStringList{full});
        QVERIFY(undo);
        undo();
        QCOMPARE(gallery.workspace.stores.recent().size(), 2);
    }

    void theHintGoesAndStaysAway() {
        Gallery gallery;
        QVERIFY(gallery.find<QWidget>("firstHint")->isVisible());
        QTest::mouseClick(gallery.find<QToolButton>("closeHint"), Qt::LeftButton);
        QVERIFY(!gallery.find<QWidget>("firstHint")->isVisible());
        GalleryPage later(gallery.workspace, nullptr);
        later.show();
        QVERIFY(!later.findChild<QWidget*>("firstHint")->isVisible());
    }

    void whatWasFilteredSurvives() {
        Gallery gallery;
        gallery.find<QLineEdit>("presetSearch")->setText("fashion");
        gallery.find<QPushButton>("chip_under 1 min")->click();
        GalleryPage later(gallery.workspace, nullptr);
        later.restore(gallery.page.save());
        QCOMPARE(later.shownPresets(), gallery.page.shownPresets());
        later.restore({});
    }

    void namesASentence() {
        QCOMPARE(PresetCard::firstSentence("One `thing` of 3.5 x 2.\nAnother."),
                 QString("One thing of 3.5 x 2. Another."));
        QCOMPARE(PresetCard::firstSentence("A first one. A second."), QString("A first one."));
        QCOMPARE(aboutMinutes(0.1), QString("~6 s"));
        QCOMPARE(aboutMinutes(8), QString("~8 min"));
        QCOMPARE(aboutMinutes(0), QString());
    }

    void withoutPresetsItSaysSo() {
        qputenv("FILIGREE_ASSETS", "/nowhere");
        {
            Gallery gallery;
            QVERIFY(gallery.find<QWidget>("nothingFound")->isVisible());
            QVERIFY(!gallery.workspace.presets.problems().isEmpty());
        }
        qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets");
    }
};

QTEST_MAIN(TestGalleryPage)
#include "test_gallery_page.moc"
