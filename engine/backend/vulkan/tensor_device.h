// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "backend/device_kernels.h"
#include "backend/vulkan/convolution.h"
#include "backend/vulkan/reduction.h"
#include "backend/vulkan/rewiring.h"
#include "backend/vulkan/softmax.h"

namespace filigree::vulkan {

/// A Vulkan device that tensors lie on: the functions of `backend/` in terms of its kernels. Batches of
/// samples [N, F] and images [N, C, H, W] lie in batch-tiled memory from the first kernel that multiplies to
/// the loss.
class TensorDevice final : public backend::DeviceKernels {
  public:
    using Binary = backend::Binary;
    using Unary = backend::Unary;

    /// Throws as Device::open.
    static std::shared_ptr<TensorDevice> open(const DeviceOptions& options = {});
    explicit TensorDevice(std::shared_ptr<vulkan::Device> device);

    Stream& stream() { return *stream_; }

    // tensor/device.h
    std::string name() const override;
    std::unique_ptr<DeviceMemory> allocate(std::size_t bytes, const std::string& what) override;
    void copy(Tensor& to, const Tensor& from) override;
    void fill(Tensor& to, double value) override;
    int preferredTile(std::int64_t batch) const override;
    void submit() override { stream_->submit(); }

    // backend/device_kernels.h
    std::vector<KernelTime> kernelTimes() override { return stream_->profile(); }
    void resetKernelTimes() override { stream_->resetProfile(); }
    Tensor apply(Binary function, const Tensor& a, const Tensor& b) override;
    Tensor apply(Unary function, const Tensor& x, double a, double b) override;
    Tensor applyDerivative(Unary function, const Tensor& gradient, const Tensor& x, const Tensor& y, double a,
                           double b) override;
    Tensor dropout(const Tensor& x, double p, std::uint64_t key) override;
    Tensor sum(const Tensor& x, std::span<const int> axes, bool keepAxes) override;
    Tensor sumTo(const Tensor& x, const Shape& shape) override;
    Tensor softmax(const Tensor& x, int axis) override;
    Tensor softmaxBackward(const Tensor& gradient, const Tensor& y, int axis) override;
    Tensor logSoftmax(const Tensor& x, int axis) override;
    Tensor logSoftmaxBackward(const Tensor& gradient, const Tensor& y, int axis) override;
    Tensor crossEntropy(const Tensor& logProbabilities, const Tensor& labels, double labelSmoothing) override;
    Tensor crossEntropyBackward(const Tensor& gradient, const Tensor& logProbabilities, const Tensor& labels,
                                double labelSmoothing) override;
    Tensor isCorrect(const Tensor& logits, const Tensor& labels) override;
    Tensor matmul(const Tensor& a, const Tensor& b, bool transposeA, bool transposeB) override;
    Tensor batchedMatmul(const Tensor& a, const Tensor& b, bool transposeA, bool transposeB) override;
    Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) override;
    Tensor linearInput(const Tensor& x) override;
    Tensor sparseLinear(const Tensor& x, const backend::SparsePattern& pattern, const Tensor& values,
                        const Tensor& bias, bool rectified) override;
    backend::SparseLinearGradients sparseLinearBackward(const Tensor& x, const Tensor& gradient,
                                                        const backend::SparsePattern& pattern,
                                                        const Tensor& values,
                                                        backend::InputGradient wanted) override;
    backend::LinearOutputGradient linearOutputGradient(const Tensor& gradient, const Tensor& y,
                                                       bool wantsBias) override;
    Tensor featureSum(const Tensor& x) override;
    Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias,
                       const backend::Conv2dOptions& options) override;
    Tensor convolutionInputGradient(const Tensor& gradY, const Tensor& weight, const Shape& xShape,
                                    const backend::Conv2dOptions& options) override;
    Tensor convolutionWeightGradient(const Tensor& x, const Tensor& gradY, const Shape& weightShape,
                                     const backend::Conv2dOptions& options) override;
    Tensor sparseConvolution(const Tensor& x, const backend::SparsePattern& pattern, const Shape& weightShape,
                             const Tensor& values, const Tensor& bias,
                             const backend::Conv2dOptions& options) override;
    backend::SparseConvolutionGradients sparseConvolutionBackward(const Tensor& x, const Tensor& gradient,
                                                                  const backend::SparsePattern& pattern,
                                                                  const Shape& weightShape,
                                                                  const Tensor& values,
                                                                  const backend::Conv2dOptions& options,
                                                                  bool wantsInput) override;
    Tensor maxPool2d(const Tensor& x, const backend::Pool2dOptions& options) override;
    Tensor maxPool2dGradient(const Tensor& x, const Tensor& gradY,
                             const backend::Pool2dOptions& options) override;
    Tensor averagePool2d(const Tensor& x, const backend::Pool2dOptions& options) override;
    Tensor averagePool2dGradient(const Tensor& gradY, const Shape& xShape,
                                 const backend::Pool2dOptions& options) override;
    Tensor globalAveragePool2d(const Tensor& x) override;
    Tensor globalAveragePool2dGradient(const Tensor& gradY, const Shape& xShape) override;
    backend::ChannelStatistics channelStatistics(const Tensor& x) override;
    Tensor batchNorm(const Tensor& x, const backend::ChannelStatistics& statistics, const Tensor& gamma,
                     const Tensor& beta, double epsilon) override;
    backend::NormalizationGradient batchNormGradient(const Tensor& x,
                                                     const backend::ChannelStatistics& statistics,
                                                     const Tensor& gamma, const Tensor& gradY, double epsilon,
                                                     bool statisticsOfX) override;
    Tensor layerNorm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) override;
    backend::NormalizationGradient layerNormGradient(const Tensor& x, const Tensor& gamma,
                                                     const Tensor& gradY, double epsilon) override;
    Tensor indexSelect(const Tensor& x, int axis, const Tensor& ids) override;
    Tensor indexAdd(const Shape& shape, int axis, const Tensor& ids, const Tensor& source) override;
    Tensor gather(const Tensor& x, int axis, const Tensor& index) override;
    Tensor scatterAdd(const Shape& shape, int axis, const Tensor& index, const Tensor& source) override;
    void sgd(const backend::SgdFactors& factors, Tensor& values, Tensor* momentum,
             const Tensor& gradient) override;
    void adam(const backend::AdamFactors& factors, Tensor& values, Tensor& first, Tensor& second,
              const Tensor& gradient) override;
    Tensor rearrange(const Tensor& values, std::span<const std::int64_t> source) override;
    Tensor scatterEdges(const Tensor& values, const backend::SparsePattern& pattern,
                        const Shape& shape) override;
    Tensor gatherEdges(const Tensor& dense, const backend::SparsePattern& pattern) override;
    backend::EdgeRound rewire(const backend::EdgeRoundRequest& request) override;

  private:
    struct PatternHere;

    Tensor::Device self() { return shared_from_this(); }
    /// The numbers of a tensor that is contiguous or batch-tiled and begins where a kernel can be given it.
    View view(const Tensor& x) const;
    /// On this device, contiguous or batch-tiled, and beginning where a kernel can be given it.
    Tensor plain(const Tensor& x);
    /// The same, and strided.
    Tensor contiguous(const Tensor& x);
    /// The same, and batch-tiled, by the tile that it has or that is preferred.
    Tensor tiled(const Tensor& x);
    Tensor tiled(const Tensor& x, int tile);
    /// Ids as i32 on this device.
    Tensor numbers(const Tensor& ids);
    static Layout layoutOf(const Tensor& x);
    void copyHere(Tensor& to, const Tensor& from);
    void copyParts(Tensor& to, const Tensor& from);
    Tensor alongAxis(const Tensor& a, const Tensor* b, int axis,
                     void (*kernel)(Stream&, const AxisShape&, const View&, const View*, const View&));
    struct Losses {
        Tensor loss, correct, gradient;
    };
    Losses losses(const Tensor& logits, const Tensor& labels, double labelSmoothing);
    PatternHere& patternOf(const backend::SparsePattern& pattern);
    WindowShape windowOf(const Shape& x, int tile, std::int64_t outputs,
                         const std::array<std::int64_t, 2>& kernel, const std::array<std::int64_t, 2>& stride,
                         const std::array<std::int64_t, 2>& padding);
    WindowShape windowOf(const Shape& x, int tile, const Shape& weight,
                         const backend::Conv2dOptions& options);
    Tensor workspaceFor(const WindowShape& shape);
    static FeatureShape featuresOf(const Tensor& x);

    std::unique_ptr<Stream> stream_;
    std::unique_ptr<Rewiring> rewiring_;
    std::uint64_t mostPositions_ = 0, mostEdges_ = 0;  ///< that `rewiring_` has room for
};

}  // namespace filigree::vulkan
