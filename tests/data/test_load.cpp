// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "data/files.h"
#include "data/load.h"

using namespace filigree;
using namespace filigree::data;
using namespace filigree::test;
namespace fs = std::filesystem;

namespace {

Error errorOf(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorKind::Run, "nothing was thrown");
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// A set of `count` images of 28 x 28 with labels 0, 1, 2, …; file names as published.
void writeSet(const fs::path& folder, std::uint32_t count, bool packed = true,
              const std::string& stem = "train") {
    Bytes labels(count);
    for (std::uint32_t i = 0; i < count; ++i) labels[i] = static_cast<std::uint8_t>(i % 10);
    const Bytes images = idx({count, 28, 28}, ramp(count * 784)), labelFile = idx({count}, labels);
    const std::string end = packed ? ".gz" : "";
    writeFile(folder / (stem + "-images-idx3-ubyte" + end), packed ? gzip(images) : images);
    writeFile(folder / (stem + "-labels-idx1-ubyte" + end), packed ? gzip(labelFile) : labelFile);
}

std::vector<int> classCounts(const Dataset& set) {
    std::vector<int> counts(10, 0);
    for (const auto label : set.labels) ++counts[static_cast<std::size_t>(label)];
    return counts;
}

int sumOfFirstImage(const Dataset& set) {
    const auto& pixels = std::get<LargeVector<std::uint8_t>>(set.samples);
    return std::accumulate(pixels.begin(), pixels.begin() + 784, 0);
}

std::vector<std::int32_t> firstTen(const Dataset& set) {
    return {set.labels.begin(), set.labels.begin() + 10};
}

}  // namespace

