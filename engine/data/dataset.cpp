// SPDX-License-Identifier: Apache-2.0
#include "data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/prefetch.h"

namespace filigree::data {

std::int64_t Dataset::sampleSize() const {
    std::int64_t size = 1;
    for (const std::int64_t extent : sampleShape) size *= extent;
    return size;
}

std::int64_t Dataset::channels() const {
    return sampleShape.size() == 3 ? sampleShape[0] : 1;
}

void Dataset::read(std::int64_t index, std::span<float> out) const {
    const std::int64_t size = sampleSize();
    if (index < 0 || index >= count())
        throw Error(ErrorKind::Usage, fmt::format("sample {} of {}", index, count()), name);
    if (static_cast<std::int64_t>(out.size()) != size)
        throw Error(ErrorKind::Usage,
                    fmt::format("room for {} values where a sample has {}", out.size(), size), name);

    const std::size_t plane = static_cast<std::size_t>(size / channels());
    const auto write = [&](const auto& values, double unit) {
        const auto* x = values.data() + index * size;
        float* y = out.data();
        for (std::size_t c = 0; c < static_cast<std::size_t>(channels()); ++c, x += plane, y += plane) {
            const double mean = normalization.mean.empty() ? 0.0 : double{normalization.mean[c]};
            const double deviation =
                normalization.deviation.empty() ? 1.0 : double{normalization.deviation[c]};
            const auto scale = static_cast<float>(unit / deviation);
            const auto shift = static_cast<float>(-mean / deviation);
            for (std::size_t i = 0; i < plane; ++i) y[i] = static_cast<float>(x[i]) * scale + shift;
        }
    };
    if (const auto* pixels = std::get_if<LargeVector<std::uint8_t>>(&samples))
        write(*pixels, 1.0 / pixelMaximum);
    else
        write(std::get<LargeVector<float>>(samples), 1.0);
}

void Dataset::prefetch(std::int64_t index) const {
    // A processor follows the lines of a sample once it has seen some of them.
    constexpr std::size_t mostBytes = 2048, line = 64;
    std::visit(
        [&](const auto& values) {
            const auto* const first = values.data() + index * sampleSize();
            const std::size_t bytes = static_cast<std::size_t>(sampleSize()) * sizeof(*first);
            for (std::size_t at = 0; at < std::min(bytes, mostBytes); at += line)
                prefetchForReading(reinterpret_cast<const char*>(first) + at);
        },
        samples);
}

std::vector<float> Dataset::normalizedZero() const {
    std::vector<float> zero(static_cast<std::size_t>(channels()), 0.0F);
    for (std::size_t c = 0; c < normalization.mean.size(); ++c)
        zero[c] =
            static_cast<float>(-double{normalization.mean[c]} /
                               (normalization.deviation.empty() ? 1.0 : double{normalization.deviation[c]}));
    return zero;
}

void Dataset::validate() const {
    const auto require = [&](bool fact, const std::string& message) {
        if (!fact) throw Error(ErrorKind::Data, message, name + " (" + split + "), " + where);
    };
    require(!sampleShape.empty() && std::all_of(sampleShape.begin(), sampleShape.end(),
                                                [](std::int64_t extent) { return extent > 0; }),
            "samples without values");
    require(count() > 0, "the set is empty");
    const std::int64_t values =
        std::visit([](const auto& v) { return static_cast<std::int64_t>(v.size()); }, samples);
    // Division instead of product: the shape comes from a file.
    require(values % sampleSize() == 0 && values / sampleSize() == count(),
            fmt::format("{} values do not make {} samples of {}", values, count(), sampleSize()));
    for (std::size_t i = 0; i < labels.size(); ++i)
        require(labels[i] >= 0 && labels[i] < classes,
                fmt::format("label {} of sample {} is not in 0..{}", labels[i], i, classes - 1));
    require(classNames.empty() || static_cast<int>(classNames.size()) == classes,
            "class names do not match the classes");
    const auto perChannel = [&](const std::vector<float>& v) {
        return v.empty() || static_cast<std::int64_t>(v.size()) == channels();
    };
    require(perChannel(normalization.mean) && perChannel(normalization.deviation),
            fmt::format("normalisation is not for {} channels", channels()));
    for (const float deviation : normalization.deviation)
        require(std::isfinite(deviation) && deviation > 0, "a standard deviation is not positive");
    if (const auto* pixels = std::get_if<LargeVector<std::uint8_t>>(&samples)) {
        require(pixelMaximum > 0, "the largest pixel value is not positive");
        if (pixelMaximum < 255)
            require(std::all_of(pixels->begin(), pixels->end(),
                                [&](std::uint8_t p) { return p <= pixelMaximum; }),
                    fmt::format("a pixel is above {}", pixelMaximum));
    }
}

}  // namespace filigree::data
