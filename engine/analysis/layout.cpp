// SPDX-License-Identifier: Apache-2.0
#include "analysis/layout.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace filigree::analysis {

std::int64_t Block::filterOf(std::size_t i) const {
    const auto width = static_cast<std::size_t>(shape.elements() / std::max<std::int64_t>(1, shape[0]));
    const std::size_t flat = sparse ? positions[i] : i;
    return static_cast<std::int64_t>(flat / std::max<std::size_t>(1, width));
}

const Block& Layout::block(const std::string& name) const {
    std::string names;
    for (const Block& one : blocks) {
        if (one.name == name) return one;
        names += (names.empty() ? "" : ", ") + one.name;
    }
    throw Error(ErrorKind::Usage, "the network has no parameter \"" + name + "\"", {}, "it has " + names);
}

Layout layoutOf(const nn::Module& model) {
    const auto sparse = model.sparseWeights();
    Layout layout;
    for (const nn::Parameter& parameter : model.parameters()) {
        Block block;
        block.name = parameter.name;
        block.offset = layout.size;
        block.size = static_cast<std::size_t>(parameter.variable.value().elements());
        block.shape = parameter.variable.shape();
        for (const auto& weight : sparse)
            if (weight->values().is(parameter.variable)) {
                block.sparse = true;
                block.shape = weight->denseShape();
                block.positions = weight->topology().positions();
            }
        layout.size += block.size;
        layout.blocks.push_back(std::move(block));
    }
    return layout;
}

double dot(const Point& a, const Point& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

double norm(const Point& a) {
    return std::sqrt(dot(a, a));
}

Point plus(const Point& a, double scale, const Point& b) {
    Point sum(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) sum[i] = a[i] + scale * b[i];
    return sum;
}

}  // namespace filigree::analysis
