// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/gradient_check.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

#include "base/error.h"
#include "base/random.h"

namespace filigree::tests {
namespace {

using autograd::Variable;

std::vector<Variable> leaves(const std::vector<Tensor>& inputs, bool needGradient) {
    std::vector<Variable> variables;
    for (const Tensor& input : inputs) variables.emplace_back(input, needGradient);
    return variables;
}

double projected(const Function& function, const std::vector<Tensor>& inputs,
                 const std::vector<double>& projection) {
    const autograd::NoGradient off;
    const std::vector<double> y = function(leaves(inputs, false)).value().toDoubles();
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) sum += y[i] * projection[i];
    return sum;
}

double largestMagnitude(const Tensor& x) {
    double largest = 0;
    for (const double value : x.toDoubles()) largest = std::max(largest, std::abs(value));
    return largest;
}

}  // namespace

Tensor randomTensor(const Shape& shape, std::uint64_t seed, double low, double high, DType type) {
    RandomStream random(seed, "test");
    Tensor result = Tensor::empty(shape, DType::F64);
    for (double& value : result.values<double>()) value = random.uniform(low, high);
    return result.to(type);
}

std::vector<Tensor> memoryOrders(const Tensor& x) {
    std::vector<Tensor> orders{x.clone()};
    // Axes reversed in memory and every second element of a wider first axis.
    Shape reversed;
    for (int i = x.rank() - 1; i >= 0; --i) reversed.append(i == x.rank() - 1 ? 2 * x.dim(i) + 1 : x.dim(i));
    Tensor wide = Tensor::full(reversed, 77, x.dtype());
    if (x.rank() > 0) {
        wide = wide.slice(0, 1, reversed[0], 2);
        std::vector<int> order;
        for (int i = x.rank() - 1; i >= 0; --i) order.push_back(i);
        Tensor view = wide.permute(order);
        view.copyFrom(x);
        orders.push_back(view);
        orders.push_back(x.tiled(4));
    }
    return orders;
}

double largestDifference(const Tensor& a, const Tensor& b) {
    if (!a.defined() || !b.defined() || !(a.shape() == b.shape()))
        return std::numeric_limits<double>::infinity();
    const std::vector<double> left = a.toDoubles(), right = b.toDoubles();
    double largest = 0;
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (left[i] == right[i]) continue;
        const double difference = std::abs(left[i] - right[i]);
        if (!(difference <= largest))
            largest = std::isnan(difference) ? std::numeric_limits<double>::infinity() : difference;
    }
    return largest;
}

std::vector<Tensor> gradientsOf(const Function& function, const std::vector<Tensor>& inputs,
                                const Tensor& projection) {
    const std::vector<Variable> variables = leaves(inputs, true);
    Variable result = function(variables);
    if (result.needsGradient()) result.backward(projection);
    std::vector<Tensor> gradients;
    for (const Variable& variable : variables) gradients.push_back(variable.gradient());
    return gradients;
}

double gradientError(const Function& function, const std::vector<Tensor>& inputs, double step) {
    const Shape outputShape = function(leaves(inputs, false)).shape();
    const Tensor projection = randomTensor(outputShape, 4711);
    const std::vector<double> weights = projection.toDoubles();
    const std::vector<Tensor> gradients = gradientsOf(function, inputs, projection);
    double worst = 0;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (inputs[i].elements() == 0) continue;
        if (!gradients[i].defined() || !(gradients[i].shape() == inputs[i].shape()))
            return std::numeric_limits<double>::infinity();
        const std::vector<double> analytic = gradients[i].toDoubles();
        std::vector<double> values = inputs[i].toDoubles();
        std::vector<Tensor> moved = inputs;
        const auto at = [&](std::size_t element, double offset) {
            const double before = values[element];
            values[element] = before + offset;
            moved[i] = inputs[i].clone();
            moved[i].copyFrom(Tensor::from(values, inputs[i].shape()));
            values[element] = before;
            return projected(function, moved, weights);
        };
        double error = 0, size = 1;
        for (std::size_t element = 0; element < values.size(); ++element) {
            const double numeric = (8 * (at(element, step) - at(element, -step)) -
                                    (at(element, 2 * step) - at(element, -2 * step))) /
                                   (12 * step);
            const double difference = std::abs(numeric - analytic[element]);
            if (std::isnan(difference)) return std::numeric_limits<double>::infinity();
            error = std::max(error, difference);
            size = std::max(size, std::abs(numeric));
        }
        worst = std::max(worst, error / size);
    }
    return worst;
}

