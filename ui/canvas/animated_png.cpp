// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/animated_png.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/error.h"

namespace filigree::ui {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::size_t signature = 8;  ///< bytes at the beginning of a PNG file

/// CRC-32 of ISO 3309, as PNG wants it.
std::uint32_t checksum(const std::uint8_t* bytes, std::size_t count) {
    static constexpr auto table = [] {
        std::array<std::uint32_t, 256> made{};
        for (std::uint32_t n = 0; n < 256; ++n) {
            std::uint32_t c = n;
            for (int bit = 0; bit < 8; ++bit) c = c & 1 ? 0xEDB88320U ^ c >> 1 : c >> 1;
            made[n] = c;
        }
        return made;
    }();
    std::uint32_t crc = 0xFFFFFFFFU;
    for (std::size_t i = 0; i < count; ++i) crc = table[(crc ^ bytes[i]) & 255] ^ crc >> 8;
    return ~crc;
}

void append32(Bytes& to, std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<std::uint8_t>(value >> shift));
}

void append16(Bytes& to, int value) {
    to.push_back(static_cast<std::uint8_t>(value >> 8));
    to.push_back(static_cast<std::uint8_t>(value));
}

std::uint32_t read32(const std::uint8_t* bytes) {
    return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
           static_cast<std::uint32_t>(bytes[2]) << 8 | bytes[3];
}

void appendChunk(Bytes& file, std::string_view type, const Bytes& data) {
    append32(file, static_cast<std::uint32_t>(data.size()));
    const std::size_t checked = file.size();
    file.insert(file.end(), type.begin(), type.end());
    file.insert(file.end(), data.begin(), data.end());
    append32(file, checksum(file.data() + checked, file.size() - checked));
}

/// Calls visit(type, first byte of the chunk, first of its data, length) for all chunks of a file that
/// encodePng made.
template <typename Visit>
void forChunks(const Bytes& file, Visit visit) {
    for (std::size_t at = signature; at + 12 <= file.size();) {
        const std::size_t length = read32(file.data() + at);
        visit(std::string_view(reinterpret_cast<const char*>(file.data()) + at + 4, 4), at, at + 8, length);
        at += length + 12;
    }
}

/// The rectangle in which two pictures of one size differ; a single pixel if they do not.
std::array<int, 4> difference(const Picture& a, const Picture& b) {
    int left = a.width, right = -1, top = a.height, bottom = -1;
    for (int y = 0; y < a.height; ++y)
        for (int x = 0; x < a.width; ++x) {
            if (a.at(x, y) == b.at(x, y)) continue;
            left = std::min(left, x);
            right = std::max(right, x);
            top = std::min(top, y);
            bottom = y;
        }
    if (right < 0) return {0, 0, 1, 1};
    return {left, top, right - left + 1, bottom - top + 1};
}

Picture part(const Picture& of, int left, int top, int width, int height) {
    Picture cut(width, height);
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            cut.pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                       static_cast<std::size_t>(x)] = of.at(left + x, top + y);
    return cut;
}

}  // namespace

void AnimatedPng::add(const Picture& picture, int milliseconds) {
    const bool first = frames_.empty();
    if (!first && (picture.width != last_.width || picture.height != last_.height))
        throw Error(ErrorKind::Run, "the pictures of a film must have one size");
    const auto [left, top, width, height] =
        first ? std::array{0, 0, picture.width, picture.height} : difference(last_, picture);
    Frame frame{left, top, width, height, std::clamp(milliseconds, 1, 65535), {}};
    const Bytes file = encodePng(part(picture, left, top, width, height));
    forChunks(file, [&](std::string_view type, std::size_t, std::size_t data, std::size_t length) {
        if (type == "IDAT")
            frame.data.emplace_back(file.begin() + static_cast<std::ptrdiff_t>(data),
                                    file.begin() + static_cast<std::ptrdiff_t>(data + length));
    });
    frames_.push_back(std::move(frame));
    last_ = picture;
}

std::vector<std::uint8_t> AnimatedPng::encode(const PictureText& text, int loops) const {
    if (frames_.empty()) throw Error(ErrorKind::Run, "a film needs at least one picture");
    // Everything before the pixels, as it is in a still picture of the same size.
    const Bytes still = encodePng(Picture(last_.width, last_.height), text);
    Bytes file(still.begin(), still.begin() + signature);
    std::uint32_t sequence = 0;
    bool begun = false;
    forChunks(still, [&](std::string_view type, std::size_t chunk, std::size_t, std::size_t length) {
        if (begun || type == "IDAT" || type == "IEND") {
            begun = true;
            return;
        }
        file.insert(file.end(), still.begin() + static_cast<std::ptrdiff_t>(chunk),
                    still.begin() + static_cast<std::ptrdiff_t>(chunk + length + 12));
        if (type != "IHDR") return;
        Bytes control;
        append32(control, static_cast<std::uint32_t>(frames_.size()));
        append32(control, static_cast<std::uint32_t>(loops));
        appendChunk(file, "acTL", control);
    });
    for (const Frame& frame : frames_) {
        Bytes control;
        append32(control, sequence++);
        for (const int each : {frame.width, frame.height, frame.left, frame.top})
            append32(control, static_cast<std::uint32_t>(each));
        append16(control, frame.milliseconds);
        append16(control, 1000);
        control.push_back(0);  // stays when the next comes
        control.push_back(0);  // replaces what was there
        appendChunk(file, "fcTL", control);
        for (const Bytes& data : frame.data) {
            if (&frame == &frames_.front()) {
                appendChunk(file, "IDAT", data);
                continue;
            }
            Bytes numbered;
            append32(numbered, sequence++);
            numbered.insert(numbered.end(), data.begin(), data.end());
            appendChunk(file, "fdAT", numbered);
        }
    }
    appendChunk(file, "IEND", {});
    return file;
}

}  // namespace filigree::ui
