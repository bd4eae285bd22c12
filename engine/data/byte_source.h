// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/large_vector.h"

namespace filigree::data {

/// The bytes of a file from front to back; gzip is unpacked on the way (recognised by its first two bytes,
/// whatever the file is called). All methods throw Error (Data) that names the file if it cannot be read or
/// its gzip data are damaged.
class ByteSource {
  public:
    explicit ByteSource(const std::filesystem::path& path);
    ~ByteSource();
    ByteSource(ByteSource&&) noexcept;
    ByteSource& operator=(ByteSource&&) = delete;

    const std::string& name() const { return name_; }
    std::int64_t bytesOnDisk() const { return bytesOnDisk_; }
    bool compressed() const { return compressed_; }
    /// No file of this size can hold more: its size, or 1032 times its size for gzip (the format's highest
    /// ratio).
    std::int64_t largestContent() const;

    /// Fills `out` and returns its size; returns less only at the end of the content.
    std::size_t read(std::span<std::uint8_t> out);
    /// Fills `out`; Error (Data) if the content ends before.
    void readExactly(std::span<std::uint8_t> out);
    /// The next `count` bytes. Memory grows with what arrives, from four times the file's size on, so that a
    /// false count does no harm.
    LargeVector<std::uint8_t> take(std::int64_t count);
    /// True if nothing is left.
    bool atEnd();

  private:
    struct Handle;
    std::unique_ptr<Handle> handle_;
    std::string name_;
    std::int64_t bytesOnDisk_ = 0;
    bool compressed_ = false;
};

}  // namespace filigree::data
