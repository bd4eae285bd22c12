// SPDX-License-Identifier: GPL-3.0-or-later
#include <QJsonArray>
#include <QSignalSpy>
#include <QtTest>

#include "ui/model/selection.h"
#include "ui/model/session.h"

using namespace filigree::ui;

class SessionTest : public QObject {
    Q_OBJECT
  private slots:
    void valuesComeBack() {
        QTemporaryDir folder;
        const QString path = folder.filePath("deep/session.json");
        {
            Session session(path);
            session.setValue("theme", "dark");
            session.setValue("stores", QJsonArray{"a", "b"});
        }
        Session again(path);
        QCOMPARE(again.value("theme").toString(), QString("dark"));
        QCOMPARE(again.value("stores").toArray().size(), 2);
        QVERIFY(again.problem().isEmpty());
    }

    void changesReachTheDiskByThemselves() {
        QTemporaryDir folder;
        const QString path = folder.filePath("session.json");
        Session session(path);
        session.setValue("a", 1);
        QTRY_VERIFY(QFile::exists(path));
        Session other(path);
        QCOMPARE(other.value("a").toInt(), 1);
    }

    void aDamagedFileIsLaidAside_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("cut") << QByteArray("{\"version\": 1, \"values\": {\"a");
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("another version") << QByteArray("{\"version\": 99, \"values\": {}}");
        QTest::newRow("no object") << QByteArray("[1]");
    }
    void aDamagedFileIsLaidAside() {
        QFETCH(QByteArray, bytes);
        QTemporaryDir folder;
        const QString path = folder.filePath("session.json");
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(bytes);
        file.close();
        Session session(path);
        QVERIFY(!session.problem().isEmpty());
        QVERIFY(session.value("a").isUndefined());
        QVERIFY(QFile::exists(path + ".bad"));
        session.setValue("a", 2);
        session.saveNow();
        QCOMPARE(Session(path).value("a").toInt(), 2);
    }

    void anotherRunForgetsStepAndConnectionButKeepsTheLayer() {
        Selection selection;
        QSignalSpy steps(&selection, &Selection::stepChanged);
        selection.setCurrent({"s", 1});
        selection.setLayer("fc1");
        selection.setStep(400);
        selection.setStep(400);
        selection.setEdge(EdgeRef{3, 4});
        QCOMPARE(steps.count(), 1);
        selection.setCurrent({"s", 2});
        QVERIFY(!selection.step() && !selection.edge());
        QCOMPARE(selection.layer(), QString("fc1"));
        QCOMPARE(steps.count(), 2);
    }
};

QTEST_GUILESS_MAIN(SessionTest)
#include "test_session.moc"
