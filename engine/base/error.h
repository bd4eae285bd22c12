// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace filigree {

/// What went wrong decides the exit code of the command line and the bar that the workbench shows.
enum class ErrorKind {
    Run,     ///< training failed (NaN loss, store not writable, …): exit code 1
    Usage,   ///< wrong word, option or configuration: exit code 2
    Data,    ///< a file that was read is missing or malformed: exit code 3
    Device,  ///< no such device, out of memory, lost: exit code 4
};

/// Every failure that a person may see: what happened, where, and what to do about it.
///
/// `where` is a file with line and column ("a.toml:3:7"), or tensor names with shapes; `advice` is a sentence
/// in the imperative. Both may be empty. `what()` joins the three, one per line.
class Error : public std::runtime_error {
  public:
    Error(ErrorKind kind, const std::string& message, std::string where = {}, std::string advice = {});

    ErrorKind kind() const { return kind_; }
    const std::string& message() const { return message_; }
    const std::string& where() const { return where_; }
    const std::string& advice() const { return advice_; }

    /// Exit code of `filigree`: 1 failed run, 2 usage or configuration, 3 input data, 4 device.
    int exitCode() const;

  private:
    ErrorKind kind_;
    std::string message_;
    std::string where_;
    std::string advice_;
};

}  // namespace filigree
