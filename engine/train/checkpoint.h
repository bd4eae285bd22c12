// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace filigree::train {

/// A set of named tensors with text beside them, as a safetensors file.
///
/// Format: u64 little-endian length of a JSON header, the header ({"name": {"dtype", "shape",
/// "data_offsets"}, …,
/// "__metadata__": {text: text}}), then the bytes. Dtypes F32, F64, I32, I64, U8. Names are written in sorted
/// order and the header is padded with spaces to a multiple of 8, so equal contents give equal bytes.
class Checkpoint {
  public:
    void put(const std::string& name, const Tensor& tensor);
    void put(const std::string& name, const std::vector<std::int64_t>& values);
    void putText(const std::string& key, const std::string& text);

    bool has(const std::string& name) const;
    /// Throws Error (Data) naming the tensor and the file if it is missing.
    const Tensor& get(const std::string& name) const;
    /// Also checks type and shape.
    Tensor get(const std::string& name, DType type, const Shape& shape) const;
    std::vector<std::int64_t> getIntegers(const std::string& name) const;
    const std::string& text(const std::string& key) const;
    const std::map<std::string, Tensor>& tensors() const { return tensors_; }
    const std::map<std::string, std::string>& texts() const { return texts_; }

    /// Writes durably (temporary name, flushed, renamed). Returns the SHA-256 of the file in hex.
    std::string write(const std::filesystem::path& path) const;
    /// Throws Error (Data) on anything that is not a well-formed safetensors file; sizes are checked before
    /// allocation.
    static Checkpoint read(const std::filesystem::path& path);

  private:
    std::map<std::string, Tensor> tensors_;
    std::map<std::string, std::string> texts_;
    std::string origin_;
};

/// SHA-256 of bytes, in hex.
std::string sha256(const void* bytes, std::size_t size);
/// SHA-256 of a file, in hex. Throws Error (Data) if it cannot be read.
std::string sha256OfFile(const std::filesystem::path& path);

}  // namespace filigree::train
