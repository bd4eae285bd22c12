// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "store/commands.h"

namespace filigree::run {

/// Commands to a run and the answers to them. A thread with a connection of its own asks the store, so that
/// training neither reads it nor waits while others keep it locked; the thread also notices when the store
/// file vanishes.
class Mailbox {
  public:
    Mailbox(const std::filesystem::path& store, std::int64_t run, std::chrono::milliseconds interval);
    /// Delivers the answers that wait; commands that came too late are answered "run had ended".
    ~Mailbox();
    Mailbox(const Mailbox&) = delete;
    Mailbox& operator=(const Mailbox&) = delete;

    /// What came since the last call, in order. Costs one look at a flag when there is nothing.
    std::vector<store::Command> take();
    /// Returns when something came, at the latest after `time`.
    void wait(std::chrono::milliseconds time);
    void answer(std::int64_t command, const std::string& text);
    /// True once another file, or none, lies where the store was.
    bool storeIsGone() const { return gone_; }
    /// Why the store cannot be asked at the moment; empty if it can. Each trouble is told once.
    std::string takeTrouble();

  private:
    void work();
    void ask(store::Store& store);
    void deliver(store::Store& store);
    void lookForStore();

    const std::filesystem::path path_;
    const std::int64_t run_;
    const std::chrono::milliseconds interval_;
    store::Store store_;
    std::string uuid_;

    std::mutex mutex_;
    std::condition_variable wake_, arrived_;
    std::vector<store::Command> received_;
    std::vector<std::pair<std::int64_t, std::string>> answers_;
    std::string trouble_, lastTrouble_;
    bool ending_ = false;
    std::atomic<bool> any_{false}, gone_{false};
    std::chrono::steady_clock::time_point nextLook_{};
    int missing_ = 0;
    std::thread thread_;
};

}  // namespace filigree::run
