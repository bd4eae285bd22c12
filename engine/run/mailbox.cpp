// SPDX-License-Identifier: Apache-2.0
#include "run/mailbox.h"

#include <iterator>

#include "base/error.h"
#include "store/reader.h"

namespace filigree::run {
namespace fs = std::filesystem;
using namespace std::chrono_literals;

Mailbox::Mailbox(const fs::path& store, std::int64_t run, std::chrono::milliseconds interval)
    : path_(store),
      run_(run),
      interval_(interval),
      store_(store::Store::open(store, store::Mode::ReadWrite)),
      uuid_(store::Reader(store_).run(run).uuid) {
    thread_ = std::thread([this] { work(); });
}

Mailbox::~Mailbox() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

std::vector<store::Command> Mailbox::take() {
    if (!any_.load(std::memory_order_acquire)) return {};
    const std::lock_guard lock(mutex_);
    any_ = false;
    return std::exchange(received_, {});
}

void Mailbox::wait(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, time, [this] { return !received_.empty() || gone_; });
}

void Mailbox::answer(std::int64_t command, const std::string& text) {
    {
        const std::lock_guard lock(mutex_);
        answers_.emplace_back(command, text);
    }
    wake_.notify_one();
}

std::string Mailbox::takeTrouble() {
    const std::lock_guard lock(mutex_);
    return std::exchange(trouble_, {});
}

void Mailbox::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait_for(lock, interval_,
                       [this] { return ending_ || (!answers_.empty() && lastTrouble_.empty()); });
        const bool last = ending_;
        lock.unlock();
        std::string trouble;
        try {
            deliver(store_);
            ask(store_);
            if (last) {
                for (const store::Command& command : take()) answer(command.id, "run had ended");
                deliver(store_);
            }
        } catch (const std::exception& error) {
            // Locked by others for long, or out of order: the writer decides when that ends the run; here the
            // next round tries again.
            trouble = error.what();
        }
        if (!last) lookForStore();
        lock.lock();
        if (trouble != lastTrouble_) trouble_ = lastTrouble_ = trouble;
        if (last) return;
    }
}

void Mailbox::ask(store::Store& store) {
    std::vector<store::Command> commands = store::take(store, run_);
    if (commands.empty()) return;
    {
        const std::lock_guard lock(mutex_);
        std::move(commands.begin(), commands.end(), std::back_inserter(received_));
        any_.store(true, std::memory_order_release);
    }
    arrived_.notify_one();
}

void Mailbox::deliver(store::Store& store) {
    for (;;) {
        std::pair<std::int64_t, std::string> next;
        {
            const std::lock_guard lock(mutex_);
            if (answers_.empty()) return;
            next = answers_.front();
        }
        store::acknowledge(store, next.first, next.second);
        const std::lock_guard lock(mutex_);
        answers_.erase(answers_.begin());
    }
}

void Mailbox::lookForStore() {
    const auto now = std::chrono::steady_clock::now();
    if (now < nextLook_) return;
    nextLook_ = now + 1s;
    std::error_code code;
    bool missing = !fs::exists(path_, code) && !code;
    if (!missing) {
        try {
            // Open files outlive their names on many systems, so this connection would not notice by itself.
            const store::Store fresh = store::Store::open(path_, store::Mode::ReadOnly);
            missing = store::Reader(fresh).run(run_).uuid != uuid_;
        } catch (const Error& error) {
            missing = error.kind() == ErrorKind::Usage;  // a store that does not know this run
        } catch (const std::exception&) {
        }
    }
    // Twice in a row: programs that save a file may take it away for an instant.
    missing_ = missing ? missing_ + 1 : 0;
    if (missing_ < 2) return;
    gone_ = true;
    arrived_.notify_one();
}

}  // namespace filigree::run
