// SPDX-License-Identifier: Apache-2.0
#include "store/state.h"

#include <array>
#include <chrono>

#include "base/error.h"
#include "base/platform.h"

namespace filigree::store {
namespace {

constexpr std::array<std::string_view, 7> words{"queued", "running", "paused",     "finished",
                                                "failed", "stopped", "interrupted"};

}  // namespace

std::string_view toString(RunState state) {
    return words[static_cast<std::size_t>(state)];
}

RunState parseRunState(std::string_view word) {
    for (std::size_t i = 0; i < words.size(); ++i)
        if (words[i] == word) return static_cast<RunState>(i);
    throw Error(ErrorKind::Data, "\"" + std::string(word) + "\" is not a state of a run");
}

bool hasEnded(RunState state) {
    return state != RunState::Queued && state != RunState::Running && state != RunState::Paused;
}

ObservedState observe(RunState stored, const ProcessOfRun& process, double now, double silence) {
    if ((stored != RunState::Running && stored != RunState::Paused) || process.pid == 0 ||
        now - process.heartbeat <= silence)
        return {stored, false};
    if (process.host != platform::hostName()) return {stored, true};
    if (platform::processIsAlive(process.pid, process.startTime)) return {stored, false};
    return {RunState::Interrupted, false};
}

bool mayBeAlive(const ProcessOfRun& process) {
    return process.host != platform::hostName() || platform::processIsAlive(process.pid, process.startTime);
}

double unixNow() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace filigree::store
