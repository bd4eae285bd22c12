// SPDX-License-Identifier: Apache-2.0
#include "data/fetch.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/error.h"
#include "data/digest.h"
#include "data/http.h"
#include "data/tar.h"

namespace filigree::data {

namespace fs = std::filesystem;

namespace {

// The highest ratio of gzip is 1032; real data sets stay far below. Bounds the time spent on a bomb.
constexpr std::int64_t maximumContentRatio = 64;

struct Verdict {
    bool right = false;
    std::string seen;  ///< digest of the file as it is
};

/// A file is right if it is the published one, or packs the published content in another gzip container.
Verdict check(const RemoteFile& file, const fs::path& path) {
    Verdict verdict{false, sha256OfFile(path)};
    verdict.right = !file.sha256.empty() && verdict.seen == file.sha256;
    if (!verdict.right && !file.contentSha256.empty()) {
        try {
            verdict.right =
                sha256OfContent(path, file.maximumBytes * maximumContentRatio) == file.contentSha256;
        } catch (const Error&) {
            // What cannot be unpacked has no content to compare: the file is not right.
        }
    }
    return verdict;
}

class Fetcher {
  public:
    Fetcher(const DatasetInfo& info, fs::path folder, const FetchCallback& callback,
            const FetchOptions& options)
        : info_(info),
          folder_(std::move(folder)),
          callback_(callback),
          options_(options),
          base_(options.baseUrl.empty() ? info.downloadUrl : options.baseUrl) {
        if (!base_.empty() && base_.back() != '/') base_ += '/';
        progress_.fileCount = static_cast<int>(info.downloads.size());
    }

    std::vector<fs::path> all() {
        std::error_code failure;
        fs::create_directories(folder_, failure);
        if (failure)
            throw Error(ErrorKind::Data, "cannot make the folder: " + failure.message(), folder_.string(),
                        "Choose another folder.");
        std::vector<fs::path> paths;
        for (const RemoteFile& file : info_.downloads) {
            progress_.file = file.name;
            const auto made = one(file);
            paths.insert(paths.end(), made.begin(), made.end());
            ++progress_.fileIndex;
        }
        return paths;
    }

  private:
    std::vector<fs::path> one(const RemoteFile& file) {
        if (!file.members.empty()) {
            if (auto there = unpackedBefore(file); !there.empty()) return there;
        }
        const fs::path target = folder_ / file.name;
        if (fs::exists(target)) {
            if (!check(file, target).right)
                throw Error(ErrorKind::Data, "a file of this name is there, but it is not the published one",
                            target.string(), "Move it away, or choose another folder.");
        } else {
            downloadTo(file, target);
        }
        report(static_cast<std::int64_t>(fs::file_size(target)),
               static_cast<std::int64_t>(fs::file_size(target)));
        if (file.members.empty()) return {target};
        auto members = unpackTar(target, file.members, folder_);
        fs::remove(target);
        return members;
    }

    std::vector<fs::path> unpackedBefore(const RemoteFile& file) const {
        std::vector<fs::path> paths;
        std::error_code failure;
        for (const ArchiveMember& member : file.members) {
            const fs::path path = folder_ / member.name;
            const auto bytes = fs::file_size(path, failure);
            if (failure || static_cast<std::int64_t>(bytes) != member.bytes) return {};
            paths.push_back(path);
        }
        return paths;
    }

    void downloadTo(const RemoteFile& file, const fs::path& target) {
        fs::path partial = target;
        partial += ".part";
        const bool goesOn = fs::exists(partial) && fs::file_size(partial) > 0;
        // It may be complete already, if the last call was killed just before it could rename it.
        if (goesOn && check(file, partial).right) {
            fs::rename(partial, target);
            return;
        }
        transfer(file, partial);
        Verdict verdict = check(file, partial);
        if (!verdict.right && goesOn) {
            // The part left by an earlier call may belong to another version: once more from the beginning.
            fs::remove(partial);
            transfer(file, partial);
            verdict = check(file, partial);
        }
        if (!verdict.right) {
            fs::remove(partial);
            const std::string expected = !file.sha256.empty() ? file.sha256 : "content " + file.contentSha256;
            throw Error(
                ErrorKind::Data,
                fmt::format(
                    "the downloaded file is not the published one and was removed: SHA-256 {}, expected {}",
                    verdict.seen, expected),
                base_ + file.name,
                "Try again later or from another mirror; something between you and the server may change "
                "files.");
        }
        fs::rename(partial, target);
    }

