// SPDX-License-Identifier: Apache-2.0
#include "data/image_file.h"

// jpeglib.h needs FILE and size_t before it.
#include <cstddef>
#include <cstdio>
// clang-format off
#include <jpeglib.h>
// clang-format on
#include <png.h>

#include <array>
#include <csetjmp>
#include <cstring>
#include <span>
#include <string>

#include "base/error.h"
#include "data/byte_source.h"

namespace filigree::data {
namespace {

constexpr std::int64_t mostPixels = std::int64_t{1} << 26;
constexpr std::int64_t mostBytes = std::int64_t{1} << 28;

[[noreturn]] void failReading(const std::filesystem::path& path, const std::string& why) {
    throw Error(ErrorKind::Data, "the picture cannot be read: " + why, path.string());
}

void requirePixels(const std::filesystem::path& path, std::int64_t width, std::int64_t height) {
    if (width < 1 || height < 1 || width > mostPixels / height)
        failReading(path, "it is " + std::to_string(width) + " x " + std::to_string(height) + " pixels");
}

LargeVector<std::uint8_t> bytesOf(const std::filesystem::path& path) {
    ByteSource source(path);
    if (source.compressed() || source.bytesOnDisk() > mostBytes)
        failReading(path, "it is not a picture file");
    return source.take(source.bytesOnDisk());
}

/// libpng's simplified interface holds memory until it is told to free it.
struct PngReader {
    png_image image{};
    PngReader() { image.version = PNG_IMAGE_VERSION; }
    ~PngReader() { png_image_free(&image); }
    PngReader(const PngReader&) = delete;
    PngReader& operator=(const PngReader&) = delete;

    void begin(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
        if (!png_image_begin_read_from_memory(&image, bytes.data(), bytes.size()))
            failReading(path, image.message);
        requirePixels(path, image.width, image.height);
    }
    void finish(const std::filesystem::path& path, void* pixels) {
        const png_color black{0, 0, 0};
        if (!png_image_finish_read(&image, &black, pixels, 0, nullptr)) failReading(path, image.message);
    }
};

ColourImage readPng(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
    PngReader reader;
    reader.begin(path, bytes);
    reader.image.format = PNG_FORMAT_RGB;
    ColourImage result{reader.image.width, reader.image.height, {}};
    result.rgb.resize(PNG_IMAGE_SIZE(reader.image));
    reader.finish(path, result.rgb.data());
    return result;
}

#ifdef _MSC_VER
#pragma warning(disable : 4611)  // setjmp beside objects: decodeJpeg holds none
#endif

struct JpegErrors {
    jpeg_error_mgr base;
    std::jmp_buf back;
    std::array<char, JMSG_LENGTH_MAX> message;
};

void leaveJpeg(j_common_ptr info) {
    auto* const errors = reinterpret_cast<JpegErrors*>(info->err);
    errors->base.format_message(info, errors->message.data());
    std::longjmp(errors->back, 1);
}

void stayQuiet(j_common_ptr) {}

/// Decodes into `result`; returns false with a message in `errors`. No object with a destructor lives in this
/// function, because errors leave it by longjmp.
bool decodeJpeg(const std::uint8_t* bytes, std::size_t size, JpegErrors& errors, ColourImage& result) {
    jpeg_decompress_struct info;
    info.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = leaveJpeg;
    errors.base.output_message = stayQuiet;
    jpeg_create_decompress(&info);
    if (setjmp(errors.back)) {
        jpeg_destroy_decompress(&info);
        return false;
    }
    jpeg_mem_src(&info, bytes, static_cast<unsigned long>(size));
    jpeg_read_header(&info, TRUE);
    result.width = info.image_width;
    result.height = info.image_height;
    if (result.width > mostPixels / result.height) {
        std::strncpy(errors.message.data(), "it has too many pixels", errors.message.size() - 1);
        jpeg_destroy_decompress(&info);
        return false;
    }
    info.out_color_space = JCS_RGB;
    jpeg_start_decompress(&info);
    const std::size_t row = 3 * static_cast<std::size_t>(result.width);
    result.rgb.resize(row * static_cast<std::size_t>(result.height));
    while (info.output_scanline < info.output_height) {
        JSAMPROW line = result.rgb.data() + row * info.output_scanline;
        jpeg_read_scanlines(&info, &line, 1);
    }
    // A file that ends early is filled with grey and only warned about.
    const bool whole = errors.base.num_warnings == 0;
    if (!whole) std::strncpy(errors.message.data(), "it is damaged", errors.message.size() - 1);
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
    return whole;
}

void writePngFile(const std::filesystem::path& path, std::int64_t width, std::int64_t height,
                  std::uint32_t format, std::size_t values, const void* pixels) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(height);
    image.format = format;
    if (width < 1 || height < 1 || width > mostPixels / height ||
        values != static_cast<std::size_t>(width * height) * PNG_IMAGE_PIXEL_CHANNELS(format))
        throw Error(ErrorKind::Run, "the picture does not have as many values as its size asks for",
                    path.string());
    if (!png_image_write_to_file(&image, path.string().c_str(), 0, pixels, 0, nullptr))
        throw Error(ErrorKind::Run, std::string("the picture cannot be written: ") + image.message,
                    path.string());
}

}  // namespace

ColourImage readImage(const std::filesystem::path& path) {
    const LargeVector<std::uint8_t> bytes = bytesOf(path);
    if (bytes.size() > 8 && png_sig_cmp(bytes.data(), 0, 8) == 0) return readPng(path, bytes);
    if (bytes.size() < 3 || bytes[0] != 0xFF || bytes[1] != 0xD8 || bytes[2] != 0xFF)
        failReading(path, "it is neither PNG nor JPEG");
    ColourImage result;
    JpegErrors errors{};
    if (!decodeJpeg(bytes.data(), bytes.size(), errors, result)) failReading(path, errors.message.data());
    return result;
}

DepthImage readDepthPng(const std::filesystem::path& path) {
    const LargeVector<std::uint8_t> bytes = bytesOf(path);
    PngReader reader;
    reader.begin(path, bytes);
    const bool wide = (reader.image.format & PNG_FORMAT_FLAG_LINEAR) != 0;
    if ((reader.image.format & (PNG_FORMAT_FLAG_COLOR | PNG_FORMAT_FLAG_ALPHA)) != 0)
        failReading(path, "a depth picture must be grey");
    reader.image.format = wide ? PNG_FORMAT_LINEAR_Y : PNG_FORMAT_GRAY;
    DepthImage result{reader.image.width, reader.image.height, {}};
    result.values.resize(static_cast<std::size_t>(result.width * result.height));
    if (wide) {
        reader.finish(path, result.values.data());
        return result;
    }
    std::vector<std::uint8_t> narrow(result.values.size());
    reader.finish(path, narrow.data());
    for (std::size_t i = 0; i < narrow.size(); ++i)
        result.values[i] = static_cast<std::uint16_t>(257 * narrow[i]);
    return result;
}

void writePng(const std::filesystem::path& path, std::int64_t width, std::int64_t height, int channels,
              std::span<const std::uint8_t> pixels) {
    writePngFile(path, width, height, channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB, pixels.size(),
                 pixels.data());
}

void writePng16(const std::filesystem::path& path, std::int64_t width, std::int64_t height,
                std::span<const std::uint16_t> pixels) {
    writePngFile(path, width, height, PNG_FORMAT_LINEAR_Y, pixels.size(), pixels.data());
}

}  // namespace filigree::data
