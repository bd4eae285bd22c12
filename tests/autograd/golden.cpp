// SPDX-License-Identifier: GPL-3.0-or-later
#include "autograd/golden.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace filigree::tests {

nlohmann::json golden(const std::string& family) {
    const std::string path = std::string(FILIGREE_SOURCE_DIR) + "/tests/golden/" + family + ".json";
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    return nlohmann::json::parse(file);
}

Tensor tensorOf(const nlohmann::json& json) {
    Shape shape;
    for (const auto& size : json.at("shape")) shape.append(size.get<std::int64_t>());
    const std::string type = json.at("dtype");
    if (type == "i64") return Tensor::from(json.at("values").get<std::vector<std::int64_t>>(), shape);
    const Tensor wide = Tensor::from(json.at("values").get<std::vector<double>>(), shape);
    return type == "i32" ? wide.to(DType::I32) : type == "f32" ? wide.to(DType::F32) : wide;
}

std::string compareWithGolden(const nlohmann::json& testCase, const Function& function, double bound) {
    std::ostringstream failure;
    const std::string name = testCase.at("name");
    std::vector<Tensor> inputs;
    std::vector<autograd::Variable> variables;
    for (const auto& input : testCase.at("inputs")) {
        inputs.push_back(tensorOf(input));
        variables.emplace_back(inputs.back());
    }
    const auto compare = [&](const Tensor& actual, const nlohmann::json& json, const std::string& what) {
        const Tensor expected = tensorOf(json);
        double largest = 1;
        for (const double value : expected.toDoubles()) largest = std::max(largest, std::abs(value));
        const double difference = largestDifference(actual, expected);
        if (!(difference <= bound * largest))
            failure << name << ": " << what << " differs by " << difference << "; ";
    };
    compare(function(variables).value(), testCase.at("value"), "value");
    const std::vector<Tensor> gradients = gradientsOf(function, inputs, tensorOf(testCase.at("projection")));
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto& expected = testCase.at("gradients").at(i);
        if (!expected.is_null()) compare(gradients[i], expected, "gradient " + std::to_string(i));
    }
    return failure.str();
}

}  // namespace filigree::tests
