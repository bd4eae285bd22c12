// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/frames.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "ui/theme/colour_map.h"

namespace filigree::ui {
namespace {

using nlohmann::json;

constexpr std::int64_t newest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t mostPictures = 1000, mostWidth = 8192;

[[noreturn]] void failOn(const std::string& tag, const char* why) {
    throw Error(ErrorKind::Data, "recorded frames cannot be read", tag + ": " + why,
                "compute them again: filigree analyze frames");
}

/// The records of one group of frames at one step.
class Source {
  public:
    Source(const store::Reader& reader, std::int64_t run, std::int64_t step, std::string tag)
        : reader_(reader), run_(run), step_(step), tag_(std::move(tag)) {}

    /// Values [count, …] of a matrix; none if it was not recorded at the step.
    std::optional<record::Matrix> matrix(const std::string& end, std::int64_t count, std::size_t rank) const {
        auto found = reader_.matrix(run_, tag_ + end, step_);
        if (!found || found->step != step_) return std::nullopt;
        if (found->record.shape.size() != rank || found->record.shape[0] != count)
            failOn(tag_ + end, "of another number of frames");
        return std::move(found->record);
    }
    record::Matrix needed(const std::string& end, std::int64_t count, std::size_t rank) const {
        auto found = matrix(end, count, rank);
        if (!found) failOn(tag_ + end, "missing");
        return std::move(*found);
    }
    std::vector<float> edges(const std::string& end, std::int64_t count) const {
        record::Matrix found = needed(end, count, 2);
        if (found.shape[1] != 4) failOn(tag_ + end, "no four edges");
        return std::move(found.values);
    }
    std::optional<record::Image> strip(const std::string& end, std::int64_t count, int channels) const {
        auto found = reader_.image(run_, tag_ + end, step_);
        if (!found || found->step != step_) return std::nullopt;
        const record::Image& image = found->record;
        if (image.channels != channels || image.width < 1 || image.width > mostWidth ||
            image.height != count * image.width)
            failOn(tag_ + end, "not square frames one below the other");
        return std::move(found->record);
    }

