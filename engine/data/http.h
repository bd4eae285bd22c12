// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace filigree::data {

/// How one request ended.
struct HttpResult {
    enum class End {
        Complete,         ///< the server sent everything it announced
        Interrupted,      ///< the connection failed, stalled or ended early: a later try may do
        RangeRefused,     ///< the server cannot go on from where the file ends: start again from nothing
        Refused,          ///< an HTTP status that a later try does not change
        TooLong,          ///< more bytes than allowed
        Cancelled,        ///< the callback returned false
        CannotWrite,      ///< the disk is full or the folder not writable
        NoSuchTransport,  ///< an address that is not http or https, or malformed
    };
    End end = End::Complete;
    long status = 0;      ///< HTTP status, 0 if there was none
    std::string message;  ///< what a person should read: the status or the network library's reason
};

struct HttpRequest {
    std::string url;
    std::filesystem::path
        file;                   ///< bytes are appended to what it already holds, which is not asked for again
    std::int64_t maximumBytes;  ///< of the whole file
    int stallTimeout_s;
    /// (received, total) of the whole file, total -1 while unknown. An exception thrown here is passed on.
    std::function<bool(std::int64_t, std::int64_t)> progress;
};

/// Downloads one address into a file (GET, with a Range header if the file is not empty; redirects are
/// followed). Only bodies of successful answers reach the file.
HttpResult download(const HttpRequest& request);

}  // namespace filigree::data
