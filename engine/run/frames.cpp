// SPDX-License-Identifier: Apache-2.0
#include "run/frames.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "run/stored_network.h"

namespace filigree::run {
namespace {

record::Matrix edges(std::string tag, std::int64_t count, const std::vector<float>& values) {
    return {std::move(tag), {count, 4}, {"frame", "left, top, right, bottom"}, values};
}

/// Pictures one below the other.
record::Image strip(std::string tag, std::int64_t count, std::int64_t width, int channels,
                    const std::vector<std::uint8_t>& pixels) {
    return {std::move(tag), static_cast<std::int32_t>(count * width), static_cast<std::int32_t>(width),
            channels, pixels};
}

void keep(store::Store& store, const store::RecordPlace& place, const analysis::FrameSet& set) {
    const auto count = static_cast<std::int64_t>(set.items.size());
    const std::string tag = "frames/" + std::to_string(set.group);
    store::add(store, place, strip(tag + "/image", count, set.width, 3, set.rgb));
    if (!set.mask.empty()) store::add(store, place, strip(tag + "/mask", count, set.width, 1, set.mask));
    if (!set.depthMm.empty())
        store::add(
            store, place,
            record::Matrix{tag + "/depth", {count, set.width, set.width}, {"frame", "y", "x"}, set.depthMm});
    store::add(store, place, edges(tag + "/box", count, set.boxes));
    nlohmann::json streams = nlohmann::json::array();
    for (const analysis::FrameStream& stream : set.streams) {
        streams.push_back(stream.name);
        store::add(store, place,
                   record::Matrix{tag + "/input/" + stream.name,
                                  {count, stream.channels, stream.size, stream.size},
                                  {"frame", "channel", "y", "x"},
                                  stream.input});
        store::add(store, place, edges(tag + "/window/" + stream.name, count, stream.windows));
        if (!stream.maps.empty())
            store::add(store, place,
                       record::Matrix{tag + "/map/" + stream.name,
                                      {count, stream.rows, stream.columns},
                                      {"frame", "y", "x"},
                                      stream.maps});
    }
    nlohmann::json gates = nlohmann::json::array();
    for (const analysis::GateMaps& maps : set.gates) {
        gates.push_back(maps.gate);
        store::add(store, place,
                   record::Matrix{tag + "/features/" + maps.gate,
                                  {set.mapped, maps.channels, maps.rows, maps.columns},
                                  {"frame", "channel", "y", "x"},
                                  maps.values});
        store::add(store, place,
                   record::Matrix{tag + "/factors/" + maps.gate, {maps.channels}, {"channel"}, maps.factors});
    }
    record::Matrix numbers{tag, {count, 4}, {"frame", "item, truth, prediction, offset"}, {}};
    for (std::size_t i = 0; i < set.items.size(); ++i)
        for (const double value :
             {static_cast<double>(set.items[i]), set.truth[i], set.predicted[i],
              set.offsets.empty() ? std::numeric_limits<double>::quiet_NaN() : set.offsets[i]})
            numbers.values.push_back(static_cast<float>(value));
    store::add(store, place, numbers);
    nlohmann::json text = nlohmann::json::parse(set.scale);
    text["streams"] = std::move(streams);
    text["map_unit"] = set.mapUnit;
    text["all"] = set.all;
    text["gates"] = std::move(gates);
    text["mapped"] = set.mapped;
    // Last: whoever finds it finds the others.
    store::add(store, place, record::Text{tag, text.dump()});
}

}  // namespace

StoredFrames computeFrames(store::Store& store, const std::string& network, std::optional<std::int64_t> group,
                           std::int64_t most, std::int64_t features, const data::SearchPath& folders) {
    if (most < 1) throw Error(ErrorKind::Usage, "at least one frame must be kept", std::to_string(most));
    const StoredCheckpoint stored = readCheckpoint(store, network);
    const std::unique_ptr<train::Experiment> experiment = restore(store, stored, folders);
    auto* const owner = dynamic_cast<analysis::FrameOwner*>(experiment.get());
    if (!owner)
        throw Error(ErrorKind::Usage, "the method " + stored.info.method + " looks at no frames",
                    "run " + std::to_string(stored.info.id), "choose a run of hard_attention_gates");
    StoredFrames result{{stored.info.id, stored.checkpoint.attempt, stored.checkpoint.step},
                        owner->exploreFrames(group, most, features)};
    keep(store, result.place, result.frames);
    return result;
}

}  // namespace filigree::run
