// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "base/error.h"

using namespace filigree;

class ErrorTest : public QObject {
    Q_OBJECT

  private slots:
    void whatSaysWhatHappenedWhereAndWhatToDo() {
        const Error error(ErrorKind::Usage, "unknown key \"sparsty\"", "a.toml:3:7",
                          "did you mean \"sparsity\"?");
        QCOMPARE(std::string(error.what()), std::string("unknown key \"sparsty\"\n"
                                                        "  at: a.toml:3:7\n"
                                                        "  to do: did you mean \"sparsity\"?"));
        QCOMPARE(error.message(), std::string("unknown key \"sparsty\""));
        QCOMPARE(error.where(), std::string("a.toml:3:7"));
        QCOMPARE(error.advice(), std::string("did you mean \"sparsity\"?"));
    }

    void emptyPartsLeaveNoLine() {
        QCOMPARE(std::string(Error(ErrorKind::Run, "loss is NaN").what()), std::string("loss is NaN"));
        QCOMPARE(std::string(Error(ErrorKind::Run, "loss is NaN", "step 12").what()),
                 std::string("loss is NaN\n  at: step 12"));
        QCOMPARE(std::string(Error(ErrorKind::Run, "loss is NaN", "", "lower train.lr").what()),
                 std::string("loss is NaN\n  to do: lower train.lr"));
    }

    // The exit codes that batch scripts rely on.
    void eachKindHasItsExitCode() {
        QCOMPARE(Error(ErrorKind::Run, "").exitCode(), 1);
        QCOMPARE(Error(ErrorKind::Usage, "").exitCode(), 2);
        QCOMPARE(Error(ErrorKind::Data, "").exitCode(), 3);
        QCOMPARE(Error(ErrorKind::Device, "").exitCode(), 4);
    }

    void itIsCaughtAsAStandardException() {
        try {
            throw Error(ErrorKind::Data, "short file", "digits.csv:4:1");
        } catch (const std::exception& error) {
            QCOMPARE(std::string(error.what()), std::string("short file\n  at: digits.csv:4:1"));
        }
    }
};

QTEST_APPLESS_MAIN(ErrorTest)
#include "test_error.moc"
