// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/parallel.h"
#include "data/endoscopy/noise.h"
#include "data/endoscopy/video_set.h"
#include "data/image_file.h"

using namespace filigree;
using namespace filigree::data;
using namespace filigree::data::endoscopy;
using nlohmann::json;

namespace {

const std::filesystem::path golden = std::filesystem::path(FILIGREE_SOURCE_DIR) / "tests/golden";

/// Lives as long as the program, so that a loop may run over a part of it.
const json& goldenGenerator() {
    static const json generator = [] {
        std::ifstream file(golden / "hard_attention_gates.json");
        return json::parse(file).at("generator");
    }();
    return generator;
}

FrameRequest requestOf(const json& truth) {
    FrameRequest request;
    request.seed = truth.at("seed");
    request.polyp = truth.at("polyp");
    request.frame = truth.at("frame");
    request.frames = truth.at("n_frames");
    request.width = truth.at("W");
    request.samples = truth.at("ss");
    return request;
}

SetRequest smallSet() {
    SetRequest request;
    request.polyps = 2;
    request.frames = 2;
    request.width = 16;
    request.samples = 1;
    return request;
}

}  // namespace

// Expected numbers and pictures come from an independent program of the same definition.
class EndoscopyTest : public QObject {
    Q_OBJECT

  private slots:
    void streamsAndNoiseAreTheDefinedOnes() {
        const json& truth = goldenGenerator();
        Stream stream(2024, 3, 0, 0);
        for (const double expected : truth.at("rng_seed2024_stream_3_0_0_first4"))
            QCOMPARE(stream.uniform(), expected);
        for (const json& noise : truth.at("vnoise")) {
            const auto p = noise.at("p").get<std::vector<double>>();
            const double value = valueNoise({p[0], p[1], p[2]}, noise.at("seed").get<std::uint32_t>());
            QVERIFY(std::abs(value - noise.at("v").get<double>()) < 1e-12);
        }
    }

    void scenesAndCamerasAreTheDefinedOnes() {
        for (const json& truth : goldenGenerator().at("frames")) {
            const Frame frame = renderFrame(requestOf(truth));
            const Scene scene(truth.at("seed"), truth.at("polyp"));
            QCOMPARE(frame.diameterMm, truth.at("diameter_mm").get<double>());
            QCOMPARE(std::string(nameOf(frame.shape)), truth.at("shape").get<std::string>());
            QCOMPARE(frame.attempt, truth.at("attempt").get<int>());
            QVERIFY(std::abs(scene.radius - truth.at("R0").get<double>()) < 1e-8);
            QVERIFY(std::abs(scene.polypZ - truth.at("zp").get<double>()) < 1e-8);
            QVERIFY(std::abs(frame.cameraDistanceMm - truth.at("camera_to_polyp_mm").get<double>()) < 1e-5);
            QVERIFY(std::abs(frame.gain - truth.at("gain").get<double>()) < 0.02);
            QVERIFY(std::abs(frame.maskPixels() - truth.at("mask_pixels").get<std::int64_t>()) <= 2);
            const auto box = truth.at("bbox").get<std::vector<std::int64_t>>();
            const std::vector<std::int64_t> found{frame.box.xMin, frame.box.yMin, frame.box.xMax,
                                                  frame.box.yMax};
            for (std::size_t i = 0; i < 4; ++i) QVERIFY(std::abs(found[i] - box[i]) <= 1);
            const auto centre = static_cast<std::size_t>(24 * 48 + 24);
            QVERIFY(std::abs(double{frame.depthMm[centre]} - truth.at("depth_center").get<double>()) < 0.05);
            for (std::size_t c = 0; c < 3; ++c) {
                double sum = 0;
                for (std::size_t i = c; i < frame.rgb.size(); i += 3) sum += double{frame.rgb[i]};
                QVERIFY(std::abs(sum / (48 * 48) - truth.at("mean_rgb")[c].get<double>()) < 0.004);
            }
        }
    }

    void picturesAreTheGoldenOnes() {
        for (const auto& [polyp, index] : {std::pair(0, 0), std::pair(3, 5), std::pair(17, 9)}) {
            FrameRequest request;
            request.polyp = static_cast<std::uint64_t>(polyp);
            request.frame = index;
            const Frame frame = renderFrame(request);
            const std::string name = "golden_p" + std::to_string(polyp) + "_f" + std::to_string(index) + "_";
            const ColourImage rgb = readImage(golden / "endoscopy" / (name + "rgb.png"));
            const ColourImage mask = readImage(golden / "endoscopy" / (name + "mask.png"));
            const DepthImage depth = readDepthPng(golden / "endoscopy" / (name + "depth16.png"));
            QCOMPARE(rgb.rgb.size(), frame.rgb.size());
            double colours = 0, depths = 0;
            for (std::size_t i = 0; i < rgb.rgb.size(); ++i)
                colours += std::abs(std::round(255 * double{frame.rgb[i]}) - rgb.rgb[i]);
            int masks = 0;
            for (std::size_t i = 0; i < frame.mask.size(); ++i) {
                depths += std::abs(double{frame.depthMm[i]} - depth.values[i] / 256.0);
                masks += (frame.mask[i] != 0) != (mask.rgb[3 * i] != 0);
            }
            const double colour = colours / static_cast<double>(rgb.rgb.size());
            const double millimetres = depths / static_cast<double>(frame.mask.size());
            QVERIFY2(colour <= 1.5, qPrintable(QString::number(colour)));
            QVERIFY2(millimetres <= 0.05, qPrintable(QString::number(millimetres)));
            QVERIFY2(masks <= 3, qPrintable(QString::number(masks)));
        }
    }

