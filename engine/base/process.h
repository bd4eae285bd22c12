// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Other programs: run to the end, started and left alone, or talked to. Arguments are UTF-8 and arrive as
/// they are, whatever they hold.
namespace filigree::platform {

/// Runs a program to its end, with this program's streams, and returns its exit code (on Unix 128 + the
/// signal if one ended it). Throws Error (Run) if it cannot be started.
int runProgram(const std::filesystem::path& program, const std::vector<std::string>& arguments);

/// A program that goes on when this one ends.
struct DetachedProgram {
    std::filesystem::path program;
    std::vector<std::string> arguments;
    std::filesystem::path workingDirectory;
    std::filesystem::path errorLog;  ///< gets what it writes to its standard error, after what is there
};
/// Starts it, with no input and with its output thrown away, in a session of its own, and returns its process
/// id. Never a fork: copying the page tables of a large process (a window with its drivers) takes tens of
/// milliseconds, and each page it writes afterwards is copied once more. Throws Error (Run) if it cannot be
/// started.
std::int64_t startDetached(const DetachedProgram& program);
/// Lets the system forget a detached program of this process that has ended (a zombie on Unix); without
/// effect while it runs, and on others. The exit code that it left (128 + the signal if one ended it), where
/// the system still knows one.
std::optional<int> forgetEnded(std::int64_t processId);
/// Asks a detached program that runs to end: SIGTERM, which a program may take as a wish. Where there are no
/// signals (Windows) it ends at once.
void askToEnd(std::int64_t processId);

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
