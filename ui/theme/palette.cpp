// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/palette.h"

#include <algorithm>
#include <cmath>

namespace filigree::ui {
namespace {

constexpr Palette light{
    .ground = rgb(0xFFFFFF),
    .panel = rgb(0xF6F7F9),
    .raised = rgb(0xFFFFFF),
    .border = rgb(0xD8DCE1),
    .text = rgb(0x1F2328),
    .secondaryText = rgb(0x57606A),
    .accent = rgb(0x0B63B5),
    .accentText = rgb(0xFFFFFF),
    .selection = rgb(0xD6E6F7),
    .hover = rgb(0xEBEFF3),
    .error = rgb(0xB3261E),
    .warning = rgb(0x8A5A00),
    .success = rgb(0x1A7F4B),
    .runs = {rgb(0x345184), rgb(0x028D49), rgb(0xD372C2), rgb(0x682F16), rgb(0x802DF9), rgb(0x081367)},
    .grown = rgb(0x0060B0),
    .dropped = rgb(0xE07B00),
    .regrown = rgb(0x5B0F4E),
    .kept = rgb(0xB4B9C0),
    .negative = rgb(0x2166AC),
    .zero = rgb(0xF7F7F7),
    .positive = rgb(0xB35806),
};

constexpr Palette dark{
    .ground = rgb(0x1B1D21),
    .panel = rgb(0x25282D),
    .raised = rgb(0x2E3238),
    .border = rgb(0x3B4047),
    .text = rgb(0xE6E8EB),
    .secondaryText = rgb(0x9BA3AE),
    .accent = rgb(0x6CB6FF),
    .accentText = rgb(0x10141A),
    .selection = rgb(0x26415E),
    .hover = rgb(0x343940),
    .error = rgb(0xFF8A80),
    .warning = rgb(0xF2B84B),
    .success = rgb(0x4CC38A),
    .runs = {rgb(0x4FBCFC), rgb(0xF9C920), rgb(0xC8018C), rgb(0xB8850B), rgb(0x6062FC), rgb(0xECF6FE)},
    .grown = rgb(0x4FBCFC),
    .dropped = rgb(0xFF7A45),
    .regrown = rgb(0xF9E04A),
    .kept = rgb(0x5F6368),
    .negative = rgb(0x4393C3),
    .zero = rgb(0x2B2E33),
    .positive = rgb(0xF1A340),
};

}  // namespace

const Palette& palette(Appearance appearance) {
    return appearance == Appearance::Dark ? dark : light;
}

Rgb mix(Rgb from, Rgb to, double share) {
    const auto channel = [share](std::uint8_t a, std::uint8_t b) {
        return static_cast<std::uint8_t>(
            std::clamp(std::lround(a + (static_cast<double>(b) - a) * share), 0L, 255L));
    };
    return {channel(from.red, to.red), channel(from.green, to.green), channel(from.blue, to.blue)};
}

}  // namespace filigree::ui
