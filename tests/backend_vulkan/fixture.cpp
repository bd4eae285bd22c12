// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

#include <cmath>
#include <numeric>

#include "base/random.h"

using namespace filigree;
using namespace filigree::vulkan;

std::string testDevice() {
    return qEnvironmentVariable("FILIGREE_TEST_DEVICE", "software").toStdString();
}

std::string Fixture::open(DeviceOptions options) {
    options.name = testDevice();
    qputenv("FILIGREE_VULKAN_VALIDATION", "1");
    try {
        instance_ = gpu::Instance::shared();
    } catch (const Error& error) {
        return "no Vulkan driver here: " + error.message();
    }
    stream_ = std::make_unique<Stream>(Device::open(options));
    return {};
}

void Fixture::close() {
    stream_.reset();
    instance_.reset();
}

std::string Fixture::complaint() const {
    if (!instance_) return {};
    if (!instance_->validated()) return "the validation layer does not run";
    const auto messages = instance_->validationMessages();
    return messages.empty() ? std::string() : messages.front();
}

Array Fixture::poisoned(std::uint64_t count, std::uint32_t bits) {
    Array made = stream().make(count, "output");
    stream().fill(made, bits);
    return made;
}

std::vector<float> randomNumbers(std::size_t count, const std::string& name, double scale) {
    RandomStream random(7, name);
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>(scale * random.normal());
    return values;
}

Tensor wide(const std::vector<float>& values, const Shape& shape) {
    return Tensor::from(values, shape).to(DType::F64);
}

std::vector<float> tiled(const std::vector<float>& values, const Layout& layout, std::size_t features,
                         float padding) {
    std::vector<float> result(layout.count(features), padding);
    const std::size_t T = layout.tile;
    for (std::size_t n = 0; n < layout.batch; ++n)
        for (std::size_t f = 0; f < features; ++f)
            result[(n / T * features + f) * T + n % T] = values[n * features + f];
    return result;
}

std::vector<float> untiled(const std::vector<float>& values, const Layout& layout, std::size_t features) {
    std::vector<float> result(layout.batch * features);
    const std::size_t T = layout.tile;
    for (std::size_t n = 0; n < layout.batch; ++n)
        for (std::size_t f = 0; f < features; ++f)
            result[n * features + f] = values[(n / T * features + f) * T + n % T];
    return result;
}

std::string differs(std::span<const float> got, std::span<const double> want, std::span<const double> bound) {
    if (got.size() != want.size())
        return "sizes " + std::to_string(got.size()) + " and " + std::to_string(want.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
        const double error = std::abs(static_cast<double>(got[i]) - want[i]);
        if (!(error <= bound[i]))
            return "at " + std::to_string(i) + ": " + std::to_string(got[i]) + " instead of " +
                   std::to_string(want[i]) + ", error " + std::to_string(error / bound[i]) +
                   " times the bound";
    }
    return {};
}

std::string differs(std::span<const float> got, std::span<const double> want, double bound) {
    return differs(got, want, std::vector<double>(want.size(), bound));
}

sparse::Topology pattern(std::int64_t rows, std::int64_t columns, std::int64_t edges,
                         const std::string& name) {
    RandomStream random(11, name);
    const bool spare = rows > 1 && edges <= (rows - 1) * columns;
    std::vector<std::uint32_t> active;
    for (const std::int64_t p : random.sample((spare ? rows - 1 : rows) * columns, edges))
        active.push_back(static_cast<std::uint32_t>(p + (spare ? columns : 0)));
    return {rows, columns, active};
}
