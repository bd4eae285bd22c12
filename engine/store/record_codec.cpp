// SPDX-License-Identifier: Apache-2.0
#include "store/record_codec.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/error.h"

namespace filigree::store {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint8_t formatVersion = 1;
constexpr std::uint64_t largestPlain = std::uint64_t{1} << 30;
constexpr std::uint64_t mostDimensions = 16;
constexpr int compressionLevel = 1;

[[noreturn]] void failReading(const std::string& what) {
    throw Error(ErrorKind::Data, "a record is damaged: " + what, "record codec",
                "Restore the store from a copy, or delete the run.");
}

Bytes pack(const Bytes& plain) {
    if (plain.size() > largestPlain)
        throw Error(ErrorKind::Run,
                    "a record has " + std::to_string(plain.size()) + " bytes; at most 1 GiB can be kept",
                    "record codec", "Record less at once.");
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, compressionLevel);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    Bytes packed(1 + ZSTD_compressBound(plain.size()));
    packed[0] = formatVersion;
    const std::size_t size =
        ZSTD_compress2(context.get(), packed.data() + 1, packed.size() - 1, plain.data(), plain.size());
    if (ZSTD_isError(size))
        throw Error(ErrorKind::Run, std::string("zstd: ") + ZSTD_getErrorName(size), "record codec");
    packed.resize(1 + size);
    packed.shrink_to_fit();
    return packed;
}

Bytes unpack(std::span<const std::uint8_t> packed) {
    if (packed.size() < 2) failReading("too short");
    if (packed[0] != formatVersion)
        throw Error(ErrorKind::Data,
                    "a record is stored in format " + std::to_string(packed[0]) +
                        ", this program knows format " + std::to_string(formatVersion),
                    "record codec", "Open the store with a newer version of the program.");
    const auto frame = packed.subspan(1);
    const unsigned long long declared = ZSTD_getFrameContentSize(frame.data(), frame.size());
    if (declared == ZSTD_CONTENTSIZE_ERROR || declared == ZSTD_CONTENTSIZE_UNKNOWN)
        failReading("no zstd frame");
    if (declared > largestPlain) failReading("it claims to be larger than 1 GiB");

    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), &ZSTD_freeDCtx);
    ZSTD_inBuffer input{frame.data(), frame.size(), 0};
    Bytes plain;
    std::size_t filled = 0;
    std::size_t left = 1;
    // Memory follows the bytes that come out, not the size that the frame claims.
    while (left != 0) {
        plain.resize(std::min<std::size_t>(static_cast<std::size_t>(declared),
                                           std::max<std::size_t>(std::size_t{1} << 16, 2 * plain.size())));
        ZSTD_outBuffer output{plain.data(), plain.size(), filled};
        const std::size_t consumed = input.pos;
        left = ZSTD_decompressStream(context.get(), &output, &input);
        if (ZSTD_isError(left)) failReading(ZSTD_getErrorName(left));
        if (left != 0 && output.pos == filled && input.pos == consumed) failReading("it ends early");
        filled = output.pos;
    }
    if (filled != declared || input.pos != input.size) failReading("its size is wrong");
    return plain;
}

void appendVarint(Bytes& bytes, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<std::uint8_t>(value | 0x80));
    bytes.push_back(static_cast<std::uint8_t>(value));
}

void appendFloats(Bytes& bytes, std::span<const float> values) {
    const std::size_t begin = bytes.size();
    bytes.resize(begin + 4 * values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::uint32_t word = 0;
        std::memcpy(&word, &values[i], 4);
        for (std::size_t plane = 0; plane < 4; ++plane)
            bytes[begin + plane * values.size() + i] = static_cast<std::uint8_t>(word >> (8 * plane));
    }
}

void appendText(Bytes& bytes, const std::string& text) {
    appendVarint(bytes, text.size());
    bytes.insert(bytes.end(), text.begin(), text.end());
}

void appendDouble(Bytes& bytes, double value) {
    std::uint64_t word = 0;
    std::memcpy(&word, &value, 8);
    for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
}

class Plain {
  public:
    explicit Plain(Bytes bytes) : bytes_(std::move(bytes)), rest_(bytes_) {}

