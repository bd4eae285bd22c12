// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtTest>
#include <map>
#include <string>
#include <vector>

#include "record/recorder.h"

namespace filigree::tests {

/// Keeps every scalar, counts the other records.
class Memory final : public record::Recorder {
  public:
    std::map<std::string, std::map<std::int64_t, double>> scalars;
    std::map<std::string, std::vector<record::Mask>> masks;
    std::vector<record::Rewiring> rewirings;
    std::int64_t edgeRecords = 0;

    void scalar(std::string_view tag, double value, const record::Stamp& stamp) override {
        scalars[std::string(tag)][stamp.step] = value;
    }
    void mask(const record::Mask& mask, const record::Stamp&) override { masks[mask.layer].push_back(mask); }
    void edgeValues(const record::EdgeValues& values, const record::Stamp&) override {
        ++edgeRecords;
        QCOMPARE(values.values.size(), masks.at(values.layer).back().active.size());
    }
    void rewiring(const record::Rewiring& rewiring, const record::Stamp&) override {
        rewirings.push_back(rewiring);
    }
    void matrix(const record::Matrix&, const record::Stamp&) override {}
    void image(const record::Image&, const record::Stamp&) override {}
    void text(const record::Text&, const record::Stamp&) override {}
    void event(const record::Event&, const record::Stamp&) override {}
    void log(record::LogLevel, std::string_view, const record::Stamp&) override {}

    double last(const std::string& tag) const { return scalars.at(tag).rbegin()->second; }
};

}  // namespace filigree::tests
