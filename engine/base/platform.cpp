// SPDX-License-Identifier: Apache-2.0
#include "base/platform.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <sstream>
#include <system_error>
#include <vector>

#include "base/error.h"

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#include <psapi.h>
#include <windows.h>
#else
#include <fcntl.h>
#include <pwd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#include <sys/sysctl.h>
#endif

extern char** environ;  // NOLINT: named by POSIX
#endif

namespace filigree::platform {
namespace fs = std::filesystem;
namespace {

/// The folder named by `variable` if it is absolute (as the XDG specification asks), else `fallback`.
[[maybe_unused]] fs::path absoluteOr(const char* variable, const fs::path& fallback) {
    const fs::path named = environment(variable);
    return named.is_absolute() ? named : fallback;
}

/// The path as UTF-8, also where the system's narrow character set cannot express it.
std::string text(const fs::path& path) {
    const std::u8string utf8 = path.u8string();
    return {utf8.begin(), utf8.end()};
}

[[noreturn]] void failWriting(const fs::path& path, int code) {
    throw Error(ErrorKind::Run, "cannot write the file: " + std::generic_category().message(code), text(path),
                "check that the folder exists, is writable and has free space");
}

/// Where the new content stands until it is complete: in the same folder, so that renaming it is one step.
fs::path temporaryFor(const fs::path& path) {
    fs::path temporary = path;
    temporary += ".tmp-" + std::to_string(processId());
    return temporary;
}

}  // namespace

std::string environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value ? value : "";
}

void writeFileDurably(const fs::path& path, const void* bytes, std::size_t size) {
    const std::span<const std::byte> whole(static_cast<const std::byte*>(bytes), size);
    writeFileDurably(path, std::span(&whole, 1));
}

#ifdef _WIN32

Folders folders() {
    const fs::path roaming = environment("APPDATA");
    const fs::path local = environment("LOCALAPPDATA");
    return {roaming / "Filigree", local / "Filigree", local / "Filigree" / "Cache",
            local / "Filigree" / "State"};
}

std::string hostName() {
    return environment("COMPUTERNAME");
}
std::string processorName() {
    return environment("PROCESSOR_IDENTIFIER");
}
std::string systemName() {
    return "Windows";
}

std::int64_t physicalMemoryBytes() {
    MEMORYSTATUSEX status{};
    status.dwLength = sizeof status;
    return GlobalMemoryStatusEx(&status) ? static_cast<std::int64_t>(status.ullTotalPhys) : 0;
}

std::int64_t peakResidentBytes() {
    PROCESS_MEMORY_COUNTERS counters{};
    if (!K32GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof counters)) return 0;
    return static_cast<std::int64_t>(counters.PeakWorkingSetSize);
}

static std::int64_t toInteger(const FILETIME& time) {
    return static_cast<std::int64_t>((static_cast<std::uint64_t>(time.dwHighDateTime) << 32) |
                                     time.dwLowDateTime);
}

double processCpuSeconds() {
    FILETIME created, ended, kernel, user;
    if (!GetProcessTimes(GetCurrentProcess(), &created, &ended, &kernel, &user)) return 0;
    return static_cast<double>(toInteger(kernel) + toInteger(user)) * 1e-7;
}

double threadCpuSeconds() {
    FILETIME created, ended, kernel, user;
    if (!GetThreadTimes(GetCurrentThread(), &created, &ended, &kernel, &user)) return 0;
    return static_cast<double>(toInteger(kernel) + toInteger(user)) * 1e-7;
}

std::int64_t processId() {
    return static_cast<std::int64_t>(GetCurrentProcessId());
}

std::int64_t processStartTime(std::int64_t id) {
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, static_cast<DWORD>(id));
    if (!process) return 0;
    FILETIME created, ended, kernel, user;
    DWORD code = 0;
    const bool running = GetExitCodeProcess(process, &code) && code == STILL_ACTIVE;
    const bool known = GetProcessTimes(process, &created, &ended, &kernel, &user);
    CloseHandle(process);
    return running && known ? toInteger(created) : 0;
}

