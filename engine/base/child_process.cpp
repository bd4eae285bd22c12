// SPDX-License-Identifier: Apache-2.0
#include "base/child_process.h"

#include <array>
#include <cstddef>

#include "base/error.h"

#ifdef _WIN32
#include <windows.h>
#else
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
extern char** environ;
#endif

namespace filigree::platform {
namespace {

[[noreturn]] void failStarting(const std::string& program, const std::string& reason) {
    throw Error(ErrorKind::Run, "cannot start the program: " + reason, program);
}

}  // namespace

#ifdef _WIN32

struct ChildProcess::Handles {
    HANDLE process = nullptr, input = nullptr, output = nullptr;
};

namespace {

/// As the C runtime of the other program takes command lines apart.
std::string quoted(const std::string& word) {
    std::string result = "\"";
    std::size_t slashes = 0;
    for (const char c : word) {
        if (c == '\\') {
            ++slashes;
            continue;
        }
        result.append(c == '"' ? 2 * slashes + 1 : slashes, '\\');
        slashes = 0;
        result += c;
    }
    result.append(2 * slashes, '\\');
    return result + '"';
}

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& command) : handles_(std::make_unique<Handles>()) {
    SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
    HANDLE childInput = nullptr, childOutput = nullptr;
    if (!CreatePipe(&childInput, &handles_->input, &inherited, 0)) failStarting(command.front(), "no pipe");
    if (!CreatePipe(&handles_->output, &childOutput, &inherited, 0)) {
        CloseHandle(childInput);
        CloseHandle(handles_->input);
        failStarting(command.front(), "no pipe");
    }
    SetHandleInformation(handles_->input, HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(handles_->output, HANDLE_FLAG_INHERIT, 0);
    HANDLE nowhere =
        CreateFileA("NUL", GENERIC_WRITE, FILE_SHARE_WRITE, &inherited, OPEN_EXISTING, 0, nullptr);
    std::string line;
    for (const std::string& word : command) line += (line.empty() ? "" : " ") + quoted(word);
    STARTUPINFOA start{};
    start.cb = sizeof start;
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = childInput;
    start.hStdOutput = childOutput;
    start.hStdError = nowhere;
    PROCESS_INFORMATION made{};
    const BOOL started = CreateProcessA(nullptr, line.data(), nullptr, nullptr, TRUE, CREATE_NO_WINDOW,
                                        nullptr, nullptr, &start, &made);
    CloseHandle(childInput);
    CloseHandle(childOutput);
    CloseHandle(nowhere);
    if (!started) {
        CloseHandle(handles_->input);
        CloseHandle(handles_->output);
        failStarting(command.front(), "not found");
    }
    CloseHandle(made.hThread);
    handles_->process = made.hProcess;
}

ChildProcess::~ChildProcess() {
    CloseHandle(handles_->input);
    CloseHandle(handles_->output);
    WaitForSingleObject(handles_->process, INFINITE);
    CloseHandle(handles_->process);
}

bool ChildProcess::writeLine(const std::string& line) {
    const std::string text = line + '\n';
    DWORD written = 0;
    return WriteFile(handles_->input, text.data(), static_cast<DWORD>(text.size()), &written, nullptr) &&
           written == text.size();
}

std::optional<std::string> ChildProcess::readLine() {
    for (;;) {
        if (const std::size_t end = read_.find('\n'); end != std::string::npos) {
            std::string line = read_.substr(0, end);
            read_.erase(0, end + 1);
            if (!line.empty() && line.back() == '\r') line.pop_back();
            return line;
        }
        std::array<char, 4096> buffer;
        DWORD count = 0;
        if (!ReadFile(handles_->output, buffer.data(), static_cast<DWORD>(buffer.size()), &count, nullptr) ||
            count == 0)
            return std::nullopt;
        read_.append(buffer.data(), count);
    }
}

#else

struct ChildProcess::Handles {
    pid_t process = -1;
    int line = -1;
};

ChildProcess::ChildProcess(const std::vector<std::string>& command) : handles_(std::make_unique<Handles>()) {
    // A socket rather than two pipes: writing to a program that has ended is then an error, not a signal.
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        failStarting(command.front(), std::generic_category().message(errno));
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
#ifdef SO_NOSIGPIPE
    const int on = 1;
    setsockopt(ends[0], SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::vector<std::string> words = command;
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const int code =
        posix_spawnp(&handles_->process, arguments.front(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (code != 0) {
        close(ends[0]);
        failStarting(command.front(), std::generic_category().message(code));
    }
    handles_->line = ends[0];
}

ChildProcess::~ChildProcess() {
    close(handles_->line);
    int status = 0;
    while (waitpid(handles_->process, &status, 0) < 0 && errno == EINTR) {
    }
}

bool ChildProcess::writeLine(const std::string& line) {
    const std::string text = line + '\n';
    std::size_t sent = 0;
    while (sent < text.size()) {
#ifdef MSG_NOSIGNAL
        constexpr int flags = MSG_NOSIGNAL;
#else
        constexpr int flags = 0;
#endif
        const ssize_t count = send(handles_->line, text.data() + sent, text.size() - sent, flags);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        sent += static_cast<std::size_t>(count);
    }
    return true;
}

std::optional<std::string> ChildProcess::readLine() {
    for (;;) {
        if (const std::size_t end = read_.find('\n'); end != std::string::npos) {
            std::string line = read_.substr(0, end);
            read_.erase(0, end + 1);
            return line;
        }
        std::array<char, 4096> buffer;
        const ssize_t count = read(handles_->line, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return std::nullopt;
        read_.append(buffer.data(), static_cast<std::size_t>(count));
    }
}

#endif

}  // namespace filigree::platform
