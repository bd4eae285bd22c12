// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/vulkan/kernel.h"
#include "backend/vulkan/sparse_linear.h"
#include "sparse/topology.h"
#include "tensor/tensor.h"
// After Vulkan's header.
#include <QtTest>

/// The device that tests compute on: what FILIGREE_TEST_DEVICE names, else the one in software.
std::string testDevice();

/// A stream on the device of the tests with the validation layer on, and what the tests of kernels share.
class Fixture {
  public:
    /// Why the tests cannot run here (no driver), or "". Whatever device the options name, it is that of the
    /// tests.
    std::string open(filigree::vulkan::DeviceOptions options = {});
    void close();

    filigree::vulkan::Stream& stream() { return *stream_; }
    /// What the validation layer has said, or "".
    std::string complaint() const;

    filigree::vulkan::Array upload(const std::vector<float>& values) {
        return stream().upload(std::span<const float>(values), "input");
    }
    /// An array in which every number is not one.
    filigree::vulkan::Array poisoned(std::uint64_t count, std::uint32_t bits = 0x7FC0DEADU);
    std::vector<float> read(const filigree::vulkan::View& view) { return stream().read<float>(view); }

    /// What `kernel` writes into a poisoned array of `count` numbers; run twice over different poisons. Fails
    /// the test if the runs differ in a bit.
    template <typename Kernel>
    std::vector<float> twice(std::uint64_t count, Kernel&& kernel) {
        filigree::vulkan::Array first = poisoned(count), second = poisoned(count, 0xFFC0BEEFU);
        kernel(first.view());
        kernel(second.view());
        const auto a = stream().read<std::uint32_t>(first), b = stream().read<std::uint32_t>(second);
        if (a != b) QTest::qFail("two runs gave different bits", __FILE__, __LINE__);
        return read(first);
    }

  private:
    std::shared_ptr<filigree::gpu::Instance> instance_;
    std::unique_ptr<filigree::vulkan::Stream> stream_;
};

std::vector<float> randomNumbers(std::size_t count, const std::string& name, double scale = 1);
/// [N, F] as a row-major f64 tensor.
filigree::Tensor wide(const std::vector<float>& values, const filigree::Shape& shape);
/// Row-major [batch][features] in batch-tiled order; lanes past the batch are `padding`.
std::vector<float> tiled(const std::vector<float>& values, const filigree::vulkan::Layout& layout,
                         std::size_t features, float padding = 0);
std::vector<float> untiled(const std::vector<float>& values, const filigree::vulkan::Layout& layout,
                           std::size_t features);
/// "" if |got - want| <= bound[i] everywhere, else the first place where not.
std::string differs(std::span<const float> got, std::span<const double> want, std::span<const double> bound);
std::string differs(std::span<const float> got, std::span<const double> want, double bound);

/// A pattern of about this density; row 0 is empty if there are several and `edges` allow it.
filigree::sparse::Topology pattern(std::int64_t rows, std::int64_t columns, std::int64_t edges,
                                   const std::string& name = "pattern");

#define OPEN_OR_SKIP(fixture)                        \
    do {                                             \
        const std::string reason = (fixture).open(); \
        if (!reason.empty()) QSKIP(reason.c_str());  \
    } while (false)
#define VERIFY_SAME(message)                  \
    do {                                      \
        const std::string text = (message);   \
        QVERIFY2(text.empty(), text.c_str()); \
    } while (false)
