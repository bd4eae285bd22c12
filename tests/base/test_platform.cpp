// SPDX-License-Identifier: GPL-3.0-or-later
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>
#include <array>
#include <atomic>
#include <cmath>
#include <csignal>
#include <ctime>
#include <fstream>
#include <new>
#include <sstream>
#include <thread>

#include "base/error.h"
#include "base/large_vector.h"
#include "base/platform.h"

using namespace filigree;
namespace fs = std::filesystem;

namespace {

std::string contentOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::size_t entriesOf(const fs::path& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

void write(const fs::path& path, const std::string& text) {
    platform::writeFileDurably(path, text.data(), text.size());
}

/// Sets (or, with a null array, removes) an environment variable until the end of the scope.
class Variable {
  public:
    Variable(const char* name, const QByteArray& value) : name_(name), before_(qgetenv(name)) {
        if (value.isNull())
            qunsetenv(name);
        else
            qputenv(name, value);
    }
    ~Variable() {
        if (before_.isNull())
            qunsetenv(name_);
        else
            qputenv(name_, before_);
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    const char* name_;
    QByteArray before_;
};

volatile std::sig_atomic_t interrupts = 0;

}  // namespace

class PlatformTest : public QObject {
    Q_OBJECT

    QTemporaryDir temporary_;
    fs::path folder_;

  private slots:
    void init() {
        static int number = 0;
        QVERIFY(temporary_.isValid());
        folder_ = fs::path(temporary_.path().toStdString()) / std::to_string(number++);
        fs::create_directory(folder_);
    }

    void aDurableFileHoldsExactlyItsBytesAndNothingElseStays() {
        const std::string bytes("a\0b\r\n\xff\n", 7);
        write(folder_ / "x.bin", bytes);
        QCOMPARE(contentOf(folder_ / "x.bin"), bytes);
        QCOMPARE(entriesOf(folder_), std::size_t{1});
        platform::writeFileDurably(folder_ / "empty", nullptr, 0);
        QCOMPARE(fs::file_size(folder_ / "empty"), std::uintmax_t{0});
    }

    void theContentOfADurableFileMayLieInPieces() {
        const std::string a = "one ", b, c = "three";
        const std::array pieces{std::as_bytes(std::span(a)), std::as_bytes(std::span(b)),
                                std::as_bytes(std::span(c))};
        platform::writeFileDurably(folder_ / "x", pieces);
        QCOMPARE(contentOf(folder_ / "x"), std::string("one three"));
    }

    void aDurableFileReplacesALongerOne() {
        write(folder_ / "x", std::string(100000, 'a'));
        write(folder_ / "x", "short");
        QCOMPARE(contentOf(folder_ / "x"), std::string("short"));
        QCOMPARE(entriesOf(folder_), std::size_t{1});
    }

    // A process with the same number may have died while it wrote.
    void whatADeadWriterLeftDoesNotGetIntoTheFile() {
        fs::path left = folder_ / "x";
        left += ".tmp-" + std::to_string(platform::processId());
        std::ofstream(left) << std::string(1000, 'l');
        write(folder_ / "x", "short");
        QCOMPARE(contentOf(folder_ / "x"), std::string("short"));
        QCOMPARE(entriesOf(folder_), std::size_t{1});
    }

    // Old or new, never something between: a reader that looks all the time sees only whole files.
    void aReaderSeesOldOrNewNeverAPart() {
        const std::string a(200000, 'a'), b(300000, 'b');
        write(folder_ / "x", a);
        std::atomic<bool> writing{true};
        std::atomic<int> torn{0};
        std::thread reader([&] {
            while (writing) {
                const std::string seen = contentOf(folder_ / "x");
                if (seen != a && seen != b) ++torn;
            }
        });
        for (int i = 0; i < 20; ++i) write(folder_ / "x", i % 2 ? a : b);
        writing = false;
        reader.join();
        QCOMPARE(torn.load(), 0);
    }

    void aDurableFileMayHaveSpacesAndAnyUnicodeInItsName() {
        const fs::path path = folder_ / fs::path(u8"ein Lauf – Größe 漢字.toml");
        write(path, "x = 1");
        QCOMPARE(contentOf(path), std::string("x = 1"));
    }

    void aPathWithoutAFolderMeansTheCurrentOne() {
        const fs::path before = fs::current_path();
        fs::current_path(folder_);
        write("here.txt", "yes");
        fs::current_path(before);
        QCOMPARE(contentOf(folder_ / "here.txt"), std::string("yes"));
    }

    void aFailureToWriteNamesThePathAndTheReason() {
        const fs::path missing = folder_ / "missing" / "x.bin";
        try {
            write(missing, "x");
            QFAIL("nothing was thrown");
        } catch (const Error& error) {
            QCOMPARE(error.where(), missing.string());
            QCOMPARE(error.exitCode(), 1);
            QVERIFY2(error.message().find("No such file or directory") != std::string::npos, error.what());
            QVERIFY(!error.advice().empty());
        }
    }

    void aFailedReplacementLeavesTheOldThingAndNoTemporaryFile() {
        // A folder that holds something cannot be replaced by a file.
        fs::create_directories(folder_ / "x" / "inside");
        QVERIFY_THROWS_EXCEPTION(Error, write(folder_ / "x", "text"));
        QVERIFY(fs::is_directory(folder_ / "x" / "inside"));
        QCOMPARE(entriesOf(folder_), std::size_t{1});
    }

    void aFullDiskIsAnError() {
        if (!fs::exists("/dev/full")) QSKIP("no /dev/full here");
        // The temporary file's name is the path's with ".tmp-<process id>": lead it onto the device that is
        // always full.
        fs::path temporary = folder_ / "x";
        temporary += ".tmp-" + std::to_string(platform::processId());
        fs::create_symlink("/dev/full", temporary);
        try {
            write(folder_ / "x", "text");
            QFAIL("nothing was thrown");
        } catch (const Error& error) {
            QVERIFY2(error.message().find("No space left on device") != std::string::npos, error.what());
        }
        QCOMPARE(entriesOf(folder_), std::size_t{0});
    }

    void thisProcessIsAliveWithItsOwnStartTimeOnly() {
        const std::int64_t id = platform::processId();
        const std::int64_t started = platform::processStartTime(id);
        QCOMPARE(id, static_cast<std::int64_t>(QCoreApplication::applicationPid()));
        if (started == 0) QSKIP("this system does not say when a process started");
        QVERIFY(platform::processIsAlive(id, started));
        QVERIFY(!platform::processIsAlive(id, started + 1));
        QVERIFY(!platform::processIsAlive(id, 0));
        QCOMPARE(platform::processStartTime(id), started);
    }

    void idsThatNoProcessHasAreNotAlive() {
        for (const std::int64_t id : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 40}) {
            QCOMPARE(platform::processStartTime(id), std::int64_t{0});
            QVERIFY(!platform::processIsAlive(id, 0));
            QVERIFY(!platform::processIsAlive(id, 12345));
        }
    }

    void aChildIsAliveUntilItIsKilled() {
        QProcess child;
        child.start("sleep", {"60"});
        QVERIFY(child.waitForStarted());
        const std::int64_t id = child.processId();
        const std::int64_t started = platform::processStartTime(id);
        QVERIFY(started != 0);
        QVERIFY(platform::processIsAlive(id, started));
        QVERIFY(started >= platform::processStartTime(platform::processId()));
        child.kill();
        // Nobody has waited for it yet, so that it stays as a zombie, which must not count as alive.
        for (int wait = 0; wait < 500 && platform::processIsAlive(id, started); ++wait) QTest::qSleep(10);
        QVERIFY(!platform::processIsAlive(id, started));
        QVERIFY(child.waitForFinished());
        QVERIFY(!platform::processIsAlive(id, started));
    }

    void foldersFollowTheXdgVariables() {
#ifndef Q_OS_LINUX
        QSKIP("XDG folders are for Linux");
#endif
        const Variable home("HOME", "/home/ada"), config("XDG_CONFIG_HOME", "/c"),
            data("XDG_DATA_HOME", "/d d"), cache("XDG_CACHE_HOME", "/e"), state("XDG_STATE_HOME", "/f");
        const platform::Folders folders = platform::folders();
        QCOMPARE(folders.settings, fs::path("/c/filigree"));
        QCOMPARE(folders.data, fs::path("/d d/filigree"));
        QCOMPARE(folders.cache, fs::path("/e/filigree"));
        QCOMPARE(folders.state, fs::path("/f/filigree"));
    }

    // "All paths set in these environment variables must be absolute. If an implementation encounters a
    // relative path
    // [...] it should consider the path invalid and ignore it." (XDG Base Directory Specification 0.8)
    void unsetEmptyAndRelativeXdgVariablesMeanTheDefaults() {
#ifndef Q_OS_LINUX
        QSKIP("XDG folders are for Linux");
#endif
        for (const QByteArray& value : {QByteArray(), QByteArray(""), QByteArray("relative/folder")}) {
            const Variable home("HOME", "/home/ada"), config("XDG_CONFIG_HOME", value),
                data("XDG_DATA_HOME", value), cache("XDG_CACHE_HOME", value), state("XDG_STATE_HOME", value);
            const platform::Folders folders = platform::folders();
            QCOMPARE(folders.settings, fs::path("/home/ada/.config/filigree"));
            QCOMPARE(folders.data, fs::path("/home/ada/.local/share/filigree"));
            QCOMPARE(folders.cache, fs::path("/home/ada/.cache/filigree"));
            QCOMPARE(folders.state, fs::path("/home/ada/.local/state/filigree"));
        }
    }

    void withoutHomeTheSystemsTableOfUsersIsAsked() {
#ifndef Q_OS_LINUX
        QSKIP("XDG folders are for Linux");
#endif
        QProcess user;
        user.start("sh", {"-c", "getent passwd \"$(id -u)\" | cut -d: -f6"});
        if (!user.waitForFinished() || user.exitCode() != 0) QSKIP("cannot ask for this user's home");
        const std::string expected = user.readAllStandardOutput().trimmed().toStdString();
        if (expected.empty()) QSKIP("this user has no home");
        const Variable home("HOME", QByteArray()), data("XDG_DATA_HOME", QByteArray());
        QCOMPARE(platform::folders().data, fs::path(expected) / ".local/share/filigree");
    }

    void environmentIsEmptyForWhatIsNotSet() {
        const Variable set("FILIGREE_TEST_VARIABLE", "value");
        QCOMPARE(platform::environment("FILIGREE_TEST_VARIABLE"), std::string("value"));
        const Variable unset("FILIGREE_TEST_VARIABLE", QByteArray());
        QCOMPARE(platform::environment("FILIGREE_TEST_VARIABLE"), std::string());
    }

    void thisProgramStandsInItsFolder() {
        QCOMPARE(platform::programFolder(), fs::path(QCoreApplication::applicationDirPath().toStdString()));
    }

    void measuresOfTheMachineAndTheProcessAreSane() {
        QVERIFY(!platform::hostName().empty());
        QVERIFY(!platform::systemName().empty());
        QVERIFY(!platform::processorName().empty());
        QVERIFY(platform::physicalMemoryBytes() > (std::int64_t{1} << 28));
        QVERIFY(platform::terminalColumns() > 0);

        // std::clock counts the same thing: 50 ms of it here must be 50 ms there, whatever else the machine
        // does.
        const std::clock_t clockBefore = std::clock();
        const double before = platform::processCpuSeconds();
        volatile double work = 0;
        while (std::clock() - clockBefore < CLOCKS_PER_SEC / 20)
            for (int i = 0; i < 10000; ++i) work = work + 1;
        const double used = platform::processCpuSeconds() - before;
        QVERIFY2(std::abs(used - 0.05) < 0.02, std::to_string(used).c_str());
    }

    void peakMemoryGrowsByWhatIsTouched() {
        const std::int64_t before = platform::peakResidentBytes();
        const std::int64_t size = std::int64_t{64} << 20;
        std::vector<char> block(static_cast<std::size_t>(size), 1);
        QVERIFY(block[block.size() / 2] == 1);
        QVERIFY(platform::peakResidentBytes() >= before + size / 2);
        QVERIFY(platform::peakResidentBytes() <= platform::physicalMemoryBytes());
    }

    void aFileIsNotATerminal() {
        QFile file(QString::fromStdString((folder_ / "f").string()));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QVERIFY(!platform::isTerminal(file.handle()));
        QVERIFY(!platform::isTerminal(-1));
    }

    void interruptAndTerminateReachTheHandler() {
        platform::onInterrupt([](int) { interrupts = interrupts + 1; });
        std::raise(SIGINT);
        QCOMPARE(static_cast<int>(interrupts), 1);
        std::raise(SIGTERM);
        QCOMPARE(static_cast<int>(interrupts), 2);
        std::signal(SIGINT, SIG_DFL);
        std::signal(SIGTERM, SIG_DFL);
    }

    void aThreadKnowsItsOwnTime() {
        const double before = platform::threadCpuSeconds();
        std::thread([] {
            const double start = platform::threadCpuSeconds();
            while (platform::threadCpuSeconds() < start + 0.05) {
            }
        }).join();
        QVERIFY(platform::threadCpuSeconds() - before < 0.045);
        QVERIFY(platform::processCpuSeconds() >= 0.05);
    }

    // 4 MiB and more begin at a large page; what a vector holds survives its growth across that size.
    void largeVectorsBeginAtALargePage() {
        const auto place = [](const auto& values) { return reinterpret_cast<std::uintptr_t>(values.data()); };
        LargeVector<std::uint32_t> values;
        for (std::uint32_t i = 0; i < 1000; ++i) values.push_back(i);
        QCOMPARE(place(values) % 64, std::uintptr_t{0});
        for (std::uint32_t i = 1000; i < 1U << 20; ++i) values.push_back(i);
        QCOMPARE(place(values) % (1U << 21), std::uintptr_t{0});
        for (std::uint32_t i = 0; i < values.size(); ++i) QCOMPARE(values[i], i);
        const LargeVector<std::uint32_t> copy = values;
        QVERIFY(place(copy) != place(values) && copy == values);
        QVERIFY_THROWS_EXCEPTION(std::bad_alloc, LargeBlockAllocator<double>().allocate(~std::size_t{0} / 2));
    }
};

QTEST_GUILESS_MAIN(PlatformTest)
#include "test_platform.moc"
