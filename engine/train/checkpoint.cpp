// SPDX-License-Identifier: Apache-2.0
#include "train/checkpoint.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>
#include <tuple>

#include "base/error.h"
#include "base/platform.h"

namespace filigree::train {
namespace fs = std::filesystem;
using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "tensors are written as they lie in memory");

namespace {

constexpr const char* metadataKey = "__metadata__";
/// Far above any header that is meant (some thousand tensors), far below what hurts.
constexpr std::uint64_t maximumHeaderBytes = std::uint64_t{64} << 20;
/// Of one tensor: more than any memory holds, and far from overflow.
constexpr std::uint64_t maximumElements = std::uint64_t{1} << 50;

std::string textOf(const fs::path& path) {
    const std::u8string utf8 = path.u8string();
    return {utf8.begin(), utf8.end()};
}

class Sha256 {
  public:
    Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        require(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
    }
    void add(const void* bytes, std::size_t size) {
        require(EVP_DigestUpdate(context_.get(), bytes, size) == 1);
    }
    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int length = 0;
        require(EVP_DigestFinal_ex(context_.get(), digest.data(), &length) == 1);
        std::string text;
        for (unsigned int i = 0; i < length; ++i) {
            text += "0123456789abcdef"[digest[i] >> 4];
            text += "0123456789abcdef"[digest[i] & 15];
        }
        return text;
    }

  private:
    static void require(bool done) {
        if (!done)
            throw Error(ErrorKind::Run, "the cryptographic library cannot compute SHA-256", "",
                        "check the installation of OpenSSL");
    }
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

const char* codeOf(DType type) {
    switch (type) {
        case DType::F32:
            return "F32";
        case DType::F64:
            return "F64";
        case DType::I32:
            return "I32";
        case DType::I64:
            return "I64";
        case DType::U8:
            return "U8";
    }
    return "";
}

std::optional<DType> typeOfCode(const std::string& code) {
    for (const DType type : {DType::F32, DType::F64, DType::I32, DType::I64, DType::U8})
        if (code == codeOf(type)) return type;
    return std::nullopt;
}

/// What the header says of one tensor, checked by itself.
struct Entry {
    std::string name;
    DType type = DType::F32;
    Shape shape;
    std::uint64_t first = 0;  ///< of its bytes, counted from the end of the header
    std::uint64_t last = 0;
};

/// One file being read: everything that is wrong with it becomes an Error (Data) that names it.
class FileReader {
  public:
    explicit FileReader(const fs::path& path) : where_(textOf(path)) {
        std::error_code code;
        size_ = fs::file_size(path, code);
        if (code) throw Error(ErrorKind::Data, "cannot read the file: " + code.message(), where_);
        stream_.open(path, std::ios::binary);
        if (!stream_)
            throw Error(ErrorKind::Data, "cannot open the file", where_, "check that you may read it");
    }

    std::uint64_t size() const { return size_; }

    void read(void* bytes, std::uint64_t count) {
        if (count == 0) return;
        stream_.read(static_cast<char*>(bytes), static_cast<std::streamsize>(count));
        if (!stream_) fail("the file ends early or cannot be read");
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorKind::Data, "not a sound safetensors file: " + what, where_,
                    "the file is damaged or of another kind; use another checkpoint");
    }

  private:
    std::string where_;
    std::uint64_t size_ = 0;
    std::ifstream stream_;
};

/// Parses the header; names that come twice and nesting that the format does not have are refused on the way,
/// before anything is built from them.
json parseHeader(const std::string& text, const FileReader& file) {
    std::vector<std::set<std::string>> seen;
    const auto check = [&](int depth, json::parse_event_t event, json& parsed) {
        if (depth > 4) file.fail("its header is nested too deeply");
        if (event == json::parse_event_t::object_start) seen.emplace_back();
        if (event == json::parse_event_t::object_end) seen.pop_back();
        if (event == json::parse_event_t::key && !seen.back().insert(parsed.get<std::string>()).second)
            file.fail("its header names \"" + parsed.get<std::string>() + "\" twice");
        return true;
    };
    if (text.empty() || text.front() != '{') file.fail("its header is not a JSON object");
    try {
        json header = json::parse(text, check);
        if (!header.is_object()) file.fail("its header is not a JSON object");
        return header;
    } catch (const json::exception& error) {
        file.fail(std::string("its header is not valid JSON (") + error.what() + ")");
    }
}

std::uint64_t naturalNumber(const json& value, const std::string& name, const FileReader& file) {
    if (!value.is_number_unsigned())
        file.fail("tensor \"" + name + "\" has a size or offset that is not a natural number");
    return value.get<std::uint64_t>();
}

