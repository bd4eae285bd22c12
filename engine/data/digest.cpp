// SPDX-License-Identifier: Apache-2.0
#include "data/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "data/byte_source.h"

namespace filigree::data {

namespace {

class Sha256 {
  public:
    Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
        require(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
    }
    void add(std::span<const std::uint8_t> bytes) {
        require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
    }
    std::string hex() {
        std::array<unsigned char, 32> digest{};
        require(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
        return fmt::format("{:02x}", fmt::join(digest, ""));
    }

  private:
    static void require(bool done) {
        if (!done) throw Error(ErrorKind::Run, "SHA-256 is not available from OpenSSL");
    }
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

constexpr std::size_t blockBytes = 1 << 18;

}  // namespace

std::string sha256OfFile(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream)
        throw Error(ErrorKind::Data, "cannot open the file", path.string(), "Check that you may read it.");
    Sha256 sha;
    std::vector<char> block(blockBytes);
    while (stream) {
        stream.read(block.data(), static_cast<std::streamsize>(block.size()));
        const auto bytes = std::as_bytes(std::span(block).first(static_cast<std::size_t>(stream.gcount())));
        sha.add({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    }
    if (stream.bad()) throw Error(ErrorKind::Data, "cannot read the file to its end", path.string());
    return sha.hex();
}

std::string sha256OfContent(const std::filesystem::path& path, std::int64_t maximumBytes) {
    ByteSource source(path);
    Sha256 sha;
    std::vector<std::uint8_t> block(blockBytes);
    std::int64_t total = 0;
    while (const std::size_t got = source.read(block)) {
        total += static_cast<std::int64_t>(got);
        if (total > maximumBytes)
            throw Error(ErrorKind::Data, fmt::format("unpacks to more than {} bytes", maximumBytes),
                        path.string());
        sha.add(std::span(block).first(got));
    }
    return sha.hex();
}

}  // namespace filigree::data