  private:
    const store::Reader& reader_;
    std::int64_t run_, step_;
    std::string tag_;
};

analysis::FrameStream streamOf(const Source& source, const std::string& name, std::int64_t count) {
    analysis::FrameStream stream;
    stream.name = name;
    record::Matrix input = source.needed("/input/" + name, count, 4);
    stream.channels = input.shape[1];
    stream.size = input.shape[2];
    if (stream.channels < 1 || stream.size < 1 || input.shape[3] != stream.size)
        failOn(input.tag, "not square planes");
    stream.input = std::move(input.values);
    stream.windows = source.edges("/window/" + name, count);
    if (auto maps = source.matrix("/map/" + name, count, 3)) {
        stream.rows = maps->shape[1];
        stream.columns = maps->shape[2];
        if (stream.rows < 1 || stream.columns < 1) failOn(maps->tag, "empty");
        stream.maps = std::move(maps->values);
    }
    return stream;
}

std::size_t unsignedOf(std::int64_t value) {
    return static_cast<std::size_t>(value);
}

Rgb grey(double share) {
    const auto value = static_cast<std::uint8_t>(std::lround(255 * std::clamp(share, 0.0, 1.0)));
    return {value, value, value};
}

/// Bilinear, places as areas.
double sampled(const float* map, std::int64_t rows, std::int64_t columns, double x, double y) {
    const double across = std::clamp(x * static_cast<double>(columns) - 0.5, 0.0,
                                     static_cast<double>(columns - 1)),
                 down = std::clamp(y * static_cast<double>(rows) - 0.5, 0.0, static_cast<double>(rows - 1));
    const auto c = static_cast<std::int64_t>(across), r = static_cast<std::int64_t>(down);
    const double right = across - static_cast<double>(c), low = down - static_cast<double>(r);
    const auto at = [&](std::int64_t row, std::int64_t column) {
        return static_cast<double>(map[std::min(row, rows - 1) * columns + std::min(column, columns - 1)]);
    };
    return (1 - low) * ((1 - right) * at(r, c) + right * at(r, c + 1)) +
           low * ((1 - right) * at(r + 1, c) + right * at(r + 1, c + 1));
}

Rgb mixed(Rgb a, Rgb b, double share) {
    const auto one = [&](std::uint8_t from, std::uint8_t to) {
        return static_cast<std::uint8_t>(std::lround((1 - share) * from + share * to));
    };
    return {one(a.red, b.red), one(a.green, b.green), one(a.blue, b.blue)};
}

}  // namespace

std::size_t ShownFrames::placeOf(std::int64_t item) const {
    std::size_t nearest = 0;
    for (std::size_t i = 1; i < count(); ++i)
        if (std::abs(set.items[i] - item) < std::abs(set.items[nearest] - item)) nearest = i;
    return nearest;
}

double ShownFrames::mapLimit() const {
    double limit = 0;
    for (const analysis::FrameStream& stream : set.streams)
        for (const float value : stream.maps) limit = std::max(limit, std::abs(static_cast<double>(value)));
    return limit;
}

std::optional<ShownFrames> loadFrames(const store::Reader& reader, std::int64_t run, std::int64_t group) {
    const std::string tag = fmt::format("frames/{}", group);
    const auto text = reader.text(run, tag, newest);
    if (!text) return std::nullopt;
    ShownFrames shown;
    shown.step = text->step;
    shown.scale = readPredictionScale(text->record.text);
    analysis::FrameSet& set = shown.set;
    set.scale = text->record.text;
    set.group = group;
    const Source source(reader, run, shown.step, tag);
    const auto numbers = reader.matrix(run, tag, shown.step);
    if (!numbers || numbers->record.shape.size() != 2 || numbers->record.shape[1] != 4)
        failOn(tag, "not four numbers of every frame");
    const std::int64_t count = numbers->record.shape[0];
    if (count < 1 || count > mostPictures) failOn(tag, "no frames, or too many");
    for (std::size_t i = 0; i < unsignedOf(count); ++i) {
        const float* const row = numbers->record.values.data() + 4 * i;
        if (!std::isfinite(row[0]) || std::abs(row[0]) > 1e9F) failOn(tag, "a frame without a number");
        set.items.push_back(static_cast<std::int64_t>(row[0]));
        set.truth.push_back(static_cast<double>(row[1]));
        set.predicted.push_back(static_cast<double>(row[2]));
        set.offsets.push_back(static_cast<double>(row[3]));
    }
    auto image = source.strip("/image", count, 3);
    if (!image) failOn(tag + "/image", "missing");
    set.width = image->width;
    set.rgb = std::move(image->pixels);
    if (auto mask = source.strip("/mask", count, 1)) {
        if (mask->width != set.width) failOn(tag + "/mask", "of another size");
        set.mask = std::move(mask->pixels);
    }
    if (auto depth = source.matrix("/depth", count, 3)) {
        if (depth->shape[1] != set.width || depth->shape[2] != set.width)
            failOn(tag + "/depth", "of another size");
        set.depthMm = std::move(depth->values);
    }
    set.boxes = source.edges("/box", count);
    try {
        const json description = json::parse(text->record.text);
        set.mapUnit = description.value("map_unit", "");
        set.all = description.value("all", count);
        for (const std::string& name : description.value("streams", std::vector<std::string>()))
            set.streams.push_back(streamOf(source, name, count));
    } catch (const json::exception& problem) {
        failOn(tag, problem.what());
    }
    if (std::isnan(set.offsets.front())) set.offsets.clear();
    return shown;
}

Picture imageOf(const analysis::FrameSet& set, std::size_t frame) {
    const auto width = static_cast<int>(set.width);
    Picture picture(width, width);
    const std::uint8_t* const from = set.rgb.data() + 3 * frame * picture.pixels.size();
    for (std::size_t i = 0; i < picture.pixels.size(); ++i)
        picture.pixels[i] = packed({from[3 * i], from[3 * i + 1], from[3 * i + 2]});
    return picture;
}

Picture depthPicture(const analysis::FrameSet& set, std::size_t frame, Appearance appearance, Rgb unknown) {
    const auto width = static_cast<int>(set.width);
    Picture picture(width, width, packed(unknown));
    const float* const depth = set.depthMm.data() + frame * picture.pixels.size();
    float near = std::numeric_limits<float>::max(), far = 0;
    for (std::size_t i = 0; i < picture.pixels.size(); ++i)
        if (depth[i] > 0) near = std::min(near, depth[i]), far = std::max(far, depth[i]);
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
        if (!(depth[i] > 0)) continue;
        const double share = static_cast<double>((far - depth[i]) / std::max(far - near, 1e-6F));
        picture.pixels[i] = packed(sequentialMap(
            appearance)[static_cast<std::size_t>(std::lround(255 * std::clamp(share, 0.0, 1.0)))]);
    }
    return picture;
}

