// SPDX-License-Identifier: Apache-2.0
#include "data/endoscopy/video_set.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <mutex>
#include <span>

#include "base/error.h"
#include "base/parallel.h"
#include "base/platform.h"
#include "data/image_file.h"

namespace filigree::data::endoscopy {
namespace {

// Part of every key: to be raised when the generator draws another picture for the same request.
constexpr int generatorVersion = 1;

std::string hexSha256(const void* bytes, std::size_t size) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(static_cast<const unsigned char*>(bytes), size, digest.data());
    std::string text;
    for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
    return text;
}

StoredFrame stored(const Frame& frame, std::int64_t polyp, std::int64_t index) {
    StoredFrame result{polyp, index, frame.diameterMm, frame.box, frame.valid, {}, {}, frame.mask};
    result.rgb.reserve(frame.rgb.size());
    for (const float value : frame.rgb)
        result.rgb.push_back(static_cast<std::uint8_t>(std::lround(255 * value)));
    result.depth.reserve(frame.depthMm.size());
    for (const float mm : frame.depthMm)
        result.depth.push_back(static_cast<std::uint16_t>(std::min(65535.0F, std::floor(256 * mm))));
    return result;
}

void requireSize(const SetRequest& request) {
    constexpr std::int64_t most = std::int64_t{1} << 31;
    const bool fits = request.polyps >= 1 && request.frames >= 1 && request.width >= 1 &&
                      request.width <= 4096 && request.polyps <= most / request.frames &&
                      request.polyps * request.frames <= most / (request.width * request.width);
    if (!fits)
        throw Error(
            ErrorKind::Usage, "this set of pictures is empty or too large",
            fmt::format("{} polyps, {} frames, width {}", request.polyps, request.frames, request.width));
}

// File of a cache: SHA-256 (64 digits) of the rest, then per frame seven i64 (polyp, frame, box, valid), the
// diameter, rgb, depth, mask, all as they lie in memory; little-endian machines alone share such files, and
// on others the digest of a copied file still fits but its numbers would not, so the key holds the byte
// order.
constexpr std::size_t digestDigits = 64;

std::size_t frameBytes(const SetRequest& request) {
    return 7 * 8 + 8 + static_cast<std::size_t>(request.width * request.width) * 6;
}

template <typename T>
void append(std::vector<char>& bytes, const T* values, std::size_t count) {
    const auto* const first = reinterpret_cast<const char*>(values);
    bytes.insert(bytes.end(), first, first + count * sizeof(T));
}

void writeCache(const VideoSet& set, const std::filesystem::path& path) {
    std::vector<char> bytes(digestDigits);
    bytes.reserve(digestDigits + set.frames.size() * frameBytes(set.request));
    for (const StoredFrame& f : set.frames) {
        const std::array<std::int64_t, 7> numbers{f.polyp,    f.frame,    f.box.xMin, f.box.yMin,
                                                  f.box.xMax, f.box.yMax, f.valid};
        append(bytes, numbers.data(), numbers.size());
        append(bytes, &f.diameterMm, 1);
        append(bytes, f.rgb.data(), f.rgb.size());
        append(bytes, f.depth.data(), f.depth.size());
        append(bytes, f.mask.data(), f.mask.size());
    }
    const std::string digest = hexSha256(bytes.data() + digestDigits, bytes.size() - digestDigits);
    std::copy(digest.begin(), digest.end(), bytes.begin());
    std::filesystem::create_directories(path.parent_path());
    platform::writeFileDurably(path, bytes.data(), bytes.size());
}

std::optional<VideoSet> readCache(const SetRequest& request, const std::filesystem::path& path) {
    const auto count = static_cast<std::size_t>(request.polyps * request.frames);
    const std::size_t expected = digestDigits + count * frameBytes(request);
    std::error_code error;
    if (std::filesystem::file_size(path, error) != expected || error) return {};
    std::vector<char> bytes(expected);
    std::ifstream file(path, std::ios::binary);
    if (!file.read(bytes.data(), static_cast<std::streamsize>(expected))) return {};
    if (hexSha256(bytes.data() + digestDigits, expected - digestDigits) !=
        std::string(bytes.data(), digestDigits))
        return {};
    VideoSet set{request, std::vector<StoredFrame>(count)};
    const char* from = bytes.data() + digestDigits;
    const auto take = [&from]<typename T>(T* to, std::size_t number) {
        std::memcpy(to, from, number * sizeof(T));
        from += number * sizeof(T);
    };
    const auto pixels = static_cast<std::size_t>(request.width * request.width);
    for (StoredFrame& f : set.frames) {
        std::array<std::int64_t, 7> numbers{};
        take(numbers.data(), numbers.size());
        f.polyp = numbers[0];
        f.frame = numbers[1];
        f.box = {numbers[2], numbers[3], numbers[4], numbers[5]};
        f.valid = numbers[6] != 0;
        take(&f.diameterMm, 1);
        f.rgb.resize(3 * pixels);
        f.depth.resize(pixels);
        f.mask.resize(pixels);
        take(f.rgb.data(), f.rgb.size());
        take(f.depth.data(), f.depth.size());
        take(f.mask.data(), f.mask.size());
    }
    return set;
}

}  // namespace

