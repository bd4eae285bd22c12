// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "analysis/layout.h"
#include "analysis/stop_check.h"

/// Sharpness: what is known of a symmetric matrix (the Hessian of the loss) from products with vectors alone.
namespace filigree::analysis {

/// out <- A v for a symmetric A of `size` rows.
struct SymmetricOperator {
    std::size_t size = 0;
    std::function<void(const Point& v, Point& out)> apply;
};

/// Gradient of the loss at a point.
using GradientFunction = std::function<void(const Point& at, Point& gradient)>;

/// The step of central differences: h = s (1 + |theta|) / |v|, s = 1e-3 in single and 1e-8 in double
/// precision. In double precision rounding would allow a larger step, but the larger it is, the more samples
/// it carries across the kinks of rectifiers, whose jumps in the gradient are no curvature.
enum class Precision { Single, Double };
double differenceStep(Precision precision, double pointNorm, double vectorNorm);

/// H v = (g(theta + h v) - g(theta - h v)) / (2 h), error O(h^2) plus rounding of the gradients / h. The
/// active weights are all there is in `point`: product and vector are restricted to them.
/// `scale` multiplies the step of differenceStep.
SymmetricOperator hessian(GradientFunction gradient, Point point, Precision precision, double scale = 1);

/// |A_h v - A_2h v| / |A_h v| for a random v: how far the products depend on the step, an estimate of their
/// relative error (truncation at 2 h is four times that at h).
double differenceError(const GradientFunction& gradient, const Point& point, Precision precision,
                       std::uint64_t seed);

struct Eigenpair {
    double value = 0;
    Point vector;
    int iterations = 0;
    bool converged = false;
};
struct PowerOptions {
    int most = 100;           ///< iterations per pair
    double tolerance = 1e-3;  ///< relative change of the value at which it is taken
    std::uint64_t seed = 0;
};
/// The `count` eigenvalues of largest magnitude, one after another by power iteration on what is orthogonal
/// to the vectors found before (deflation).
std::vector<Eigenpair> powerIteration(const SymmetricOperator& matrix, int count, const PowerOptions& options,
                                      const StopCheck& stop = {});

struct TraceEstimate {
    double mean = 0;
    double standardError = 0;  ///< of the mean; 0 with one probe
    int probes = 0;
};
/// Hutchinson's estimate: mean of v' A v over vectors of random signs. Stops after `most` probes, or when the
/// running mean changes by less than `tolerance` relative to itself.
TraceEstimate hutchinsonTrace(const SymmetricOperator& matrix, int most, double tolerance, std::uint64_t seed,
                              const StopCheck& stop = {});

/// The tridiagonal matrix of m Lanczos steps and its spectrum.
struct Lanczos {
    std::vector<double> alpha;    ///< diagonal, m
    std::vector<double> beta;     ///< beside it, m - 1
    std::vector<double> ritz;     ///< its eigenvalues, ascending
    std::vector<double> weights;  ///< squared first components of its eigenvectors: they sum to 1
};
/// Full re-orthogonalisation, twice. Ends early where the Krylov space does.
Lanczos lanczos(const SymmetricOperator& matrix, const Point& start, int steps, const StopCheck& stop = {});

/// Gaussian start vectors for stochastic Lanczos quadrature, of unit length.
Point randomUnit(std::size_t size, std::uint64_t seed, std::uint64_t number);

struct Density {
    std::vector<double> at;     ///< eigenvalue
    std::vector<double> value;  ///< density: integrates to 1
    double sigma = 0;           ///< width of the Gaussians
};
/// sum_i w_i N(x; ritz_i, sigma^2), averaged over the probes; sigma = `relativeWidth` of the range of Ritz
/// values, which the grid of `points` exceeds by 5 sigma on both sides.
Density spectralDensity(std::span<const Lanczos> probes, int points = 400, double relativeWidth = 0.01);

}  // namespace filigree::analysis
