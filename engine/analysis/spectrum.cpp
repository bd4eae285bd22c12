// SPDX-License-Identifier: Apache-2.0
#include "analysis/spectrum.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "base/error.h"
#include "base/random.h"

namespace filigree::analysis {
namespace {

void scaleBy(Point& v, double factor) {
    for (double& value : v) value *= factor;
}

void removeComponents(Point& v, const std::vector<Point>& basis) {
    for (const Point& b : basis) {
        const double share = dot(v, b);
        for (std::size_t i = 0; i < v.size(); ++i) v[i] -= share * b[i];
    }
}

void finish(Lanczos& result) {
    const auto m = static_cast<Eigen::Index>(result.alpha.size());
    Eigen::VectorXd diagonal(m), beside(std::max<Eigen::Index>(0, m - 1));
    for (Eigen::Index i = 0; i < m; ++i) diagonal[i] = result.alpha[static_cast<std::size_t>(i)];
    for (Eigen::Index i = 0; i + 1 < m; ++i) beside[i] = result.beta[static_cast<std::size_t>(i)];
    Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
    solver.computeFromTridiagonal(diagonal, beside);
    for (Eigen::Index i = 0; i < m; ++i) {
        result.ritz.push_back(solver.eigenvalues()[i]);
        result.weights.push_back(solver.eigenvectors()(0, i) * solver.eigenvectors()(0, i));
    }
}

}  // namespace

double differenceStep(Precision precision, double pointNorm, double vectorNorm) {
    return (precision == Precision::Single ? 1e-3 : 1e-8) * (1 + pointNorm) / vectorNorm;
}

SymmetricOperator hessian(GradientFunction gradient, Point point, Precision precision, double scale) {
    const std::size_t size = point.size();
    const double pointNorm = norm(point);
    // Shared by copies of the operator: products come one after another.
    const auto ahead = std::make_shared<Point>(size), behind = std::make_shared<Point>(size);
    return {size, [=, gradient = std::move(gradient), point = std::move(point)](const Point& v, Point& out) {
                const double length = norm(v);
                out.assign(size, 0);
                if (length == 0) return;
                const double h = scale * differenceStep(precision, pointNorm, length);
                gradient(plus(point, h, v), *ahead);
                gradient(plus(point, -h, v), *behind);
                for (std::size_t i = 0; i < size; ++i) out[i] = ((*ahead)[i] - (*behind)[i]) / (2 * h);
            }};
}

double differenceError(const GradientFunction& gradient, const Point& point, Precision precision,
                       std::uint64_t seed) {
    const Point v = randomUnit(point.size(), seed, ~std::uint64_t{0});
    Point fine, coarse;
    hessian(gradient, point, precision).apply(v, fine);
    hessian(gradient, point, precision, 2).apply(v, coarse);
    const double length = norm(fine);
    return length > 0 ? norm(plus(fine, -1, coarse)) / length : 0;
}

std::vector<Eigenpair> powerIteration(const SymmetricOperator& matrix, int count, const PowerOptions& options,
                                      const StopCheck& stop) {
    std::vector<Eigenpair> pairs;
    std::vector<Point> found;
    const auto most = static_cast<int>(std::min<std::size_t>(matrix.size, static_cast<std::size_t>(count)));
    for (int k = 0; k < most; ++k) {
        Eigenpair pair;
        pair.vector = randomUnit(matrix.size, options.seed, static_cast<std::uint64_t>(k));
        Point image(matrix.size);
        for (; pair.iterations < options.most && !pair.converged; ++pair.iterations) {
            removeComponents(pair.vector, found);
            const double length = norm(pair.vector);
            if (!(length > 0)) break;
            scaleBy(pair.vector, 1 / length);
            matrix.apply(pair.vector, image);
            const double value = dot(pair.vector, image);
            // The quotient of the first vector says nothing about convergence.
            pair.converged = pair.iterations > 0 &&
                             std::abs(value - pair.value) <= options.tolerance * (std::abs(value) + 1e-6);
            pair.value = value;
            if (!pair.converged) pair.vector = image;
            if (stop && stop()) return pairs;
        }
        if (const double length = norm(pair.vector); length > 0) {
            removeComponents(pair.vector, found);
            if (const double rest = norm(pair.vector); rest > 0) scaleBy(pair.vector, 1 / rest);
        }
        found.push_back(pair.vector);
        pairs.push_back(std::move(pair));
    }
    return pairs;
}

TraceEstimate hutchinsonTrace(const SymmetricOperator& matrix, int most, double tolerance, std::uint64_t seed,
                              const StopCheck& stop) {
    TraceEstimate estimate;
    double sum = 0, squares = 0;
    Point v(matrix.size), image(matrix.size);
    for (int probe = 0; probe < most; ++probe) {
        RandomStream random(seed, "analysis/trace", static_cast<std::uint64_t>(probe));
        for (double& value : v) value = random.next32() & 1U ? 1 : -1;
        matrix.apply(v, image);
        const double sample = dot(v, image);
        sum += sample;
        squares += sample * sample;
        const double n = probe + 1, mean = sum / n;
        // Two equal samples in a row are no sign of convergence yet.
        const bool settled = probe >= 2 && std::abs(mean - estimate.mean) <= tolerance * std::abs(mean);
        const double variance = n > 1 ? std::max(0.0, (squares - n * mean * mean) / (n - 1)) : 0;
        estimate = {mean, std::sqrt(variance / n), probe + 1};
        if (settled || (stop && stop())) break;
    }
    return estimate;
}

Lanczos lanczos(const SymmetricOperator& matrix, const Point& start, int steps, const StopCheck& stop) {
    if (start.size() != matrix.size || !(norm(start) > 0))
        throw Error(ErrorKind::Run, "Lanczos needs a start vector of the matrix's size that is not zero");
    Lanczos result;
    std::vector<Point> basis{start};
    scaleBy(basis[0], 1 / norm(start));
    const auto most = static_cast<int>(std::min<std::size_t>(matrix.size, static_cast<std::size_t>(steps)));
    Point image(matrix.size);
    double scale = 0;
    for (int j = 0; j < most; ++j) {
        const auto at = static_cast<std::size_t>(j);
        matrix.apply(basis[at], image);
        result.alpha.push_back(dot(basis[at], image));
        removeComponents(image, basis);
        removeComponents(image, basis);
        const double beta = norm(image);
        scale = std::max({scale, std::abs(result.alpha.back()), beta});
        if (j + 1 == most || beta <= 1e-10 * scale || (stop && stop())) break;
        result.beta.push_back(beta);
        scaleBy(image, 1 / beta);
        basis.push_back(image);
    }
    finish(result);
    return result;
}

Point randomUnit(std::size_t size, std::uint64_t seed, std::uint64_t number) {
    RandomStream random(seed, "analysis/probe", number);
    Point v(size);
    for (double& value : v) value = random.normal();
    const double length = norm(v);
    if (length > 0) scaleBy(v, 1 / length);
    return v;
}

Density spectralDensity(std::span<const Lanczos> probes, int points, double relativeWidth) {
    Density density;
    if (probes.empty()) return density;
    double least = probes.front().ritz.front(), greatest = probes.front().ritz.back();
    for (const Lanczos& probe : probes) {
        least = std::min(least, probe.ritz.front());
        greatest = std::max(greatest, probe.ritz.back());
    }
    const double range = greatest - least;
    density.sigma = relativeWidth * (range > 0 ? range : std::max(1e-12, std::abs(greatest)));
    const double from = least - 5 * density.sigma;
    const double step = (greatest + 5 * density.sigma - from) / std::max(1, points - 1);
    const double top =
        1 / (density.sigma * std::sqrt(2 * std::numbers::pi)) / static_cast<double>(probes.size());
    for (int i = 0; i < points; ++i) {
        const double x = from + step * i;
        double sum = 0;
        for (const Lanczos& probe : probes)
            for (std::size_t k = 0; k < probe.ritz.size(); ++k) {
                const double z = (x - probe.ritz[k]) / density.sigma;
                sum += probe.weights[k] * std::exp(-z * z / 2);
            }
        density.at.push_back(x);
        density.value.push_back(top * sum);
    }
    return density;
}

}  // namespace filigree::analysis