class LoadTest : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> temporary_;
    fs::path root() const { return temporary_->path().toStdString(); }

  private slots:
    void init() { temporary_ = std::make_unique<QTemporaryDir>(); }

    void catalogueHasSevenSetsWithWhatAListNeeds() {
        std::vector<std::string> names;
        for (const auto& info : catalogue()) {
            names.push_back(info.name);
            QVERIFY(!info.title.empty() && !info.description.empty() && !info.licence.empty() &&
                    !info.citation.empty());
            QVERIFY(info.trainCount > 0 && info.testCount > 0 && info.classes >= 10);
            for (const auto& file : info.downloads) {
                QVERIFY(file.sha256.size() == 64 && file.maximumBytes > 0);
                QVERIFY(file.contentSha256.empty() || file.contentSha256.size() == 64);
            }
            QCOMPARE(info.downloads.empty(), info.downloadUrl.empty());
        }
        QCOMPARE(names, (std::vector<std::string>{"digits", "planted", "planted-trap", "fashion-mnist",
                                                  "mnist", "cifar10", "cifar100"}));
        const Error unknown = errorOf([] { datasetInfo("fashion"); });
        QCOMPARE(unknown.kind(), ErrorKind::Usage);
        QVERIFY(contains(unknown.advice(), "fashion-mnist"));
    }

    void searchPathHasItsFourPartsInOrder() {
        qputenv("FILIGREE_DATA",
                (root() / "a").string().c_str() + QByteArray(":") + (root() / "b").string().c_str());
        qputenv("XDG_DATA_HOME", (root() / "home").string().c_str());
        const auto path = searchPath(root() / "option");
        qunsetenv("FILIGREE_DATA");
        const auto expectedHome = userDatasetFolder();
        qunsetenv("XDG_DATA_HOME");
#ifdef Q_OS_LINUX
        QCOMPARE(path.folders, (std::vector<fs::path>{root() / "option", root() / "a", root() / "b",
                                                      expectedHome, "/usr/share/datasets"}));
        QVERIFY(contains(expectedHome.string(), (root() / "home").string()));
#else
        QCOMPARE(path.folders.front(), root() / "option");
#endif
    }

    void filesAreFoundPackedPlainAndWithTheDottedName() {
        writeSet(root() / "fashion-mnist", 3, true);
        QCOMPARE(load("fashion-mnist", "train", {{root()}}).count(), 3);
        writeSet(root() / "plain" / "fashion-mnist", 4, false);
        QCOMPARE(load("fashion-mnist", "train", {{root() / "plain"}}).count(), 4);
        const fs::path dotted = root() / "dotted" / "mnist";
        writeSet(dotted, 5, false);
        fs::rename(dotted / "train-images-idx3-ubyte", dotted / "train-images.idx3-ubyte");
        const Dataset set = load("mnist", "train", {{root() / "dotted"}});
        QCOMPARE(set.count(), 5);
        QCOMPARE(set.where, dotted.string());
        QCOMPARE(set.normalization.mean, std::vector<float>{0.1307F});
    }

    void theFolderItselfCountsIfItHasTheNameOfTheSet() {
        writeSet(root() / "mnist", 3);
        QCOMPARE(load("mnist", "train", {{root() / "mnist"}}).count(), 3);
        QCOMPARE(load("mnist", "train", {{root() / "mnist" / ""}}).count(), 3);
        // The file names are the same, the set is not.
        QCOMPARE(errorOf([&] { load("fashion-mnist", "train", {{root() / "mnist"}}); }).kind(),
                 ErrorKind::Data);
    }

    void theFirstCompleteFolderWins() {
        writeSet(root() / "first" / "mnist", 2);
        fs::remove(root() / "first" / "mnist" / "train-labels-idx1-ubyte.gz");
        writeSet(root() / "second" / "mnist", 3);
        writeSet(root() / "third" / "mnist", 4);
        QCOMPARE(load("mnist", "train", {{root() / "first", root() / "second", root() / "third"}}).count(),
                 3);
    }

    void aMissingSetIsReportedWithEveryPlaceAndWhatToDo() {
        writeSet(root() / "first" / "fashion-mnist", 2);
        fs::remove(root() / "first" / "fashion-mnist" / "train-labels-idx1-ubyte.gz");
        const Error error = errorOf([&] {
            load("fashion-mnist", "train", {{root() / "first", root() / "second"}});
        });
        QCOMPARE(error.kind(), ErrorKind::Data);
        QVERIFY(contains(error.message(), "fashion-mnist (train)"));
        QVERIFY(contains(error.where(),
                         (root() / "first" / "fashion-mnist").string() + ": no train-labels-idx1-ubyte.gz"));
        QVERIFY(contains(error.where(), (root() / "second" / "fashion-mnist").string() + ": no such folder"));
        QVERIFY(contains(error.advice(), "filigree data fetch fashion-mnist"));
        QVERIFY(contains(error.advice(), "dataset-fashion-mnist"));
        QVERIFY(
            contains(errorOf([&] { load("cifar10", "train", {{root()}}); }).advice(), "data_batch_5.bin"));
        QCOMPARE(errorOf([&] { load("mnist", "validation", {{root()}}); }).kind(), ErrorKind::Usage);
        QCOMPARE(errorOf([&] { load("nothing", "train", {{root()}}); }).kind(), ErrorKind::Usage);
    }

    void filesThatDoNotBelongTogetherAreRefused() {
        const fs::path folder = root() / "mnist";
        const auto message = [&] { return errorOf([&] { load("mnist", "train", {{root()}}); }).message(); };
        writeSet(folder, 3);
        writeFile(folder / "train-labels-idx1-ubyte.gz", gzip(idx({4}, {0, 1, 2, 3})));
        QVERIFY(contains(message(), "labels of shape 4 for 3 images"));
        writeFile(folder / "train-labels-idx1-ubyte.gz", gzip(idx({3, 1}, {0, 1, 2})));
        QVERIFY(contains(message(), "labels of shape 3 x 1"));
        writeFile(folder / "train-labels-idx1-ubyte.gz", gzip(idx({3}, {0, 10, 2})));
        QVERIFY(contains(message(), "label 10 of sample 1"));
        writeFile(folder / "train-images-idx3-ubyte.gz", gzip(idx({3, 32, 32}, ramp(3 * 1024))));
        QVERIFY(contains(message(), "images of shape 3 x 32 x 32"));
        writeFile(folder / "train-images-idx3-ubyte.gz", gzip(idx({3, 784}, ramp(3 * 784))));
        QVERIFY(contains(message(), "images of shape 3 x 784"));
    }

    void damagedFilesAreLoadedOrRefused() {
        const fs::path folder = root() / "mnist";
        writeSet(folder, 2);
        const std::vector<std::string> names = {"train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"};
        RandomStream random(3, "fuzz");
        int refused = 0;
        resetLargestAllocation();
        for (int round = 0; round < 200; ++round) {
            writeSet(folder, 2);
            const fs::path file = folder / names[random.below(2)];
            Bytes bytes = readFile(file);
            if (random.below(3) == 0)
                bytes.resize(random.below(bytes.size()));
            else
                for (int i = 0; i < 3; ++i)
                    bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.below(256));
            writeFile(file, bytes);
            try {
                load("mnist", "train", {{root()}});
            } catch (const Error& error) {
                QCOMPARE(error.kind(), ErrorKind::Data);
                ++refused;
            }
            for (const auto& line : list({{root()}})) QCOMPARE(line.available, line.info.downloads.empty());
        }
        QVERIFY(refused > 150);
        QVERIFY(largestAllocation() < (4U << 20));
    }

    void listSaysWhatIsWhereAndWhatIsMissing() {
        writeSet(root() / "a" / "mnist", 3);
        writeSet(root() / "b" / "mnist", 2, false, "t10k");
        writeSet(root() / "a" / "fashion-mnist", 6);
        for (int i = 1; i <= 5; ++i)
            writeFile(root() / "a" / "cifar10" / ("data_batch_" + std::to_string(i) + ".bin"),
                      Bytes(2 * 3073, 0));
        writeFile(root() / "a" / "cifar10" / "test_batch.bin", Bytes(3073 + 1, 0));
        const auto lines = list({{root() / "a", root() / "b"}});
        QCOMPARE(lines.size(), catalogue().size());

        const auto line = [&](const std::string& name) {
            return *std::find_if(lines.begin(), lines.end(),
                                 [&](const Listing& l) { return l.info.name == name; });
        };
        QVERIFY(line("digits").available);
        QCOMPARE(line("digits").where, std::string("embedded"));
        QCOMPARE(line("planted").trainCount, 32000);

        const Listing mnist = line("mnist");
        QVERIFY(mnist.available);
        QCOMPARE(mnist.trainCount, 3);
        QCOMPARE(mnist.testCount, 2);
        QCOMPARE(mnist.where, (root() / "a" / "mnist").string() + ", " + (root() / "b" / "mnist").string());
        std::int64_t bytes = 0;
        for (const char* folder : {"a", "b"})
            for (const auto& file : fs::directory_iterator(root() / folder / "mnist"))
                bytes += static_cast<std::int64_t>(file.file_size());
        QCOMPARE(mnist.bytes, bytes);
        QCOMPARE(mnist.advice, std::string());

        const Listing fashion = line("fashion-mnist");
        QVERIFY(!fashion.available);
        QCOMPARE(fashion.trainCount, 6);
        QCOMPARE(fashion.problem, std::string("no test split"));
        QVERIFY(contains(fashion.advice, "filigree data fetch"));
        QCOMPARE(fashion.lookedAt.size(), std::size_t{2});

        const Listing cifar = line("cifar10");
        QVERIFY(!cifar.available);
        QCOMPARE(cifar.trainCount, 10);
        QVERIFY(contains(cifar.problem, "whole number of records"));
        QVERIFY(!line("cifar100").available);
        QCOMPARE(line("cifar100").where, std::string());
    }

    // The project's own prefix of the real set; numbers from its description.
    void readsThePrefixOfFashionMnist() {
        const fs::path shared = fs::path(FILIGREE_SOURCE_DIR) / ".." / "shared" / "data";
        if (!fs::exists(shared / "fashion-mnist")) QSKIP("the shared prefix of Fashion-MNIST is not here");
        const Dataset train = load("fashion-mnist", "train", {{shared}}),
                      test = load("fashion-mnist", "test", {{shared}});
        QCOMPARE(train.count(), 5699);
        QCOMPARE(test.count(), 4443);
        QCOMPARE(firstTen(train), (std::vector<std::int32_t>{9, 0, 0, 3, 0, 2, 7, 2, 5, 5}));
        QCOMPARE(firstTen(test), (std::vector<std::int32_t>{9, 2, 1, 1, 6, 1, 4, 6, 5, 7}));
        QCOMPARE(sumOfFirstImage(train), 76247);
        QCOMPARE(sumOfFirstImage(test), 33456);
        QCOMPARE(classCounts(train), (std::vector<int>{527, 617, 578, 581, 551, 563, 562, 583, 560, 577}));
        QCOMPARE(classCounts(test), (std::vector<int>{452, 429, 470, 437, 458, 428, 435, 452, 467, 415}));

        // Mean 0.28565 and deviation 0.35376 of the pixels, so about 0 and 1 after normalisation.
        double sum = 0, squares = 0;
        std::vector<float> image(784);
        for (std::int64_t i = 0; i < train.count(); ++i) {
            train.read(i, image);
            for (const float v : image) {
                sum += double{v};
                squares += double{v} * double{v};
            }
        }
        const double n = 784.0 * static_cast<double>(train.count()), mean = sum / n;
        QVERIFY(std::abs(mean - (0.28565 - 0.2857) / 0.3538) < 2e-5);
        QVERIFY(std::abs(std::sqrt(squares / n - mean * mean) - 0.35376 / 0.3538) < 2e-5);
    }

    void readsTheWholeOfFashionMnist() {
        const SearchPath debian{{"/usr/share/datasets"}};
        if (!findFiles(datasetInfo("fashion-mnist"), "train", debian).found)
            QSKIP("the package dataset-fashion-mnist is not installed");
        const Dataset train = load("fashion-mnist", "train", debian),
                      test = load("fashion-mnist", "test", debian);
        QCOMPARE(train.count(), 60000);
        QCOMPARE(test.count(), 10000);
        QCOMPARE(classCounts(train), std::vector<int>(10, 6000));
        QCOMPARE(classCounts(test), std::vector<int>(10, 1000));
        QCOMPARE(sumOfFirstImage(train), 76247);
        QCOMPARE(sumOfFirstImage(test), 33456);
        QCOMPARE(firstTen(test), (std::vector<std::int32_t>{9, 2, 1, 1, 6, 1, 4, 6, 5, 7}));
    }
};

QTEST_GUILESS_MAIN(LoadTest)
#include "test_load.moc"
