// SPDX-License-Identifier: Apache-2.0
#include "autograd/loss.h"

#include <string>

#include "autograd/elementwise.h"
#include "autograd/reduction.h"
#include "backend/loss.h"
#include "backend/softmax.h"
#include "base/error.h"

namespace filigree::autograd {
namespace {

Variable reduced(const Variable& terms, Reduction reduction) {
    switch (reduction) {
        case Reduction::Mean:
            return mean(terms);
        case Reduction::Sum:
            return sum(terms);
        case Reduction::None:
            break;
    }
    return terms;
}

/// Losses compare tensors of one shape: broadcasting here would hide a mistake.
Variable difference(const char* loss, const Variable& prediction, const Variable& target) {
    if (!(prediction.shape() == target.shape()))
        throw Error(ErrorKind::Run, std::string(loss) + " needs a prediction and a target of one shape",
                    prediction.shape().text() + " and " + target.shape().text());
    return subtract(prediction, target);
}

}  // namespace

Variable crossEntropy(const Variable& logits, const Tensor& labels, double labelSmoothing,
                      Reduction reduction) {
    if (logits.shape().rank() != 2)
        throw Error(ErrorKind::Run, "crossEntropy needs logits [N, K] and labels [N]",
                    "logits " + logits.shape().text() + ", labels " + labels.shape().text());
    Tensor logProbabilities = backend::logSoftmax(logits.value(), 1);
    Tensor terms = backend::crossEntropy(logProbabilities, labels, labelSmoothing);
    return reduced(Variable::result(terms, {logits},
                                    [=](const Tensor& g, std::span<Variable> inputs) {
                                        inputs[0].accumulate(backend::crossEntropyBackward(
                                            g, logProbabilities, labels, labelSmoothing));
                                    }),
                   reduction);
}

Variable mse(const Variable& prediction, const Variable& target, Reduction reduction) {
    return reduced(square(difference("mse", prediction, target)), reduction);
}

Variable l1(const Variable& prediction, const Variable& target, Reduction reduction) {
    return reduced(abs(difference("l1", prediction, target)), reduction);
}

Variable smoothL1(const Variable& prediction, const Variable& target, double beta, Reduction reduction) {
    return reduced(huber(difference("smoothL1", prediction, target), beta), reduction);
}

Variable klDivergence(const Variable& logInput, const Variable& target, Reduction reduction) {
    if (!(logInput.shape() == target.shape()) || target.shape().rank() < 1)
        throw Error(ErrorKind::Run, "klDivergence needs an input and a target of one shape with a batch axis",
                    logInput.shape().text() + " and " + target.shape().text());
    const Variable terms = subtract(xLogX(target), multiply(target, logInput));
    if (reduction != Reduction::Mean) return reduced(terms, reduction);
    if (target.dim(0) == 0)
        throw Error(ErrorKind::Run, "the mean of no elements does not exist", "klDivergence");
    return scale(sum(terms), 1 / static_cast<double>(target.dim(0)));
}

}  // namespace filigree::autograd
