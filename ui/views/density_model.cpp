// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/density_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>

namespace filigree::ui {
namespace {

constexpr std::string_view layerPrefix = "layers/density/";
constexpr const char* together = "sparsity/density";

std::optional<DensityCurve> readCurve(const store::Reader& reader, std::int64_t run, const std::string& tag,
                                      std::string layer) {
    constexpr std::int64_t mostPoints = 1000;
    DensityCurve curve{std::move(layer), {}, {}};
    for (const store::ScalarBucket& bucket :
         reader.reducedScalars(run, tag, 0, std::numeric_limits<std::int64_t>::max(), mostPoints)) {
        curve.steps.push_back(bucket.lastStep);
        curve.density.push_back(bucket.last);
    }
    if (curve.steps.empty()) return std::nullopt;
    return curve;
}

}  // namespace

std::pair<std::int64_t, std::int64_t> DensityHistory::steps() const {
    std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = 0;
    for (const DensityCurve& curve : curves) {
        first = std::min(first, curve.steps.front());
        last = std::max(last, curve.steps.back());
    }
    return {std::min(first, last), last};
}

std::pair<double, double> DensityHistory::range() const {
    double least = std::numeric_limits<double>::infinity(), greatest = 0;
    for (const DensityCurve& curve : curves)
        for (const double density : curve.density)
            if (density > 0) {
                least = std::min(least, density);
                greatest = std::max(greatest, density);
            }
    return greatest > 0 ? std::pair(least, greatest) : std::pair(1.0, 1.0);
}

bool DensityHistory::isWide() const {
    const auto [least, greatest] = range();
    return greatest > 20 * least;
}

std::string DensityHistory::csv() const {
    std::string text = "step,layer,density\r\n";
    for (const DensityCurve& curve : curves)
        for (std::size_t i = 0; i < curve.steps.size(); ++i)
            text += fmt::format("{},\"{}\",{}\r\n", curve.steps[i], curve.layer, curve.density[i]);
    return text;
}

DensityHistory loadDensities(const store::Reader& reader, std::int64_t run) {
    const store::RunInfo info = reader.run(run);
    DensityHistory history;
    history.run = run;
    history.runName = info.name.empty() ? "run " + std::to_string(run) : info.name;
    if (auto curve = readCurve(reader, run, together, wholeNetwork))
        history.curves.push_back(std::move(*curve));
    for (const std::string& tag : reader.scalarTags(run))
        if (tag.starts_with(layerPrefix))
            if (auto curve = readCurve(reader, run, tag, tag.substr(layerPrefix.size())))
                history.curves.push_back(std::move(*curve));
    return history;
}

}  // namespace filigree::ui