    /// Fills `partial`, going on after interruptions.
    void transfer(const RemoteFile& file, const fs::path& partial) {
        using End = HttpResult::End;
        auto delay = std::chrono::milliseconds(options_.retryDelay_ms);
        for (int attempt = 1;; ++attempt) {
            const HttpRequest request{
                base_ + file.name, partial, file.maximumBytes, options_.stallTimeout_s,
                [this](std::int64_t got, std::int64_t total) { return tell(got, total); }};
            const HttpResult result = download(request);
            if (result.end == End::Complete) return;
            const bool mayRetry = result.end == End::Interrupted || result.end == End::RangeRefused;
            if (result.end == End::RangeRefused || result.end == End::TooLong) fs::remove(partial);
            if (!mayRetry || attempt >= options_.attempts) fail(file, result, attempt);
            if (result.end == End::Interrupted) {
                pause(delay, partial);
                delay *= 2;
            }
        }
    }

    [[noreturn]] void fail(const RemoteFile& file, const HttpResult& result, int attempts) const {
        using End = HttpResult::End;
        std::string advice = "Try again: it goes on where it stopped.";
        if (result.end == End::Cancelled) advice = "Run the same command again to go on where it stopped.";
        if (result.end == End::Refused || result.end == End::TooLong || result.end == End::NoSuchTransport)
            advice = "Check the address, or get the files from " + info_.home + " by hand.";
        if (result.end == End::CannotWrite)
            advice = "Check the space on the disk and that you may write there.";
        throw Error(result.end == End::Cancelled ? ErrorKind::Run : ErrorKind::Data,
                    fmt::format("cannot download {} ({} {}): {}", file.name, attempts,
                                attempts == 1 ? "attempt" : "attempts", result.message),
                    result.end == End::CannotWrite ? folder_.string() : base_ + file.name, advice);
    }

    /// Waits before the next try, in short steps so that a request to stop is heard.
    void pause(std::chrono::milliseconds delay, const fs::path& partial) {
        const auto end = std::chrono::steady_clock::now() + delay;
        std::error_code ignored;
        const auto have = fs::file_size(partial, ignored);
        for (;;) {
            report(ignored ? 0 : static_cast<std::int64_t>(have), progress_.totalBytes);
            const auto left = end - std::chrono::steady_clock::now();
            if (left <= std::chrono::nanoseconds::zero()) return;
            std::this_thread::sleep_for(
                std::min<std::chrono::nanoseconds>(left, std::chrono::milliseconds(100)));
        }
    }

    bool tell(std::int64_t received, std::int64_t total) {
        progress_.receivedBytes = received;
        progress_.totalBytes = total;
        return !callback_ || callback_(progress_);
    }

    void report(std::int64_t received, std::int64_t total) {
        if (!tell(received, total))
            throw Error(ErrorKind::Run, "the download of " + progress_.file + " was stopped",
                        base_ + progress_.file, "Run the same command again to go on where it stopped.");
    }

    const DatasetInfo& info_;
    fs::path folder_;
    const FetchCallback& callback_;
    const FetchOptions& options_;
    std::string base_;
    FetchProgress progress_;
};

}  // namespace

std::vector<fs::path> fetch(const DatasetInfo& info, const fs::path& folder, const FetchCallback& progress,
                            const FetchOptions& options) {
    if (info.downloads.empty())
        throw Error(ErrorKind::Usage, info.name + " needs no download: it is part of the program", {},
                    "Use it by its name.");
    if (options.attempts < 1 || options.retryDelay_ms < 0 || options.stallTimeout_s < 1)
        throw Error(ErrorKind::Usage, "attempts and time limits of a download must be positive");
    try {
        return Fetcher(info, folder / info.name, progress, options).all();
    } catch (const fs::filesystem_error& error) {
        throw Error(ErrorKind::Data, error.code().message(), error.path1().string(),
                    "Check the space on the disk and that you may write there.");
    }
}

std::vector<fs::path> fetch(std::string_view name, const fs::path& folder, const FetchCallback& progress,
                            const FetchOptions& options) {
    return fetch(datasetInfo(name), folder, progress, options);
}

}  // namespace filigree::data
