// SPDX-License-Identifier: Apache-2.0
#include "base/process.h"

#include <array>
#include <cstddef>

#include "base/error.h"

#ifdef _WIN32
#include <windows.h>

#include <system_error>
#else
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
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

/// One word of a command line as the C runtime of the other program takes them apart.
std::wstring quoted(const std::wstring& word) {
    std::wstring text = L"\"";
    std::size_t slashes = 0;
    for (const wchar_t c : word) {
        if (c == L'"') text.append(slashes + 1, L'\\');
        slashes = c == L'\\' ? slashes + 1 : 0;
        text += c;
    }
    return text.append(slashes, L'\\') + L"\"";
}

std::wstring wide(const std::string& utf8) {
    return std::filesystem::path(std::u8string(utf8.begin(), utf8.end())).wstring();
}

std::wstring commandLine(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
    std::wstring line = quoted(program.wstring());
    for (const std::string& argument : arguments) line += L" " + quoted(wide(argument));
    return line;
}

std::string lastError() {
    return std::system_category().message(static_cast<int>(GetLastError()));
}

}  // namespace

int runProgram(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
    std::wstring line = commandLine(program, arguments);
    STARTUPINFOW start{};
    start.cb = sizeof start;
    PROCESS_INFORMATION made{};
    if (!CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &start, &made))
        failStarting(program.string(), lastError());
    WaitForSingleObject(made.hProcess, INFINITE);
    DWORD code = 1;
    GetExitCodeProcess(made.hProcess, &code);
    CloseHandle(made.hProcess);
    CloseHandle(made.hThread);
    return static_cast<int>(code);
}

std::int64_t startDetached(const DetachedProgram& detached) {
    SECURITY_ATTRIBUTES inherited{sizeof(SECURITY_ATTRIBUTES), nullptr, TRUE};
    const auto opened = [&](const wchar_t* path, DWORD access, DWORD disposition) {
        return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE, &inherited, disposition, 0,
                           nullptr);
    };
    HANDLE nothing = opened(L"NUL", GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
    HANDLE log = opened(detached.errorLog.c_str(), FILE_APPEND_DATA, OPEN_ALWAYS);
    std::wstring line = commandLine(detached.program, detached.arguments);
    STARTUPINFOW start{};
    start.cb = sizeof start;
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = start.hStdOutput = nothing;
    start.hStdError = log;
    PROCESS_INFORMATION made{};
    const BOOL started = CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE,
                                        CREATE_NO_WINDOW | CREATE_NEW_PROCESS_GROUP, nullptr,
                                        detached.workingDirectory.c_str(), &start, &made);
    const std::string reason = started ? "" : lastError();
    CloseHandle(nothing);
    if (log != INVALID_HANDLE_VALUE) CloseHandle(log);
    if (!started) failStarting(detached.program.string(), reason);
    CloseHandle(made.hProcess);
    CloseHandle(made.hThread);
    return made.dwProcessId;
}

std::optional<int> forgetEnded(std::int64_t) {
    return std::nullopt;
}

void askToEnd(std::int64_t id) {
    HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, static_cast<DWORD>(id));
    if (!process) return;
    TerminateProcess(process, 130);
    CloseHandle(process);
}

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
    std::wstring line = commandLine(wide(command.front()), {command.begin() + 1, command.end()});
    STARTUPINFOW start{};
    start.cb = sizeof start;
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = childInput;
    start.hStdOutput = childOutput;
    start.hStdError = nowhere;
    PROCESS_INFORMATION made{};
    const BOOL started = CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, CREATE_NO_WINDOW,
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

namespace {

/// The words of a command as the system takes them: pointers into `words`, ended by null.
std::vector<char*> pointersTo(std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> wordsOf(const std::filesystem::path& program,
                                 const std::vector<std::string>& arguments) {
    std::vector<std::string> words{program.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return words;
}

/// What the new process does with its files before the program begins.
class FileActions {
  public:
    FileActions() { posix_spawn_file_actions_init(&actions_); }
    ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
    FileActions(const FileActions&) = delete;
    FileActions& operator=(const FileActions&) = delete;
    posix_spawn_file_actions_t* get() { return &actions_; }

    void open(int descriptor, const char* path, int flags) {
        posix_spawn_file_actions_addopen(&actions_, descriptor, path, flags, 0644);
    }

  private:
    posix_spawn_file_actions_t actions_;
};

}  // namespace

int runProgram(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
    std::vector<std::string> words = wordsOf(program, arguments);
    pid_t id = 0;
    if (const int code =
            posix_spawn(&id, program.c_str(), nullptr, nullptr, pointersTo(words).data(), environ);
        code != 0)
        failStarting(program.string(), std::generic_category().message(code));
    int status = 0;
    while (waitpid(id, &status, 0) < 0)
        if (errno != EINTR) return 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::int64_t startDetached(const DetachedProgram& detached) {
    FileActions actions;
    posix_spawn_file_actions_addchdir_np(actions.get(), detached.workingDirectory.c_str());
    actions.open(STDIN_FILENO, "/dev/null", O_RDONLY);
    actions.open(STDOUT_FILENO, "/dev/null", O_WRONLY);
    actions.open(STDERR_FILENO, std::filesystem::absolute(detached.errorLog).c_str(),
                 O_WRONLY | O_CREAT | O_APPEND);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    // A session of its own: closing the terminal this program was started from does not end the other.
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    std::vector<std::string> words = wordsOf(detached.program, detached.arguments);
    pid_t id = 0;
    const int code = posix_spawn(&id, detached.program.c_str(), actions.get(), &attributes,
                                 pointersTo(words).data(), environ);
    posix_spawnattr_destroy(&attributes);
    if (code != 0) failStarting(detached.program.string(), std::generic_category().message(code));
    return id;
}

std::optional<int> forgetEnded(std::int64_t id) {
    int status = 0;
    if (waitpid(static_cast<pid_t>(id), &status, WNOHANG) != static_cast<pid_t>(id)) return std::nullopt;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void askToEnd(std::int64_t id) {
    // 0 and negative ids would mean groups of processes.
    if (id > 0) kill(static_cast<pid_t>(id), SIGTERM);
}

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
    FileActions actions;
    posix_spawn_file_actions_adddup2(actions.get(), ends[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(actions.get(), ends[1], STDOUT_FILENO);
    actions.open(STDERR_FILENO, "/dev/null", O_WRONLY);
    std::vector<std::string> words = command;
    const int code = posix_spawnp(&handles_->process, words.front().c_str(), actions.get(), nullptr,
                                  pointersTo(words).data(), environ);
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