bool isTerminal(int fileDescriptor) {
    return _isatty(fileDescriptor) != 0;
}

int terminalColumns() {
    CONSOLE_SCREEN_BUFFER_INFO info;
    if (!GetConsoleScreenBufferInfo(GetStdHandle(STD_ERROR_HANDLE), &info)) return 80;
    return info.srWindow.Right - info.srWindow.Left + 1;
}

void writeFileDurably(const fs::path& path, std::span<const std::span<const std::byte>> pieces) {
    const fs::path temporary = temporaryFor(path);
    FILE* file = _wfopen(temporary.c_str(), L"wb");
    if (!file) failWriting(path, errno);
    bool written = true;
    for (const auto piece : pieces)
        written = written && std::fwrite(piece.data(), 1, piece.size(), file) == piece.size();
    written = written && std::fflush(file) == 0 && _commit(_fileno(file)) == 0;
    const int code = errno;
    if (std::fclose(file) != 0 || !written) {
        std::error_code ignored;
        fs::remove(temporary, ignored);
        failWriting(path, code);
    }
    if (!MoveFileExW(temporary.c_str(), path.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
        std::error_code ignored;
        fs::remove(temporary, ignored);
        failWriting(path, EACCES);
    }
}

fs::path programFolder() {
    wchar_t buffer[32768];
    const DWORD length = GetModuleFileNameW(nullptr, buffer, 32768);
    return length ? fs::path(std::wstring(buffer, length)).parent_path() : fs::path();
}

bool hasDisplay() {
    return true;
}

void onInterrupt(void (*handler)(int)) {
    std::signal(SIGINT, handler);
    std::signal(SIGTERM, handler);
}

#else

/// $HOME, else what the system's table of users says (batch systems and services may start a process without
/// HOME).
static fs::path homeFolder() {
    if (const std::string home = environment("HOME"); !home.empty()) return home;
    passwd entry{};
    passwd* found = nullptr;
    std::vector<char> buffer(16384);
    if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found && *found->pw_dir)
        return found->pw_dir;
    return "/";
}

Folders folders() {
    const fs::path home = homeFolder();
#ifdef __APPLE__
    const fs::path support = home / "Library/Application Support/Filigree";
    return {support, support, home / "Library/Caches/Filigree", home / "Library/Logs/Filigree"};
#else
    return {absoluteOr("XDG_CONFIG_HOME", home / ".config") / "filigree",
            absoluteOr("XDG_DATA_HOME", home / ".local/share") / "filigree",
            absoluteOr("XDG_CACHE_HOME", home / ".cache") / "filigree",
            absoluteOr("XDG_STATE_HOME", home / ".local/state") / "filigree"};
#endif
}

std::string hostName() {
    char name[256] = {};
    return gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

std::string processorName() {
#ifdef __APPLE__
    char name[256] = {};
    std::size_t size = sizeof name - 1;
    return sysctlbyname("machdep.cpu.brand_string", name, &size, nullptr, 0) == 0 ? name : "unknown";
#else
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const auto colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
    }
    return "unknown";
#endif
}

std::string systemName() {
#ifdef __APPLE__
    return "macOS";
#else
    std::ifstream file("/etc/os-release");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("PRETTY_NAME=\"") && line.size() > 14) return line.substr(13, line.size() - 14);
    return "Unix";
#endif
}

std::int64_t physicalMemoryBytes() {
    return static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE);
}

std::int64_t peakResidentBytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
    return usage.ru_maxrss;
#else
    return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
#endif
}

double processCpuSeconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double threadCpuSeconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::int64_t processId() {
    return getpid();
}

