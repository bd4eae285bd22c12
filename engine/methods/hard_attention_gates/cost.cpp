// SPDX-License-Identifier: Apache-2.0
#include "methods/hard_attention_gates/cost.h"

#include <algorithm>

namespace filigree::methods::hard_attention_gates {
namespace {

/// Those of the whole network that are computed.
std::vector<bool> channelsOf(const NetworkOptions& options, const OpenChannels& open, const std::string& gate,
                             std::int64_t count) {
    const auto kept = options.kept.find(gate);
    const auto found = open.find(gate);
    if (kept == options.kept.end())
        return found == open.end() ? std::vector<bool>(static_cast<std::size_t>(count), true) : found->second;
    std::vector<bool> all(static_cast<std::size_t>(count), false);
    for (std::size_t i = 0; i < kept->second.size(); ++i)
        all[static_cast<std::size_t>(kept->second[i])] = found == open.end() || found->second[i];
    return all;
}

double countOf(const std::vector<bool>& open) {
    return static_cast<double>(std::count(open.begin(), open.end(), true));
}

std::int64_t halved(std::int64_t size) {
    return (size + 1) / 2;
}

double ofBranched(const NetworkOptions& options, const OpenChannels& open) {
    const bool small = options.backbone == Backbone::Small;
    const std::int64_t width = options.width > 0 ? options.width : small ? 8 : 64;
    const int stages = small ? 3 : 4, blocks = small ? 1 : 2, kernel = small ? 3 : 7;
    const std::int64_t features = width << (stages - 1);
    const std::int64_t hidden = options.hidden > 0 ? options.hidden : small ? 32 : 128;
    const std::vector<bool> head1 =
        channelsOf(options, open, "head1", features * static_cast<std::int64_t>(options.branches.size()));
    const double head2 = countOf(channelsOf(options, open, "head2", hidden));
    double sum = head2 * static_cast<double>(options.outputs);
    for (std::size_t b = 0; b < options.branches.size(); ++b) {
        const Branch& branch = options.branches[b];
        std::int64_t size = halved(options.size);
        sum += static_cast<double>(size * size * kernel * kernel * branch.channels * width);
        if (!small) size = halved(size);  // the max pool
        std::int64_t in = width;
        double openIn = static_cast<double>(width);
        for (int stage = 0; stage < stages; ++stage) {
            const std::int64_t out = width << stage;
            std::vector<bool> kept =
                channelsOf(options, open, branch.name + ".layer" + std::to_string(stage + 1), out);
            if (stage + 1 == stages)
                for (std::size_t c = 0; c < kept.size(); ++c)
                    kept[c] = kept[c] && head1[b * static_cast<std::size_t>(features) + c];
            for (int block = 0; block < blocks; ++block) {
                const bool halves = stage > 0 && block == 0;
                if (halves) size = halved(size);
                const double all = static_cast<double>(out);
                const double openOut = block + 1 == blocks ? countOf(kept) : all;
                const double shortcut = halves || in != out ? openIn * openOut : 0;
                sum += static_cast<double>(size * size) * (9 * openIn * all + 9 * all * openOut + shortcut);
                openIn = openOut;
                in = out;
            }
        }
        sum += openIn * head2;
    }
    return sum;
}

/// One branch of EfficientNet, of whose last convolution so many outputs are read.
double ofEfficientTrunk(const nn::EfficientNetOptions& trunk, std::int64_t pictureSize, double features) {
    std::int64_t size = halved(pictureSize), in = trunk.stem;
    const auto pixels = [&] { return static_cast<double>(size * size); };
    double sum = pixels() * static_cast<double>(9 * trunk.imageChannels * trunk.stem);
    for (const nn::EfficientNetStage& stage : trunk.stages)
        for (std::int64_t block = 0; block < stage.repeats; ++block) {
            const std::int64_t inner = stage.expansion * in, squeezed = std::max<std::int64_t>(1, in / 4);
            if (stage.expansion > 1) sum += pixels() * static_cast<double>(in * inner);
            if (block == 0 && stage.stride == 2) size = halved(size);
            sum += pixels() * static_cast<double>(inner * (stage.kernel * stage.kernel + stage.channels)) +
                   static_cast<double>(2 * inner * squeezed);
            in = stage.channels;
        }
    return sum + pixels() * static_cast<double>(in) * features;
}

double ofEfficientNet(const NetworkOptions& options, const OpenChannels& open) {
    const double head2 =
        countOf(channelsOf(options, open, "head2", options.hidden > 0 ? options.hidden : 128));
    double sum = head2 * static_cast<double>(options.outputs);
    for (std::size_t b = 0; b < options.branches.size(); ++b) {
        const nn::EfficientNetOptions trunk = efficientNetOf(options.branches[b].channels, options.width);
        const std::vector<bool> head1 = channelsOf(
            options, open, "head1", trunk.features * static_cast<std::int64_t>(options.branches.size()));
        const auto own = head1.begin() + static_cast<std::ptrdiff_t>(b) * trunk.features;
        const auto features = static_cast<double>(std::count(own, own + trunk.features, true));
        sum += ofEfficientTrunk(trunk, options.size, features) + features * head2;
    }
    return sum;
}

double ofTransformer(const NetworkOptions& options, const OpenChannels& open) {
    const std::int64_t width = options.width > 0 ? options.width : 192;
    const std::int64_t side = options.size / options.patch;
    const double w = static_cast<double>(width), patches = static_cast<double>(side * side),
                 tokens = patches + 1;
    double sum =
        patches * static_cast<double>(options.patch * options.patch * options.branches.front().channels) * w;
    for (std::int64_t block = 0; block < options.depth; ++block) {
        const std::string name = "block" + std::to_string(block);
        const double attention = countOf(channelsOf(options, open, name + ".attention", width)),
                     units = countOf(channelsOf(options, open, name + ".mlp", width));
        // Query, key and value; their products; the projection; both maps of the units (four times as wide).
        sum += tokens * 3 * w * w + 2 * tokens * tokens * w + tokens * w * attention;
        sum += tokens * 4 * w * w + tokens * 4 * w * units;
    }
    return sum + w * static_cast<double>(options.outputs);
}

}  // namespace

double multiplyAdds(const NetworkOptions& options, const OpenChannels& open) {
    if (options.backbone == Backbone::EfficientNetB0) return ofEfficientNet(options, open);
    return options.backbone == Backbone::VitTiny ? ofTransformer(options, open) : ofBranched(options, open);
}

}  // namespace filigree::methods::hard_attention_gates
