// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/browser/sparklines.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace filigree::ui {
namespace {

constexpr int gather_ms = 30;
constexpr std::int64_t parts = 40;
/// Rows that were scrolled past need no curve.
constexpr std::size_t mostWanted = 80;

std::unique_ptr<Sparkline> read(const store::Reader& reader, qint64 run, const std::string& metric) {
    auto result = std::make_unique<Sparkline>();
    const auto buckets =
        reader.reducedScalars(run, metric, 0, std::numeric_limits<std::int64_t>::max(), parts);
    if (buckets.empty()) return result;
    const auto first = static_cast<double>(buckets.front().firstStep);
    const double length = std::max(1.0, static_cast<double>(buckets.back().lastStep) - first);
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (const store::ScalarBucket& bucket : buckets) {
        if (bucket.count == bucket.nonFinite) continue;
        const double middle =
            (static_cast<double>(bucket.firstStep) + static_cast<double>(bucket.lastStep)) / 2 - first;
        Sparkline::Part part{static_cast<float>(middle / length), static_cast<float>(bucket.least),
                             static_cast<float>(bucket.greatest), static_cast<float>(bucket.last)};
        if (!std::isfinite(part.last)) part.last = part.greatest;
        low = std::min(low, part.least);
        high = std::max(high, part.greatest);
        result->parts.push_back(part);
    }
    result->low = low;
    result->high = high;
    return result;
}

}  // namespace

Sparklines::Sparklines(StoreSet& stores, QObject* parent) : QObject(parent), stores_(stores) {
    timer_.setSingleShot(true);
    timer_.setInterval(gather_ms);
    connect(&timer_, &QTimer::timeout, this, &Sparklines::load);
}

void Sparklines::setMetric(const std::string& metric) {
    if (metric == metric_) return;
    metric_ = metric;
    known_.clear();
    wanted_.clear();
    asked_.clear();
}

const Sparkline* Sparklines::find(const RunRow& row, const store::MetricSummary& summary) {
    const Sparkline* known = known_.object(row.key);
    if (known && known->count == summary.count && known->lastStep == summary.lastStep) return known;
    if (!asked_.contains(row.key)) {
        asked_.insert(row.key);
        wanted_.push_back({row.key, summary.count, summary.lastStep});
        if (!timer_.isActive()) timer_.start();
    }
    return known;
}

void Sparklines::load() {
    // The newest wishes are those of the rows that are seen now.
    if (wanted_.size() > mostWanted) {
        for (std::size_t i = 0; i < wanted_.size() - mostWanted; ++i) asked_.remove(wanted_[i].key);
        wanted_.erase(wanted_.begin(), wanted_.end() - mostWanted);
    }
    std::map<QString, std::vector<Wanted>> byStore;
    for (const Wanted& wanted : wanted_) byStore[wanted.key.store].push_back(wanted);
    wanted_.clear();
    for (const auto& [path, list] : byStore) {
        StoreSource* source = stores_.find(path);
        if (!source) continue;
        struct Found {
            RunKey key;
            std::unique_ptr<Sparkline> line;
        };
        source->read(
            this,
            [list = list, metric = metric_](const store::Reader& reader) {
                std::vector<Found> found;
                for (const Wanted& wanted : list) {
                    found.push_back({wanted.key, read(reader, wanted.key.run, metric)});
                    found.back().line->count = wanted.count;
                    found.back().line->lastStep = wanted.lastStep;
                }
                return found;
            },
            [this, metric = metric_](std::vector<Found> found) {
                if (metric != metric_) return;
                for (Found& one : found) {
                    asked_.remove(one.key);
                    known_.insert(one.key, one.line.release());
                }
                emit loaded();
            },
            [this, list = list](const Error&) {
                // Whoever reads the table tells of it.
                for (const Wanted& wanted : list) asked_.remove(wanted.key);
            });
    }
}

}  // namespace filigree::ui
