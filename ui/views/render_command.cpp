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

/// "filigree render soup --store STORE --run 3"
std::string beginOf(const char* view, const PictureRequest& request) {
    std::string line = std::string("filigree render ") + view;
    if (!request.store.empty()) line += " --store " + quoted(request.store);
    return line + fmt::format(" --run {}", request.run);
}

const char* themeOf(const PictureRequest& request) {
    return request.appearance == Appearance::Light ? "light" : "dark";
}

/// " --size 1200x800 --theme light"
std::string endOf(const PictureRequest& request) {
    return fmt::format(" --size {}x{} --theme {}", request.width, request.height, themeOf(request));
}

}  // namespace

std::string commandOf(const ConnectivityRequest& request) {
    std::string line = beginOf("connectivity", request);
    line += fmt::format(" --layer {} --step {} --size {}x{}", quoted(request.layer), request.step,
                        request.width, request.height);
    if (request.colouring != Colouring::Side) line += fmt::format(" --colour {}", nameOf(request.colouring));
    line += fmt::format(" --theme {}", themeOf(request));
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

std::string commandOf(const BarrierPictureRequest& request) {
    std::string line = beginOf("barriers", request);
    line += fmt::format(" --tag {} --figure {}", quoted(request.tag), quoted(request.figure));
    return line + endOf(request);
}

std::string commandOf(const GraphPictureRequest& request) {
    std::string line = beginOf("graph", request);
    line += fmt::format(" --step {} --edges {}", request.step, request.edges);
    if (!request.neuron.empty()) line += " --neuron " + quoted(request.neuron);
    return line + endOf(request);
}

std::string commandOf(const LandscapePictureRequest& request) {
    std::string line = beginOf("landscape", request);
    line += fmt::format(" --tag {} --field {}", quoted(request.tag), quoted(request.field)) + endOf(request);
    if (request.relief)
        line += fmt::format(" --surface --turn {:.0f} --tilt {:.0f}", request.turn, request.tilt);
    return line;
}

std::string commandOf(const RewiringPictureRequest& request) {
    std::string line = beginOf("rewiring", request);
    if (!request.layer.empty()) line += " --layer " + quoted(request.layer);
    if (request.step) line += fmt::format(" --step {}", *request.step);
    return line + endOf(request);
}

std::string commandOf(const AcquisitionPictureRequest& request) {
    std::string line = beginOf("acquisition", request);
    line += fmt::format(" --layer {} --step {}", quoted(request.layer), request.step);
    if (request.c) line += fmt::format(" --c {}", *request.c);
    return line + endOf(request);
}

std::string commandOf(const GatePictureRequest& request) {
    std::string line = beginOf("gates", request);
    if (request.part != "board") line += " --part " + request.part;
    if (request.part == "ablation") line += fmt::format(" --closed {}", request.closed);
    if (!request.gate.empty()) line += " --gate " + quoted(request.gate);
    if (request.channel) line += fmt::format(" --channel {}", *request.channel);
    if (request.frameGroup && request.frameItem)
        line += fmt::format(" --frame {}:{}", *request.frameGroup, *request.frameItem);
    if (request.step) line += fmt::format(" --step {}", *request.step);
    return line + " --order " + request.order + endOf(request);
}

std::string commandOf(const SoupPictureRequest& request) {
    std::string line = beginOf("soup", request);
    if (request.phase > 0) line += fmt::format(" --phase {}", request.phase);
    return line + endOf(request);
}

std::string commandOf(const PredictionsPictureRequest& request) {
    std::string line = beginOf("predictions", request) + " --part " + request.part;
    if (request.step) line += fmt::format(" --step {}", *request.step);
    if (request.group) line += fmt::format(" --group {}", *request.group);
    if (request.item) line += fmt::format(" --item {}", *request.item);
    line += " --sort " + request.order;
    if (request.reverse) line += " --reverse";
    return line + endOf(request);
}

std::string commandOf(const DensityPictureRequest& request) {
    return beginOf("density", request) + endOf(request);
}

}  // namespace filigree::ui
