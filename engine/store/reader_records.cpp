// SPDX-License-Identifier: Apache-2.0
// The part of Reader that unpacks masks and other payloads.
#include <nlohmann/json.hpp>

#include "record/mask_codec.h"
#include "store/reader.h"
#include "store/record_codec.h"
#include "store/sqlite.h"

namespace filigree::store {
namespace {

struct LayerRow {
    std::int64_t id = 0;
    MaskLayer layer;
};

std::vector<std::int64_t> kernelOf(const std::string& json) {
    std::vector<std::int64_t> kernel;
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    if (!parsed.is_array())
        throw Error(ErrorKind::Data, "the kernel of a layer is not a list of numbers", json);
    for (const auto& size : parsed) {
        if (!size.is_number_integer())
            throw Error(ErrorKind::Data, "the kernel of a layer is not a list of numbers", json);
        kernel.push_back(size.get<std::int64_t>());
    }
    return kernel;
}

constexpr const char* layerColumns = "SELECT id, name, rows, columns, kernel FROM layer ";

LayerRow layerOf(const Statement& row, const Store& store) {
    LayerRow layer{row.integer(0), {row.text(1), row.integer(2), row.integer(3), kernelOf(row.text(4))}};
    constexpr std::int64_t most = std::int64_t{1} << 32;
    const std::int64_t rows = layer.layer.rows;
    const std::int64_t columns = layer.layer.columns;
    if (rows < 0 || columns < 0 || (columns > 0 && rows > most / columns))
        throw Error(ErrorKind::Data,
                    "a layer cannot be " + std::to_string(rows) + " x " + std::to_string(columns),
                    store.path().string() + ", layer \"" + layer.layer.layer + "\"");
    return layer;
}

std::optional<LayerRow> findLayer(const Store& store, std::int64_t run, std::string_view name) {
    Statement row = store.database().prepare(std::string(layerColumns) + "WHERE run = ? AND name = ?");
    if (!row.with(run, name).step()) return std::nullopt;
    return layerOf(row, store);
}

/// The newest surviving record of a kind at or before a step, as bytes.
std::optional<Stamped<std::vector<std::uint8_t>>> payload(const Store& store, std::int64_t run,
                                                          RecordKind kind, std::string_view tag,
                                                          std::string_view field, std::int64_t step) {
    Statement row = store.database().prepare(
        "SELECT c.payload, c.step, c.attempt, r.created + c.time_ms / 1000.0 FROM record c"
        " JOIN tag t ON t.id = c.tag AND t.name = ? JOIN attempt a ON a.run = c.run AND a.attempt = c.attempt"
        " JOIN run r ON r.id = c.run WHERE c.run = ? AND c.kind = ? AND c.field = ? AND c.step <= ?"
        " AND c.step < a.until_step ORDER BY c.step DESC, c.attempt DESC LIMIT 1");
    if (!row.with(tag, run, static_cast<int>(kind), field, step).step()) return std::nullopt;
    const auto bytes = row.blob(0);
    return Stamped<std::vector<std::uint8_t>>{
        {bytes.begin(), bytes.end()}, row.integer(1), row.integer(2), row.real(3)};
}

template <typename Record>
Stamped<Record> stampedAs(Record record, const Stamped<std::vector<std::uint8_t>>& from) {
    return {std::move(record), from.step, from.attempt, from.time};
}

}  // namespace

std::vector<MaskLayer> Reader::maskLayers(std::int64_t run) const {
    Statement rows = store_->database().prepare(
        std::string(layerColumns) +
        "WHERE run = ? AND EXISTS (SELECT 1 FROM mask_frame m WHERE m.layer = layer.id) ORDER BY id");
    rows.with(run);
    std::vector<MaskLayer> layers;
    while (rows.step()) layers.push_back(layerOf(rows, *store_).layer);
    return layers;
}

std::vector<MaskFrameInfo> Reader::maskSteps(std::int64_t run, std::string_view layer) const {
    Statement rows = store_->database().prepare(
        "SELECT m.step, m.attempt, r.created + m.time_ms / 1000.0, m.non_zeros, m.added, m.removed FROM "
        "layer l"
        " JOIN mask_frame m ON m.layer = l.id"
        " JOIN attempt a ON a.run = l.run AND a.attempt = m.attempt AND m.step < a.until_step"
        " JOIN run r ON r.id = l.run WHERE l.run = ? AND l.name = ? ORDER BY m.step, m.attempt");
    rows.with(run, layer);
    std::vector<MaskFrameInfo> frames;
    while (rows.step())
        frames.push_back({rows.integer(0), rows.integer(1), rows.real(2), rows.integer(3), rows.integer(4),
                          rows.integer(5)});
    return frames;
}

std::optional<Stamped<record::Mask>> Reader::mask(std::int64_t run, std::string_view layerName,
                                                  std::int64_t step) const {
    const auto layer = findLayer(*store_, run, layerName);
    if (!layer) return std::nullopt;
    Statement frame = store_->database().prepare(
        "SELECT m.step, m.attempt, r.created + m.time_ms / 1000.0 FROM mask_frame m"
        " JOIN attempt a ON a.run = ?1 AND a.attempt = m.attempt AND m.step < a.until_step"
        " JOIN run r ON r.id = ?1 WHERE m.layer = ?2 AND m.step <= ?3 ORDER BY m.step DESC, m.attempt DESC "
        "LIMIT 1");
    if (!frame.with(run, layer->id, step).step()) return std::nullopt;
    Stamped<record::Mask> found{
        {layer->layer.layer, layer->layer.rows, layer->layer.columns, layer->layer.kernel, {}},
        frame.integer(0),
        frame.integer(1),
        frame.real(2)};

    // From the last key frame on, within the attempt.
    const auto universe = static_cast<std::uint64_t>(layer->layer.rows * layer->layer.columns);
    Statement frames = store_->database().prepare(
        "SELECT is_key, payload FROM mask_frame WHERE layer = ?1 AND attempt = ?2 AND step <= ?3 AND step >="
        " (SELECT step FROM mask_frame WHERE layer = ?1 AND attempt = ?2 AND step <= ?3 AND is_key = 1"
        " ORDER BY step DESC LIMIT 1) ORDER BY step");
    frames.with(layer->id, found.attempt, found.step);
    bool any = false;
    while (frames.step()) {
        found.record.active = frames.integer(0) != 0
                                  ? record::decodeMask(frames.blob(1), universe)
                                  : record::decodeMaskDelta(frames.blob(1), found.record.active, universe);
        any = true;
    }
    if (!any)
        throw Error(ErrorKind::Data, "the whole pattern from which others are told is missing",
                    store_->path().string() + ", layer \"" + found.record.layer + "\"",
                    "Restore the store from a copy, or delete the run.");
    return found;
}

std::vector<Stamped<record::Rewiring>> Reader::rewirings(std::int64_t run, std::string_view layer,
                                                         std::int64_t fromStep, std::int64_t toStep) const {
    Statement rows = store_->database().prepare(
        "SELECT w.step, w.attempt, r.created + w.time_ms / 1000.0, w.round, w.dropped_payload, "
        "w.grown_payload"
        " FROM layer l JOIN rewiring w ON w.layer = l.id"
        " JOIN attempt a ON a.run = l.run AND a.attempt = w.attempt AND w.step < a.until_step"
        " JOIN run r ON r.id = l.run WHERE l.run = ? AND l.name = ? AND w.step >= ? AND w.step <= ?"
        " ORDER BY w.step, w.attempt");
    rows.with(run, layer, fromStep, toStep);
    constexpr std::uint64_t anyLayer = std::uint64_t{1} << 32;
    std::vector<Stamped<record::Rewiring>> rewirings;
    while (rows.step())
        rewirings.push_back(
            {{std::string(layer), rows.integer(3), record::decodeIndices(rows.blob(4), anyLayer),
              record::decodeIndices(rows.blob(5), anyLayer)},
             rows.integer(0),
             rows.integer(1),
             rows.real(2)});
    return rewirings;
}

std::vector<RecordSteps> Reader::recordSteps(std::int64_t run, RecordKind kind) const {
    Statement rows = store_->database().prepare(
        "SELECT DISTINCT t.name, c.field, c.step FROM record c JOIN tag t ON t.id = c.tag"
        " JOIN attempt a ON a.run = c.run AND a.attempt = c.attempt AND c.step < a.until_step"
        " WHERE c.run = ? AND c.kind = ? ORDER BY t.name, c.field, c.step");
    rows.with(run, static_cast<int>(kind));
    std::vector<RecordSteps> all;
    while (rows.step()) {
        if (all.empty() || all.back().tag != rows.text(0) || all.back().field != rows.text(1))
            all.push_back({rows.text(0), rows.text(1), {}});
        all.back().steps.push_back(rows.integer(2));
    }
    return all;
}

std::optional<Stamped<record::EdgeValues>> Reader::edgeValues(std::int64_t run, std::string_view layer,
                                                              std::string_view field,
                                                              std::int64_t step) const {
    const auto found = payload(*store_, run, RecordKind::EdgeValues, layer, field, step);
    if (!found) return std::nullopt;
    return stampedAs(decodeEdgeValues(found->record, std::string(layer), std::string(field)), *found);
}

std::optional<Stamped<record::Matrix>> Reader::matrix(std::int64_t run, std::string_view tag,
                                                      std::int64_t step) const {
    const auto found = payload(*store_, run, RecordKind::Matrix, tag, {}, step);
    if (!found) return std::nullopt;
    return stampedAs(decodeMatrix(found->record, std::string(tag)), *found);
}

std::optional<Stamped<record::Image>> Reader::image(std::int64_t run, std::string_view tag,
                                                    std::int64_t step) const {
    const auto found = payload(*store_, run, RecordKind::Image, tag, {}, step);
    if (!found) return std::nullopt;
    return stampedAs(decodeImage(found->record, std::string(tag)), *found);
}

std::optional<Stamped<record::Text>> Reader::text(std::int64_t run, std::string_view tag,
                                                  std::int64_t step) const {
    const auto found = payload(*store_, run, RecordKind::Text, tag, {}, step);
    if (!found) return std::nullopt;
    return stampedAs(decodeText(found->record, std::string(tag)), *found);
}

}  // namespace filigree::store
