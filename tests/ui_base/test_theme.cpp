// SPDX-License-Identifier: GPL-3.0-or-later
#include <QPushButton>
#include <QSignalSpy>
#include <QtTest>
#include <cmath>

#include "ui/base/action_table.h"
#include "ui/base/style_sheet.h"
#include "ui/base/theme.h"
#include "ui/base/watchdog.h"

using namespace filigree::ui;

namespace {

/// Relative luminance and contrast as WCAG 2.1 defines them.
double luminance(Rgb c) {
    const auto linear = [](std::uint8_t v) {
        const double s = v / 255.0;
        return s <= 0.04045 ? s / 12.92 : std::pow((s + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(c.red) + 0.7152 * linear(c.green) + 0.0722 * linear(c.blue);
}
double contrast(Rgb a, Rgb b) {
    const double x = luminance(a), y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

}  // namespace

class ThemeTest : public QObject {
    Q_OBJECT
  private slots:
    void textIsReadableAndMarksAreSeen() {
        for (const Appearance appearance : {Appearance::Light, Appearance::Dark}) {
            const Palette& p = palette(appearance);
            for (const Rgb ground : {p.ground, p.panel, p.raised}) {
                for (const Rgb ink : {p.text, p.secondaryText, p.accent, p.error, p.warning, p.success})
                    QVERIFY2(contrast(ink, ground) >= 4.5,
                             qPrintable(QString::number(contrast(ink, ground))));
            }
            QVERIFY(contrast(p.accentText, p.accent) >= 4.5);
            QVERIFY(contrast(p.text, p.selection) >= 4.5);
            for (const Rgb run : p.runs) QVERIFY(contrast(run, p.ground) >= 3);
            for (const Rgb event : {p.dropped, p.grown, p.regrown})
                QVERIFY2(contrast(event, p.ground) >= 2.8,
                         qPrintable(QString::number(contrast(event, p.ground))));
        }
    }

    void modesSwitchPaletteAndStyleSheet() {
        Theme theme;
        QSignalSpy changed(&theme, &Theme::changed);
        theme.setMode(Theme::Mode::Dark);
        QCOMPARE(changed.count(), 1);
        QCOMPARE(QApplication::palette().color(QPalette::Base), colour(palette(Appearance::Dark).ground));
        theme.setMode(Theme::Mode::Light);
        QCOMPARE(QApplication::palette().color(QPalette::Base), colour(palette(Appearance::Light).ground));
        QCOMPARE(theme.appearance(), Appearance::Light);
        theme.setBaseSize(14);
        QCOMPARE(QApplication::font().pointSize(), 14);
        theme.setBaseSize(40);
        QCOMPARE(QApplication::font().pointSize(), 16);
        theme.setBaseSize(0);
    }

    void everyColourWordOfTheStyleSheetIsReplaced() {
        QVERIFY(!styleSheet(palette(Appearance::Light)).contains('@'));
        QVERIFY(!styleSheet(palette(Appearance::Dark)).contains('@'));
    }

    void actionsAreFoundAndUnique() {
        ActionTable table;
        QWidget window;
        int count = 0;
        QAction* action =
            table.add(&window, {"run.pause", MenuId::Run, 0, "&Pause", "Halts it", {QKeySequence("Ctrl+;")}},
                      [&] { ++count; });
        action->trigger();
        QCOMPARE(count, 1);
        QCOMPARE(table.find("run.pause"), action);
        QVERIFY(!table.find("run.stop"));
        QVERIFY(action->toolTip().startsWith("Pause (Ctrl+;)"));
        QVERIFY_THROWS_EXCEPTION(std::logic_error,
                                 table.add(&window, {"run.pause", MenuId::Run, 0, "x", "", {}}));
    }

    void theWatchdogCountsWorkOnTheThreadOfTheWindow() {
        QTest::ignoreMessage(QtWarningMsg, QRegularExpression("the window was busy for .*"));
        Watchdog dog(40);
        QTimer::singleShot(0, this, [] {
            QElapsedTimer timer;
            timer.start();
            volatile double sum = 0;
            const double until = double(clock()) / CLOCKS_PER_SEC + 0.08;
            while (double(clock()) / CLOCKS_PER_SEC < until) sum = sum + std::sqrt(sum + 1);
        });
        // It is measured when the loop turns next.
        QTRY_COMPARE(dog.stalls().size(), std::size_t{1});
        QVERIFY(dog.stalls()[0].milliseconds > 60);
        dog.reset();
        QTest::qWait(50);
        QCOMPARE(dog.stalls().size(), std::size_t{0});
    }
};

QTEST_MAIN(ThemeTest)
#include "test_theme.moc"