Entry parseEntry(const std::string& name, const json& value, std::uint64_t dataBytes,
                 const FileReader& file) {
    const auto require = [&](bool holds, const char* what) {
        if (!holds) file.fail("tensor \"" + name + "\" " + what);
    };
    require(value.is_object() && value.size() == 3 && value.contains("dtype") && value.contains("shape") &&
                value.contains("data_offsets"),
            "needs exactly dtype, shape and data_offsets");
    Entry entry;
    entry.name = name;
    require(value["dtype"].is_string(), "has a dtype that is not a text");
    const std::optional<DType> type = typeOfCode(value["dtype"].get<std::string>());
    require(type.has_value(), "has a dtype other than F32, F64, I32, I64, U8");
    entry.type = *type;

    const json& shape = value["shape"];
    require(shape.is_array() && shape.size() <= Shape::maximumRank,
            "has a shape that is not a list of at most 8 sizes");
    for (const json& size : shape) {
        const std::uint64_t axis = naturalNumber(size, name, file);
        require(axis <= maximumElements, "is larger than the file");
        entry.shape.append(static_cast<std::int64_t>(axis));
    }
    // Sizes beside an axis of length 0 stand for no bytes, yet their product must not overflow later on.
    const bool isEmpty = std::find(entry.shape.begin(), entry.shape.end(), 0) != entry.shape.end();
    const std::uint64_t limit = isEmpty ? maximumElements : dataBytes / sizeOf(entry.type);
    std::uint64_t elements = 1;
    for (const std::int64_t size : entry.shape) {
        if (size == 0) continue;
        require(elements <= limit / static_cast<std::uint64_t>(size), "is larger than the file");
        elements *= static_cast<std::uint64_t>(size);
    }
    if (isEmpty) elements = 0;

    const json& offsets = value["data_offsets"];
    require(offsets.is_array() && offsets.size() == 2, "has data_offsets that are not a pair");
    entry.first = naturalNumber(offsets[0], name, file);
    entry.last = naturalNumber(offsets[1], name, file);
    require(entry.first <= entry.last && entry.last <= dataBytes, "lies outside the file");
    require(entry.last - entry.first == elements * sizeOf(entry.type),
            "has other bytes than its shape asks for");
    return entry;
}

}  // namespace

void Checkpoint::put(const std::string& name, const Tensor& tensor) {
    if (name.empty() || name == metadataKey || !tensor.defined())
        throw Error(ErrorKind::Run, "a checkpoint cannot hold a tensor of this name, or without values",
                    name);
    tensors_[name] = tensor.host();
}

void Checkpoint::put(const std::string& name, const std::vector<std::int64_t>& values) {
    put(name, Tensor::from(values, {static_cast<std::int64_t>(values.size())}));
}

void Checkpoint::putText(const std::string& key, const std::string& text) {
    texts_[key] = text;
}

bool Checkpoint::has(const std::string& name) const {
    return tensors_.contains(name);
}

const Tensor& Checkpoint::get(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end())
        throw Error(ErrorKind::Data, "the checkpoint has no tensor \"" + name + "\"", origin_,
                    "it was written for another model, or by another version");
    return found->second;
}

Tensor Checkpoint::get(const std::string& name, DType type, const Shape& shape) const {
    const Tensor& tensor = get(name);
    if (tensor.dtype() != type || tensor.shape() != shape)
        throw Error(ErrorKind::Data,
                    "tensor \"" + name + "\" of the checkpoint is " + nameOf(tensor.dtype()) + " " +
                        tensor.shape().text() + ", expected " + nameOf(type) + " " + shape.text(),
                    origin_, "it was written for another model, or by another version");
    return tensor;
}

std::vector<std::int64_t> Checkpoint::getIntegers(const std::string& name) const {
    const Tensor& tensor = get(name);
    if (tensor.dtype() != DType::I64 || tensor.rank() != 1)
        throw Error(ErrorKind::Data,
                    "tensor \"" + name + "\" of the checkpoint is " + nameOf(tensor.dtype()) + " " +
                        tensor.shape().text() + ", expected a list of 64-bit integers",
                    origin_, "it was written for another model, or by another version");
    const Tensor list = tensor.contiguous();
    const auto values = list.values<std::int64_t>();
    return {values.begin(), values.end()};
}

const std::string& Checkpoint::text(const std::string& key) const {
    const auto found = texts_.find(key);
    if (found == texts_.end())
        throw Error(ErrorKind::Data, "the checkpoint has no text \"" + key + "\"", origin_,
                    "it was not written by Filigree, or by another version");
    return found->second;
}

