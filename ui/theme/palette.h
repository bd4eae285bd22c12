// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

/// The colours of the whole program, without Qt: widgets, charts, canvases and rendered figures take them
/// from here.
namespace filigree::ui {

enum class Appearance { Light, Dark };

struct Rgb {
    std::uint8_t red = 0, green = 0, blue = 0;
    bool operator==(const Rgb&) const = default;
};

/// 0xRRGGBB.
constexpr Rgb rgb(std::uint32_t code) {
    return {static_cast<std::uint8_t>(code >> 16), static_cast<std::uint8_t>(code >> 8),
            static_cast<std::uint8_t>(code)};
}

/// Colours by use. Text has a contrast of at least 4.5 on `ground` and `panel`, marks of at least 3 (`kept`
/// is faint on purpose). Run and event colours keep apart for protan, deutan and tritan vision too.
struct Palette {
    Rgb ground;  ///< charts, canvases, tables
    Rgb panel;   ///< everything around them
    Rgb raised;  ///< cards, buttons, menus on a panel
    Rgb border;  ///< hairlines between areas
    Rgb text;
    Rgb secondaryText;
    Rgb accent;      ///< focus, links, the primary button
    Rgb accentText;  ///< text on `accent`
    Rgb selection;   ///< ground of what is selected
    Rgb hover;       ///< ground of what the pointer is on
    Rgb error, warning, success;
    std::array<Rgb, 6> runs;  ///< then again with another dash pattern
    Rgb grown, dropped, regrown, kept;
    Rgb negative, zero, positive;  ///< signed values: the ends and the middle of a diverging map
};

const Palette& palette(Appearance appearance);

/// `from` + (to - from) * share, channel by channel.
Rgb mix(Rgb from, Rgb to, double share);

}  // namespace filigree::ui
