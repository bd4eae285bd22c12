// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLocalServer>
#include <QLocalSocket>
#include <QSignalSpy>
#include <QtTest>
#include <atomic>
#include <thread>

#include "ui/shell/single_instance.h"

using namespace filigree::ui;

class SingleInstanceTest : public QObject {
    Q_OBJECT

    static QString name(const char* test) {
        return QStringLiteral("filigree-test-%1-%2")
            .arg(QLatin1String(test))
            .arg(QCoreApplication::applicationPid());
    }
    /// A second start, on a thread of its own as it would be a process of its own.
    static bool secondStart(const QString& name, const QStringList& files) {
        std::atomic<int> taken = -1;
        std::thread other([&] {
            SingleInstance second(name);
            taken = second.handOver(files) ? 1 : 0;
        });
        while (taken < 0) QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
        other.join();
        return taken == 1;
    }

  private slots:
    void theFirstFindsNobody() { QVERIFY(!secondStart(name("nobody"), {"a"})); }

    void theSecondHandsItsFilesOver() {
        SingleInstance first(name("two"));
        first.listen();
        QSignalSpy received(&first, &SingleInstance::received);
        QVERIFY(secondStart(name("two"), {"/some where/a.filigree", "/b.toml"}));
        QCOMPARE(received.count(), 1);
        QCOMPARE(received[0][0].toStringList(), (QStringList{"/some where/a.filigree", "/b.toml"}));
        QVERIFY(secondStart(name("two"), {}));
        QCOMPARE(received.count(), 2);
    }

    void theRestOfACrashDoesNotMatter() {
#ifdef _WIN32
        QSKIP("leaves no file behind there");
#else
        QString path;
        {
            QLocalServer probe;
            QVERIFY(probe.listen(name("crash")));
            path = probe.fullServerName();
        }
        QFile rest(path);
        QVERIFY(rest.open(QIODevice::WriteOnly));
        rest.close();
        SingleInstance first(name("crash"));
        first.listen();
        QVERIFY(secondStart(name("crash"), {"x"}));
#endif
    }

    void whatIsNoMessageIsIgnored() {
        SingleInstance first(name("noise"));
        first.listen();
        QSignalSpy received(&first, &SingleInstance::received);
        QLocalSocket socket;
        socket.connectToServer(name("noise"));
        QVERIFY(socket.waitForConnected(1000));
        socket.write(QByteArray(4096, 'x'));
        socket.flush();
        QTest::qWait(100);
        QCOMPARE(received.count(), 0);
        QVERIFY(secondStart(name("noise"), {"y"}));
        QCOMPARE(received.count(), 1);
    }
};

QTEST_GUILESS_MAIN(SingleInstanceTest)
#include "test_single_instance.moc"
