// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/connectivity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <variant>

#include "base/error.h"
#include "data/catalogue.h"

namespace filigree::ui {
namespace {

constexpr float unknown = std::numeric_limits<float>::quiet_NaN();
/// Rounds are gone through for ages as long as they moved no more connections than this.
constexpr std::int64_t mostMoves = 20'000'000;
/// Two snapshots are compared up to this size.
constexpr std::int64_t mostCompared = 8'000'000;

std::uint32_t flatIndex(const Connectivity& pattern, std::int64_t row, std::uint32_t column) {
    return static_cast<std::uint32_t>(row * pattern.columns + column);
}

/// Calls visit(connection, flat index) for all connections, ascending.
template <typename Visit>
void forEach(const Connectivity& pattern, Visit visit) {
    for (std::int64_t row = 0; row < pattern.rows; ++row)
        for (std::uint32_t e = pattern.rowStart[static_cast<std::size_t>(row)];
             e < pattern.rowStart[static_cast<std::size_t>(row) + 1]; ++e)
            visit(e, flatIndex(pattern, row, pattern.column[e]));
}

/// Values that belong to the mask `of`, put in the order of `pattern`; NaN for connections that `of` lacks.
std::vector<float> aligned(const Connectivity& pattern, const record::Mask& of,
                           const std::vector<float>& values) {
    if (values.size() != of.active.size()) return {};
    std::vector<float> result(pattern.column.size(), unknown);
    std::size_t at = 0;
    forEach(pattern, [&](std::uint32_t e, std::uint32_t flat) {
        while (at < of.active.size() && of.active[at] < flat) ++at;
        if (at < of.active.size() && of.active[at] == flat) result[e] = values[at];
    });
    return result;
}

/// Ages and activity from the rounds up to `step`. False if there are no rounds.
bool replayRounds(const store::Reader& reader, std::int64_t run, Connectivity& pattern,
                  std::int64_t firstStep, std::int64_t step) {
    const auto rounds = reader.rewirings(run, pattern.layer, firstStep, step);
    if (rounds.empty()) return false;
    const auto first = reader.mask(run, pattern.layer, firstStep);
    if (!first) return false;
    struct Life {
        std::int64_t since = 0;
        std::int64_t before = 0;  ///< rounds active in earlier lives
        bool on = false;
    };
    std::vector<Life> lives(pattern.column.size());
    const auto lifeAt = [&](std::uint32_t flat) -> Life* {
        const auto e = pattern.find(flat / pattern.columns, flat % pattern.columns);
        return e ? &lives[*e] : nullptr;
    };
    std::size_t at = 0;
    const std::vector<std::uint32_t>& start = first->record.active;
    forEach(pattern, [&](std::uint32_t e, std::uint32_t flat) {
        while (at < start.size() && start[at] < flat) ++at;
        lives[e].on = at < start.size() && start[at] == flat;
    });
    for (const auto& round : rounds) {
        const std::int64_t number = round.record.round;
        for (const std::uint32_t flat : round.record.dropped)
            if (Life* life = lifeAt(flat); life && life->on) {
                life->before += number - life->since;
                life->on = false;
            }
        for (const std::uint32_t flat : round.record.grown)
            if (Life* life = lifeAt(flat)) {
                life->since = number;
                life->on = true;
            }
    }
    const std::int64_t now = rounds.back().record.round;
    pattern.age.resize(lives.size());
    pattern.activity.resize(lives.size());
    for (std::size_t e = 0; e < lives.size(); ++e) {
        pattern.age[e] = static_cast<float>(now - lives[e].since);
        pattern.activity[e] = static_cast<float>(lives[e].before + now - lives[e].since);
    }
    return true;
}

void compareWith(const record::Mask& previous, Connectivity& pattern) {
    pattern.grown.assign(pattern.column.size(), 0);
    std::size_t at = 0;
    const std::vector<std::uint32_t>& old = previous.active;
    forEach(pattern, [&](std::uint32_t e, std::uint32_t flat) {
        for (; at < old.size() && old[at] < flat; ++at) pattern.dropped.push_back(old[at]);
        if (at < old.size() && old[at] == flat) {
            ++at;
        } else {
            pattern.grown[e] = 1;
            ++pattern.grownCount;
        }
    });
    pattern.dropped.insert(pattern.dropped.end(), old.begin() + static_cast<std::ptrdiff_t>(at), old.end());
}

/// The pictures that a first layer reads, if its columns are their pixels.
std::optional<PixelGrid> pixelsOf(const store::Reader& reader, std::int64_t run,
                                  const Connectivity& pattern) {
    if (!pattern.kernel.empty()) return std::nullopt;
    const auto layers = reader.maskLayers(run);
    if (layers.empty() || layers.front().layer != pattern.layer) return std::nullopt;
    for (const store::ConfigEntry& entry : reader.config(run)) {
        const auto* name = std::get_if<std::string>(&entry.value);
        if (entry.key != "data.name" || !name) continue;
        for (const data::DatasetInfo& info : data::catalogue()) {
            const std::vector<std::int64_t>& shape = info.sampleShape;
            if (info.name == *name && shape.size() == 3 && shape[0] * shape[1] * shape[2] == pattern.columns)
                return PixelGrid{shape[0], shape[1], shape[2]};
        }
    }
    return std::nullopt;
}

/// The tiles or N:M groups that the run's configuration names, if they divide the layer.
std::optional<PatternGroups> groupsOf(const store::Reader& reader, std::int64_t run,
                                      const Connectivity& pattern) {
    std::string kind, algorithm;
    std::int64_t rows = 0, columns = 0, m = 0;
    for (const store::ConfigEntry& entry : reader.config(run)) {
        if (const auto* text = std::get_if<std::string>(&entry.value)) {
            if (entry.key == "sparsity.pattern") kind = *text;
            if (entry.key == "sparsity.algorithm") algorithm = *text;
        } else if (const auto* number = std::get_if<std::int64_t>(&entry.value)) {
            if (entry.key == "sparsity.block_rows") rows = *number;
            if (entry.key == "sparsity.block_columns") columns = *number;
            if (entry.key == "n_of_m.m") m = *number;
        }
    }
    const auto divides = [](std::int64_t part, std::int64_t whole) { return part > 0 && whole % part == 0; };
    if (kind == "block" && divides(rows, pattern.rows) && divides(columns, pattern.columns))
        return PatternGroups{rows, columns};
    if ((algorithm != "sr_ste" && algorithm != "asp") || m <= 0) return std::nullopt;
    // Groups of a convolution are of input channels, whose kernels follow each other in the matrix.
    const std::int64_t kernel = pattern.kernel.size() == 3 ? pattern.kernel[1] * pattern.kernel[2] : 1;
    if (!divides(m * kernel, pattern.columns)) return std::nullopt;
    return PatternGroups{0, m * kernel};
}

}  // namespace

std::optional<std::size_t> Connectivity::find(std::int64_t row, std::int64_t wantedColumn) const {
    if (row < 0 || row >= rows || wantedColumn < 0 || wantedColumn >= columns) return std::nullopt;
    const auto begin = column.begin() + rowStart[static_cast<std::size_t>(row)];
    const auto end = column.begin() + rowStart[static_cast<std::size_t>(row) + 1];
    const auto found = std::lower_bound(begin, end, static_cast<std::uint32_t>(wantedColumn));
    if (found == end || *found != static_cast<std::uint32_t>(wantedColumn)) return std::nullopt;
    return static_cast<std::size_t>(found - column.begin());
}

namespace {

std::optional<std::int64_t> placeOf(const std::vector<std::uint32_t>& ids, std::int64_t id,
                                    std::int64_t count) {
    if (id < 0 || id >= count) return std::nullopt;
    if (ids.empty()) return id;
    return std::find(ids.begin(), ids.end(), static_cast<std::uint32_t>(id)) - ids.begin();
}

}  // namespace

double Comparison::jaccard() const {
    const std::int64_t either = onlyA + onlyB + both;
    return either > 0 ? static_cast<double>(both) / static_cast<double>(either) : 1;
}

std::optional<std::int64_t> Connectivity::rowPlace(std::int64_t id) const {
    return placeOf(rowIds, id, rows);
}

std::optional<std::int64_t> Connectivity::columnPlace(std::int64_t id) const {
    return placeOf(columnIds, id, columns);
}

std::int64_t Connectivity::rowOf(std::size_t connection) const {
    return std::upper_bound(rowStart.begin(), rowStart.end(), static_cast<std::uint32_t>(connection)) -
           rowStart.begin() - 1;
}

std::vector<float> recordedValues(const store::Reader& reader, std::int64_t run, const Connectivity& pattern,
                                  std::string_view field, std::int64_t step, std::int64_t* when) {
    const auto values = reader.edgeValues(run, pattern.layer, field, step);
    if (!values) return {};
    if (when) *when = values->step;
    const auto mask = reader.mask(run, pattern.layer, values->step);
    if (!mask || mask->record.columns != pattern.columns) return {};
    return aligned(pattern, mask->record, values->record.values);
}

Connectivity makeConnectivity(const record::Mask& mask, std::int64_t step) {
    constexpr std::int64_t most = std::int64_t{1} << 24;
    if (mask.rows > most || mask.columns > most || mask.rows < 0 || mask.columns < 0)
        throw Error(ErrorKind::Data,
                    fmt::format("a layer of {} x {} is too large to be drawn", mask.rows, mask.columns),
                    "layer \"" + mask.layer + "\"");
    Connectivity pattern;
    pattern.layer = mask.layer;
    pattern.rows = mask.rows;
    pattern.columns = mask.columns;
    pattern.kernel = mask.kernel;
    pattern.step = step;
    pattern.rowStart.assign(static_cast<std::size_t>(mask.rows) + 1, 0);
    pattern.column.resize(mask.active.size());
    pattern.inDegree.assign(static_cast<std::size_t>(mask.rows), 0);
    pattern.outDegree.assign(static_cast<std::size_t>(mask.columns), 0);
    const auto columns = static_cast<std::uint64_t>(mask.columns);
    for (std::size_t e = 0; e < mask.active.size(); ++e) {
        const std::size_t row = mask.active[e] / columns;
        const std::size_t column = mask.active[e] % columns;
        pattern.column[e] = static_cast<std::uint32_t>(column);
        ++pattern.inDegree[row];
        ++pattern.outDegree[column];
    }
    std::partial_sum(pattern.inDegree.begin(), pattern.inDegree.end(), pattern.rowStart.begin() + 1);
    return pattern;
}

store::MaskLayer findLayer(const store::Reader& reader, std::int64_t run, std::string_view name) {
    const auto layers = reader.maskLayers(run);
    if (layers.empty())
        throw Error(ErrorKind::Usage, fmt::format("run {} has recorded no pattern", run), "",
                    "its layers are dense; choose a preset with sparsity.density below 1");
    std::string names;
    for (const store::MaskLayer& layer : layers) {
        if (name.empty() || layer.layer == name) return layer;
        names += (names.empty() ? "" : ", ") + layer.layer;
    }
    throw Error(ErrorKind::Usage, fmt::format("run {} has no layer \"{}\"", run, name), "",
                "its layers are " + names);
}

Connectivity loadConnectivity(const store::Reader& reader, std::int64_t run, std::string_view layer,
                              std::int64_t step) {
    const std::string name = findLayer(reader, run, layer).layer;
    const auto mask = reader.mask(run, name, step);
    const auto frames = reader.maskSteps(run, name);
    if (!mask || frames.empty())
        throw Error(ErrorKind::Usage, fmt::format("layer {} has no pattern at step {}", name, step), "",
                    frames.empty() ? "" : fmt::format("the first is of step {}", frames.front().step));
    Connectivity pattern = makeConnectivity(mask->record, mask->step);
    pattern.weight = recordedValues(reader, run, pattern, "weight", step, &pattern.weightStep);

    const auto isLater = [&](const store::MaskFrameInfo& frame) { return frame.step > mask->step; };
    const auto end = std::find_if(frames.begin(), frames.end(), isLater);
    std::int64_t moves = 0;
    for (auto frame = frames.begin(); frame != end; ++frame) moves += frame->added + frame->removed;
    if (moves > mostMoves || !replayRounds(reader, run, pattern, frames.front().step, mask->step)) {
        pattern.age = recordedValues(reader, run, pattern, "age", step);
        pattern.activity = recordedValues(reader, run, pattern, "activity", step);
    }
    // The newest snapshot that differs: those taken for their weights repeat the pattern before them.
    auto newest = end - 1;
    while (newest != frames.begin() && (newest - 1)->attempt == newest->attempt &&
           newest->added + newest->removed == 0)
        --newest;
    if (newest != frames.begin() && pattern.connections() <= mostCompared) {
        if (const auto before = reader.mask(run, name, (newest - 1)->step)) {
            pattern.previousStep = before->step;
            compareWith(before->record, pattern);
        }
    }
    pattern.pixels = pixelsOf(reader, run, pattern);
    pattern.groups = groupsOf(reader, run, pattern);
    return pattern;
}

}  // namespace filigree::ui
