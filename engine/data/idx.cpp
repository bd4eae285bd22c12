// SPDX-License-Identifier: Apache-2.0
#include "data/idx.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"
#include "data/byte_source.h"

namespace filigree::data {

namespace {

const char* elementTypeName(int code) {
    switch (code) {
        case 0x09:
            return "signed byte";
        case 0x0B:
            return "16-bit integer";
        case 0x0C:
            return "32-bit integer";
        case 0x0D:
            return "32-bit float";
        case 0x0E:
            return "64-bit float";
        default:
            return nullptr;
    }
}

std::int64_t product(const std::vector<std::int64_t>& shape) {
    std::int64_t result = 1;
    for (const std::int64_t extent : shape) result *= extent;
    return result;
}

std::vector<std::int64_t> readShape(ByteSource& source, std::int64_t maximumBytes) {
    const auto refuse = [&](const std::string& message, const char* advice = "") -> Error {
        return Error(ErrorKind::Data, message, source.name(), advice);
    };
    std::array<std::uint8_t, 4> magic{};
    source.readExactly(magic);
    if (magic[0] != 0 || magic[1] != 0 || (magic[2] != 0x08 && !elementTypeName(magic[2])))
        throw refuse(fmt::format("not an IDX file: it starts with {:02x} {:02x} {:02x} {:02x}", magic[0],
                                 magic[1], magic[2], magic[3]),
                     "Expected are the files of the MNIST family, such as train-images-idx3-ubyte.gz.");
    if (magic[2] != 0x08)
        throw refuse(
            fmt::format("IDX elements of type {} (0x{:02x}) are not supported, only unsigned bytes (0x08)",
                        elementTypeName(magic[2]), magic[2]));
    if (magic[3] < 1 || magic[3] > 4)
        throw refuse(fmt::format("an IDX array of {} dimensions is not supported (1 to 4 are)", magic[3]));

    std::vector<std::int64_t> shape;
    const std::int64_t header = 4 + 4 * magic[3];
    const std::int64_t possible = std::min(maximumBytes, source.largestContent() - header);
    std::int64_t size = 1;
    for (int axis = 0; axis < magic[3]; ++axis) {
        std::array<std::uint8_t, 4> bytes{};
        source.readExactly(bytes);
        const std::int64_t extent =
            (std::int64_t{bytes[0]} << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3];
        if (extent == 0) throw refuse(fmt::format("the IDX header says that dimension {} is empty", axis));
        // The bound also keeps the product far from overflow.
        if (size > possible / extent)
            throw refuse(fmt::format("the IDX header claims more values than {}",
                                     possible == maximumBytes
                                         ? fmt::format("the {} bytes allowed", maximumBytes)
                                         : fmt::format("a file of {} bytes can hold", source.bytesOnDisk())),
                         "Get the file again; it is damaged or not what its name says.");
        size *= extent;
        shape.push_back(extent);
    }
    if (!source.compressed() && size + header != source.bytesOnDisk())
        throw refuse(fmt::format("the IDX header asks for a file of {} bytes, but it has {}", size + header,
                                 source.bytesOnDisk()),
                     "Get the file again; it was probably not copied completely.");
    return shape;
}

}  // namespace

std::vector<std::int64_t> readIdxShape(const std::filesystem::path& path, std::int64_t maximumBytes) {
    ByteSource source(path);
    return readShape(source, maximumBytes);
}

IdxArray readIdx(const std::filesystem::path& path, std::int64_t maximumBytes) {
    ByteSource source(path);
    IdxArray array;
    array.shape = readShape(source, maximumBytes);
    array.values = source.take(product(array.shape));
    if (!source.atEnd())
        throw Error(ErrorKind::Data, "more bytes follow than the IDX header announces", source.name(),
                    "Get the file again; it is damaged or not what its name says.");
    return array;
}

}  // namespace filigree::data