    std::uint64_t varint() {
        std::uint64_t value = 0;
        for (int shift = 0; shift < 63; shift += 7) {
            const std::uint8_t byte = take(1)[0];
            value |= std::uint64_t{byte & 0x7fu} << shift;
            if (byte < 0x80) return value;
        }
        failReading("a number that is too long");
    }
    std::span<const std::uint8_t> take(std::uint64_t count) {
        if (count > rest_.size()) failReading("it ends early");
        const auto taken = rest_.first(static_cast<std::size_t>(count));
        rest_ = rest_.subspan(static_cast<std::size_t>(count));
        return taken;
    }
    /// A number of things of at least `bytesEach` bytes that follow.
    std::uint64_t counted(std::uint64_t bytesEach) {
        const std::uint64_t count = varint();
        if (count > rest_.size() / bytesEach) failReading("it ends early");
        return count;
    }
    std::string text() {
        const auto bytes = take(varint());
        return {bytes.begin(), bytes.end()};
    }
    double real() {
        std::uint64_t word = 0;
        int shift = 0;
        for (const std::uint8_t byte : take(8)) {
            word |= std::uint64_t{byte} << shift;
            shift += 8;
        }
        double value = 0;
        std::memcpy(&value, &word, 8);
        return value;
    }
    std::vector<double> reals() {
        std::vector<double> values(static_cast<std::size_t>(counted(8)));
        for (double& value : values) value = real();
        return values;
    }
    std::span<const std::uint8_t> rest() { return take(rest_.size()); }
    std::vector<float> floats() {
        if (rest_.size() % 4 != 0) failReading("its size is wrong");
        const auto planes = rest();
        std::vector<float> values(planes.size() / 4);
        for (std::size_t i = 0; i < values.size(); ++i) {
            std::uint32_t word = 0;
            for (std::size_t plane = 0; plane < 4; ++plane)
                word |= std::uint32_t{planes[plane * values.size() + i]} << (8 * plane);
            std::memcpy(&values[i], &word, 4);
        }
        return values;
    }

  private:
    Bytes bytes_;
    std::span<const std::uint8_t> rest_;
};

/// Product of the sizes, or more than any record can hold.
std::uint64_t elements(std::span<const std::int64_t> shape) {
    std::uint64_t product = 1;
    for (const std::int64_t size : shape) {
        if (size < 0) return ~std::uint64_t{0};
        if (size == 0) return 0;
        if (product > largestPlain / static_cast<std::uint64_t>(size)) return ~std::uint64_t{0};
        product *= static_cast<std::uint64_t>(size);
    }
    return product;
}

}  // namespace

void check(const record::Matrix& matrix) {
    if (elements(matrix.shape) != matrix.values.size() || matrix.shape.size() > mostDimensions)
        throw Error(
            ErrorKind::Run,
            "the shape of a matrix does not hold its " + std::to_string(matrix.values.size()) + " values",
            "record \"" + matrix.tag + "\"");
    if (!matrix.axes.empty() && matrix.axes.size() != matrix.shape.size())
        throw Error(ErrorKind::Run,
                    "a matrix of " + std::to_string(matrix.shape.size()) + " axes has names for " +
                        std::to_string(matrix.axes.size()),
                    "record \"" + matrix.tag + "\"");
}

void check(const record::Image& image) {
    const std::int64_t shape[] = {image.height, image.width, image.channels};
    if ((image.channels != 1 && image.channels != 3 && image.channels != 4) ||
        elements(shape) != image.pixels.size())
        throw Error(ErrorKind::Run,
                    "an image of " + std::to_string(image.height) + " x " + std::to_string(image.width) +
                        " x " + std::to_string(image.channels) + " cannot have " +
                        std::to_string(image.pixels.size()) + " bytes",
                    "record \"" + image.tag + "\"");
}

void check(const record::Surface& surface) {
    const bool fits = !surface.x.empty() && !surface.y.empty() &&
                      surface.values.size() / surface.cells() == surface.fields.size() &&
                      surface.values.size() % surface.cells() == 0;
    if (!fits)
        throw Error(ErrorKind::Run,
                    "a surface of " + std::to_string(surface.x.size()) + " x " +
                        std::to_string(surface.y.size()) + " places and " +
                        std::to_string(surface.fields.size()) + " fields cannot have " +
                        std::to_string(surface.values.size()) + " values",
                    "record \"" + surface.tag + "\"");
}

Bytes encode(const record::Surface& surface) {
    check(surface);
    Bytes plain;
    for (const std::vector<double>* axis : {&surface.x, &surface.y}) {
        appendVarint(plain, axis->size());
        for (const double value : *axis) appendDouble(plain, value);
    }
    appendVarint(plain, surface.fields.size());
    for (const std::string& field : surface.fields) appendText(plain, field);
    appendVarint(plain, surface.points.size());
    for (const record::SurfacePoint& point : surface.points) {
        appendText(plain, point.label);
        appendVarint(plain, static_cast<std::uint64_t>(point.step));
        for (const double value : {point.x, point.y, point.residual, point.loss, point.accuracy})
            appendDouble(plain, value);
    }
    appendText(plain, surface.recipe);
    appendText(plain, surface.results);
    appendFloats(plain, surface.values);
    return pack(plain);
}

