// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nn/module.h"

/// Networks as points of a vector space: loss landscapes, sharpness, mode connectivity, lesions.
namespace filigree::analysis {

/// A network's parameters, or a direction, as one vector: the values of active connections and of dense
/// parameters, block after block. Double precision, whatever the network computes in.
using Point = std::vector<double>;

/// Where the values of one parameter lie in a Point.
struct Block {
    std::string name;  ///< "fc1.weight"
    std::size_t offset = 0;
    std::size_t size = 0;
    Shape shape;  ///< of the dense parameter: [out, in], [out, in, kh, kw], [channels]
    bool sparse = false;
    std::vector<std::uint32_t> positions;  ///< of the connections if sparse: flat indices, ascending

    /// Weights have filters; biases, scales and shifts have none.
    bool isWeight() const { return shape.rank() > 1; }
    /// Rows of the weight: output units or channels.
    std::int64_t filters() const { return shape[0]; }
    /// The filter that value `i` of the block belongs to.
    std::int64_t filterOf(std::size_t i) const;
};

struct Layout {
    std::vector<Block> blocks;  ///< in the order of Module::parameters()
    std::size_t size = 0;       ///< values in a Point

    /// Throws Error (Usage) with the names that there are.
    const Block& block(const std::string& name) const;
};

Layout layoutOf(const nn::Module& model);

double dot(const Point& a, const Point& b);
double norm(const Point& a);
/// a + scale b
Point plus(const Point& a, double scale, const Point& b);

}  // namespace filigree::analysis
