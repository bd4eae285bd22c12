// SPDX-License-Identifier: Apache-2.0
#include "data/tar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "data/byte_source.h"

namespace filigree::data {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t blockBytes = 512;
// Far above every archive of the catalogue; it keeps a false size from sending the reader through hours of
// zeros.
constexpr std::int64_t maximumEntryBytes = std::int64_t{4} << 30;

using Block = std::array<std::uint8_t, blockBytes>;

/// An octal number in ASCII, ended by a blank, a zero byte or the end of its field.
std::optional<std::int64_t> octal(const Block& header, std::size_t at, std::size_t length) {
    std::int64_t value = 0;
    std::size_t i = at;
    while (i < at + length && header[i] == ' ') ++i;
    const std::size_t first = i;
    for (; i < at + length && header[i] != ' ' && header[i] != 0; ++i) {
        if (header[i] < '0' || header[i] > '7') return {};
        value = value * 8 + (header[i] - '0');
    }
    if (i == first) return {};
    return value;
}

struct Entry {
    std::string name;  ///< last part
    std::int64_t bytes = 0;
    bool isFile = false;
};

Entry parseHeader(const Block& header, const std::string& archive) {
    // The sum of all header bytes with the field of the sum itself counted as blanks.
    std::int64_t sum = 8 * ' ';
    for (std::size_t i = 0; i < blockBytes; ++i)
        if (i < 148 || i >= 156) sum += header[i];
    const auto announced = octal(header, 148, 8);
    const auto bytes = octal(header, 124, 12);
    if (!announced || *announced != sum || !bytes || *bytes > maximumEntryBytes)
        throw Error(ErrorKind::Data, "damaged tar archive: an entry's header is wrong", archive,
                    "Get the file again.");
    const std::string_view field(reinterpret_cast<const char*>(header.data()), 100);
    const std::string_view name = field.substr(0, std::min(field.find('\0'), field.size()));
    const auto type = header[156];
    return {std::string(name.substr(name.rfind('/') + 1)), *bytes, type == '0' || type == 0};
}

void copyBytes(ByteSource& source, std::int64_t bytes, std::ostream* out) {
    std::vector<std::uint8_t> buffer(static_cast<std::size_t>(std::min<std::int64_t>(bytes, 1 << 18)));
    for (std::int64_t left = bytes; left > 0;) {
        const auto part = std::span(buffer).first(
            static_cast<std::size_t>(std::min(left, static_cast<std::int64_t>(buffer.size()))));
        source.readExactly(part);
        if (out)
            out->write(reinterpret_cast<const char*>(part.data()), static_cast<std::streamsize>(part.size()));
        left -= static_cast<std::int64_t>(part.size());
    }
}

void writeMember(ByteSource& source, std::int64_t bytes, const fs::path& target) {
    fs::path temporary = target;
    temporary += ".part";
    {
        std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
        copyBytes(source, bytes, &out);
        out.close();
        if (!out)
            throw Error(ErrorKind::Data, "cannot write the file", temporary.string(),
                        "Check space and permissions.");
    }
    fs::rename(temporary, target);
}

}  // namespace

std::vector<fs::path> unpackTar(const fs::path& archive, std::span<const ArchiveMember> members,
                                const fs::path& folder) {
    ByteSource source(archive);
    std::vector<fs::path> paths(members.size());
    while (std::any_of(paths.begin(), paths.end(), [](const fs::path& p) { return p.empty(); })) {
        Block header{};
        if (source.read(header) < blockBytes ||
            std::all_of(header.begin(), header.end(), [](std::uint8_t b) { return b == 0; }))
            break;
        const Entry entry = parseHeader(header, source.name());
        const auto member = std::find_if(members.begin(), members.end(), [&](const ArchiveMember& m) {
            return entry.isFile && m.name == entry.name;
        });
        if (member == members.end()) {
            copyBytes(source, entry.bytes, nullptr);
        } else {
            if (member->bytes != entry.bytes)
                throw Error(ErrorKind::Data,
                            fmt::format("{} has {} bytes in the archive where {} are expected", entry.name,
                                        entry.bytes, member->bytes),
                            source.name(), "Get the file again from its authors' page.");
            const fs::path target = folder / member->name;
            writeMember(source, entry.bytes, target);
            paths[static_cast<std::size_t>(member - members.begin())] = target;
        }
        constexpr auto block = static_cast<std::int64_t>(blockBytes);
        copyBytes(source, (block - entry.bytes % block) % block, nullptr);
    }
    for (std::size_t i = 0; i < members.size(); ++i)
        if (paths[i].empty())
            throw Error(ErrorKind::Data, "the archive holds no file " + members[i].name, source.name(),
                        "Get the file again from its authors' page.");
    return paths;
}

}  // namespace filigree::data