    void threadsDoNotChangeAPicture() {
        FrameRequest request;
        request.width = 20;
        const Frame one = renderFrame(request);
        setThreadCount(3);
        const Frame three = renderFrame(request);
        setThreadCount(1);
        QVERIFY(one.rgb == three.rgb);
        QVERIFY(one.depthMm == three.depthMm);
    }

    void aCacheGivesTheSameSetAndADamagedOneIsRendered() {
        QTemporaryDir folder;
        const std::filesystem::path cache = folder.path().toStdString();
        const VideoSet rendered = cachedSet(smallSet(), cache);
        const std::filesystem::path file = cache / (cacheKey(smallSet()) + ".bin");
        QVERIFY(std::filesystem::exists(file));
        int calls = 0;
        const auto count = [&](std::int64_t, std::int64_t) {
            ++calls;
            return true;
        };
        const VideoSet read = cachedSet(smallSet(), cache, count);
        QCOMPARE(calls, 0);
        for (std::size_t i = 0; i < read.frames.size(); ++i) {
            QVERIFY(read.frames[i].rgb == rendered.frames[i].rgb);
            QVERIFY(read.frames[i].depth == rendered.frames[i].depth);
            QVERIFY(read.frames[i].mask == rendered.frames[i].mask);
            QCOMPARE(read.frames[i].box.xMax, rendered.frames[i].box.xMax);
            QCOMPARE(read.frames[i].diameterMm, rendered.frames[i].diameterMm);
        }
        {
            std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
            bytes.seekp(900);
            bytes.put('!');
        }
        const VideoSet again = cachedSet(smallSet(), cache, count);
        QCOMPARE(calls, 4);
        QVERIFY(again.frames[0].rgb == rendered.frames[0].rgb);
        SetRequest other = smallSet();
        other.seed = 1;
        QVERIFY(cacheKey(other) != cacheKey(smallSet()));
    }

    void anExportHoldsPicturesAndTheTable() {
        QTemporaryDir folder;
        const std::filesystem::path out = folder.path().toStdString();
        const VideoSet set = renderSet(smallSet());
        exportSet(set, out);
        const ColourImage rgb = readImage(out / "p001_f01.png");
        QVERIFY(rgb.rgb == set.at(1, 1).rgb);
        QVERIFY(readDepthPng(out / "p001_f01_depth.png").values == set.at(1, 1).depth);
        std::ifstream table(out / "polypsizing_proc.csv");
        std::string line;
        int lines = 0, valid = 0;
        while (std::getline(table, line)) lines += line.starts_with("PROC,p");
        for (const StoredFrame& frame : set.frames) valid += frame.valid;
        QCOMPARE(lines, valid);
        QVERIFY(valid > 0);
    }

    void damagedPicturesAreRefused() {
        QTemporaryDir folder;
        const std::filesystem::path path = std::filesystem::path(folder.path().toStdString()) / "x.png";
        const auto refused = [&](const std::string& bytes) {
            std::ofstream(path, std::ios::binary) << bytes;
            try {
                readImage(path);
            } catch (const Error& error) {
                return error.kind() == ErrorKind::Data;
            }
            return false;
        };
        std::ifstream whole(golden / "endoscopy/golden_p0_f0_rgb.png", std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(whole), {}};
        for (std::size_t cut = 0; cut < bytes.size() - 12; cut += 97) QVERIFY(refused(bytes.substr(0, cut)));
        QVERIFY(refused("\xFF\xD8\xFF\xE0 not a picture"));
        QVERIFY(refused("BM"));
    }

    void jpegPicturesAreReadAndCutOnesRefused() {
        // 16 x 8 pixels: left (200, 40, 40), right (20, 60, 220).
        const QByteArray bytes = QByteArray::fromBase64(
            "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4R"
            "DgsLEBYQERMUFRUVDA8XGBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU"
            "FBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBT/wAARCAAIABADAREAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAA"
            "Bgf/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFgEBAQEAAAAAAAAAAAAAAAAACQcI/8QAFBEBAAAAAAAAAAAAAAAA"
            "AAAAAP/aAAwDAQACEQMRAD8AiibtqgpMBpP/2Q==");
        QTemporaryDir folder;
        const std::filesystem::path path = std::filesystem::path(folder.path().toStdString()) / "x.jpg";
        const auto write = [&](const QByteArray& some) {
            std::ofstream(path, std::ios::binary).write(some.data(), some.size());
        };
        write(bytes);
        const ColourImage image = readImage(path);
        QCOMPARE(image.width, 16);
        QCOMPARE(image.height, 8);
        const int left[] = {200, 40, 40}, right[] = {20, 60, 220};
        for (std::size_t c = 0; c < 3; ++c) {
            QVERIFY(std::abs(image.rgb[3 * (4 * 16 + 3) + c] - left[c]) <= 4);
            QVERIFY(std::abs(image.rgb[3 * (4 * 16 + 12) + c] - right[c]) <= 4);
        }
        for (qsizetype cut = 0; cut < bytes.size() - 2; cut += 7) {
            write(bytes.left(cut));
            QVERIFY_THROWS_EXCEPTION(Error, readImage(path));
        }
    }

    void impossiblePicturesAreRefused() {
        FrameRequest request;
        request.frame = 10;
        QVERIFY_THROWS_EXCEPTION(Error, renderFrame(request));
        SetRequest set;
        set.polyps = std::int64_t{1} << 60;
        QVERIFY_THROWS_EXCEPTION(Error, renderSet(set));
    }
};

QTEST_GUILESS_MAIN(EndoscopyTest)
#include "test_endoscopy.moc"
