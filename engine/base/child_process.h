// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace filigree::platform {

/// Another program that is talked to line by line over its standard input and output; what it writes to its
/// standard error is thrown away.
class ChildProcess {
  public:
    /// `command`: the program (looked up in PATH) and its arguments. Throws Error (Run) if it cannot start;
    /// where the system notices a missing program late only, the first `readLine` finds the end instead.
    explicit ChildProcess(const std::vector<std::string>& command);
    /// Closes its input and waits for its end.
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// False if it is gone.
    bool writeLine(const std::string& line);
    /// The next line without its end, or none if it has ended.
    std::optional<std::string> readLine();

  private:
    struct Handles;
    std::unique_ptr<Handles> handles_;
    std::string read_;
};

}  // namespace filigree::platform
