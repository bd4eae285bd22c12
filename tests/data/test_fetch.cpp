// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCryptographicHash>
#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QtTest>
#include <functional>
#include <memory>

#include "base/error.h"
#include "data/digest.h"
#include "data/fetch.h"
#include "data/files.h"
#include "data/http_server.h"
#include "data/load.h"

using namespace filigree;
using namespace filigree::data;
using namespace filigree::test;
namespace fs = std::filesystem;

namespace {

/// SHA-256 by Qt, independent of the OpenSSL that the engine uses.
std::string sha256(const Bytes& bytes) {
    QCryptographicHash hash(QCryptographicHash::Sha256);
    hash.addData(QByteArrayView(bytes.data(), static_cast<qsizetype>(bytes.size())));
    return hash.result().toHex().toStdString();
}

Error errorOf(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorKind::Usage, "nothing was thrown");
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

const Bytes content = ramp(200'000, 5);

DatasetInfo oneFile() {
    DatasetInfo info;
    info.name = "made";
    info.home = "https://example.org/made";
    info.downloads = {{"made.bin", 1 << 20, sha256(content), "", {}}};
    return info;
}

}  // namespace

class FetchTest : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> temporary_;
    fs::path root() const { return temporary_->path().toStdString(); }
    fs::path file() const { return root() / "made" / "made.bin"; }
    fs::path partial() const { return root() / "made" / "made.bin.part"; }

    FetchOptions from(const HttpServer& server, int attempts = 4) const {
        FetchOptions options;
        options.baseUrl = server.url();
        options.attempts = attempts;
        options.retryDelay_ms = 1;
        options.stallTimeout_s = 5;
        return options;
    }

  private slots:
    void init() { temporary_ = std::make_unique<QTemporaryDir>(); }

    // FIPS 180-2, appendix B.
    void digestsAreThePublishedOnes() {
        writeFile(root() / "abc", {'a', 'b', 'c'});
        const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        QCOMPARE(sha256OfFile(root() / "abc"), abc);
        writeFile(root() / "abc.gz", gzip({'a', 'b', 'c'}));
        QCOMPARE(sha256OfContent(root() / "abc.gz", 3), abc);
        QCOMPARE(sha256OfContent(root() / "abc", 3), abc);
        QVERIFY(sha256OfFile(root() / "abc.gz") != abc);
        QVERIFY_THROWS_EXCEPTION(Error, sha256OfContent(root() / "abc.gz", 2));
        QVERIFY_THROWS_EXCEPTION(Error, sha256OfFile(root() / "nothing"));
    }

