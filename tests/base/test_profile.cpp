// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <thread>

#include "base/process.h"
#include "base/error.h"
#include "base/profile.h"

using namespace filigree;
using namespace filigree::profile;

class ProfileTest : public QObject {
    Q_OBJECT

  private slots:
    void operationsAreRecordedWithTheirLayerAndPhase() {
        QVERIFY(!isRecording());
        { const Operation unseen("nobody looks", 1, 1); }
        const Recording recording;
        {
            const Layer outer("block");
            const Operation product("product", 10, 20);
            {
                const Layer inner("block.conv", Phase::Backward);
                QCOMPARE(currentLayer(), std::string("block.conv"));
            }
            QCOMPARE(currentLayer(), std::string("block"));
        }
        {
            const Layer inner("block.conv", Phase::Backward);
            const Operation sum("sum", 1, 2);
        }
        QCOMPARE(currentLayer(), std::string());
        const auto& events = recording.events();
        QCOMPARE(events.size(), std::size_t{2});
        QCOMPARE(events[0].operation, std::string("product"));
        QCOMPARE(events[0].layer, std::string("block"));
        QVERIFY(events[0].phase == Phase::Forward && events[1].phase == Phase::Backward);
        QCOMPARE(events[0].flops + events[0].bytes, 30.0);
        QVERIFY(events[0].seconds >= 0 &&
                events[1].startSeconds >= events[0].startSeconds + events[0].seconds);
        QVERIFY(recording.seconds() >= events[1].startSeconds + events[1].seconds);
    }

    void ofNestedOperationsTheOutermostCounts() {
        const Recording recording;
        {
            const Operation outer("outer", 1, 1);
            const Operation inner("inner", 2, 2);
        }
        QCOMPARE(recording.events().size(), std::size_t{1});
        QCOMPARE(recording.events()[0].operation, std::string("outer"));
    }

    void otherThreadsAreNotRecorded() {
        const Recording recording;
        std::thread([] {
            const Operation elsewhere("elsewhere", 1, 1);
            QVERIFY(!isRecording());
        }).join();
        QVERIFY(recording.events().empty());
        bool refused = false;
        try {
            const Recording second;
        } catch (const Error&) {
            refused = true;
        }
        QVERIFY(refused && isRecording());
    }

#ifdef Q_OS_UNIX
    void aChildProcessAnswersLineByLine() {
        platform::ChildProcess child({"sh", "-c", "while read x; do echo \"<$x>\"; done"});
        QVERIFY(child.writeLine("one"));
        QVERIFY(child.writeLine("two words"));
        QCOMPARE(child.readLine().value_or(""), std::string("<one>"));
        QCOMPARE(child.readLine().value_or(""), std::string("<two words>"));
    }

    void theEndOfAChildProcessIsNoticed() {
        platform::ChildProcess child({"sh", "-c", "echo last"});
        QCOMPARE(child.readLine().value_or(""), std::string("last"));
        QVERIFY(!child.readLine());
        // Writing to it is refused at the latest when its end is known; it never raises a signal.
        for (int i = 0; i < 100; ++i) child.writeLine("too late");
        bool missing = false;
        try {
            platform::ChildProcess none({"/no/such/program"});
            missing = !none.readLine();
        } catch (const Error&) {
            missing = true;
        }
        QVERIFY(missing);
    }
#endif
};

QTEST_APPLESS_MAIN(ProfileTest)
#include "test_profile.moc"