std::int64_t processStartTime(std::int64_t id) {
#ifdef __APPLE__
    kinfo_proc info{};
    std::size_t size = sizeof info;
    int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, static_cast<int>(id)};
    if (sysctl(name, 4, &info, &size, nullptr, 0) != 0 || size == 0) return 0;
    return static_cast<std::int64_t>(info.kp_proc.p_starttime.tv_sec) * 1000000 +
           info.kp_proc.p_starttime.tv_usec;
#else
    std::ifstream file("/proc/" + std::to_string(id) + "/stat");
    std::string line;
    if (!std::getline(file, line)) return 0;
    // The second field is the program's name in parentheses and may hold anything; the fields after the last
    // ')' are numbers: state is the 3rd of the file and the start time the 22nd.
    const auto end = line.rfind(')');
    if (end == std::string::npos) return 0;
    std::istringstream fields(line.substr(end + 1));
    std::string field;
    for (int number = 3; number <= 22 && fields >> field; ++number) {
        // A zombie still has an entry but no longer runs.
        if (number == 3 && (field == "Z" || field == "X")) return 0;
        if (number == 22) return std::strtoll(field.c_str(), nullptr, 10);
    }
    return 0;
#endif
}

bool isTerminal(int fileDescriptor) {
    return isatty(fileDescriptor) == 1;
}

int terminalColumns() {
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

/// Everything, however often the system takes only a part. Returns the system's error code, 0 if there was
/// none.
static int writeAll(int file, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count = write(file, bytes.data(), bytes.size());
        if (count >= 0)
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        else if (errno != EINTR)
            return errno;
    }
    return 0;
}

void writeFileDurably(const fs::path& path, std::span<const std::span<const std::byte>> pieces) {
    const fs::path temporary = temporaryFor(path);
    const int file = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) failWriting(path, errno);
    int code = 0;
    for (const auto piece : pieces)
        if (code == 0) code = writeAll(file, piece);
    if (code == 0 && fsync(file) != 0) code = errno;
    if (close(file) != 0 && code == 0) code = errno;
    if (code == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) code = errno;
    if (code != 0) {
        unlink(temporary.c_str());
        failWriting(path, code);
    }
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    if (const int handle = open(folder.c_str(), O_RDONLY | O_CLOEXEC); handle >= 0) {
        // Some file systems cannot flush a folder and say so; a real failure to write is EIO.
        code = fsync(handle) != 0 && errno == EIO ? EIO : 0;
        close(handle);
        if (code != 0) failWriting(path, code);
    }
}

fs::path programFolder() {
#ifdef __APPLE__
    char buffer[4096];
    std::uint32_t size = sizeof buffer;
    return _NSGetExecutablePath(buffer, &size) == 0 ? fs::path(buffer).parent_path() : fs::path();
#else
    std::error_code code;
    const fs::path program = fs::read_symlink("/proc/self/exe", code);
    return code ? fs::path() : program.parent_path();
#endif
}

bool hasDisplay() {
#ifdef __APPLE__
    return true;
#else
    return !environment("DISPLAY").empty() || !environment("WAYLAND_DISPLAY").empty() ||
           !environment("QT_QPA_PLATFORM").empty();
#endif
}

void onInterrupt(void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

#endif

bool processIsAlive(std::int64_t id, std::int64_t startTime) {
    const std::int64_t started = processStartTime(id);
    if (started != 0) return started == startTime;
#ifndef _WIN32
    // Where start times cannot be read at all (no /proc), the id alone has to do: a live run must not look
    // dead.
    if (startTime == 0 && id > 0 && processStartTime(processId()) == 0)
        return kill(static_cast<pid_t>(id), 0) == 0 || errno == EPERM;
#endif
    return false;
}

void preferLargePages([[maybe_unused]] void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef MADV_HUGEPAGE
    // A wish: without large pages everything is as before.
    madvise(memory, bytes, MADV_HUGEPAGE);
#endif
}

}  // namespace filigree::platform
