// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/files.h"

#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <new>
#include <stdexcept>

namespace {
std::atomic<std::size_t> largest{0};

void* allocate(std::size_t size) {
    std::size_t seen = largest.load();
    while (size > seen && !largest.compare_exchange_weak(seen, size)) {
    }
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) {
    return allocate(size);
}
void* operator new[](std::size_t size) {
    return allocate(size);
}
// std::stable_sort asks for its buffer this way, and gives it back to the ordinary operator delete.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size == 0 ? 1 : size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, const std::nothrow_t&) noexcept {
    std::free(memory);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace filigree::test {

std::size_t largestAllocation() {
    return largest;
}
void resetLargestAllocation() {
    largest = 0;
}

void writeFile(const std::filesystem::path& path, const Bytes& bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) throw std::runtime_error("the test cannot write " + path.string());
}

Bytes readFile(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    Bytes bytes;
    std::transform(std::istreambuf_iterator<char>(in), {}, std::back_inserter(bytes),
                   [](char c) { return static_cast<std::uint8_t>(c); });
    return bytes;
}

Bytes gzip(const Bytes& bytes) {
    z_stream stream{};
    // 16 added to the window size asks for a gzip header instead of zlib's.
    if (deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("deflateInit2");
    Bytes packed(deflateBound(&stream, static_cast<uLong>(bytes.size())));
    stream.next_in = const_cast<Bytef*>(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = packed.data();
    stream.avail_out = static_cast<uInt>(packed.size());
    const int code = deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    if (code != Z_STREAM_END) throw std::runtime_error("deflate");
    return packed;
}

Bytes idx(const std::vector<std::uint32_t>& shape, const Bytes& values, std::uint8_t elementType) {
    Bytes file = {0, 0, elementType, static_cast<std::uint8_t>(shape.size())};
    for (const std::uint32_t extent : shape)
        for (const int shift : {24, 16, 8, 0}) file.push_back(static_cast<std::uint8_t>(extent >> shift));
    file.insert(file.end(), values.begin(), values.end());
    return file;
}

Bytes ramp(std::size_t count, std::size_t start) {
    Bytes bytes(count);
    for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>((7 * i + start) % 251);
    return bytes;
}

Bytes tar(const std::vector<std::pair<std::string, Bytes>>& files) {
    Bytes archive;
    for (const auto& [name, bytes] : files) {
        Bytes header(512, 0);
        const auto put = [&](std::size_t at, const std::string& text) {
            std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(at));
        };
        char size[13];
        std::snprintf(size, sizeof size, "%011o", static_cast<unsigned>(bytes.size()));
        put(0, name);
        put(100, "0000644");
        put(108, "0000000");
        put(116, "0000000");
        put(124, size);
        put(136, "00000000000");
        put(148, "        ");
        header[156] = name.back() == '/' ? '5' : '0';
        put(257, "ustar");
        put(263, "00");
        unsigned sum = 0;
        for (const auto byte : header) sum += byte;
        char checksum[8];
        std::snprintf(checksum, sizeof checksum, "%06o", sum);
        put(148, checksum);
        header[154] = 0;
        archive.insert(archive.end(), header.begin(), header.end());
        archive.insert(archive.end(), bytes.begin(), bytes.end());
        archive.resize((archive.size() + 511) / 512 * 512, 0);
    }
    archive.resize(archive.size() + 1024, 0);
    return archive;
}

}  // namespace filigree::test
