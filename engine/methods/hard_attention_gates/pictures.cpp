// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "data/endoscopy/polyp_table.h"
#include "data/endoscopy/video_set.h"
#include "data/image_file.h"
#include "data/photo_augmentation.h"
#include "methods/hard_attention_gates/sizing.h"
#include "methods/hard_attention_gates/tasks.h"

namespace filigree::methods::hard_attention_gates {
namespace {

namespace endoscopy = data::endoscopy;

constexpr int folds = 6;

/// Interleaved channels, bilinearly resized to size x size.
template <typename T>
std::vector<T> resized(const std::vector<T>& pixels, std::int64_t width, std::int64_t height,
                       std::size_t channels, std::int64_t size) {
    const auto area = static_cast<std::size_t>(width * height),
               target = static_cast<std::size_t>(size * size);
    std::vector<T> result(channels * target);
    std::vector<float> from(area), to(target);
    for (std::size_t c = 0; c < channels; ++c) {
        for (std::size_t i = 0; i < area; ++i) from[i] = static_cast<float>(pixels[channels * i + c]);
        data::resizePlane(from, height, width, false, to, size, size);
        for (std::size_t i = 0; i < target; ++i)
            result[channels * i + c] = static_cast<T>(std::lround(to[i]));
    }
    return result;
}

/// Frames of each polyp, in the order of the names of polyps.
using ByPolyp = std::map<std::string, std::vector<const endoscopy::PolypFrame*>>;

/// Adds up to `most` frames of a polyp; without pixels unless `read`.
void addFrames(const std::vector<const endoscopy::PolypFrame*>& frames, std::int64_t polyp, std::int64_t most,
               bool read, PolypTarget target, Samples& samples) {
    const auto count = static_cast<std::int64_t>(frames.size());
    const std::int64_t used = std::min(count, most);
    for (std::int64_t k = 0; k < used; ++k) {
        const endoscopy::PolypFrame& file = *frames[static_cast<std::size_t>(k * count / used)];
        endoscopy::StoredFrame frame = read ? readFrame(file, samples.size) : endoscopy::StoredFrame{};
        frame.diameterMm = file.sizeMm;
        frame.polyp = polyp;
        addFrame(frame, target, samples);
        if (!read) samples.files.push_back(file);
    }
}

std::vector<int> foldsOf(const ByPolyp& polyps) {
    std::vector<int> given;
    std::vector<double> sizes;
    for (const auto& [name, frames] : polyps) {
        given.push_back(frames.front()->fold);
        sizes.push_back(frames.front()->sizeMm);
    }
    const bool complete = std::all_of(given.begin(), given.end(), [](int f) { return f >= 0 && f < folds; });
    return complete ? given : stratifiedFolds(sizes, folds, 1);
}

}  // namespace

endoscopy::StoredFrame readFrame(const endoscopy::PolypFrame& frame, std::int64_t size) {
    const data::ColourImage image = data::readImage(frame.picture);
    endoscopy::StoredFrame result;
    result.diameterMm = frame.sizeMm;
    const std::int64_t width = frame.width > 0 ? frame.width : image.width;
    const std::int64_t height = frame.height > 0 ? frame.height : image.height;
    const endoscopy::Box box = frame.box.width() > 0 ? frame.box : endoscopy::Box{0, 0, width, height};
    const auto low = [size](std::int64_t value, std::int64_t extent) {
        return std::min(size - 1, value * size / extent);
    };
    const auto high = [size](std::int64_t value, std::int64_t extent) {
        return std::min(size, (value * size + extent - 1) / extent);
    };
    result.box = {low(box.xMin, width), low(box.yMin, height), high(box.xMax, width), high(box.yMax, height)};
    result.rgb = resized(image.rgb, image.width, image.height, 3, size);
    result.depth.resize(static_cast<std::size_t>(size * size));
    const std::filesystem::path depthFile =
        frame.picture.parent_path() / (frame.picture.stem().string() + "_depth.png");
    std::error_code error;
    if (!std::filesystem::exists(depthFile, error)) return result;
    const data::DepthImage depth = data::readDepthPng(depthFile);
    result.depth = resized(depth.values, depth.width, depth.height, 1, size);
    return result;
}

Task makePictures(const TableChoice& from, const PolypChoice& choice, std::string& report) {
    if (from.table.empty())
        throw Error(ErrorKind::Usage, "no table of pictures is named", "data.table",
                    "set data.table to a CSV with the columns unique_id, frame_path and gt");
    if (from.fold < 0 || from.fold >= folds || from.testFramesPerPolyp < 1)
        throw Error(ErrorKind::Usage, "folds are 0 to 5", "data.fold = " + std::to_string(from.fold));
    const endoscopy::PolypTable table = endoscopy::readPolyps(from.table);
    report = table.report();
    ByPolyp polyps;
    for (const endoscopy::PolypFrame& frame : table.frames) polyps[frame.polyp].push_back(&frame);
    const std::vector<int> foldOf = foldsOf(polyps);
    const bool read =
        static_cast<std::int64_t>(table.frames.size()) * choice.size * choice.size * 5 <= from.mostMemory;
    Task task;
    prepareForPolyps(choice, task);
    std::int64_t polyp = 0, training = 0;
    for (const auto& [name, frames] : polyps) {
        const int fold = foldOf[static_cast<std::size_t>(polyp)];
        if (fold == from.fold) {
            addFrames(frames, polyp, from.testFramesPerPolyp, read, choice.target, task.test);
        } else if (fold != (from.fold + 1) % folds) {
            // Every fourth training polyp is the gates' own.
            Samples& to = choice.heldOut && training++ % 4 == 3 ? task.heldOut : task.train;
            addFrames(frames, polyp, static_cast<std::int64_t>(frames.size()), read, choice.target, to);
        } else if (choice.validation) {
            addFrames(frames, polyp, from.testFramesPerPolyp, read, choice.target, task.validation);
        }
        ++polyp;
    }
    if (task.train.count() == 0 || task.test.count() == 0 || (choice.heldOut && task.heldOut.count() == 0) ||
        (choice.validation && task.validation.count() == 0))
        throw Error(ErrorKind::Data, "the table has too few polyps for six folds", from.table.string(),
                    report);
    return task;
}

}  // namespace filigree::methods::hard_attention_gates
