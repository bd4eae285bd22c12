// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace filigree::data {

/// A decimal number with nothing behind it but spaces; none for other text and for what is not finite.
std::optional<double> numberFrom(const std::string& text);

/// A field as a CSV file holds it: in quotes where it has to be.
std::string csvField(const std::string& text);

/// Reads a CSV file row by row: commas, double quotes around fields that hold commas ("" is a quote), lines
/// that end in LF or CR LF, a byte order mark in front. The first line names the columns.
class CsvReader {
  public:
    /// Throws Error (Data) if the file cannot be read or is larger than 1 GiB.
    explicit CsvReader(const std::filesystem::path& path);

    bool has(const std::string& column) const { return columns_.contains(column); }
    /// Throws Error (Data) that names the file and the column.
    void require(const std::string& column) const;
    /// Goes to the next row that is not empty; false at the end.
    bool next();
    /// The field of the row; empty where there is no such column or field.
    std::string text(const std::string& column) const;
    std::optional<double> number(const std::string& column) const { return numberFrom(text(column)); }

  private:
    std::filesystem::path path_;
    std::ifstream file_;
    std::map<std::string, std::size_t> columns_;
    std::vector<std::string> fields_;
};

}  // namespace filigree::data
