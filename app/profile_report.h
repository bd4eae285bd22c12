// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "backend/machine_peak.h"
#include "base/profile.h"

namespace filigree::app {

/// All operations of one kind in one layer and phase.
struct ProfileRow {
    std::string layer, operation;
    profile::Phase phase = profile::Phase::Forward;
    std::int64_t calls = 0;
    double seconds = 0, flops = 0, bytes = 0;

    /// The time that the machine needs at least for the arithmetic and the bytes, whichever takes longer,
    /// through the time it took. Above 1 where operands come from caches, which are faster than memory.
    double rooflineShare(const backend::MachinePeak& peak) const;
};

/// Longest first.
std::vector<ProfileRow> summarize(std::span<const profile::Event> events);

/// The events in the trace format of Chrome and Perfetto: an object with "traceEvents", complete events
/// ("ph": "X") with times in microseconds.
nlohmann::json traceOf(std::span<const profile::Event> events, const std::string& title);

}  // namespace filigree::app
