// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "data/files.h"

namespace filigree::test {

/// What a client asked for.
struct HttpAsked {
    std::string path;
    std::int64_t from = -1;  ///< start of the Range header, -1 without one
    int number = 0;          ///< 0 for the first request to this server, 1 for the second, …
};

/// What the server does about it.
struct HttpAnswer {
    int status = 200;             ///< of an answer without a range; with one it is 206 (or 416)
    Bytes body = {};                   ///< the whole file
    bool ranges = true;           ///< false: ignores the Range header
    std::int64_t cutAfter = -1;   ///< closes the connection after so many bytes of the body
    std::int64_t shiftRange = 0;  ///< starts the range elsewhere, and says so
    std::string location = {};         ///< Location header of a redirect
    bool hang = false;            ///< says nothing until the client gives up
};

/// A web server on this machine, on a free port, for one connection at a time, on a thread of its own.
class HttpServer {
  public:
    explicit HttpServer(std::function<HttpAnswer(const HttpAsked&)> handler);
    ~HttpServer();
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
    /// Everything asked so far.
    std::vector<HttpAsked> asked() const;

  private:
    void serve();
    std::function<HttpAnswer(const HttpAsked&)> handler_;
    std::atomic<bool> stop_{false};
    std::atomic<int> port_{0};
    mutable std::mutex mutex_;
    std::vector<HttpAsked> asked_;
    std::thread thread_;
};

}  // namespace filigree::test
