// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace filigree::store {

/// `Queued` has no process yet; `Running` and `Paused` have one; the other four have ended. `Stopped` was
/// asked to end, `Failed` ended by an error, `Interrupted` lost its process without a word and can be
/// resumed.
enum class RunState { Queued, Running, Paused, Finished, Failed, Stopped, Interrupted };

/// "queued", "running", "paused", "finished", "failed", "stopped", "interrupted": as stored and as shown.
std::string_view toString(RunState state);
/// Throws Error (Data) for any other word.
RunState parseRunState(std::string_view word);
/// True for finished, failed, stopped and interrupted.
bool hasEnded(RunState state);

/// The process that writes a run, as the run's row tells it. `pid` 0 means that none has started.
struct ProcessOfRun {
    std::string host;
    std::int64_t pid = 0;
    std::int64_t startTime = 0;  ///< platform::processStartTime
    double heartbeat = 0;        ///< Unix seconds of the last sign of life
};

/// A writer gives a sign of life at least this often, also while it has nothing to record.
inline constexpr double heartbeatSeconds = 5;
/// A heartbeat older than this is old.
inline constexpr double silenceSeconds = 20;

/// What a reader makes of a stored state.
struct ObservedState {
    RunState state = RunState::Queued;
    /// The run writes from another host, its heartbeat is old, and nobody here can tell whether it lives:
    /// show "no contact since" the heartbeat, offer, never decide. `state` stays as stored.
    bool noContact = false;
};

/// A running or paused run is `Interrupted` if its heartbeat is older than `silence` seconds and, on this
/// host, no process with its pid and start time exists. `now` is in Unix seconds.
ObservedState observe(RunState stored, const ProcessOfRun& process, double now,
                      double silence = silenceSeconds);

/// False if the process is known to be gone: it ran on this host, and none with its pid and start time exists.
/// For somebody who asks to resume a run just after its process died: no need to wait for a long silence.
bool mayBeAlive(const ProcessOfRun& process);

/// Unix time in seconds.
double unixNow();

}  // namespace filigree::store
