// SPDX-License-Identifier: Apache-2.0
#include "sparse/execution_cost.h"

#include "backend/sparse_linear.h"

namespace filigree::sparse {
namespace {

/// Nanoseconds on one core.
struct Costs {
    double edge;       ///< s, both gradients
    double edgeFirst;  ///< s without the gradient of the input
    double position;   ///< d
    double positionFirst;
    double sparseActivation;  ///< a
    double maskedActivation;  ///< c: conversions of memory order and separate passes for bias and rectifier
    double edgeOnce;          ///< e
    double positionOnce;      ///< p
};

// 16 lanes: measured with bench_sparse_linear and bench_mlp_step on a server core with AVX-512 (dense
// products 145 to 170 GFLOP/s). 8 lanes: the sparse part by the same programs, the dense one for a core whose
// dense product reaches 70.
constexpr Costs wide{0.060, 0.048, 0.038, 0.0255, 0.06, 0.6, 0.4, 1.3};
constexpr Costs narrow{0.130, 0.090, 0.086, 0.057, 0.10, 0.6, 0.5, 1.5};

}  // namespace

LinearCost predictLinearCost(std::int64_t rows, std::int64_t columns, std::int64_t edges, std::int64_t batch,
                             bool firstLayer) {
    const std::int64_t vector = backend::linearVectorWidth();
    const Costs& costs = vector >= 16 ? wide : narrow;
    const auto samples = static_cast<double>(batch);
    const auto lanes = static_cast<double>((batch + vector - 1) / vector * vector);
    const auto positions = static_cast<double>(rows) * static_cast<double>(columns);
    const auto features = static_cast<double>(rows + columns);
    const auto count = static_cast<double>(edges);
    const double sparse =
        lanes * (count * (firstLayer ? costs.edgeFirst : costs.edge) + features * costs.sparseActivation) +
        count * costs.edgeOnce;
    const double masked = samples * (positions * (firstLayer ? costs.positionFirst : costs.position) +
                                     features * costs.maskedActivation) +
                          positions * costs.positionOnce;
    return {1e-6 * sparse, 1e-6 * masked};
}

}  // namespace filigree::sparse
