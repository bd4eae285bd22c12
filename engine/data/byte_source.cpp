// SPDX-License-Identifier: Apache-2.0
#include "data/byte_source.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace filigree::data {

struct ByteSource::Handle {
    gzFile file = nullptr;
    ~Handle() {
        if (file) gzclose(file);
    }
};

ByteSource::ByteSource(const std::filesystem::path& path)
    : handle_(std::make_unique<Handle>()), name_(path.string()) {
    std::error_code failure;
    if (!std::filesystem::is_regular_file(path, failure))
        throw Error(ErrorKind::Data, "not a file that can be read", name_, "Check the path.");
    const auto size = std::filesystem::file_size(path, failure);
    if (failure) throw Error(ErrorKind::Data, "cannot read the file: " + failure.message(), name_);
    bytesOnDisk_ = static_cast<std::int64_t>(size);
#ifdef _WIN32
    handle_->file = gzopen_w(path.c_str(), "rb");
#else
    handle_->file = gzopen(path.c_str(), "rb");
#endif
    if (!handle_->file)
        throw Error(ErrorKind::Data, "cannot open the file", name_, "Check that you may read it.");
    // Large files want a large buffer; thousands of small ones should not pay for it.
    gzbuffer(handle_->file, static_cast<unsigned>(std::clamp<std::int64_t>(bytesOnDisk_, 1 << 12, 1 << 17)));
    compressed_ = gzdirect(handle_->file) == 0;
}

ByteSource::~ByteSource() = default;
ByteSource::ByteSource(ByteSource&&) noexcept = default;

std::int64_t ByteSource::largestContent() const {
    const std::int64_t ratio = compressed_ ? 1032 : 1;
    return bytesOnDisk_ > std::numeric_limits<std::int64_t>::max() / ratio
               ? std::numeric_limits<std::int64_t>::max()
               : bytesOnDisk_ * ratio;
}

std::size_t ByteSource::read(std::span<std::uint8_t> out) {
    std::size_t done = 0;
    while (done < out.size()) {
        const std::size_t step = std::min<std::size_t>(out.size() - done, 1U << 30);
        const int got = gzread(handle_->file, out.data() + done, static_cast<unsigned>(step));
        // A gzip stream that stops in its middle is a short read here and an error only in gzerror.
        int code = Z_OK;
        const char* reason =
            got <= 0 || static_cast<std::size_t>(got) < step ? gzerror(handle_->file, &code) : "";
        if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
            throw Error(ErrorKind::Data,
                        code == Z_BUF_ERROR ? "the compressed file ends in its middle"
                                            : "damaged compressed file: " + std::string(reason),
                        name_, "Get the file again; it was probably not copied completely.");
        done += static_cast<std::size_t>(got);
        if (static_cast<std::size_t>(got) < step) break;
    }
    return done;
}

void ByteSource::readExactly(std::span<std::uint8_t> out) {
    const std::size_t got = read(out);
    if (got < out.size())
        throw Error(ErrorKind::Data,
                    "the file ends too early: " + std::to_string(out.size() - got) + " bytes are missing",
                    name_, "Get the file again; it was probably not copied completely.");
}

LargeVector<std::uint8_t> ByteSource::take(std::int64_t count) {
    // Real data seldom shrinks to less than a quarter: mostly one step, and no copies of what is there.
    const std::int64_t firstStep = std::max<std::int64_t>(1 << 20, 4 * bytesOnDisk_);
    LargeVector<std::uint8_t> bytes;
    for (std::int64_t have = 0; have < count;) {
        const std::int64_t step = std::min(count - have, std::max(firstStep, have));
        if (compressed_ || count > bytesOnDisk_)
            bytes.resize(static_cast<std::size_t>(have + step));
        else
            bytes.resize(static_cast<std::size_t>(count));
        readExactly(std::span(bytes).subspan(static_cast<std::size_t>(have)));
        have = static_cast<std::int64_t>(bytes.size());
    }
    return bytes;
}

bool ByteSource::atEnd() {
    std::uint8_t byte = 0;
    const std::size_t got = read(std::span(&byte, 1));
    if (got == 0) return true;
    gzungetc(byte, handle_->file);
    return false;
}

}  // namespace filigree::data
