// SPDX-License-Identifier: Apache-2.0
#include "sparse/distribution.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"

namespace filigree::sparse {
namespace {

double rawShare(const Shape& shape, Distribution distribution) {
    if (distribution == Distribution::Uniform) return 1.0;
    const int axes = distribution == Distribution::ErdosRenyi ? 2 : shape.rank();
    double sum = 0;
    double product = 1;
    for (int i = 0; i < axes; ++i) {
        sum += static_cast<double>(shape[i]);
        product *= static_cast<double>(shape[i]);
    }
    return sum / product;
}

}  // namespace

std::vector<double> layerDensities(std::span<const Shape> shapes, double density, Distribution distribution,
                                   double power) {
    if (!(density > 0) || density > 1)
        throw Error(ErrorKind::Run, "a density lies in (0, 1]", std::to_string(density));
    std::vector<bool> dense(shapes.size(), false);
    std::vector<double> raw(shapes.size());
    for (std::size_t l = 0; l < shapes.size(); ++l)
        raw[l] = std::pow(rawShare(shapes[l], distribution), power);
    for (;;) {
        double wanted = 0;
        double weighted = 0;
        double highest = 0;
        for (std::size_t l = 0; l < shapes.size(); ++l) {
            const auto size = static_cast<double>(shapes[l].elements());
            wanted += dense[l] ? -(1 - density) * size : density * size;
            if (dense[l]) continue;
            weighted += raw[l] * size;
            highest = std::max(highest, raw[l]);
        }
        const double scale = weighted > 0 ? wanted / weighted : 0;
        if (scale * highest <= 1) {
            std::vector<double> result(shapes.size(), 1.0);
            for (std::size_t l = 0; l < shapes.size(); ++l)
                if (!dense[l]) result[l] = scale * raw[l];
            return result;
        }
        for (std::size_t l = 0; l < shapes.size(); ++l)
            if (!dense[l] && raw[l] == highest) dense[l] = true;
    }
}

std::int64_t activeCount(const Shape& shape, double density) {
    return std::clamp<std::int64_t>(std::llround(density * static_cast<double>(shape.elements())), 0,
                                    shape.elements());
}

Topology randomTopology(std::int64_t rows, std::int64_t columns, std::int64_t count, RandomStream& random) {
    const std::vector<std::int64_t> chosen = random.sample(rows * columns, count);
    const std::vector<std::uint32_t> positions(chosen.begin(), chosen.end());
    return {rows, columns, positions};
}

}  // namespace filigree::sparse
