// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTemporaryDir>
#include <QtTest>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numeric>

#include "base/error.h"
#include "base/random.h"
#include "train/checkpoint.h"

using namespace filigree;
using namespace filigree::train;
namespace fs = std::filesystem;

namespace {

void writeBytes(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::string bytesOf(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A file of the format, put together by hand: length, header, data.
std::string fileOf(const std::string& header, const std::string& data) {
    std::string length(8, '\0');
    for (int i = 0; i < 8; ++i)
        length[static_cast<std::size_t>(i)] = static_cast<char>(header.size() >> (8 * i));
    return length + header + data;
}

/// Little-endian IEEE bytes of 1, -2, 0.5 as 32-bit floats.
const std::string threeFloats("\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x00\x3f", 12);

Checkpoint example() {
    Checkpoint checkpoint;
    checkpoint.put("z.weight", Tensor::from(std::vector<float>{1, -2, 0.5F}, {3}));
    checkpoint.put("a.values", Tensor::from(std::vector<double>{0.1, 1e300}, {1, 2}));
    checkpoint.put("counts", std::vector<std::int64_t>{-1, std::int64_t{1} << 40});
    checkpoint.put("ages", Tensor::from(std::vector<std::int32_t>{7, -8}, {2, 1}));
    checkpoint.put("pixels", Tensor::from(std::vector<std::uint8_t>{0, 255, 3}, {3}));
    checkpoint.put("nothing", Tensor::empty({0, 5}));
    checkpoint.put("one", Tensor::scalar(4));
    checkpoint.putText("config", "[train]\nepochs = 3\n\"µ\" = 1");
    return checkpoint;
}

}  // namespace

class CheckpointTest : public QObject {
    Q_OBJECT

    QTemporaryDir directory_;
    fs::path file_ = fs::path(directory_.path().toStdString()) / "x.safetensors";

    /// The Error (Data) that reading these bytes gives; fails the test if there is none.
    std::string refusal(const std::string& bytes) {
        writeBytes(file_, bytes);
        try {
            Checkpoint::read(file_);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::Data) return "wrong kind: " + error.message();
            if (error.where() != file_.string()) return "does not name the file: " + error.where();
            return error.message();
        }
        return "accepted";
    }

  private slots:
    void everyTypeAndShapeComesBackBitForBit() {
        const Checkpoint written = example();
        written.write(file_);
        const Checkpoint read = Checkpoint::read(file_);
        QCOMPARE(read.tensors().size(), std::size_t{7});
        for (const auto& [name, tensor] : written.tensors()) {
            const Tensor back = read.get(name, tensor.dtype(), tensor.shape());
            QVERIFY2(std::memcmp(back.raw(), tensor.raw(), tensor.bytes()) == 0, name.c_str());
        }
        QCOMPARE(read.getIntegers("counts"), (std::vector<std::int64_t>{-1, 1099511627776}));
        QCOMPARE(read.text("config"), written.text("config"));
        QVERIFY(read.has("one") && !read.has("two"));
    }

    // The layout of the format's own description, spelled out.
    void theFileIsLengthHeaderAndBytesInSortedOrder() {
        Checkpoint checkpoint;
        checkpoint.put("w", Tensor::from(std::vector<float>{1, -2, 0.5F}, {3}));
        checkpoint.put("b", Tensor::from(std::vector<std::uint8_t>{9}, {1}));
        checkpoint.putText("step", "12");
        const std::string digest = checkpoint.write(file_);
        std::string header = R"({"__metadata__":{"step":"12"},)"
                             R"("b":{"data_offsets":[0,1],"dtype":"U8","shape":[1]},)"
                             R"("w":{"data_offsets":[1,13],"dtype":"F32","shape":[3]}})";
        while (header.size() % 8) header += ' ';
        const std::string expected = fileOf(header, "\x09" + threeFloats);
        QCOMPARE(QByteArray::fromStdString(bytesOf(file_)), QByteArray::fromStdString(expected));
        QCOMPARE(digest, sha256(expected.data(), expected.size()));
        QCOMPARE(digest, sha256OfFile(file_));
    }

    void equalContentsGiveEqualBytesWhateverTheOrderOfPutting() {
        Checkpoint reversed;
        reversed.putText("config", example().text("config"));
        const Checkpoint source = example();
        for (auto entry = source.tensors().rbegin(); entry != source.tensors().rend(); ++entry)
            reversed.put(entry->first, entry->second);
        const std::string first = source.write(file_);
        const std::string bytes = bytesOf(file_);
        QCOMPARE(reversed.write(file_), first);
        QVERIFY(bytesOf(file_) == bytes);
        // And a file that was read writes itself again.
        QCOMPARE(Checkpoint::read(file_).write(file_), first);
    }

    void tensorsInAnyMemoryOrderAreWrittenRowMajor() {
        std::vector<float> values(6);
        std::iota(values.begin(), values.end(), 0.0F);
        const Tensor matrix = Tensor::from(values, {2, 3});
        Checkpoint checkpoint;
        checkpoint.put("transposed", matrix.transpose(0, 1));
        checkpoint.put("tiled", matrix.tiled(8));
        checkpoint.write(file_);
        const Checkpoint read = Checkpoint::read(file_);
        QCOMPARE(read.get("transposed").toDoubles(), (std::vector<double>{0, 3, 1, 4, 2, 5}));
        QCOMPARE(read.get("tiled").toDoubles(), (std::vector<double>{0, 1, 2, 3, 4, 5}));
    }

    // What PyTorch's writer makes: another order of the keys, tensors sorted by type, padding.
    void aFileOfPyTorchReads() {
        const std::string header =
            R"({"__metadata__":{"format":"pt"},"net.0.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},)"
            R"("net.0.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}   )";
        writeBytes(file_, fileOf(header, threeFloats));
        const Checkpoint read = Checkpoint::read(file_);
        QCOMPARE(read.text("format"), std::string("pt"));
        QCOMPARE(read.get("net.0.weight", DType::F32, {2, 1}).toDoubles(), (std::vector<double>{1, -2}));
        QCOMPARE(read.get("net.0.bias").toDoubles(), (std::vector<double>{0.5}));
    }

    void aMissingOrUnexpectedTensorIsNamedWithItsFile() {
        example().write(file_);
        const Checkpoint read = Checkpoint::read(file_);
        const auto message = [&](auto&& ask) -> std::string {
            try {
                ask();
            } catch (const Error& error) {
                return error.kind() == ErrorKind::Data && error.where() == file_.string() ? error.message()
                                                                                          : "wrong";
            }
            return "accepted";
        };
        QCOMPARE(message([&] { read.get("fc1.values"); }),
                 std::string("the checkpoint has no tensor \"fc1.values\""));
        QCOMPARE(message([&] { read.get("z.weight", DType::F32, {4}); }),
                 std::string("tensor \"z.weight\" of the checkpoint is f32 [3], expected f32 [4]"));
        QCOMPARE(message([&] { read.get("z.weight", DType::F64, {3}); }),
                 std::string("tensor \"z.weight\" of the checkpoint is f32 [3], expected f64 [3]"));
        QVERIFY(message([&] { read.getIntegers("ages"); }).find("expected a list") != std::string::npos);
        QCOMPARE(message([&] { read.text("seed"); }), std::string("the checkpoint has no text \"seed\""));
    }

    void hostileFilesAreRefused_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("complaint");
        const auto row = [](const char* name, const std::string& bytes, const char* complaint) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << QString(complaint);
        };
        const auto headerRow = [&](const char* name, const std::string& header, const char* complaint) {
            row(name, fileOf(header, threeFloats), complaint);
        };
        const auto entry = [](const std::string& dtype, const std::string& shape,
                              const std::string& offsets) {
            return R"({"w":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
                   "}}";
        };
        QVERIFY(refusal(fileOf(entry("\"F32\"", "[3]", "[0,12]"), threeFloats)) == "accepted");

        row("empty", "", "has only 0 bytes");
        row("five bytes", "12345", "has only 5 bytes");
        row("header longer than the file", std::string("\xff\0\0\0\0\0\0\0{}", 10), "longer than the file");
        row("header of 2^64 - 1 bytes", std::string(8, '\xff') + "{}", "longer than the file");
        row("no JSON", fileOf("hello   ", ""), "not a JSON object");
        row("list", fileOf("[1]", ""), "not a JSON object");
        row("broken JSON", fileOf("{\"w\":", ""), "not valid JSON");
        row("two objects", fileOf("{}{}", ""), "not valid JSON");
        row("not UTF-8", fileOf("{\"\xff\":1}", ""), "not valid JSON");
        row("nested a million times", fileOf("{\"w\":" + std::string(1000000, '['), ""), "nested too deeply");
        row("data without a tensor", fileOf("{}", "x"), "belong to no tensor");
        headerRow("empty name", R"({"":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})", "no name");
        headerRow("name twice",
                  R"({"w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},)"
                  R"("w":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})",
                  "names \"w\" twice");
        headerRow("shape twice", R"({"w":{"dtype":"F32","shape":[3],"shape":[3],"data_offsets":[0,12]}})",
                  "names \"shape\" twice");
        headerRow("texts that are numbers", R"({"__metadata__":{"step":3}})", "text \"step\" is not a text");
        headerRow("texts that are a list", R"({"__metadata__":[]})", "not an object");
        headerRow("tensor that is a number", R"({"w":3})", "needs exactly");
        headerRow("no offsets", R"({"w":{"dtype":"F32","shape":[3],"x":[0,12]}})", "needs exactly");
        headerRow("unknown type", entry("\"F8\"", "[12]", "[0,12]"), "dtype other than");
        headerRow("type that is a number", entry("32", "[3]", "[0,12]"), "dtype that is not a text");
        headerRow("negative size", entry("\"F32\"", "[-3]", "[0,12]"), "not a natural number");
        headerRow("fractional size", entry("\"F32\"", "[3.0]", "[0,12]"), "not a natural number");
        headerRow("nine axes", entry("\"F32\"", "[3,1,1,1,1,1,1,1,1]", "[0,12]"), "at most 8");
        headerRow("size over 2^64", entry("\"F32\"", "[36893488147419103232]", "[0,12]"),
                  "not a natural number");
        headerRow("product over 2^64", entry("\"F32\"", "[4294967296,4294967296,3]", "[0,12]"),
                  "larger than the file");
        headerRow("empty with sizes over 2^64",
                  entry("\"F32\"", "[0,1125899906842624,1125899906842624]", "[0,0]"), "larger than the file");
        headerRow("larger than the file", entry("\"F32\"", "[4]", "[0,16]"), "larger than the file");
        headerRow("past the end", entry("\"F32\"", "[3]", "[4,16]"), "lies outside");
        headerRow("backwards", entry("\"F32\"", "[3]", "[12,0]"), "lies outside");
        headerRow("negative offset", entry("\"F32\"", "[3]", "[-12,0]"), "not a natural number");
        headerRow("three offsets", entry("\"F32\"", "[3]", "[0,12,12]"), "not a pair");
        headerRow("fewer bytes than the shape", entry("\"F32\"", "[3]", "[0,8]"), "other bytes");
        headerRow("another type than the bytes", entry("\"F64\"", "[1]", "[0,12]"), "other bytes");
        headerRow("gap at the start", entry("\"F32\"", "[2]", "[4,12]"), "leaves a gap");
        headerRow("bytes left over", entry("\"F32\"", "[2]", "[0,8]"), "belong to no tensor");
        headerRow("overlap",
                  R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                  R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                  "overlaps");
        headerRow("same bytes twice",
                  R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]},)"
                  R"("b":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}})",
                  "overlaps");
    }
    void hostileFilesAreRefused() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, complaint);
        const QString refused = QString::fromStdString(refusal(bytes.toStdString()));
        QVERIFY2(refused.contains(complaint), qPrintable(refused));
    }

    void aMissingFileAndAFolderAreDataErrors() {
        for (const fs::path& path : {file_.parent_path() / "none", file_.parent_path()}) {
            try {
                Checkpoint::read(path);
                QFAIL("accepted");
            } catch (const Error& error) {
                QCOMPARE(error.kind(), ErrorKind::Data);
            }
        }
    }

    // Every prefix, and thousands of files with a few changed bytes: read or refused, never anything else.
    // Under the address sanitiser this also shows that nothing outside a buffer is touched.
    void damagedFilesAreReadOrRefused() {
        example().write(file_);
        const std::string sound = bytesOf(file_);
        for (std::size_t length = 0; length < sound.size(); ++length) {
            const std::string refused = refusal(sound.substr(0, length));
            QVERIFY2(refused.starts_with("not a sound safetensors file"), refused.c_str());
        }
        RandomStream random(11, "fuzz");
        int refusedFiles = 0;
        for (int round = 0; round < 3000; ++round) {
            std::string damaged = sound;
            const std::uint64_t changes = 1 + random.below(4);
            for (std::uint64_t i = 0; i < changes; ++i) {
                // Mostly in the header, where a byte can mean something.
                const std::size_t limit = random.below(4) == 0 ? damaged.size() : std::size_t{600};
                const std::size_t at =
                    static_cast<std::size_t>(random.below(std::min(limit, damaged.size())));
                switch (random.below(3)) {
                    case 0:
                        damaged[at] = static_cast<char>(random.below(256));
                        break;
                    case 1:
                        damaged[at] = "0123456789[]{}\",:-eE"[random.below(20)];
                        break;
                    default:
                        damaged.erase(at, 1 + static_cast<std::size_t>(random.below(5)));
                }
            }
            const std::string refused = refusal(damaged);
            QVERIFY2(refused == "accepted" || refused.starts_with("not a sound safetensors file"),
                     refused.c_str());
            refusedFiles += refused != "accepted";
        }
        QVERIFY(refusedFiles > 1500);
    }

    void writingRowMajorTensorsCopiesNone() {
        const std::int64_t count = 4 << 20;
        {
            Checkpoint checkpoint;
            checkpoint.put("large", Tensor::full({count}, 1.5));
            resetTensorMemoryPeak();
            const std::int64_t before = tensorMemory().liveBytes;
            checkpoint.write(file_);
            QCOMPARE(tensorMemory().peakBytes, before);
        }
        const Checkpoint read = Checkpoint::read(file_);
        QCOMPARE(read.get("large").bytes(), std::size_t{16} << 20);
        QCOMPARE(read.get("large").values<float>().back(), 1.5F);
    }

    void sha256HasItsPublishedValues() {
        // FIPS 180-2, appendix B.
        QCOMPARE(sha256("abc", 3),
                 std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        QCOMPARE(sha256("", 0),
                 std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    }

    void aNameThatTheFormatReservesAndTextThatIsNotUtf8AreRefused() {
        Checkpoint checkpoint;
        QVERIFY_THROWS_EXCEPTION(Error, checkpoint.put("__metadata__", Tensor::scalar(1)));
        QVERIFY_THROWS_EXCEPTION(Error, checkpoint.put("", Tensor::scalar(1)));
        QVERIFY_THROWS_EXCEPTION(Error, checkpoint.put("x", Tensor()));
        checkpoint.putText("bad", "\xff");
        QVERIFY_THROWS_EXCEPTION(Error, checkpoint.write(file_));
    }
};

QTEST_APPLESS_MAIN(CheckpointTest)
#include "test_checkpoint.moc"
