// SPDX-License-Identifier: GPL-3.0-or-later
#include <QImage>
#include <QtTest>

#include "base/error.h"
#include "ui/canvas/animated_png.h"
#include "ui/canvas/indexed_picture.h"

using namespace filigree;
using namespace filigree::ui;

namespace {

struct Chunk {
    QByteArray type, data;
};

std::uint32_t number(const QByteArray& bytes, qsizetype at) {
    std::uint32_t value = 0;
    for (qsizetype i = at; i < at + 4; ++i) value = value << 8 | static_cast<std::uint8_t>(bytes[i]);
    return value;
}

QList<Chunk> chunksOf(const QByteArray& file) {
    QList<Chunk> chunks;
    for (qsizetype at = 8; at + 12 <= file.size();) {
        const auto length = static_cast<qsizetype>(number(file, at));
        chunks.append({file.mid(at + 4, 4), file.mid(at + 8, length)});
        at += length + 12;
    }
    return chunks;
}

QByteArray bytesOf(const std::vector<std::uint8_t>& file) {
    return {reinterpret_cast<const char*>(file.data()), static_cast<qsizetype>(file.size())};
}

/// A still PNG of compressed pixels.
QImage imageOf(std::uint32_t width, std::uint32_t height, const QByteArray& data) {
    // A picture of that size from our own writer lends its header; its pixels are exchanged.
    const QByteArray still = bytesOf(encodePng(Picture(static_cast<int>(width), static_cast<int>(height))));
    QByteArray file = still.left(8 + 25);
    const auto put = [&](const QByteArray& type, const QByteArray& content) {
        QByteArray length(4, 0);
        for (int i = 0; i < 4; ++i) length[i] = static_cast<char>(content.size() >> (24 - 8 * i));
        std::uint32_t crc = 0xFFFFFFFFU;
        for (const char byte : type + content) {
            crc ^= static_cast<std::uint8_t>(byte);
            for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? 0xEDB88320U ^ crc >> 1 : crc >> 1;
        }
        crc = ~crc;
        QByteArray check(4, 0);
        for (int i = 0; i < 4; ++i) check[i] = static_cast<char>(crc >> (24 - 8 * i));
        file += length + type + content + check;
    };
    put("IDAT", data);
    put("IEND", {});
    return QImage::fromData(file, "PNG").convertToFormat(QImage::Format_RGB32);
}

Picture noise(int width, int height, unsigned seed) {
    Picture picture(width, height);
    for (std::uint32_t& pixel : picture.pixels) {
        seed = seed * 1664525U + 1013904223U;
        pixel = 0xFF000000U | seed >> 8;
    }
    return picture;
}

bool same(const QImage& image, const Picture& picture) {
    if (image.width() != picture.width || image.height() != picture.height) return false;
    for (int y = 0; y < picture.height; ++y)
        for (int x = 0; x < picture.width; ++x) {
            const std::uint32_t pixel = picture.at(x, y);
            if (image.pixel(x, y) != qRgb(static_cast<int>(pixel & 255), static_cast<int>(pixel >> 8 & 255),
                                          static_cast<int>(pixel >> 16 & 255)))
                return false;
        }
    return true;
}

}  // namespace

class TestPictureFiles : public QObject {
    Q_OBJECT

  private slots:
    void fewColoursAreKept() {
        Picture picture(4, 2, packed(rgb(0x102030)));
        picture.pixels[1] = picture.pixels[6] = packed(rgb(0xFF0000));
        picture.pixels[7] = packed(rgb(0x00FF00), 7);  // alpha is left out
        const IndexedPicture few = indexed(picture, 256);
        QCOMPARE(few.colours.size(), std::size_t{3});
        for (std::size_t i = 0; i < picture.pixels.size(); ++i)
            QCOMPARE(packed(few.colours[few.pixels[i]]) & 0xFFFFFFU, picture.pixels[i] & 0xFFFFFFU);
    }

    void manyColoursBecomeTheMeansOfBoxes() {
        // Greys 0 (three pixels), 10 (one), 200 and 210 (two each), in two colours: halves meet between.
        Picture picture(8, 1);
        const int greys[] = {0, 0, 0, 10, 200, 200, 210, 210};
        for (std::size_t i = 0; i < 8; ++i) {
            const auto grey = static_cast<std::uint8_t>(greys[i]);
            picture.pixels[i] = packed({grey, grey, grey});
        }
        const IndexedPicture two = indexed(picture, 2);
        QCOMPARE(two.colours.size(), std::size_t{2});
        QCOMPARE(two.colours[two.pixels[0]], (Rgb{3, 3, 3}));  // 10 / 4, rounded
        QCOMPARE(two.colours[two.pixels[3]], (Rgb{3, 3, 3}));
        QCOMPARE(two.colours[two.pixels[7]], (Rgb{205, 205, 205}));
        QCOMPARE(indexed(picture, 1).colours.size(), std::size_t{1});
        // Colours that fill the cube are met closely.
        const Picture many = noise(64, 64, 1);
        const IndexedPicture reduced = indexed(many, 256);
        QCOMPARE(reduced.colours.size(), std::size_t{256});
        double error = 0;
        for (std::size_t i = 0; i < many.pixels.size(); ++i)
            error += std::abs(static_cast<int>(many.pixels[i] & 255) -
                              static_cast<int>(reduced.colours[reduced.pixels[i]].red));
        QVERIFY(error / 4096 < 15);  // a quarter of 256 / 256^(1/3) = 40 is 10; medians are uneven
    }