Bytes encode(const record::EdgeValues& values) {
    Bytes plain;
    appendFloats(plain, values.values);
    return pack(plain);
}

Bytes encode(const record::Matrix& matrix) {
    check(matrix);
    Bytes plain;
    appendVarint(plain, matrix.shape.size());
    for (const std::int64_t size : matrix.shape) appendVarint(plain, static_cast<std::uint64_t>(size));
    for (std::size_t i = 0; i < matrix.shape.size(); ++i) {
        const std::string axis = matrix.axes.empty() ? std::string() : matrix.axes[i];
        appendVarint(plain, axis.size());
        plain.insert(plain.end(), axis.begin(), axis.end());
    }
    appendFloats(plain, matrix.values);
    return pack(plain);
}

Bytes encode(const record::Image& image) {
    check(image);
    Bytes plain;
    for (const std::int32_t size : {image.height, image.width, image.channels})
        appendVarint(plain, static_cast<std::uint64_t>(size));
    plain.insert(plain.end(), image.pixels.begin(), image.pixels.end());
    return pack(plain);
}

Bytes encode(const record::Text& text) {
    return pack(Bytes(text.text.begin(), text.text.end()));
}

record::EdgeValues decodeEdgeValues(std::span<const std::uint8_t> bytes, std::string layer,
                                    std::string field) {
    return {std::move(layer), std::move(field), Plain(unpack(bytes)).floats()};
}

record::Matrix decodeMatrix(std::span<const std::uint8_t> bytes, std::string tag) {
    Plain plain(unpack(bytes));
    record::Matrix matrix;
    matrix.tag = std::move(tag);
    const std::uint64_t dimensions = plain.varint();
    if (dimensions > mostDimensions) failReading("too many axes");
    for (std::uint64_t i = 0; i < dimensions; ++i) {
        const std::uint64_t size = plain.varint();
        if (size > largestPlain) failReading("an axis that is too long");
        matrix.shape.push_back(static_cast<std::int64_t>(size));
    }
    for (std::uint64_t i = 0; i < dimensions; ++i) {
        const auto name = plain.take(plain.varint());
        matrix.axes.emplace_back(name.begin(), name.end());
    }
    matrix.values = plain.floats();
    if (elements(matrix.shape) != matrix.values.size()) failReading("its shape does not hold its values");
    return matrix;
}

record::Image decodeImage(std::span<const std::uint8_t> bytes, std::string tag) {
    Plain plain(unpack(bytes));
    std::int64_t shape[3];
    for (std::int64_t& size : shape) {
        const std::uint64_t read = plain.varint();
        if (read > largestPlain) failReading("an image that is too large");
        size = static_cast<std::int64_t>(read);
    }
    const auto pixels = plain.rest();
    if (elements(shape) != pixels.size() || (shape[2] != 1 && shape[2] != 3 && shape[2] != 4))
        failReading("its size does not hold its pixels");
    record::Image image;
    image.tag = std::move(tag);
    image.height = static_cast<std::int32_t>(shape[0]);
    image.width = static_cast<std::int32_t>(shape[1]);
    image.channels = static_cast<std::int32_t>(shape[2]);
    image.pixels.assign(pixels.begin(), pixels.end());
    return image;
}

record::Text decodeText(std::span<const std::uint8_t> bytes, std::string tag) {
    const Bytes plain = unpack(bytes);
    return {std::move(tag), std::string(plain.begin(), plain.end())};
}

record::Surface decodeSurface(std::span<const std::uint8_t> bytes, std::string tag) {
    Plain plain(unpack(bytes));
    record::Surface surface;
    surface.tag = std::move(tag);
    surface.x = plain.reals();
    surface.y = plain.reals();
    surface.fields.resize(static_cast<std::size_t>(plain.counted(1)));
    for (std::string& field : surface.fields) field = plain.text();
    surface.points.resize(static_cast<std::size_t>(plain.counted(42)));
    for (record::SurfacePoint& point : surface.points) {
        point.label = plain.text();
        point.step = static_cast<std::int64_t>(plain.varint());
        for (double* const value : {&point.x, &point.y, &point.residual, &point.loss, &point.accuracy})
            *value = plain.real();
    }
    surface.recipe = plain.text();
    surface.results = plain.text();
    surface.values = plain.floats();
    const std::uint64_t cells = std::uint64_t{surface.x.size()} * surface.y.size();
    if (cells == 0 || surface.values.size() % cells != 0 ||
        surface.values.size() / cells != surface.fields.size())
        failReading("its places and values differ in number");
    return surface;
}

}  // namespace filigree::store
