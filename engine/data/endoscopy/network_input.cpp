// SPDX-License-Identifier: Apache-2.0
#include "data/endoscopy/network_input.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/error.h"

namespace filigree::data::endoscopy {
namespace {

constexpr float fullDepthMm = 60, depthUnitMm = 30;
constexpr std::array allStreams{Stream::Crop, Stream::Located, Stream::Depth, Stream::LocatedDepth,
                                Stream::Whole};

std::size_t planeOf(const PolypPicture& picture) {
    return static_cast<std::size_t>(picture.size * picture.size);
}

float normalized(const PixelScale& pixels, float value, std::size_t channel) {
    return (value - pixels.mean[channel]) / pixels.deviation[channel];
}

/// Both ends included.
struct Region {
    std::int64_t left, top, right, bottom;
};

std::optional<Region> grownBox(const PolypPicture& picture) {
    Region box{picture.size, picture.size, -1, -1};
    for (std::int64_t i = 0; i < picture.size; ++i)
        for (std::int64_t j = 0; j < picture.size; ++j) {
            if (picture.mask[static_cast<std::size_t>(i * picture.size + j)] == 0) continue;
            box = {std::min(box.left, j), std::min(box.top, i), std::max(box.right, j),
                   std::max(box.bottom, i)};
        }
    if (box.right < 0) return {};
    const std::int64_t aside = (box.right - box.left) / 2, up = (box.bottom - box.top) / 2;
    const std::int64_t last = picture.size - 1;
    return Region{std::max<std::int64_t>(0, box.left - aside), std::max<std::int64_t>(0, box.top - up),
                  std::min(last, box.right + aside), std::min(last, box.bottom + up)};
}

/// One plane of the region, resized to the whole.
void cropPlane(std::span<const float> plane, std::int64_t size, const Region& region, std::span<float> to) {
    const std::int64_t width = region.right - region.left + 1, height = region.bottom - region.top + 1;
    std::vector<float> part;
    part.reserve(static_cast<std::size_t>(width * height));
    for (std::int64_t i = region.top; i <= region.bottom; ++i) {
        const auto row = plane.begin() + i * size;
        part.insert(part.end(), row + region.left, row + region.right + 1);
    }
    resizePlane(part, height, width, true, to, size, size);
}

void writeCrop(const PixelScale& pixels, const PolypPicture& picture, std::span<float> to) {
    const std::size_t plane = planeOf(picture);
    const auto region = grownBox(picture);
    if (!region) return std::fill(to.begin(), to.end(), 0.0F);
    for (std::size_t c = 0; c < 3; ++c) {
        const std::span<float> target = to.subspan(c * plane, plane);
        cropPlane(std::span(picture.rgb).subspan(c * plane, plane), picture.size, *region, target);
        for (float& value : target) value = normalized(pixels, value, c);
    }
}

void writeDepth(const PolypPicture& picture, bool metric, std::span<float> to) {
    const auto region = grownBox(picture);
    if (!region) return std::fill(to.begin(), to.end(), 0.0F);
    std::vector<float> values(planeOf(picture));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const float depth = picture.depthMm[i];
        values[i] = metric ? std::min(depth, fullDepthMm) / depthUnitMm : depth > 0 ? 1 / depth : 0;
    }
    cropPlane(values, picture.size, *region, to);
    const auto place = [&](std::int64_t index) {
        return picture.size > 1 ? 2 * static_cast<double>(index) / static_cast<double>(picture.size - 1) - 1
                                : 0;
    };
    for (std::int64_t i = 0; i < picture.size; ++i)
        for (std::int64_t j = 0; j < picture.size; ++j)
            if (place(i) * place(i) + place(j) * place(j) > 1)
                to[static_cast<std::size_t>(i * picture.size + j)] = 0;
    if (metric) return;
    const auto [least, most] = std::minmax_element(to.begin(), to.end());
    const float low = *least, range = std::max(*most - low, 1e-5F);
    for (float& value : to) value = (value - low) / range;
}

}  // namespace

