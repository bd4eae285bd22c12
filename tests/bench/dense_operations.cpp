// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <chrono>
#include <ctime>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "autograd/convolution.h"
#include "autograd/elementwise.h"
#include "autograd/loss.h"
#include "autograd/matmul.h"
#include "autograd/normalization.h"
#include "autograd/pooling.h"
#include "autograd/softmax.h"
#include "base/parallel.h"
#include "base/random.h"
#include "optim/optimizer.h"

/// Forward and backward pass of dense operations, and steps of optimisers, on one thread. For every line
/// "NAME N" on standard input it does N of them and prints the median milliseconds of CPU time;
/// torch_dense_operations.py runs it in turns with PyTorch. Names and shapes are those of `makeOperations`.
/// What arrives in the backward pass has the order in memory of the result, as between the layers of a
/// network.
namespace {

using namespace filigree;
using autograd::Variable;

Tensor random(const Shape& shape) {
    RandomStream stream(3, "bench");
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    for (float& value : values) value = static_cast<float>(stream.uniform()) - 0.5F;
    return Tensor::from(values, shape);
}

Variable parameter(const Shape& shape) {
    return Variable(random(shape), true);
}

using Operation = std::function<void()>;

/// Forward and backward pass of what `function` makes of parameters of the given shapes.
Operation passes(const std::vector<Shape>& shapes,
                 const std::function<Variable(const std::vector<Variable>&)>& function) {
    std::vector<Variable> inputs;
    for (const Shape& shape : shapes) inputs.push_back(parameter(shape));
    const Tensor result = function(inputs).value();
    const Tensor plain = random(result.shape());
    const Tensor arriving = result.tile() != 0 ? plain.tiled(result.tile()) : plain;
    return [inputs, arriving, function]() mutable {
        function(inputs).backward(arriving);
        for (Variable& input : inputs) input.clearGradient();
    };
}

/// Steps of an optimiser over eight parameters of half a million values.
template <typename Optimizer, typename Options>
Operation steps(const Options& options) {
    optim::ParameterGroup group;
    group.learningRate = 1e-3;
    std::vector<Variable> parameters;
    for (int i = 0; i < 8; ++i) {
        parameters.push_back(parameter({512, 1024}));
        parameters.back().setGradient(random({512, 1024}));
        group.parameters.push_back({"p" + std::to_string(i), parameters.back()});
    }
    auto optimizer = std::make_shared<Optimizer>(std::vector{group}, options);
    return [optimizer, parameters] { optimizer->step(); };
}

std::map<std::string, std::function<Operation()>> makeOperations() {
    using Inputs = const std::vector<Variable>&;
    const Shape image{32, 64, 28, 28}, rows{4096, 512};
    return {
        {"linear",
         [] {
             return passes({{128, 1024}, {1024, 1024}, {1024}},
                           [](Inputs x) { return autograd::linear(x[0], x[1], x[2]); });
         }},
        {"matmul",
         [] {
             return passes({{1024, 1024}, {1024, 1024}},
                           [](Inputs x) { return autograd::matmul(x[0], x[1]); });
         }},
        {"conv2d",
         [image] {
             return passes({image, {64, 64, 3, 3}, {64}}, [](Inputs x) {
                 return autograd::conv2d(x[0], x[1], x[2], {{1, 1}, {1, 1}, 1});
             });
         }},
        {"depthwise",
         [image] {
             return passes({image, {64, 1, 3, 3}, {64}}, [](Inputs x) {
                 return autograd::conv2d(x[0], x[1], x[2], {{1, 1}, {1, 1}, 64});
             });
         }},
        {"batchNorm2d",
         [image] {
             auto mean = std::make_shared<Tensor>(Tensor::zeros({64}));
             auto variance = std::make_shared<Tensor>(Tensor::full({64}, 1.0));
             return passes({image, {64}, {64}}, [mean, variance](Inputs x) {
                 return autograd::batchNorm(x[0], x[1], x[2], *mean, *variance);
             });
         }},
        {"maxPool2d",
         [image] { return passes({image}, [](Inputs x) { return autograd::maxPool2d(x[0]); }); }},
        {"averagePool2d",
         [image] { return passes({image}, [](Inputs x) { return autograd::averagePool2d(x[0]); }); }},
        {"layerNorm",
         [rows] {
             return passes({rows, {512}, {512}},
                           [](Inputs x) { return autograd::layerNorm(x[0], x[1], x[2]); });
         }},
        {"softmax", [rows] { return passes({rows}, [](Inputs x) { return autograd::softmax(x[0], 1); }); }},
        {"logSoftmax",
         [rows] { return passes({rows}, [](Inputs x) { return autograd::logSoftmax(x[0], 1); }); }},
        {"crossEntropy",
         [rows] {
             std::vector<std::int32_t> labels(4096);
             for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i % 512);
             const Tensor wanted = Tensor::from(labels, {4096});
             return passes({rows}, [wanted](Inputs x) { return autograd::crossEntropy(x[0], wanted); });
         }},
        {"relu", [rows] { return passes({rows}, [](Inputs x) { return autograd::relu(x[0]); }); }},
        {"gelu", [rows] { return passes({rows}, [](Inputs x) { return autograd::gelu(x[0]); }); }},
        {"sgd",
         [] {
             return steps<optim::Sgd>(optim::SgdOptions{0.9, false, optim::WeightDecay::Coupled});
         }},
        {"adam", [] { return steps<optim::Adam>(optim::AdamOptions{}); }},
    };
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace

int main() {
    setThreadCount(1);
    const auto makers = makeOperations();
    std::string name, made;
    Operation operation;
    for (int count = 0; std::cin >> name >> count;) {
        const auto maker = makers.find(name);
        if (maker == makers.end() || count < 1) {
            std::cerr << "unknown operation " << name << " or count; known:";
            for (const auto& [known, make] : makers) std::cerr << ' ' << known;
            std::cerr << '\n';
            return 2;
        }
        if (name != made) {
            operation = maker->second();
            made = name;
        }
        std::vector<double> times;
        for (int i = 0; i < count; ++i) {
            const std::clock_t start = std::clock();
            operation();
            times.push_back(1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
        }
        std::cout << median(times) << std::endl;
    }
    return 0;
}
