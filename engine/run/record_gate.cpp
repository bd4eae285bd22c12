// SPDX-License-Identifier: Apache-2.0
#include "run/record_gate.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"

namespace filigree::run {
namespace {

/// A loss that flips for ever must not fill the log.
constexpr int maximumWarnings = 100;

}  // namespace

void RecordGate::check(std::string_view what, const record::Stamp& stamp) const {
    if (stamp.step == step_) return;
    throw Error(ErrorKind::Run,
                "the method stamped a record (" + std::string(what) + ") with step " +
                    std::to_string(stamp.step) + " when " + std::to_string(step_) + " steps were done",
                {}, "this is a mistake in the method: resuming relies on the stamps");
}

void RecordGate::watchLoss(std::string_view tag, double value, const record::Stamp& stamp) {
    if (!tag.starts_with("train/loss")) return;
    const bool finite = std::isfinite(value);
    auto known = isFinite_.find(tag);
    if (known == isFinite_.end()) known = isFinite_.emplace(tag, true).first;
    const bool was = std::exchange(known->second, finite);
    if (finite) return;
    ++nonFinite_;
    if (!was || warnings_ >= maximumWarnings) return;
    ++warnings_;
    const std::string what = std::isnan(value) ? "not a number" : "infinite";
    const std::string message =
        std::string(tag) + " became " + what + " at step " + std::to_string(stamp.step);
    behind_.log(record::LogLevel::Warning, message, stamp);
    behind_.event({"warning", nlohmann::json{{"message", message}, {"tag", tag}}.dump()}, stamp);
}

void RecordGate::scalar(std::string_view tag, double value, const record::Stamp& stamp) {
    check(tag, stamp);
    behind_.scalar(tag, value, stamp);
    watchLoss(tag, value, stamp);
}

void RecordGate::mask(const record::Mask& mask, const record::Stamp& stamp) {
    check("mask of " + mask.layer, stamp);
    behind_.mask(mask, stamp);
}

void RecordGate::edgeValues(const record::EdgeValues& values, const record::Stamp& stamp) {
    check(values.field + " of " + values.layer, stamp);
    behind_.edgeValues(values, stamp);
}

void RecordGate::rewiring(const record::Rewiring& rewiring, const record::Stamp& stamp) {
    check("rewiring of " + rewiring.layer, stamp);
    behind_.rewiring(rewiring, stamp);
}

void RecordGate::matrix(const record::Matrix& matrix, const record::Stamp& stamp) {
    check(matrix.tag, stamp);
    behind_.matrix(matrix, stamp);
}

void RecordGate::image(const record::Image& image, const record::Stamp& stamp) {
    check(image.tag, stamp);
    behind_.image(image, stamp);
}

void RecordGate::text(const record::Text& text, const record::Stamp& stamp) {
    check(text.tag, stamp);
    behind_.text(text, stamp);
}

void RecordGate::event(const record::Event& event, const record::Stamp& stamp) {
    check("event " + event.kind, stamp);
    behind_.event(event, stamp);
}

void RecordGate::log(record::LogLevel level, std::string_view message, const record::Stamp& stamp) {
    check("a line of the log", stamp);
    behind_.log(level, message, stamp);
}

}  // namespace filigree::run
