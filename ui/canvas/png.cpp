// SPDX-License-Identifier: GPL-3.0-or-later
#include <png.h>

#include <csetjmp>

#include "base/error.h"
#include "base/platform.h"
#include "ui/canvas/indexed_picture.h"

namespace filigree::ui {
namespace {

void append(png_structp png, png_bytep bytes, std::size_t size) {
    auto* file = static_cast<std::vector<std::uint8_t>*>(png_get_io_ptr(png));
    file->insert(file->end(), bytes, bytes + size);
}

void nothing(png_structp) {}

#ifdef _MSC_VER
#pragma warning(disable : 4611)  // setjmp beside objects: there are none
#endif
/// libpng leaves by longjmp, so nothing with a destructor lives in here.
bool write(png_structp png, png_infop info, const IndexedPicture& picture, std::vector<png_text>& texts,
           std::vector<png_color>& colours) {
    if (setjmp(png_jmpbuf(png))) return false;
    png_set_IHDR(png, info, static_cast<png_uint_32>(picture.width), static_cast<png_uint_32>(picture.height),
                 8, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_PLTE(png, info, colours.data(), static_cast<int>(colours.size()));
    if (!texts.empty()) png_set_text(png, info, texts.data(), static_cast<int>(texts.size()));
    png_set_compression_level(png, 9);
    png_write_info(png, info);
    for (int y = 0; y < picture.height; ++y)
        png_write_row(png, picture.pixels.data() + static_cast<std::ptrdiff_t>(y) * picture.width);
    png_write_end(png, nullptr);
    return true;
}

/// Likewise.
bool write(png_structp png, png_infop info, const Picture& picture, std::vector<png_text>& texts,
           std::vector<std::uint8_t>& row) {
    if (setjmp(png_jmpbuf(png))) return false;
    png_set_IHDR(png, info, static_cast<png_uint_32>(picture.width), static_cast<png_uint_32>(picture.height),
                 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (!texts.empty()) png_set_text(png, info, texts.data(), static_cast<int>(texts.size()));
    png_write_info(png, info);
    const std::uint32_t* pixel = picture.pixels.data();
    for (int y = 0; y < picture.height; ++y) {
        for (std::uint8_t* to = row.data(); to != row.data() + row.size(); to += 3, ++pixel) {
            to[0] = static_cast<std::uint8_t>(*pixel);
            to[1] = static_cast<std::uint8_t>(*pixel >> 8);
            to[2] = static_cast<std::uint8_t>(*pixel >> 16);
        }
        png_write_row(png, row.data());
    }
    png_write_end(png, nullptr);
    return true;
}

}  // namespace

std::vector<std::uint8_t> encodePng(const Picture& picture, const PictureText& text, int colours) {
    std::vector<std::uint8_t> file;
    std::vector<std::uint8_t> row(static_cast<std::size_t>(picture.width) * 3);
    PictureText kept = text;
    std::vector<png_text> texts;
    for (auto& [key, value] : kept) {
        png_text entry{};
        entry.compression = PNG_TEXT_COMPRESSION_NONE;
        entry.key = key.data();
        entry.text = value.data();
        entry.text_length = value.size();
        texts.push_back(entry);
    }
    IndexedPicture few;
    std::vector<png_color> inks;
    if (colours > 0) few = indexed(picture, colours);
    for (const Rgb& colour : few.colours) inks.push_back({colour.red, colour.green, colour.blue});
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png ? png_create_info_struct(png) : nullptr;
    bool written = false;
    if (info) {
        png_set_write_fn(png, &file, append, nothing);
        written = colours > 0 ? write(png, info, few, texts, inks) : write(png, info, picture, texts, row);
    }
    png_destroy_write_struct(&png, &info);
    if (!written) throw Error(ErrorKind::Run, "the picture could not be encoded as PNG");
    return file;
}

void writePng(const Picture& picture, const std::filesystem::path& path, const PictureText& text,
              int colours) {
    const std::vector<std::uint8_t> file = encodePng(picture, text, colours);
    platform::writeFileDurably(path, file.data(), file.size());
}

}  // namespace filigree::ui