    void downloadsWithProgressAndKeepsWhatIsRight() {
        const HttpServer server([](const HttpAsked&) { return HttpAnswer{.body = content}; });
        std::vector<FetchProgress> seen;
        const auto paths = fetch(
            oneFile(), root(),
            [&](const FetchProgress& p) {
                seen.push_back(p);
                return true;
            },
            from(server));
        QCOMPARE(paths, std::vector<fs::path>{file()});
        QCOMPARE(readFile(file()), content);
        QVERIFY(!fs::exists(partial()));
        QCOMPARE(server.asked().size(), std::size_t{1});
        QCOMPARE(server.asked()[0].path, std::string("/made.bin"));
        QCOMPARE(seen.back().receivedBytes, 200'000);
        QCOMPARE(seen.back().totalBytes, 200'000);
        QCOMPARE(seen.back().file, std::string("made.bin"));
        QCOMPARE(seen.back().fileCount, 1);
        for (std::size_t i = 1; i < seen.size(); ++i)
            QVERIFY(seen[i].receivedBytes >= seen[i - 1].receivedBytes);

        QCOMPARE(fetch(oneFile(), root(), {}, from(server)), paths);
        QCOMPARE(server.asked().size(), std::size_t{1});
    }

    void goesOnAfterDisconnects() {
        // Two connections break after 70 000 bytes each; the third delivers the rest.
        const HttpServer server([](const HttpAsked& asked) {
            return HttpAnswer{.body = content, .cutAfter = asked.number < 2 ? 70'000 : -1};
        });
        std::int64_t lastTotal = 0;
        fetch(
            oneFile(), root(),
            [&](const FetchProgress& p) {
                if (p.totalBytes > 0) lastTotal = p.totalBytes;
                return lastTotal == 0 || lastTotal == 200'000;
            },
            from(server));
        QCOMPARE(readFile(file()), content);
        const auto asked = server.asked();
        QCOMPARE(asked.size(), std::size_t{3});
        QCOMPARE(asked[0].from, -1);
        QCOMPARE(asked[1].from, 70'000);
        QCOMPARE(asked[2].from, 140'000);
        QCOMPARE(lastTotal, 200'000);
    }

    void everyPlaceOfADisconnectIsSurvived() {
        for (const std::int64_t cut : {0, 1, 2, 1000, 65'536, 199'999}) {
            init();
            const HttpServer server([&](const HttpAsked& asked) {
                return HttpAnswer{.body = content, .cutAfter = asked.number == 0 ? cut : -1};
            });
            fetch(oneFile(), root(), {}, from(server));
            QCOMPARE(readFile(file()), content);
            QCOMPARE(server.asked().size(), std::size_t{2});
        }
    }

    void goesOnInALaterCall() {
        const HttpServer server([](const HttpAsked& asked) {
            return HttpAnswer{.body = content, .cutAfter = asked.number == 0 ? 50'000 : -1};
        });
        const Error error = errorOf([&] { fetch(oneFile(), root(), {}, from(server, 1)); });
        QCOMPARE(error.kind(), ErrorKind::Data);
        QVERIFY(contains(error.message(), "made.bin"));
        QVERIFY(contains(error.where(), server.url() + "made.bin"));
        QVERIFY(contains(error.advice(), "goes on where it stopped"));
        QVERIFY(!fs::exists(file()));
        QCOMPARE(fs::file_size(partial()), std::uintmax_t{50'000});
        fetch(oneFile(), root(), {}, from(server, 1));
        QCOMPARE(readFile(file()), content);
        QCOMPARE(server.asked()[1].from, 50'000);
    }

    void stopsWhenAskedAndGoesOnLater() {
        const HttpServer server(
            [](const HttpAsked&) { return HttpAnswer{.body = content, .cutAfter = 50'000}; });
        const auto stop = [](const FetchProgress& p) { return p.receivedBytes < 50'000; };
        QCOMPARE(errorOf([&] { fetch(oneFile(), root(), stop, from(server)); }).kind(), ErrorKind::Run);
        QVERIFY(fs::file_size(partial()) <= 50'000);
        const auto fail = [](const FetchProgress&) -> bool { throw std::runtime_error("from the callback"); };
        QVERIFY_THROWS_EXCEPTION(std::runtime_error, fetch(oneFile(), root(), fail, from(server)));
    }

    void startsAgainWhereTheServerKnowsNoRanges() {
        const HttpServer server(
            [](const HttpAsked&) { return HttpAnswer{.body = content, .ranges = false}; });
        writeFile(partial(), Bytes(content.begin(), content.begin() + 1000));
        fetch(oneFile(), root(), {}, from(server));
        QCOMPARE(readFile(file()), content);
        QCOMPARE(server.asked().size(), std::size_t{2});
        QCOMPARE(server.asked()[1].from, -1);
    }

    void startsAgainFromAPartOfAnotherFile() {
        const HttpServer server([](const HttpAsked&) { return HttpAnswer{.body = content}; });
        writeFile(partial(), Bytes(1000, 77));
        fetch(oneFile(), root(), {}, from(server));
        QCOMPARE(readFile(file()), content);
        QCOMPARE(server.asked()[0].from, 1000);
        QCOMPARE(server.asked()[1].from, -1);
    }

    void startsAgainFromAPartThatIsTooLong() {
        const HttpServer server([](const HttpAsked&) { return HttpAnswer{.body = content}; });
        writeFile(partial(), Bytes(300'000, 1));
        fetch(oneFile(), root(), {}, from(server));
        QCOMPARE(readFile(file()), content);
    }

    void aRangeFromElsewhereNeverMakesAWrongFile() {
        const HttpServer server([](const HttpAsked& asked) {
            return HttpAnswer{.body = content, .shiftRange = asked.number < 2 ? 10 : 0};
        });
        writeFile(partial(), Bytes(content.begin(), content.begin() + 1000));
        fetch(oneFile(), root(), {}, from(server));
        QCOMPARE(readFile(file()), content);
    }

    void aCompletePartIsTakenWithoutTheNetwork() {
        const HttpServer server([](const HttpAsked&) { return HttpAnswer{.status = 404}; });
        writeFile(partial(), content);
        fetch(oneFile(), root(), {}, from(server));
        QCOMPARE(readFile(file()), content);
        QCOMPARE(server.asked().size(), std::size_t{0});
    }

    void wrongContentIsRemovedAndBothDigestsNamed() {
        Bytes wrong = content;
        wrong[100'000] ^= 1;
        const HttpServer server([&](const HttpAsked&) { return HttpAnswer{.body = wrong}; });
        const Error error = errorOf([&] { fetch(oneFile(), root(), {}, from(server)); });
        QCOMPARE(error.kind(), ErrorKind::Data);
        QVERIFY(contains(error.message(), sha256(wrong)));
        QVERIFY(contains(error.message(), sha256(content)));
        QVERIFY(!fs::exists(file()) && !fs::exists(partial()));
        QCOMPARE(server.asked().size(), std::size_t{1});
    }

    void aFileThatIsThereButDifferentIsNotOverwritten() {
        const HttpServer server([](const HttpAsked&) { return HttpAnswer{.body = content}; });
        writeFile(file(), {1, 2, 3});
        const Error error = errorOf([&] { fetch(oneFile(), root(), {}, from(server)); });
        QCOMPARE(error.kind(), ErrorKind::Data);
        QVERIFY(contains(error.where(), file().string()));
        QCOMPARE(readFile(file()), (Bytes{1, 2, 3}));
    }

    void statusesThatStayAreNotTriedAgain() {
        for (const int status : {400, 403, 404, 410}) {
            init();
            const HttpServer server(
                [&](const HttpAsked&) { return HttpAnswer{.status = status, .body = ramp(500)}; });
            const Error error = errorOf([&] { fetch(oneFile(), root(), {}, from(server)); });
            QCOMPARE(error.kind(), ErrorKind::Data);
            QVERIFY(contains(error.message(), "HTTP status " + std::to_string(status)));
            QVERIFY(contains(error.advice(), "https://example.org/made"));
            QCOMPARE(server.asked().size(), std::size_t{1});
            QVERIFY(!fs::exists(file()));
        }
    }

    void aBusyServerIsTriedAgainAndItsPageIsNoData() {
        for (const int status : {408, 429, 500, 503}) {
            init();
            const HttpServer server([&](const HttpAsked& asked) {
                return asked.number < 2 ? HttpAnswer{.status = status, .body = ramp(500)}
                                        : HttpAnswer{.body = content};
            });
            fetch(oneFile(), root(), {}, from(server));
            QCOMPARE(readFile(file()), content);
            QCOMPARE(server.asked().size(), std::size_t{3});
        }
        init();
        const HttpServer server([](const HttpAsked&) { return HttpAnswer{.status = 503}; });
        const Error error = errorOf([&] { fetch(oneFile(), root(), {}, from(server, 3)); });
        QVERIFY(contains(error.message(), "3 attempts"));
        QVERIFY(contains(error.message(), "503"));
        QCOMPARE(server.asked().size(), std::size_t{3});
    }

    void tooManyBytesAreRefused() {
        DatasetInfo info = oneFile();
        info.downloads[0].maximumBytes = 100'000;
        const HttpServer server([](const HttpAsked&) { return HttpAnswer{.body = content}; });
        const Error error = errorOf([&] { fetch(info, root(), {}, from(server)); });
        QCOMPARE(error.kind(), ErrorKind::Data);
        QVERIFY(contains(error.message(), "more than the 100000 bytes"));
        QVERIFY(!fs::exists(file()) && !fs::exists(partial()));
    }

    void followsRedirectsButOnlyToTheWeb() {
        const HttpServer server([](const HttpAsked& asked) {
            return asked.path == "/made.bin"
                       ? HttpAnswer{.status = 302, .body = ramp(100), .location = "/elsewhere"}
                       : HttpAnswer{.body = content};
        });
        fetch(oneFile(), root(), {}, from(server));
        QCOMPARE(readFile(file()), content);

        init();
        writeFile(root() / "secret", content);
        const std::string local = "file://" + (root() / "secret").string();
        const HttpServer sly([&](const HttpAsked&) { return HttpAnswer{.status = 302, .location = local}; });
        QCOMPARE(errorOf([&] { fetch(oneFile(), root(), {}, from(sly)); }).kind(), ErrorKind::Data);
        QVERIFY(!fs::exists(file()));
        FetchOptions options;
        options.baseUrl = "file://" + root().string();
        QVERIFY(
            contains(errorOf([&] { fetch(oneFile(), root(), {}, options); }).message(), "not an address"));

        const HttpServer loop(
            [](const HttpAsked&) { return HttpAnswer{.status = 302, .location = "/made.bin"}; });
        QCOMPARE(errorOf([&] { fetch(oneFile(), root(), {}, from(loop, 1)); }).kind(), ErrorKind::Data);
        QVERIFY(loop.asked().size() < 10);
    }

    void aServerThatSaysNothingIsGivenUp() {
        const HttpServer server([](const HttpAsked&) { return HttpAnswer{.hang = true}; });
        FetchOptions options = from(server, 1);
        options.stallTimeout_s = 1;
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(errorOf([&] { fetch(oneFile(), root(), {}, options); }).kind(), ErrorKind::Data);
        QVERIFY(timer.elapsed() < 10'000);
    }

    void nobodyListeningIsAClearError() {
        std::string url;
        {
            const HttpServer gone([](const HttpAsked&) { return HttpAnswer{}; });
            url = gone.url();
        }
        FetchOptions options;
        options.baseUrl = url;
        options.attempts = 2;
        options.retryDelay_ms = 1;
        const Error error = errorOf([&] { fetch(oneFile(), root(), {}, options); });
        QCOMPARE(error.kind(), ErrorKind::Data);
        QVERIFY(contains(error.message(), "2 attempts"));
    }

    void anotherGzipOfTheSameContentIsAccepted() {
        // A mirror that packed the content anew has another file digest; the content counts.
        DatasetInfo info = oneFile();
        info.downloads = {{"made.gz", 1 << 20, std::string(64, '0'), sha256(content), {}}};
        const HttpServer server([](const HttpAsked& asked) {
            return HttpAnswer{.body = gzip(asked.number == 0 ? ramp(200'000, 6) : content)};
        });
        QCOMPARE(errorOf([&] { fetch(info, root(), {}, from(server)); }).kind(), ErrorKind::Data);
        QCOMPARE(fetch(info, root(), {}, from(server)).front().filename(), fs::path("made.gz"));
    }

    void archivesAreUnpackedOnce() {
        const Bytes archive =
            gzip(tar({{"set/", {}}, {"set/one.bin", ramp(700)}, {"set/two.bin", ramp(900, 3)}}));
        DatasetInfo info = oneFile();
        info.downloads = {
            {"made.tar.gz", 1 << 20, sha256(archive), "", {{"one.bin", 700}, {"two.bin", 900}}}};
        const HttpServer server([&](const HttpAsked&) { return HttpAnswer{.body = archive}; });
        const auto paths = fetch(info, root(), {}, from(server));
        QCOMPARE(paths, (std::vector<fs::path>{root() / "made" / "one.bin", root() / "made" / "two.bin"}));
        QCOMPARE(readFile(paths[1]), ramp(900, 3));
        QVERIFY(!fs::exists(root() / "made" / "made.tar.gz"));
        QCOMPARE(fetch(info, root(), {}, from(server)), paths);
        QCOMPARE(server.asked().size(), std::size_t{1});
    }

    // The catalogue's own digests against the real files, served from where Debian installs them.
    void fetchesTheWholeOfFashionMnist() {
        const fs::path debian = "/usr/share/datasets/fashion-mnist";
        if (!fs::exists(debian / "train-images-idx3-ubyte.gz"))
            QSKIP("the package dataset-fashion-mnist is not installed");
        const HttpServer server([&](const HttpAsked& asked) {
            return HttpAnswer{.body = readFile(debian / asked.path.substr(1)),
                              .cutAfter = asked.number % 2 == 0 ? 3000 : -1};
        });
        std::vector<std::string> files;
        fetch(
            "fashion-mnist", root(),
            [&](const FetchProgress& p) {
                if (files.empty() || files.back() != p.file) files.push_back(p.file);
                return p.fileCount == 4 && p.fileIndex == static_cast<int>(files.size()) - 1;
            },
            from(server));
        QCOMPARE(files.size(), std::size_t{4});
        QCOMPARE(server.asked().size(), std::size_t{8});
        QCOMPARE(load("fashion-mnist", "test", {{root()}}).count(), 10000);
    }

    void builtInSetsNeedNoDownload() {
        for (const char* name : {"digits", "planted", "planted-trap"}) {
            const Error error = errorOf([&] { fetch(name, root()); });
            QCOMPARE(error.kind(), ErrorKind::Usage);
            QVERIFY(contains(error.message(), "needs no download"));
        }
        FetchOptions options;
        options.attempts = 0;
        QVERIFY(
            contains(errorOf([&] { fetch("mnist", root(), {}, options); }).message(), "must be positive"));
    }

    void aFolderThatCannotBeMadeIsAClearError() {
        writeFile(root() / "made", {1});
        const HttpServer server([](const HttpAsked&) { return HttpAnswer{.body = content}; });
        const Error error = errorOf([&] { fetch(oneFile(), root(), {}, from(server)); });
        QCOMPARE(error.kind(), ErrorKind::Data);
        QVERIFY(contains(error.where(), (root() / "made").string()));
    }
};

QTEST_GUILESS_MAIN(FetchTest)
#include "test_fetch.moc"
