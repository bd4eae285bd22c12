// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backend/convolution.h"
#include "backend/elementwise.h"
#include "backend/kernel_time.h"
#include "backend/normalization.h"
#include "backend/optimizer.h"
#include "backend/pooling.h"
#include "backend/reduction.h"
#include "backend/rewiring.h"
#include "backend/sparse_convolution.h"
#include "backend/sparse_linear.h"
#include "tensor/tensor.h"

namespace filigree::backend {

/// What a device can compute: the functions of `backend/` whose first argument lies on it come here. They
/// mean the same as there; their results lie on the device, batch-tiled where the arguments are images or a
/// batch of samples.
///
/// A function of `backend/` that is not here, and arguments that a kernel does not take, are computed on the
/// processor if whoever opened the device allows it (reported once per operation), else they are an Error
/// (Device) that names the operation.
class DeviceKernels : public ComputeDevice {
  public:
    /// Called with the name of each operation that is computed on the processor instead, once each. Null:
    /// none is.
    using Fallback = std::function<void(const std::string& operation)>;
    void setFallback(Fallback fallback) { fallback_ = std::move(fallback); }
    /// Throws Error (Device) unless the processor may compute this operation.
    void fallBack(const char* operation);

    /// Per kernel since the last call of resetKernelTimes, in order of first use. Both wait for the device.
    /// Empty unless it was opened to time its kernels.
    virtual std::vector<KernelTime> kernelTimes() = 0;
    virtual void resetKernelTimes() = 0;

