// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/render_command.h"

#include <fmt/format.h>

#include <algorithm>

namespace filigree::ui {
namespace {

std::string quoted(const std::string& word) {
    const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("_-./:+,").find(c) != std::string_view::npos;
    });
    if (plain) return word;
    std::string text = "'";
    for (const char c : word) {
        if (c == '\'')
            text += "'\\''";
        else
            text += c;
    }
    return text + "'";
}

}  // namespace

std::string commandOf(const ConnectivityRequest& request) {
    std::string line = "filigree render connectivity";
    if (!request.store.empty()) line += " --store " + quoted(request.store);
    line += fmt::format(" --run {} --layer {} --step {} --size {}x{}", request.run, quoted(request.layer),
                        request.step, request.width, request.height);
    if (request.colouring != Colouring::Side) line += fmt::format(" --colour {}", nameOf(request.colouring));
    line += request.appearance == Appearance::Light ? " --theme light" : " --theme dark";
    if (request.rows != MatrixOrder::Index) line += fmt::format(" --rows {}", nameOf(request.rows));
    if (request.columns != MatrixOrder::Index) line += fmt::format(" --columns {}", nameOf(request.columns));
    const bool ordered = request.rows != MatrixOrder::Index || request.columns != MatrixOrder::Index;
    if (ordered && request.orderStep && *request.orderStep != request.step)
        line += fmt::format(" --order-step {}", *request.orderStep);
    if (request.against) {
        line += fmt::format(" --against {}", request.against->run);
        if (request.against->step) line += fmt::format("@{}", *request.against->step);
        if (request.against->match) line += " --match";
    }
    return line;
}

std::string commandOf(const LandscapePictureRequest& request) {
    std::string line = "filigree render landscape";
    if (!request.store.empty()) line += " --store " + quoted(request.store);
    line += fmt::format(" --run {} --tag {} --field {} --size {}x{} --theme {}", request.run,
                        quoted(request.tag), quoted(request.field), request.width, request.height,
                        request.appearance == Appearance::Light ? "light" : "dark");
    if (request.relief)
        line += fmt::format(" --surface --turn {:.0f} --tilt {:.0f}", request.turn, request.tilt);
    return line;
}

std::string commandOf(const RewiringPictureRequest& request) {
    std::string line = "filigree render rewiring";
    if (!request.store.empty()) line += " --store " + quoted(request.store);
    line += fmt::format(" --run {}", request.run);
    if (!request.layer.empty()) line += " --layer " + quoted(request.layer);
    if (request.step) line += fmt::format(" --step {}", *request.step);
    return line + fmt::format(" --size {}x{} --theme {}", request.width, request.height,
                              request.appearance == Appearance::Light ? "light" : "dark");
}

std::string commandOf(const GatePictureRequest& request) {
    std::string line = "filigree render gates";
    if (!request.store.empty()) line += " --store " + quoted(request.store);
    line += fmt::format(" --run {}", request.run);
    if (!request.gate.empty()) line += " --gate " + quoted(request.gate);
    if (request.step) line += fmt::format(" --step {}", *request.step);
    return line + fmt::format(" --order {} --size {}x{} --theme {}", request.order, request.width,
                              request.height, request.appearance == Appearance::Light ? "light" : "dark");
}

std::string commandOf(const SoupPictureRequest& request) {
    std::string line = "filigree render soup";
    if (!request.store.empty()) line += " --store " + quoted(request.store);
    line += fmt::format(" --run {}", request.run);
    if (request.phase > 0) line += fmt::format(" --phase {}", request.phase);
    return line + fmt::format(" --size {}x{} --theme {}", request.width, request.height,
                              request.appearance == Appearance::Light ? "light" : "dark");
}

std::string commandOf(const DensityPictureRequest& request) {
    std::string line = "filigree render density";
    if (!request.store.empty()) line += " --store " + quoted(request.store);
    return line + fmt::format(" --run {} --size {}x{} --theme {}", request.run, request.width, request.height,
                              request.appearance == Appearance::Light ? "light" : "dark");
}

}  // namespace filigree::ui