std::string checkFunction(const Function& function, const std::vector<Tensor>& inputs, double bound,
                          double f32Bound) {
    std::ostringstream failure;
    const Tensor value = function(leaves(inputs, false)).value();
    const Tensor projection = randomTensor(value.shape(), 12);
    const std::vector<Tensor> gradients = gradientsOf(function, inputs, projection);

    const double error = gradientError(function, inputs);
    if (!(error <= bound)) failure << "numeric gradient differs by " << error << "; ";

    std::vector<std::vector<Tensor>> orders;
    for (const Tensor& input : inputs)
        orders.push_back(input.isFloating() ? memoryOrders(input) : std::vector<Tensor>{input});
    const auto compare = [&](const std::vector<Tensor>& ordered, const Tensor& direction,
                             const std::string& what) {
        const double valueError = largestDifference(function(leaves(ordered, false)).value(), value);
        if (!(valueError <= 1e-12 * std::max(1.0, largestMagnitude(value))))
            failure << "value differs by " << valueError << " in " << what << "; ";
        const std::vector<Tensor> others = gradientsOf(function, ordered, direction);
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            if (!gradients[i].defined() && !others[i].defined()) continue;
            const double gradientDifference = largestDifference(others[i], gradients[i]);
            if (!(gradientDifference <= 1e-12 * std::max(1.0, largestMagnitude(gradients[i]))))
                failure << "gradient " << i << " differs by " << gradientDifference << " in " << what << "; ";
        }
    };
    for (std::size_t order = 1; order < 3; ++order) {
        // All inputs in one order, and each input alone in it.
        for (std::size_t alone = 0; alone <= inputs.size(); ++alone) {
            std::vector<Tensor> ordered = inputs;
            for (std::size_t i = 0; i < inputs.size(); ++i)
                if ((alone == i || alone == inputs.size()) && order < orders[i].size())
                    ordered[i] = orders[i][order];
            const std::vector<Tensor> directions = memoryOrders(projection);
            const std::string name = order == 1 ? "strided memory" : "batch-tiled memory";
            compare(ordered, projection, name);
            if (order < directions.size()) compare(ordered, directions[order], name + " (gradient too)");
        }
    }

    std::vector<Tensor> single;
    for (const Tensor& input : inputs) single.push_back(input.isFloating() ? input.to(DType::F32) : input);
    const Tensor singleValue = function(leaves(single, false)).value();
    if (singleValue.dtype() != DType::F32)
        failure << "f32 in gives " << nameOf(singleValue.dtype()) << " out; ";
    const double f32Error = largestDifference(singleValue.to(DType::F64), value);
    if (!(f32Error <= f32Bound * std::max(1.0, largestMagnitude(value))))
        failure << "f32 value differs by " << f32Error << "; ";
    const std::vector<Tensor> singleGradients = gradientsOf(function, single, projection.to(DType::F32));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (!gradients[i].defined() && !singleGradients[i].defined()) continue;
        const double difference = largestDifference(singleGradients[i].to(DType::F64), gradients[i]);
        if (!(difference <= f32Bound * std::max(1.0, largestMagnitude(gradients[i]))))
            failure << "f32 gradient " << i << " differs by " << difference << "; ";
    }
    return failure.str();
}

bool throwsRunError(const std::function<void()>& call, const std::vector<std::string>& texts) {
    try {
        call();
    } catch (const Error& error) {
        const std::string all = error.what();
        return error.kind() == ErrorKind::Run &&
               std::all_of(texts.begin(), texts.end(),
                           [&](const std::string& text) { return all.find(text) != std::string::npos; });
    }
    return false;
}

}  // namespace filigree::tests