    // backend/elementwise.h
    virtual Tensor apply(Binary function, const Tensor& a, const Tensor& b) = 0;
    virtual Tensor apply(Unary function, const Tensor& x, double a, double b) = 0;
    virtual Tensor applyDerivative(Unary function, const Tensor& gradient, const Tensor& x, const Tensor& y,
                                   double a, double b) = 0;
    // backend/dropout.h
    virtual Tensor dropout(const Tensor& x, double p, std::uint64_t key) = 0;
    // backend/reduction.h
    virtual Tensor sum(const Tensor& x, std::span<const int> axes, bool keepAxes) = 0;
    virtual Tensor sumTo(const Tensor& x, const Shape& shape) = 0;
    // backend/softmax.h
    virtual Tensor softmax(const Tensor& x, int axis) = 0;
    virtual Tensor softmaxBackward(const Tensor& gradient, const Tensor& y, int axis) = 0;
    virtual Tensor logSoftmax(const Tensor& x, int axis) = 0;
    virtual Tensor logSoftmaxBackward(const Tensor& gradient, const Tensor& y, int axis) = 0;
    // backend/loss.h; labels outside the classes are not noticed
    virtual Tensor crossEntropy(const Tensor& logProbabilities, const Tensor& labels,
                                double labelSmoothing) = 0;
    virtual Tensor crossEntropyBackward(const Tensor& gradient, const Tensor& logProbabilities,
                                        const Tensor& labels, double labelSmoothing) = 0;
    virtual Tensor isCorrect(const Tensor& logits, const Tensor& labels) = 0;
    // backend/matmul.h
    virtual Tensor matmul(const Tensor& a, const Tensor& b, bool transposeA, bool transposeB) = 0;
    virtual Tensor batchedMatmul(const Tensor& a, const Tensor& b, bool transposeA, bool transposeB) = 0;
    virtual Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) = 0;
    // backend/sparse_linear.h
    virtual Tensor linearInput(const Tensor& x) = 0;
    virtual Tensor sparseLinear(const Tensor& x, const SparsePattern& pattern, const Tensor& values,
                                const Tensor& bias, bool rectified) = 0;
    virtual SparseLinearGradients sparseLinearBackward(const Tensor& x, const Tensor& gradient,
                                                       const SparsePattern& pattern, const Tensor& values,
                                                       InputGradient wanted) = 0;
    virtual LinearOutputGradient linearOutputGradient(const Tensor& gradient, const Tensor& y,
                                                      bool wantsBias) = 0;
    virtual Tensor featureSum(const Tensor& x) = 0;
    // backend/convolution.h, backend/sparse_convolution.h
    virtual Tensor convolution(const Tensor& x, const Tensor& weight, const Tensor& bias,
                               const Conv2dOptions& options) = 0;
    virtual Tensor convolutionInputGradient(const Tensor& gradY, const Tensor& weight, const Shape& xShape,
                                            const Conv2dOptions& options) = 0;
    virtual Tensor convolutionWeightGradient(const Tensor& x, const Tensor& gradY, const Shape& weightShape,
                                             const Conv2dOptions& options) = 0;
    virtual Tensor sparseConvolution(const Tensor& x, const SparsePattern& pattern, const Shape& weightShape,
                                     const Tensor& values, const Tensor& bias,
                                     const Conv2dOptions& options) = 0;
    virtual SparseConvolutionGradients sparseConvolutionBackward(
        const Tensor& x, const Tensor& gradient, const SparsePattern& pattern, const Shape& weightShape,
        const Tensor& values, const Conv2dOptions& options, bool wantsInput) = 0;
    // backend/pooling.h
    virtual Tensor maxPool2d(const Tensor& x, const Pool2dOptions& options) = 0;
    virtual Tensor maxPool2dGradient(const Tensor& x, const Tensor& gradY, const Pool2dOptions& options) = 0;
    virtual Tensor averagePool2d(const Tensor& x, const Pool2dOptions& options) = 0;
    virtual Tensor averagePool2dGradient(const Tensor& gradY, const Shape& xShape,
                                         const Pool2dOptions& options) = 0;
    virtual Tensor globalAveragePool2d(const Tensor& x) = 0;
    virtual Tensor globalAveragePool2dGradient(const Tensor& gradY, const Shape& xShape) = 0;
    // backend/normalization.h; statistics are f32 here
    virtual ChannelStatistics channelStatistics(const Tensor& x) = 0;
    virtual Tensor batchNorm(const Tensor& x, const ChannelStatistics& statistics, const Tensor& gamma,
                             const Tensor& beta, double epsilon) = 0;
    virtual NormalizationGradient batchNormGradient(const Tensor& x, const ChannelStatistics& statistics,
                                                    const Tensor& gamma, const Tensor& gradY, double epsilon,
                                                    bool statisticsOfX) = 0;
    virtual Tensor layerNorm(const Tensor& x, const Tensor& gamma, const Tensor& beta, double epsilon) = 0;
    virtual NormalizationGradient layerNormGradient(const Tensor& x, const Tensor& gamma, const Tensor& gradY,
                                                    double epsilon) = 0;
    // backend/indexing.h; ids outside of the axis are not noticed (they select 0, and add to nothing)
    virtual Tensor indexSelect(const Tensor& x, int axis, const Tensor& ids) = 0;
    virtual Tensor indexAdd(const Shape& shape, int axis, const Tensor& ids, const Tensor& source) = 0;
    virtual Tensor gather(const Tensor& x, int axis, const Tensor& index) = 0;
    virtual Tensor scatterAdd(const Shape& shape, int axis, const Tensor& index, const Tensor& source) = 0;
    // backend/optimizer.h
    virtual void sgd(const SgdFactors& factors, Tensor& values, Tensor* momentum, const Tensor& gradient) = 0;
    virtual void adam(const AdamFactors& factors, Tensor& values, Tensor& first, Tensor& second,
                      const Tensor& gradient) = 0;
    // backend/rewiring.h
    virtual Tensor rearrange(const Tensor& values, std::span<const std::int64_t> source) = 0;
    virtual Tensor scatterEdges(const Tensor& values, const SparsePattern& pattern, const Shape& shape) = 0;
    virtual Tensor gatherEdges(const Tensor& dense, const SparsePattern& pattern) = 0;
    virtual EdgeRound rewire(const EdgeRoundRequest& request) = 0;

  private:
    Fallback fallback_;
    std::vector<std::string> fallen_;
};

/// The kernels of the device that a tensor lies on; null on the host.
DeviceKernels* kernelsOf(const Tensor& x);

/// `compute()`, which brings its arguments to the host, with its result taken to the device again. Throws as
/// fallBack.
template <typename Compute>
Tensor computeOnHost(DeviceKernels& device, const char* operation, Compute&& compute) {
    device.fallBack(operation);
    return compute().to(device.shared_from_this());
}

}  // namespace filigree::backend
