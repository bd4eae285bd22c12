// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <limits>
#include <sstream>

#include "app/format.h"
#include "app/output.h"
#include "app/progress.h"

using namespace filigree;
using namespace filigree::app;

/// How things look, without a process.
class DisplayTest : public QObject {
    Q_OBJECT

    struct Screen {
        std::istringstream in;
        std::ostringstream out, err;
        Streams streams(bool terminal, int columns = 80) {
            return {.in = in,
                    .out = out,
                    .err = err,
                    .inIsTerminal = terminal,
                    .outIsTerminal = terminal,
                    .errIsTerminal = terminal,
                    .columns = columns,
                    .utf8 = true};
        }
    };

    static run::ProgressReport report(std::int64_t step, std::int64_t total) {
        run::ProgressReport r;
        r.progress.step = step;
        r.progress.totalSteps = total;
        r.progress.epoch = static_cast<double>(step) / 10;
        r.progress.totalEpochs = static_cast<double>(total) / 10;
        r.progress.figures = {{"loss", 0.21344}, {"acc", 0.9375}};
        r.stepsPerSecond = 120.44;
        r.secondsLeft = 131;
        return r;
    }

  private slots:
    void initTestCase() {
        qputenv("TERM", "xterm");
        qunsetenv("NO_COLOR");
    }

    void numbersHaveFourDigits() {
        QCOMPARE(shortNumber(0.213449), std::string("0.2134"));
        QCOMPARE(shortNumber(93.8125), std::string("93.81"));
        QCOMPARE(shortNumber(0.000012), std::string("1.2e-05"));
        QCOMPARE(shortNumber(std::numeric_limits<double>::quiet_NaN()), std::string("nan"));
        QCOMPARE(shortBytes(412), std::string("412 B"));
        QCOMPARE(shortBytes(1536000), std::string("1.54 MB"));
    }

    void timesAreShort() {
        QCOMPARE(duration(0.42), std::string("0.4 s"));
        QCOMPARE(duration(59.4), std::string("59 s"));
        QCOMPARE(duration(131), std::string("2:11"));
        QCOMPARE(duration(3723), std::string("1:02:03"));
        QCOMPARE(duration(273600), std::string("3 d 04:00"));
        QCOMPARE(duration(-1), std::string("?"));
        QCOMPARE(duration(std::numeric_limits<double>::infinity()), std::string("?"));
        QCOMPARE(age(3), std::string("now"));
        QCOMPARE(age(10800), std::string("3 h"));
        QCOMPARE(age(172800), std::string("2 d"));
        QCOMPARE(isoTime(1700000000), std::string("2023-11-14T22:13:20Z"));
        QCOMPARE(isoTime(1e300), std::string("?"));
    }

    void textFromAStoreCannotSteerTheTerminal() {
        QCOMPARE(printable("a\x1b[31mb\nc\td"), std::string("a?[31mb c d"));
        QCOMPARE(printable("\xc2\x9b"
                           "31m"),
                 std::string("??31m"));
        QCOMPARE(printable("ä€"), std::string("ä€"));
    }

    void tablesAreCutOnATerminalOnly() {
        Screen wide, narrow;
        for (auto [screen, terminal] : {std::pair(&wide, false), std::pair(&narrow, true)}) {
            Output output(screen->streams(terminal, 20));
            output.configure(Form::Table, Colour::Never, false, 0);
            Table table({{"id", Table::Align::Right}, {"name"}});
            table.add({"7", "ä long name that does not fit"});
            table.print(output);
        }
        QCOMPARE(wide.out.str(), std::string("id  name\n 7  ä long name that does not fit\n"));
        QCOMPARE(narrow.out.str(), std::string("id  name\n 7  ä long name tha…\n"));
    }

    void colourFollowsTheTerminalAndNoColor() {
        Screen screen;
        QCOMPARE(Output(screen.streams(true)).onOut(Style::Bad, "x"), std::string("\x1b[31mx\x1b[0m"));
        QCOMPARE(Output(screen.streams(false)).onOut(Style::Bad, "x"), std::string("x"));
        qputenv("NO_COLOR", "1");
        QCOMPARE(Output(screen.streams(true)).onOut(Style::Bad, "x"), std::string("x"));
        Output forced(screen.streams(false));
        forced.configure(Form::Table, Colour::Always, false, 0);
        QCOMPARE(forced.onErr(Style::Bad, "x"), std::string("\x1b[31mx\x1b[0m"));
        qunsetenv("NO_COLOR");
        qputenv("TERM", "dumb");
        QCOMPARE(Output(screen.streams(true)).onOut(Style::Bad, "x"), std::string("x"));
        qputenv("TERM", "xterm");
    }

    void aTerminalGetsOneLineThatIsRewritten() {
        Screen screen;
        Output output(screen.streams(true, 60));
        ProgressDisplay display(output, ProgressKind::Auto);
        display.show(report(50, 100));
        QCOMPARE(screen.err.str(),
                 std::string("\r[========>       ]  50 %  epoch 5/10  loss 0.2134  acc 0.93"));
        display.show(report(100, 100));
        display.end();
        const std::string text = screen.err.str();
        QCOMPARE(std::count(text.begin(), text.end(), '\n'), 1);
        QCOMPARE(std::count(text.begin(), text.end(), '\r'), 2);
        QVERIFY(screen.out.str().empty());
    }

    void elsewhereALineComesPerTenthOrMinute() {
        Screen screen;
        Output output(screen.streams(false));
        ProgressDisplay display(output, ProgressKind::Auto);
        const ProgressDisplay::Clock::time_point start{};
        for (int step = 0; step <= 1000; ++step) display.show(report(step, 1000), start);
        std::string text = screen.err.str();
        QCOMPARE(std::count(text.begin(), text.end(), '\n'), 11);
        QVERIFY(text.starts_with("  0 %  epoch 0/100  loss 0.2134  acc 0.9375  120.4 steps/s  2:11 left\n"));

        Screen slow;
        Output other(slow.streams(false));
        ProgressDisplay minutes(other, ProgressKind::Plain);
        for (int second = 0; second <= 180; ++second)
            minutes.show(report(second, 100000), start + std::chrono::seconds(second));
        text = slow.err.str();
        QCOMPARE(std::count(text.begin(), text.end(), '\n'), 4);  // at 0, 60, 120 and 180 s
    }

    void quietSaysNothing() {
        Screen screen;
        Output output(screen.streams(true));
        output.configure(Form::Table, Colour::Auto, true, 0);
        ProgressDisplay display(output, ProgressKind::Bar);
        display.show(report(1, 2));
        display.end();
        output.note("x");
        QVERIFY(screen.err.str().empty());
    }
};

QTEST_APPLESS_MAIN(DisplayTest)
#include "test_display.moc"
