// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

/// Everything that differs between operating systems stands behind these few functions.
namespace filigree::platform {

/// Where files of a person live; see the table in the help page "Files and folders".
struct Folders {
    std::filesystem::path settings;  ///< e.g. ~/.config/filigree
    std::filesystem::path data;      ///< default store, data sets; e.g. ~/.local/share/filigree
    std::filesystem::path cache;     ///< deletable at any time
    std::filesystem::path state;     ///< session, logs
};
Folders folders();

/// Value of an environment variable, or "" when it is not set.
std::string environment(const std::string& name);

std::string hostName();
std::string processorName();
std::string systemName();
std::int64_t physicalMemoryBytes();
/// Highest resident memory of this process so far, in bytes.
std::int64_t peakResidentBytes();
/// Asks the system to back this memory, which starts at a page, by large pages where it can.
void preferLargePages(void* memory, std::size_t bytes);
/// CPU seconds (user + system, all threads) used by this process so far.
double processCpuSeconds();
/// CPU seconds (user + system) used by the calling thread so far.
double threadCpuSeconds();

std::int64_t processId();
/// A number that tells two processes with the same id apart: when it started, in the system's own unit; 0 if
/// unknown.
std::int64_t processStartTime(std::int64_t processId);
/// True if a process with this id and start time exists on this host. Where start times are unknown (both 0),
/// the id alone decides.
bool processIsAlive(std::int64_t processId, std::int64_t startTime);

bool isTerminal(int fileDescriptor);
/// Columns of the terminal on stderr, 80 if unknown.
int terminalColumns();

/// Writes `bytes` to `path` so that after a crash the file is either the old or the new one: temporary name
/// in the same folder, flushed to the disk, renamed, folder flushed. Throws Error (Run) naming the path and
/// the system's reason.
void writeFileDurably(const std::filesystem::path& path, const void* bytes, std::size_t size);
/// The same for a file whose content lies in several pieces, in order.
void writeFileDurably(const std::filesystem::path& path, std::span<const std::span<const std::byte>> pieces);

/// Folder of the running program (to find assets beside it); empty if unknown.
std::filesystem::path programFolder();

/// False where a window cannot be shown: no screen is connected to this session.
bool hasDisplay();

/// Calls `handler` (which may only set a flag) on Ctrl-C and on a request to terminate.
void onInterrupt(void (*handler)(int));

}  // namespace filigree::platform