std::string Checkpoint::write(const fs::path& path) const {
    json header = json::object();
    if (!texts_.empty()) header[metadataKey] = texts_;
    // Copies only where a tensor's memory is not the row-major one of the file.
    std::vector<Tensor> kept;
    kept.reserve(tensors_.size());
    std::uint64_t offset = 0;
    for (const auto& [name, tensor] : tensors_) {
        kept.push_back(tensor.strided().contiguous());
        const std::uint64_t end = offset + tensor.bytes();
        header[name] = {{"dtype", codeOf(tensor.dtype())},
                        {"shape", std::vector<std::int64_t>(tensor.shape().begin(), tensor.shape().end())},
                        {"data_offsets", {offset, end}}};
        offset = end;
    }
    std::string text;
    try {
        text = header.dump();
    } catch (const json::exception& error) {
        throw Error(ErrorKind::Run,
                    std::string("a name or text of the checkpoint is not UTF-8: ") + error.what(),
                    textOf(path));
    }
    text.append((8 - text.size() % 8) % 8, ' ');
    if (text.size() > maximumHeaderBytes)
        throw Error(ErrorKind::Run, "the names and texts of the checkpoint are too long", textOf(path));

    const std::uint64_t length = text.size();
    std::vector<std::span<const std::byte>> pieces;
    pieces.push_back(std::as_bytes(std::span(&length, 1)));
    pieces.push_back(std::as_bytes(std::span(text)));
    for (const Tensor& tensor : kept)
        if (tensor.bytes() > 0)
            pieces.emplace_back(static_cast<const std::byte*>(tensor.raw()), tensor.bytes());
    Sha256 digest;
    for (const auto piece : pieces) digest.add(piece.data(), piece.size());
    platform::writeFileDurably(path, pieces);
    return digest.hex();
}

Checkpoint Checkpoint::read(const fs::path& path) {
    FileReader file(path);
    if (file.size() < 8) file.fail("it has only " + std::to_string(file.size()) + " bytes");
    std::uint64_t headerBytes = 0;
    file.read(&headerBytes, sizeof headerBytes);
    if (headerBytes > file.size() - 8) file.fail("its header is longer than the file");
    if (headerBytes > maximumHeaderBytes) file.fail("its header is implausibly long");
    std::string text(static_cast<std::size_t>(headerBytes), '\0');
    file.read(text.data(), headerBytes);
    const json header = parseHeader(text, file);
    const std::uint64_t dataBytes = file.size() - 8 - headerBytes;

    Checkpoint checkpoint;
    checkpoint.origin_ = textOf(path);
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items()) {
        if (name != metadataKey) {
            if (name.empty()) file.fail("a tensor has no name");
            entries.push_back(parseEntry(name, value, dataBytes, file));
            continue;
        }
        if (!value.is_object()) file.fail("its texts are not an object");
        for (const auto& [key, entry] : value.items()) {
            if (!entry.is_string()) file.fail("text \"" + key + "\" is not a text");
            checkpoint.texts_[key] = entry.get<std::string>();
        }
    }

    // The bytes belong to exactly one tensor each: no overlap, no gap, nothing after the last.
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return std::tie(a.first, a.last, a.name) < std::tie(b.first, b.last, b.name);
    });
    std::uint64_t next = 0;
    for (const Entry& entry : entries) {
        if (entry.first != next)
            file.fail("tensor \"" + entry.name + "\" overlaps another one or leaves a gap before it");
        next = entry.last;
    }
    if (next != dataBytes) file.fail("it has bytes that belong to no tensor");

    for (const Entry& entry : entries) {
        Tensor tensor = Tensor::empty(entry.shape, entry.type);
        if (entry.last > entry.first) file.read(tensor.raw(), entry.last - entry.first);
        checkpoint.tensors_.emplace(entry.name, std::move(tensor));
    }
    return checkpoint;
}

std::string sha256(const void* bytes, std::size_t size) {
    Sha256 digest;
    digest.add(bytes, size);
    return digest.hex();
}

std::string sha256OfFile(const fs::path& path) {
    FileReader file(path);
    Sha256 digest;
    std::vector<char> buffer(std::size_t{1} << 20);
    for (std::uint64_t left = file.size(); left > 0;) {
        const std::uint64_t count = std::min<std::uint64_t>(left, buffer.size());
        file.read(buffer.data(), count);
        digest.add(buffer.data(), static_cast<std::size_t>(count));
        left -= count;
    }
    return digest.hex();
}

}  // namespace filigree::train
