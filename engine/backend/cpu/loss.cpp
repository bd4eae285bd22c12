// SPDX-License-Identifier: Apache-2.0
#include "backend/loss.h"

#include <cmath>
#include <string>
#include <type_traits>
#include <utility>

#include "backend/cpu/memory_order.h"
#include "backend/cpu/row_kernels.h"
#include "backend/device_kernels.h"
#include "backend/reduction.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/profile.h"

namespace filigree::backend {
namespace {

/// The labels as I64 after checking that they fit the rows.
Tensor checkedLabels(const Tensor& logProbabilities, const Tensor& labels, double labelSmoothing) {
    const std::string shapes =
        "logits " + logProbabilities.shape().text() + ", labels " + labels.shape().text();
    if (logProbabilities.rank() != 2 || !(labels.shape() == Shape{logProbabilities.dim(0)}))
        throw Error(ErrorKind::Run, "crossEntropy needs logits [N, K] and labels [N]", shapes);
    if (labels.dtype() != DType::I32 && labels.dtype() != DType::I64)
        failType("the label of crossEntropy", labels.dtype());
    if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
        throw Error(ErrorKind::Run,
                    "label smoothing must lie between 0 and 1, not " + std::to_string(labelSmoothing));
    Tensor wide = labels.to(DType::I64).contiguous();
    for (const std::int64_t label : std::as_const(wide).values<std::int64_t>())
        if (label < 0 || label >= logProbabilities.dim(1))
            throw Error(ErrorKind::Run,
                        "label " + std::to_string(label) + " is not one of " +
                            std::to_string(logProbabilities.dim(1)) + " classes",
                        shapes, "check the number of classes of the data and of the last layer");
    return wide;
}

}  // namespace

Tensor crossEntropy(const Tensor& logProbabilities, const Tensor& labels, double labelSmoothing) {
    if (DeviceKernels* const device = kernelsOf(logProbabilities))
        return device->crossEntropy(logProbabilities, labels, labelSmoothing);
    const Tensor classes = checkedLabels(logProbabilities, labels, labelSmoothing);
    const profile::Operation timed("cross entropy", static_cast<double>(logProbabilities.elements()),
                                   cpu::bytesOf(logProbabilities));
    const std::int64_t rows = logProbabilities.dim(0), count = logProbabilities.dim(1);
    const Tensor source = logProbabilities.contiguous();
    Tensor result = Tensor::empty({rows}, source.dtype());
    dispatchFloating(source.dtype(), "crossEntropy", [&](auto zero) {
        using T = decltype(zero);
        const T* const logp = source.data<T>();
        const std::int64_t* const label = classes.data<std::int64_t>();
        T* const to = result.data<T>();
        parallelFor(0, rows, cpu::grainOf(labelSmoothing > 0 ? count : 1),
                    [&](std::int64_t first, std::int64_t last) {
                        for (std::int64_t n = first; n < last; ++n) {
                            const T* const row = logp + n * count;
                            double loss = -(1 - labelSmoothing) * static_cast<double>(row[label[n]]);
                            if (labelSmoothing > 0) {
                                double total = 0;
                                for (std::int64_t k = 0; k < count; ++k) total += static_cast<double>(row[k]);
                                loss -= labelSmoothing / static_cast<double>(count) * total;
                            }
                            to[n] = static_cast<T>(loss);
                        }
                    });
    });
    return result;
}

Tensor crossEntropyBackward(const Tensor& gradient, const Tensor& logProbabilities, const Tensor& labels,
                            double labelSmoothing) {
    if (DeviceKernels* const device = kernelsOf(logProbabilities))
        return device->crossEntropyBackward(gradient, logProbabilities, labels, labelSmoothing);
    const Tensor classes = checkedLabels(logProbabilities, labels, labelSmoothing);
    if (!(gradient.shape() == labels.shape()))
        throw Error(ErrorKind::Run, "crossEntropy: the gradient does not have one number per row",
                    gradient.shape().text() + " for labels " + labels.shape().text());
    const profile::Operation timed("cross entropy gradient",
                                   2.0 * static_cast<double>(logProbabilities.elements()),
                                   cpu::bytesOf(logProbabilities, logProbabilities));
    const std::int64_t rows = logProbabilities.dim(0), count = logProbabilities.dim(1);
    const Tensor source = logProbabilities.contiguous(), arriving = gradient.contiguous();
    Tensor result = Tensor::empty(source.shape(), source.dtype());
    dispatchFloating(source.dtype(), "crossEntropy", [&](auto zero) {
        using T = decltype(zero);
        const T* const logp = source.data<T>();
        const T* const g = arriving.data<T>();
        const std::int64_t* const label = classes.data<std::int64_t>();
        T* const to = result.data<T>();
        const T others =
            static_cast<T>(labelSmoothing / static_cast<double>(std::max<std::int64_t>(1, count)));
        const T own = static_cast<T>(1 - labelSmoothing);
        parallelFor(0, rows, cpu::grainOf(count), [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t n = first; n < last; ++n) {
                const T* const from = logp + n * count;
                T* const row = to + n * count;
                const T scale = g[n];
                if constexpr (std::is_same_v<T, float>)
                    rowKernels().crossEntropyGradient(from, scale, others, row, count);
                else
                    for (std::int64_t k = 0; k < count; ++k) row[k] = scale * (std::exp(from[k]) - others);
                row[label[n]] -= scale * own;
            }
        });
    });
    return result;
}

Tensor isCorrect(const Tensor& logits, const Tensor& labels) {
    if (DeviceKernels* const device = kernelsOf(logits)) return device->isCorrect(logits, labels);
    const Tensor chosen = argmax(logits, 1).contiguous();
    if (!(chosen.shape() == labels.shape()))
        throw Error(ErrorKind::Run, "isCorrect needs logits [N, K] and labels [N]",
                    "logits " + logits.shape().text() + ", labels " + labels.shape().text());
    const auto predicted = chosen.values<std::int64_t>();
    const auto truth = labels.values<std::int32_t>();
    Tensor result = Tensor::empty(labels.shape());
    const auto to = result.values<float>();
    for (std::size_t i = 0; i < truth.size(); ++i) to[i] = predicted[i] == truth[i] ? 1.0F : 0.0F;
    return result;
}

}  // namespace filigree::backend
