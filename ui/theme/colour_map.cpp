// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/colour_map.h"

#include <algorithm>
#include <cstddef>

namespace filigree::ui {
namespace {

/// Viridis at tenths of its range.
constexpr std::array viridis{rgb(0x440154), rgb(0x482475), rgb(0x414487), rgb(0x355F8D),
                             rgb(0x2A788E), rgb(0x21918C), rgb(0x22A884), rgb(0x44BF70),
                             rgb(0x7AD151), rgb(0xBDDF26), rgb(0xFDE725)};

Rgb viridisAt(double share) {
    const double at = std::clamp(share, 0.0, 1.0) * (viridis.size() - 1);
    const auto below = std::min(static_cast<std::size_t>(at), viridis.size() - 2);
    return mix(viridis[below], viridis[below + 1], at - static_cast<double>(below));
}

ColourMap makeSequential(Appearance appearance) {
    const double from = appearance == Appearance::Light ? 0.0 : 0.16;
    const double to = appearance == Appearance::Light ? 0.92 : 1.0;
    ColourMap map{};
    for (std::size_t i = 0; i < map.size(); ++i)
        map[i] = viridisAt(from + (to - from) * static_cast<double>(i) / 255);
    return map;
}

ColourMap makeDiverging(Appearance appearance) {
    const Palette& colours = palette(appearance);
    constexpr double least = 0.3;
    ColourMap map{};
    for (std::size_t i = 0; i < map.size(); ++i) {
        const double side = (static_cast<double>(i) - 127.5) / 127.5;
        const double strength = least + (1 - least) * (side < 0 ? -side : side);
        map[i] = mix(colours.zero, side < 0 ? colours.negative : colours.positive, strength);
    }
    return map;
}

}  // namespace

const ColourMap& sequentialMap(Appearance appearance) {
    static const ColourMap light = makeSequential(Appearance::Light);
    static const ColourMap dark = makeSequential(Appearance::Dark);
    return appearance == Appearance::Light ? light : dark;
}

const ColourMap& divergingMap(Appearance appearance) {
    static const ColourMap light = makeDiverging(Appearance::Light);
    static const ColourMap dark = makeDiverging(Appearance::Dark);
    return appearance == Appearance::Light ? light : dark;
}

}  // namespace filigree::ui