Picture planesOf(const analysis::FrameStream& stream, std::size_t frame, std::int64_t first,
                 std::int64_t planes) {
    const auto width = static_cast<int>(stream.size);
    Picture picture(width, width);
    const std::size_t area = picture.pixels.size();
    std::vector<double> shares(3 * area);
    for (std::size_t c = 0; c < 3; ++c) {
        const std::size_t plane =
            frame * unsignedOf(stream.channels) + unsignedOf(first) + (planes == 3 ? c : 0);
        const auto from = stream.input.begin() + static_cast<std::ptrdiff_t>(plane * area);
        const auto [least, most] = std::minmax_element(from, from + static_cast<std::ptrdiff_t>(area));
        const auto low = static_cast<double>(*least),
                   range = std::max(static_cast<double>(*most) - low, 1e-12);
        for (std::size_t i = 0; i < area; ++i)
            shares[c * area + i] = (static_cast<double>(from[static_cast<std::ptrdiff_t>(i)]) - low) / range;
    }
    for (std::size_t i = 0; i < area; ++i)
        picture.pixels[i] =
            packed({grey(shares[i]).red, grey(shares[area + i]).red, grey(shares[2 * area + i]).red});
    return picture;
}

Picture mapPicture(const analysis::FrameSet& set, std::size_t stream, std::size_t frame, double limit,
                   Appearance appearance) {
    constexpr int fine = 192;  // pixels at least, so that the map is smooth
    const analysis::FrameStream& from = set.streams[stream];
    const auto width = static_cast<std::size_t>(set.width);
    const int extent = std::max(fine, static_cast<int>(set.width));
    Picture picture(extent, extent);
    const std::uint8_t* const rgb = set.rgb.data() + 3 * frame * width * width;
    const float* const map = from.maps.data() + frame * unsignedOf(from.rows * from.columns);
    const float* const window = from.windows.data() + 4 * frame;
    std::size_t next = 0;
    for (int y = 0; y < extent; ++y)
        for (int x = 0; x < extent; ++x) {
            const double across = (x + 0.5) / extent, down = (y + 0.5) / extent;
            const std::uint8_t* const pixel =
                rgb + 3 * (static_cast<std::size_t>(down * static_cast<double>(width)) * width +
                           static_cast<std::size_t>(across * static_cast<double>(width)));
            Rgb colour = grey((0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]) / 255);
            const double u = (across - static_cast<double>(window[0])) /
                             std::max(1e-6, static_cast<double>(window[2] - window[0])),
                         v = (down - static_cast<double>(window[1])) /
                             std::max(1e-6, static_cast<double>(window[3] - window[1]));
            if (limit > 0 && u >= 0 && u <= 1 && v >= 0 && v <= 1) {
                const double share =
                    std::clamp(sampled(map, from.rows, from.columns, u, v) / limit, -1.0, 1.0);
                const Rgb signedColour =
                    divergingMap(appearance)[static_cast<std::size_t>(std::lround(127.5 + 127.5 * share))];
                colour = mixed(colour, signedColour, 0.85 * std::sqrt(std::abs(share)));
            }
            picture.pixels[next++] = packed(colour);
        }
    return picture;
}

}  // namespace filigree::ui
