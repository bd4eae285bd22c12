// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QtTest>
#include <fstream>

#include "base/error.h"
#include "config/run_file.h"
#include "example_schema.h"

using namespace filigree;
using namespace filigree::config;

class RunFileTest : public QObject {
    Q_OBJECT

    static const Schema& schemaOf(const std::string& method) {
        static const Schema schema = exampleSchema();
        if (method != "dst_ee")
            throw Error(ErrorKind::Usage, "unknown method \"" + method + "\"", "", "say dst_ee");
        return schema;
    }

    static void refuses(const char* toml, const char* where, const char* message, const char* advice) {
        try {
            parseRunFile(toml, "p.toml", schemaOf);
        } catch (const Error& error) {
            QCOMPARE(error.kind(), ErrorKind::Usage);
            QCOMPARE(QString::fromStdString(error.where()), QString(where));
            QVERIFY2(error.message().find(message) != std::string::npos, error.what());
            QVERIFY2(error.advice().find(advice) != std::string::npos, error.what());
            return;
        }
        QFAIL("nothing was refused");
    }

  private slots:
    void readsBackWhatItWrites() {
        const RunFile file = parseRunFile(
            "method = \"dst_ee\"\ntitle = \"A \\\"title\\\"\"\ndescription = '''two\nlines'''\nname = "
            "\"n\"\nminutes = 2\n"
            "seed = 9223372036854775807\n[sparsity]\ndensity = 0.02\n",
            "p.toml", schemaOf);
        QCOMPARE(file.method, std::string("dst_ee"));
        QCOMPARE(file.title, std::string("A \"title\""));
        QCOMPARE(file.description, std::string("two\nlines"));
        QCOMPARE(file.minutes, 2.0);
        QCOMPARE(file.seed.value(), std::uint64_t{9223372036854775807u});
        QCOMPARE(file.config.real("sparsity.density"), 0.02);
        const RunFile again = parseRunFile(toToml(file), "again.toml", schemaOf);
        QCOMPARE(toToml(again), toToml(file));
        QVERIFY(again.config.differences(file.config).empty());
        QVERIFY(!parseRunFile("method = 'dst_ee'", "p.toml", schemaOf).seed.has_value());
    }

    void mistakesAreLocated() {
        refuses("[sparsity]\ndensity = 0.1\n", "p.toml", "which method", "method = \"dst_ee\"");
        refuses("methd = \"dst_ee\"\n", "p.toml", "which method", "instead of \"methd\"");
        refuses("\nmethod = \"dst\"\n", "p.toml:2:10", "unknown method \"dst\"", "say dst_ee");
        refuses("method = 3\n", "p.toml:1:10", "method must be a text", "Name of the method");
        refuses("method = \"dst_ee\"\nseed = -1\n", "p.toml:2:8", "at least 0", "Seed");
        refuses("method = \"dst_ee\"\nseed = 1.5\n", "p.toml:2:8", "must be an integer", "Seed");
        refuses("method = \"dst_ee\"\nminutes = nan\n", "p.toml:2:11", "finite", "");
        refuses("method = \"dst_ee\"\n[sparsity]\ndensity = 3\n", "p.toml:3:11", "at most 1", "");
        refuses("method = \"dst_ee\"\ntitel = \"x\"\n", "p.toml:2:1", "unknown key \"titel\"", "\"title\"");
    }

    void filesAreReadFromTheDisk() {
        QTemporaryDir folder;
        const std::string path = folder.filePath("a.toml").toStdString();
        QVERIFY_THROWS_EXCEPTION(Error, readRunFile(path, schemaOf));
        std::ofstream(path) << "method = \"dst_ee\"\n";
        QCOMPARE(readRunFile(path, schemaOf).method, std::string("dst_ee"));
        std::ofstream(path) << "#" << std::string(2 << 20, 'x');
        QVERIFY_THROWS_EXCEPTION(Error, readRunFile(path, schemaOf));
        QVERIFY_THROWS_EXCEPTION(Error, readRunFile(folder.path().toStdString(), schemaOf));
    }
};

QTEST_APPLESS_MAIN(RunFileTest)
#include "test_run_file.moc"
