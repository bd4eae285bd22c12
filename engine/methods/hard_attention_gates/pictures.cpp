// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "data/endoscopy/polyp_table.h"
#include "data/endoscopy/video_set.h"
#include "data/image_file.h"
#include "methods/hard_attention_gates/tasks.h"

namespace filigree::methods::hard_attention_gates {
namespace {

namespace endoscopy = data::endoscopy;

constexpr std::int64_t side = 48;
constexpr int folds = 6;

/// The value of channel c of an interleaved picture at a target pixel, corners not aligned: pixel centres map
/// to pixel centres.
template <typename T>
double bilinear(const std::vector<T>& pixels, std::int64_t width, std::int64_t height, std::int64_t channels,
                std::int64_t c, std::int64_t i, std::int64_t j) {
    const auto place = [](std::int64_t target, std::int64_t size) {
        const double at = (static_cast<double>(target) + 0.5) * static_cast<double>(size) / side - 0.5;
        return std::clamp(at, 0.0, static_cast<double>(size - 1));
    };
    const double y = place(i, height), x = place(j, width);
    const auto y0 = static_cast<std::int64_t>(y), x0 = static_cast<std::int64_t>(x);
    const std::int64_t y1 = std::min(y0 + 1, height - 1), x1 = std::min(x0 + 1, width - 1);
    const auto at = [&](std::int64_t row, std::int64_t column) {
        return static_cast<double>(pixels[static_cast<std::size_t>((row * width + column) * channels + c)]);
    };
    const double fy = y - static_cast<double>(y0), fx = x - static_cast<double>(x0);
    return (1 - fy) * ((1 - fx) * at(y0, x0) + fx * at(y0, x1)) +
           fy * ((1 - fx) * at(y1, x0) + fx * at(y1, x1));
}

/// The picture at 48 x 48 as the frames of the generator are kept, with its box scaled along.
endoscopy::StoredFrame resized(const endoscopy::PolypFrame& frame) {
    const data::ColourImage image = data::readImage(frame.picture);
    endoscopy::StoredFrame result;
    result.diameterMm = frame.sizeMm;
    const std::int64_t width = frame.width > 0 ? frame.width : image.width;
    const std::int64_t height = frame.height > 0 ? frame.height : image.height;
    const endoscopy::Box box = frame.box.width() > 0 ? frame.box : endoscopy::Box{0, 0, width, height};
    result.box = {std::min(side - 1, box.xMin * side / width), std::min(side - 1, box.yMin * side / height),
                  std::min(side, (box.xMax * side + width - 1) / width),
                  std::min(side, (box.yMax * side + height - 1) / height)};
    for (std::int64_t i = 0; i < side; ++i)
        for (std::int64_t j = 0; j < side; ++j)
            for (std::int64_t c = 0; c < 3; ++c)
                result.rgb.push_back(static_cast<std::uint8_t>(
                    std::lround(bilinear(image.rgb, image.width, image.height, 3, c, i, j))));
    result.depth.resize(static_cast<std::size_t>(side * side));
    const std::filesystem::path depthFile =
        frame.picture.parent_path() / (frame.picture.stem().string() + "_depth.png");
    std::error_code error;
    if (!std::filesystem::exists(depthFile, error)) return result;
    const data::DepthImage depth = data::readDepthPng(depthFile);
    for (std::int64_t i = 0; i < side; ++i)
        for (std::int64_t j = 0; j < side; ++j)
            result.depth[static_cast<std::size_t>(i * side + j)] = static_cast<std::uint16_t>(
                std::lround(bilinear(depth.values, depth.width, depth.height, 1, 0, i, j)));
    return result;
}

/// Frames of each polyp, in the order of the names of polyps.
using ByPolyp = std::map<std::string, std::vector<const endoscopy::PolypFrame*>>;

void addFrames(const std::vector<const endoscopy::PolypFrame*>& frames, std::int64_t polyp, std::int64_t most,
               Samples& samples) {
    const auto count = static_cast<std::int64_t>(frames.size());
    const std::int64_t used = std::min(count, most);
    for (std::int64_t k = 0; k < used; ++k) {
        endoscopy::StoredFrame frame = resized(*frames[static_cast<std::size_t>(k * count / used)]);
        frame.polyp = polyp;
        addFrame(frame, side, samples);
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

Task makePictures(const TableChoice& choice, bool heldOut, std::string& report) {
    if (choice.table.empty())
        throw Error(ErrorKind::Usage, "no table of pictures is named", "data.table",
                    "set data.table to a CSV with the columns unique_id, frame_path and gt");
    if (choice.fold < 0 || choice.fold >= folds || choice.framesPerPolyp < 1)
        throw Error(ErrorKind::Usage, "folds are 0 to 5", "data.fold = " + std::to_string(choice.fold));
    const endoscopy::PolypTable table = endoscopy::readPolypTable(choice.table);
    report = table.report();
    ByPolyp polyps;
    for (const endoscopy::PolypFrame& frame : table.frames) polyps[frame.polyp].push_back(&frame);
    const std::vector<int> foldOf = foldsOf(polyps);
    Task task;
    task.sizing = true;
    for (Samples* samples : {&task.train, &task.heldOut, &task.test}) samples->shape = {4, side, side};
    std::int64_t polyp = 0, training = 0;
    for (const auto& [name, frames] : polyps) {
        const int fold = foldOf[static_cast<std::size_t>(polyp)];
        const bool test = fold == choice.fold;
        if (!test && fold != (choice.fold + 1) % folds) {
            // Every fourth training polyp is the gates' own.
            Samples& to = heldOut && training++ % 4 == 3 ? task.heldOut : task.train;
            addFrames(frames, polyp, choice.framesPerPolyp, to);
        } else if (test) {
            addFrames(frames, polyp, choice.framesPerPolyp, task.test);
        }
        ++polyp;
    }
    if (task.train.count() == 0 || task.test.count() == 0 || (heldOut && task.heldOut.count() == 0))
        throw Error(ErrorKind::Data, "the table has too few polyps for six folds", choice.table.string(),
                    report);
    return task;
}

}  // namespace filigree::methods::hard_attention_gates