PolypPicture pictureOf(const StoredFrame& frame, std::int64_t width, std::int64_t size) {
    const auto plane = static_cast<std::size_t>(width * width);
    PolypPicture picture{width, std::vector<float>(3 * plane), std::vector<float>(plane),
                         std::vector<float>(plane)};
    for (std::size_t i = 0; i < plane; ++i)
        for (std::size_t c = 0; c < 3; ++c)
            picture.rgb[c * plane + i] = static_cast<float>(frame.rgb[3 * i + c]) / 255;
    for (std::size_t i = 0; i < frame.depth.size(); ++i)
        picture.depthMm[i] = static_cast<float>(frame.depth[i]) / 256;
    for (std::int64_t i = frame.box.yMin; i < frame.box.yMax; ++i)
        std::fill_n(picture.mask.begin() + i * width + frame.box.xMin, frame.box.width(), 1.0F);
    if (size == width) return picture;
    const auto resized = [&](const std::vector<float>& planes, std::size_t count) {
        const auto target = static_cast<std::size_t>(size * size);
        std::vector<float> result(count * target);
        for (std::size_t c = 0; c < count; ++c)
            resizePlane(std::span(planes).subspan(c * plane, plane), width, width, false,
                        std::span(result).subspan(c * target, target), size, size);
        return result;
    };
    PolypPicture whole{size, resized(picture.rgb, 3), resized(picture.depthMm, 1), resized(picture.mask, 1)};
    for (float& value : whole.mask) value = value >= 0.5F ? 1.0F : 0.0F;
    return whole;
}

void augment(const PhotoAugmentation& augmentation, RandomStream& random, PolypPicture& picture) {
    const PhotoChange change = drawPhotoChange(augmentation, random);
    move(change, 3, picture.size, picture.size, picture.rgb);
    move(change, 1, picture.size, picture.size, picture.depthMm);
    move(change, 1, picture.size, picture.size, picture.mask);
    recolour(change, picture.rgb);
    addNoise(augmentation.noise, random, picture.rgb);
}

std::int64_t channelsOf(Stream stream) {
    return stream == Stream::Depth ? 1 : stream == Stream::LocatedDepth ? 4 : 3;
}

std::int64_t InputPlan::channels() const {
    std::int64_t sum = 0;
    for (const Stream stream : streams) sum += channelsOf(stream);
    return sum;
}

std::string nameOf(Stream stream) {
    switch (stream) {
        case Stream::Located:
            return "loc";
        case Stream::Crop:
            return "rgb";
        case Stream::Depth:
            return "dpt";
        case Stream::LocatedDepth:
            return "loc_depth";
        case Stream::Whole:
            return "whole";
    }
    return {};
}

std::vector<Stream> streamsFrom(std::string_view names) {
    std::vector<std::string> asked(1);
    for (const char c : names)
        if (c == '+')
            asked.emplace_back();
        else
            asked.back() += c;
    std::vector<Stream> streams;
    for (const Stream stream : allStreams)
        if (std::find(asked.begin(), asked.end(), nameOf(stream)) != asked.end()) streams.push_back(stream);
    if (streams.size() != asked.size())
        throw Error(ErrorKind::Usage, "streams are named wrongly", std::string(names),
                    "join different names of loc, rgb, dpt, loc_depth, whole by +");
    return streams;
}

Window windowOf(Stream stream, const PolypPicture& picture) {
    const auto region = stream == Stream::Crop || stream == Stream::Depth ? grownBox(picture) : std::nullopt;
    if (!region) return {};
    const auto share = [&](std::int64_t at) {
        return static_cast<double>(at) / static_cast<double>(picture.size);
    };
    return {share(region->left), share(region->top), share(region->right + 1), share(region->bottom + 1)};
}

void writeInput(const InputPlan& plan, const PolypPicture& picture, std::span<float> to) {
    const std::size_t plane = planeOf(picture);
    std::size_t next = 0;
    const auto take = [&](std::size_t planes) {
        next += planes;
        return to.subspan((next - planes) * plane, planes * plane);
    };
    for (const Stream stream : plan.streams) {
        const std::span<float> part = take(static_cast<std::size_t>(channelsOf(stream)));
        if (stream == Stream::Crop) {
            writeCrop(plan.pixels, picture, part);
        } else if (stream == Stream::Depth) {
            writeDepth(picture, plan.metricDepth, part);
        } else {
            for (std::size_t c = 0; c < 3; ++c)
                for (std::size_t i = 0; i < plane; ++i)
                    part[c * plane + i] = normalized(plan.pixels, picture.rgb[c * plane + i], c) *
                                          (stream == Stream::Whole ? 1 : picture.mask[i]);
            if (stream == Stream::LocatedDepth)
                for (std::size_t i = 0; i < plane; ++i)
                    part[3 * plane + i] =
                        std::min(picture.depthMm[i], fullDepthMm) / depthUnitMm * picture.mask[i];
        }
    }
}

}  // namespace filigree::data::endoscopy
