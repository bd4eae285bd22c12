// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "record/recorder.h"

namespace filigree::run {

/// Stands between a method and the store: lets every record through, refuses one that is stamped with another
/// step than the one being done (Error Run), and writes a warning (log and event) when a training loss stops
/// being finite.
class RecordGate final : public record::Recorder {
  public:
    explicit RecordGate(record::Recorder& behind) : behind_(behind) {}

    /// Number of steps done that the records from now on must be stamped with.
    void expect(std::int64_t step) { step_ = step; }
    /// Values of train/loss… that were not finite, so far.
    std::int64_t nonFiniteLosses() const { return nonFinite_; }

    void scalar(std::string_view tag, double value, const record::Stamp& stamp) override;
    void mask(const record::Mask& mask, const record::Stamp& stamp) override;
    void edgeValues(const record::EdgeValues& values, const record::Stamp& stamp) override;
    void rewiring(const record::Rewiring& rewiring, const record::Stamp& stamp) override;
    void matrix(const record::Matrix& matrix, const record::Stamp& stamp) override;
    void image(const record::Image& image, const record::Stamp& stamp) override;
    void text(const record::Text& text, const record::Stamp& stamp) override;
    void event(const record::Event& event, const record::Stamp& stamp) override;
    void log(record::LogLevel level, std::string_view message, const record::Stamp& stamp) override;

  private:
    void check(std::string_view what, const record::Stamp& stamp) const;
    void watchLoss(std::string_view tag, double value, const record::Stamp& stamp);

    record::Recorder& behind_;
    std::int64_t step_ = 0;
    std::int64_t nonFinite_ = 0;
    int warnings_ = 0;
    std::map<std::string, bool, std::less<>> isFinite_;  ///< of the latest value of each training loss
};

}  // namespace filigree::run
