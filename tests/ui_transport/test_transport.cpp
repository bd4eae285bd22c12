// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QComboBox>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QToolButton>
#include <QtTest>

#include "ui/transport/transport_bar.h"

using namespace filigree::ui;

namespace {

std::vector<qint64> everyHundred(int count) {
    std::vector<qint64> steps;
    for (int i = 0; i < count; ++i) steps.push_back(i * 100);
    return steps;
}

}  // namespace

class TestTransport : public QObject {
    Q_OBJECT

  private slots:
    void followsTheNewestFrameUntilAPersonMoves() {
        Timeline timeline;
        timeline.setFrames({0, 100});
        QCOMPARE(timeline.step(), 100);
        timeline.setFrames({0, 100, 200});
        QCOMPARE(timeline.step(), 200);
        QVERIFY(timeline.move(-1));
        QVERIFY(!timeline.follows());
        timeline.setFrames({0, 100, 200, 300});
        QCOMPARE(timeline.step(), 100);
        timeline.setFollowing(true);
        QCOMPARE(timeline.step(), 300);
    }

    void goesToTheNearestFrame() {
        Timeline timeline;
        timeline.setFrames({0, 10, 1000});
        timeline.goTo(504);
        QCOMPARE(timeline.step(), 10);
        timeline.goTo(506);
        QCOMPARE(timeline.step(), 1000);
        timeline.goTo(-5);
        QCOMPARE(timeline.step(), 0);
        QVERIFY(!timeline.move(-3));
        timeline.move(99);
        QCOMPARE(timeline.step(), 1000);
    }

    void unevenFramesKeepTheirSpacing() {
        Timeline timeline;
        timeline.setFrames({0, 100, 200, 300, 350, 1000});
        QCOMPARE(timeline.pause_ms(0, 250), 250);
        QCOMPARE(timeline.pause_ms(3, 250), 125);
        QCOMPARE(timeline.pause_ms(4, 250), 1625);
    }

    void playsToTheEndAndStops() {
        Theme theme;
        TransportBar bar(theme);
        bar.setFrames(everyHundred(4));
        bar.setSpeed(16);
        bar.show();
        QSignalSpy steps(&bar, &TransportBar::stepChanged);
        bar.play(true);  // from the end: begins anew
        QTRY_VERIFY(!bar.isPlaying());
        QList<qint64> seen;
        for (const auto& each : steps) seen.append(each[0].toLongLong());
        QCOMPARE(seen, (QList<qint64>{0, 100, 200, 300}));
    }

    void neverRunsAheadOfWhatIsShown() {
        Theme theme;
        TransportBar bar(theme);
        bar.setFrames(everyHundred(10));
        bar.setSpeed(16);
        bar.first();
        bar.show();
        QSignalSpy steps(&bar, &TransportBar::stepChanged);
        bar.setBusy(true);
        bar.play(true);
        QTest::qWait(150);
        QCOMPARE(steps.count(), 0);
        bar.setBusy(false);
        QVERIFY(steps.count() >= 1);
    }

    void loopsIfAsked() {
        Theme theme;
        TransportBar bar(theme);
        bar.setFrames(everyHundred(3));
        bar.setSpeed(16);
        bar.setLoop(true);
        bar.first();
        bar.show();
        QSignalSpy steps(&bar, &TransportBar::stepChanged);
        bar.play(true);
        QTRY_VERIFY(steps.count() >= 5);
        QVERIFY(bar.isPlaying());
        bar.hide();
        QVERIFY(!bar.isPlaying());
    }

    void draggingTheTrackShowsAFramePerMove() {
        Theme theme;
        TransportBar bar(theme);
        bar.resize(900, 44);
        bar.setFrames(everyHundred(101));
        bar.show();
        QVERIFY(QTest::qWaitForWindowExposed(&bar));
        auto* track = bar.findChild<TransportTrack*>("transportTrack");
        QSignalSpy steps(&bar, &TransportBar::stepChanged);
        const int y = track->height() / 2;
        QTest::mousePress(track, Qt::LeftButton, {}, {8, y});
        QCOMPARE(bar.timeline().step(), 0);
        QVERIFY(!bar.timeline().follows());
        QTest::mouseMove(track, {track->width() / 2, y});
        QCOMPARE(bar.timeline().step(), 5000);
        QTest::mouseMove(track, {track->width() / 4 + 4, y});
        QVERIFY(std::abs(bar.timeline().step() - 2500) <= 100);
        QTest::mouseRelease(track, Qt::LeftButton, {}, {track->width() / 4 + 4, y});
        QVERIFY(steps.last()[1].toBool());
        QVERIFY(!steps.first()[1].toBool());
    }

    void keysMoveOnTheTrack() {
        Theme theme;
        TransportBar bar(theme);
        bar.setFrames(everyHundred(50));
        bar.show();
        auto* track = bar.findChild<TransportTrack*>("transportTrack");
        QTest::keyClick(track, Qt::Key_Home);
        QCOMPARE(bar.timeline().step(), 0);
        QTest::keyClick(track, Qt::Key_Right);
        QTest::keyClick(track, Qt::Key_PageUp);
        QCOMPARE(bar.timeline().step(), 1100);
        QTest::keyClick(track, Qt::Key_End);
        QCOMPARE(bar.timeline().step(), 4900);
    }

    void buttonsSayWhatTheyDo() {
        Theme theme;
        TransportBar bar(theme);
        for (const auto* button : bar.findChildren<QToolButton*>()) {
            QVERIFY(!button->accessibleName().isEmpty());
            QVERIFY(!button->objectName().isEmpty());
            QVERIFY(!button->isEnabled() || button->objectName() == "transportLoop");
        }
        bar.setFrames(everyHundred(3));
        QVERIFY(!bar.findChild<QToolButton*>("transportOn")->isEnabled());
        QTest::mouseClick(bar.findChild<QToolButton*>("transportBack"), Qt::LeftButton);
        QCOMPARE(bar.timeline().step(), 100);
        QVERIFY(!bar.findChild<QToolButton*>("transportFollow")->isChecked());
        QTest::mouseClick(bar.findChild<QToolButton*>("transportFollow"), Qt::LeftButton);
        QCOMPARE(bar.timeline().step(), 200);
    }
};

QTEST_MAIN(TestTransport)
#include "test_transport.moc"