VideoSet renderSet(const SetRequest& request, const Progress& progress) {
    requireSize(request);
    const std::int64_t count = request.polyps * request.frames;
    VideoSet set{request, std::vector<StoredFrame>(static_cast<std::size_t>(count))};
    std::mutex guard;
    std::int64_t done = 0;
    bool stopped = false;
    parallelFor(0, count, 1, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i) {
            const std::int64_t polyp = i / request.frames, index = i % request.frames;
            const FrameRequest one{request.seed,  static_cast<std::uint64_t>(polyp),
                                   index,         request.frames,
                                   request.width, request.samples,
                                   request.mix};
            set.frames[static_cast<std::size_t>(i)] = stored(renderFrame(one), polyp, index);
            const std::lock_guard lock(guard);
            ++done;
            if (!stopped && progress && !progress(done, count)) stopped = true;
            if (stopped) throw Error(ErrorKind::Run, "rendering was interrupted");
        }
    });
    return set;
}

std::string cacheKey(const SetRequest& request) {
    const std::uint16_t one = 1;
    const bool littleEndian = *reinterpret_cast<const std::uint8_t*>(&one) == 1;
    const std::string text = fmt::format(
        "endoscopy {} {} seed {} polyps {} frames {} width {} samples {} mix {} {}", generatorVersion,
        littleEndian ? "little" : "big", request.seed, request.polyps, request.frames, request.width,
        request.samples, request.mix.diminutive, request.mix.small);
    return hexSha256(text.data(), text.size()).substr(0, 32);
}

VideoSet cachedSet(const SetRequest& request, const std::filesystem::path& folder, const Progress& progress) {
    requireSize(request);
    const std::filesystem::path path = folder / (cacheKey(request) + ".bin");
    if (auto set = readCache(request, path)) return std::move(*set);
    VideoSet set = renderSet(request, progress);
    try {
        writeCache(set, path);
    } catch (const std::exception&) {
        // The pictures are there; the next call renders them again.
    }
    return set;
}

std::filesystem::path cacheFolder() {
    return platform::folders().cache / "endoscopy";
}

void exportSet(const VideoSet& set, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const std::int64_t width = set.request.width;
    std::string table =
        "database,unique_id,frame_id,bbox_xmin,bbox_xmax,bbox_ymin,bbox_ymax,width,height,frame_path,gt\n";
    for (const StoredFrame& f : set.frames) {
        const std::string name = fmt::format("p{:03}_f{:02}", f.polyp, f.frame);
        writePng(folder / (name + ".png"), width, width, 3, f.rgb);
        writePng16(folder / (name + "_depth.png"), width, width, f.depth);
        std::vector<std::uint8_t> mask = f.mask;
        for (std::uint8_t& value : mask) value = value ? 255 : 0;
        writePng(folder / (name + "_mask.png"), width, width, 1, mask);
        if (f.valid)
            table += fmt::format("PROC,p{:03},{},{},{},{},{},{},{},{}.png,{}\n", f.polyp, f.frame, f.box.xMin,
                                 f.box.xMax, f.box.yMin, f.box.yMax, width, width, name, f.diameterMm);
    }
    platform::writeFileDurably(folder / "polypsizing_proc.csv", table.data(), table.size());
}

}  // namespace filigree::data::endoscopy
