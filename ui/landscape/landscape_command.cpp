// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/landscape/landscape_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace filigree::ui {
namespace {

bool isPlain(const std::string& word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
        return std::isalnum(c) ||
               std::string_view("-_./@=:,+").find(static_cast<char>(c)) != std::string_view::npos;
    });
}

std::string quoted(const std::string& word) {
    if (isPlain(word)) return word;
    std::string text = "'";
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

}  // namespace

std::vector<std::string> wordsOf(const run::LandscapeRequest& request, const std::string& store) {
    const run::LandscapeRequest usual;
    std::vector<std::string> words{"analyze", "landscape"};
    words.insert(words.end(), request.networks.begin(), request.networks.end());
    const auto add = [&](const char* option, const std::string& value) {
        words.insert(words.end(), {option, value});
    };
    if (request.along != run::Along::Random)
        add("--along", request.along == run::Along::Trajectory ? "trajectory" : "networks");
    // For networks the dimensions follow from their number.
    if (request.dimensions != usual.dimensions && request.along != run::Along::Networks)
        add("--dimensions", std::to_string(request.dimensions));
    if (request.resolution != usual.resolution) add("--resolution", std::to_string(request.resolution));
    // One word: a value that begins with "-" would be an option.
    if (request.range)
        words.push_back(fmt::format("--range={}:{}", request.range->first, request.range->second));
    if (request.samples != usual.samples) add("--samples", std::to_string(request.samples));
    if (request.data != usual.data) add("--data", request.data);
    if (request.along == run::Along::Random) {
        if (request.normalization != usual.normalization)
            add("--normalize", analysis::nameOf(request.normalization));
        if (request.outsideMask) words.push_back("--outside-mask");
    }
    if (request.seed != usual.seed) add("--seed", std::to_string(request.seed));
    add("--store", store);
    return words;
}

std::string lineOf(const run::LandscapeRequest& request, const std::string& store) {
    std::string line = "filigree";
    for (const std::string& word : wordsOf(request, store)) line += " " + quoted(word);
    return line;
}

}  // namespace filigree::ui
