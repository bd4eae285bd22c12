// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/indexed_picture.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace filigree::ui {
namespace {

struct Count {
    std::array<int, 3> channels{};
    std::int64_t pixels = 0;
};

/// Colours first … end - 1 of a list.
struct Box {
    std::size_t first = 0, end = 0;
    int axis = 0;      ///< its longest
    double error = 0;  ///< squared, along the axis, of all its pixels; 0 for a single colour
};

std::uint32_t opaque(std::uint32_t pixel) {
    return pixel & 0xFFFFFFU;
}

Box measured(const std::vector<Count>& colours, std::size_t first, std::size_t end) {
    Box box{first, end, 0, 0};
    for (int axis = 0; axis < 3; ++axis) {
        const auto a = static_cast<std::size_t>(axis);
        double pixels = 0, sum = 0, squares = 0;
        for (std::size_t i = first; i < end; ++i) {
            const auto count = static_cast<double>(colours[i].pixels);
            const double value = colours[i].channels[a];
            pixels += count;
            sum += count * value;
            squares += count * value * value;
        }
        const double error = end - first > 1 ? squares - sum * sum / pixels : 0;
        if (error <= box.error) continue;
        box.axis = axis;
        box.error = error;
    }
    return box;
}

/// Where the box is cut: at least one colour on either side.
std::size_t medianOf(std::vector<Count>& colours, const Box& box) {
    const auto axis = static_cast<std::size_t>(box.axis);
    const auto at = [&](std::size_t place) { return colours.begin() + static_cast<std::ptrdiff_t>(place); };
    std::sort(at(box.first), at(box.end), [axis](const Count& a, const Count& b) {
        return a.channels[axis] != b.channels[axis] ? a.channels[axis] < b.channels[axis]
                                                    : a.channels < b.channels;
    });
    std::int64_t all = 0, before = 0;
    for (std::size_t i = box.first; i < box.end; ++i) all += colours[i].pixels;
    std::size_t cut = box.first;
    while (cut + 1 < box.end && 2 * before < all) before += colours[cut++].pixels;
    return std::max(cut, box.first + 1);
}

}  // namespace

IndexedPicture indexed(const Picture& picture, int colours) {
    std::unordered_map<std::uint32_t, std::int64_t> counts;
    for (const std::uint32_t pixel : picture.pixels) ++counts[opaque(pixel)];
    std::vector<Count> list;
    for (const auto& [colour, pixels] : counts)
        list.push_back({{static_cast<int>(colour & 255), static_cast<int>(colour >> 8 & 255),
                         static_cast<int>(colour >> 16)},
                        pixels});
    // The order of a hash table is not the same everywhere.
    std::sort(list.begin(), list.end(),
              [](const Count& a, const Count& b) { return a.channels < b.channels; });
    std::vector<Box> boxes;
    if (!list.empty()) boxes.push_back(measured(list, 0, list.size()));
    while (boxes.size() < static_cast<std::size_t>(std::clamp(colours, 1, 256))) {
        const auto worst = std::max_element(boxes.begin(), boxes.end(),
                                            [](const Box& a, const Box& b) { return a.error < b.error; });
        if (worst == boxes.end() || worst->error <= 0) break;
        const std::size_t cut = medianOf(list, *worst);
        const std::size_t end = worst->end;
        *worst = measured(list, worst->first, cut);
        boxes.push_back(measured(list, cut, end));
    }
    IndexedPicture result{picture.width, picture.height, {}, {}};
    std::unordered_map<std::uint32_t, std::uint8_t> places;
    for (const Box& box : boxes) {
        std::array<std::int64_t, 3> sums{};
        std::int64_t pixels = 0;
        for (std::size_t i = box.first; i < box.end; ++i) {
            const auto& c = list[i].channels;
            for (std::size_t k = 0; k < 3; ++k) sums[k] += c[k] * list[i].pixels;
            pixels += list[i].pixels;
            places[static_cast<std::uint32_t>(c[0] | c[1] << 8 | c[2] << 16)] =
                static_cast<std::uint8_t>(result.colours.size());
        }
        const auto mean = [&](std::size_t k) {
            return static_cast<std::uint8_t>((sums[k] + pixels / 2) / pixels);
        };
        result.colours.push_back({mean(0), mean(1), mean(2)});
    }
    result.pixels.reserve(picture.pixels.size());
    for (const std::uint32_t pixel : picture.pixels) result.pixels.push_back(places[opaque(pixel)]);
    return result;
}

}  // namespace filigree::ui
