// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <limits>

#include "ui/base/text.h"

using namespace filigree::ui;

class TextTest : public QObject {
    Q_OBJECT
  private slots:
    void numbersHaveFourSignificantDigits_data() {
        QTest::addColumn<double>("value");
        QTest::addColumn<QString>("text");
        QTest::newRow("zero") << 0.0 << "0";
        QTest::newRow("share") << 0.891666 << "0.8917";
        QTest::newRow("trailing zeros go") << 0.5 << "0.5";
        QTest::newRow("small") << 0.00123456 << "0.001235";
        QTest::newRow("tiny") << 3.2e-7 << "3.2e-07";
        QTest::newRow("whole") << 4592.0 << "4592";
        QTest::newRow("thousands") << 1204000.0 << u"1\u2009204\u2009000"_qs;
        QTest::newRow("mixed") << 12345.678 << u"12\u2009346"_qs;
        QTest::newRow("negative") << -98765.0 << u"-98\u2009765"_qs;
        QTest::newRow("huge") << 6.02e23 << "6.02e+23";
        QTest::newRow("no number") << std::numeric_limits<double>::quiet_NaN() << u"–"_qs;
        QTest::newRow("infinite") << -std::numeric_limits<double>::infinity() << u"-∞"_qs;
    }
    void numbersHaveFourSignificantDigits() {
        QFETCH(double, value);
        QFETCH(QString, text);
        QCOMPARE(formatNumber(value), text);
    }

    void copiedNumbersReadBackExactly() {
        for (const double value : {0.1, 1.0 / 3, 1e-300, 123456789.125, -0.0})
            QCOMPARE(exactNumber(value).toDouble(), value);
    }

    void bytesDurationsAndAgesReadLikeSpeech() {
        QCOMPARE(formatBytes(999), u"999\u00A0B"_qs);
        QCOMPARE(formatBytes(412'000'000), u"412\u00A0MB"_qs);
        QCOMPARE(formatBytes(1'240'000'000), u"1.24\u00A0GB"_qs);
        QCOMPARE(formatDuration(0.44), QString("0.4 s"));
        QCOMPARE(formatDuration(59.2), QString("59 s"));
        QCOMPARE(formatDuration(131), QString("2:11"));
        QCOMPARE(formatDuration(3731), QString("1:02:11"));
        QCOMPARE(formatDuration(3 * 86400 + 4 * 3600), QString("3 d 4 h"));
        QCOMPARE(formatDuration(-1), u"–"_qs);
        QCOMPARE(formatAge(1000, 1010), QString("now"));
        QCOMPARE(formatAge(1000, 1000 + 60), QString("1 min"));
        QCOMPARE(formatAge(1000, 1000 + 3 * 3600), QString("3 h"));
        QCOMPARE(formatAge(1000, 1000 + 2 * 86400), QString("2 d"));
    }
};

QTEST_APPLESS_MAIN(TextTest)
#include "test_text.moc"