    void anIndexedFileIsRead() {
        Picture picture(5, 3, packed(rgb(0x336699)));
        picture.pixels[7] = packed(rgb(0xFFCC00));
        const QByteArray file = bytesOf(encodePng(picture, {{"Source", "here"}}, 16));
        const QImage image = QImage::fromData(file, "PNG");
        QCOMPARE(image.format(), QImage::Format_Indexed8);
        QCOMPARE(image.text("Source"), QString("here"));
        QVERIFY(same(image.convertToFormat(QImage::Format_RGB32), picture));
    }

    void aFilmHoldsEveryPicture() {
        std::vector<Picture> pictures{noise(30, 20, 1)};
        pictures.push_back(pictures[0]);
        for (int y = 5; y < 9; ++y)
            for (int x = 12; x < 20; ++x)
                pictures[1].pixels[static_cast<std::size_t>(y * 30 + x)] = 0xFF00FF00U;
        pictures.push_back(pictures[1]);  // nothing changes
        pictures.push_back(noise(30, 20, 2));
        AnimatedPng film;
        for (const Picture& picture : pictures) film.add(picture, 125);
        QVERIFY_THROWS_EXCEPTION(Error, film.add(Picture(31, 20), 125));
        QCOMPARE(film.frames(), 4);
        const QByteArray file = bytesOf(film.encode({{"Source", "here"}}));

        // A reader that knows no films sees the first picture.
        const QImage still = QImage::fromData(file, "PNG");
        QVERIFY(same(still.convertToFormat(QImage::Format_RGB32), pictures[0]));
        QCOMPARE(still.text("Source"), QString("here"));

        const QList<Chunk> chunks = chunksOf(file);
        QCOMPARE(chunks[0].type, QByteArray("IHDR"));
        QCOMPARE(chunks[1].type, QByteArray("acTL"));
        QCOMPARE(number(chunks[1].data, 0), 4U);
        QCOMPARE(number(chunks[1].data, 4), 0U);
        QCOMPARE(chunks.last().type, QByteArray("IEND"));
        // Played: each picture laid over the one before, numbers without a gap.
        QImage screen(30, 20, QImage::Format_RGB32);
        std::uint32_t sequence = 0;
        QByteArray control, data;
        int shown = 0;
        const auto show = [&] {
            if (control.isEmpty()) return;
            const QImage piece = imageOf(number(control, 4), number(control, 8), data);
            QVERIFY(!piece.isNull());
            for (int y = 0; y < piece.height(); ++y)
                for (int x = 0; x < piece.width(); ++x)
                    screen.setPixel(static_cast<int>(number(control, 12)) + x,
                                    static_cast<int>(number(control, 16)) + y, piece.pixel(x, y));
            QVERIFY(same(screen, pictures[static_cast<std::size_t>(shown)]));
            ++shown;
            control.clear();
            data.clear();
        };
        for (const Chunk& chunk : chunks) {
            if (chunk.type == "fcTL") {
                show();
                control = chunk.data;
                QCOMPARE(control.size(), qsizetype{26});
                QCOMPARE(control.mid(20, 4), QByteArray("\x00\x7D\x03\xE8", 4));  // 125 / 1000 s
            }
            if (chunk.type == "fcTL" || chunk.type == "fdAT") QCOMPARE(number(chunk.data, 0), sequence++);
            if (chunk.type == "IDAT") data += chunk.data;
            if (chunk.type == "fdAT") data += chunk.data.mid(4);
            if (chunk.type == "fcTL" && shown == 1) {
                QCOMPARE(number(control, 4), 8U);  // what changed: 8 x 4 pixels at (12, 5)
                QCOMPARE(number(control, 8), 4U);
                QCOMPARE(number(control, 12), 12U);
                QCOMPARE(number(control, 16), 5U);
            }
        }
        show();
        QCOMPARE(shown, 4);
        QVERIFY_THROWS_EXCEPTION(Error, AnimatedPng().encode());
    }
};

QTEST_GUILESS_MAIN(TestPictureFiles)
#include "test_picture_files.moc"
