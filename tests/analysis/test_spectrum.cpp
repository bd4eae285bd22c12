// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <numeric>

#include "analysis/network.h"
#include "analysis/spectrum.h"
#include "base/error.h"
#include "base/random.h"
#include "golden_file.h"
#include "nn/activation.h"
#include "nn/linear.h"
#include "nn/sequential.h"

using namespace filigree;
using namespace filigree::analysis;
using filigree::tests::golden;
using filigree::tests::near;

namespace {

SymmetricOperator diagonal(Point values) {
    return {values.size(), [values](const Point& v, Point& out) {
                out.resize(v.size());
                for (std::size_t i = 0; i < v.size(); ++i) out[i] = values[i] * v[i];
            }};
}

/// x(3) -> W1 -> relu -> W2 -> cross entropy over two samples; every position of both weights is active.
struct TinyNet {
    nlohmann::json reference = golden("tiny_net");
    std::unique_ptr<Network> network;
    Samples samples;
    Point point;
    Point atKink;

    /// In the reference a hidden unit sits on the kink of its rectifier (0.5 - 0.4 - 0.1 = 0), counted as
    /// off. A small `nudge` puts it where differences see it off too.
    explicit TinyNet(DType type = DType::F64, double nudge = 1e-6) {
        auto model = std::make_unique<nn::Sequential>();
        const auto layer = [](const char* name, std::int64_t out, std::int64_t in) {
            std::vector<std::uint32_t> all(static_cast<std::size_t>(out * in));
            std::iota(all.begin(), all.end(), 0U);
            return std::make_unique<nn::SparseLinear>(
                std::make_shared<sparse::SparseWeight>(name, Shape{out, in}, sparse::Topology(out, in, all)),
                false);
        };
        model->add("fc1", layer("fc1", 2, 3));
        model->add("relu", std::make_unique<nn::Activation>(nn::ActivationKind::Relu));
        model->add("fc2", layer("fc2", 2, 2));
        network = std::make_unique<Network>(std::move(model), type);
        for (const char* name : {"W1", "W2"})
            for (const auto& row : reference[name])
                for (const double value : row) point.push_back(value);
        std::vector<double> x;
        for (const auto& row : reference["X"])
            for (const double value : row) x.push_back(value);
        atKink = point;
        point[0] -= nudge;
        samples.count = 2;
        samples.classes = 2;
        samples.batches.push_back({Tensor::from(x, {2, 3}).to(type),
                                   Tensor::from(reference["y"].get<std::vector<std::int32_t>>(), {2})});
    }
    GradientFunction gradient() {
        return [this](const Point& at, Point& out) {
            network->moveTo(at);
            out.resize(at.size());
            network->gradient(samples, Statistics::Running, out);
        };
    }
    Point flat(const char* name) const {
        Point values;
        for (const auto& weight : reference[name])
            for (const auto& row : weight)
                for (const double value : row) values.push_back(value);
        return values;
    }
};

}  // namespace

class SpectrumTest : public QObject {
    Q_OBJECT

  private slots:
    void lanczosIsTheReference() {
        const auto reference = golden("lanczos");
        const auto values = reference["A_diag"].get<Point>();
        const Lanczos found = lanczos(diagonal(values), reference["v0"].get<Point>(), reference["m"]);
        const auto compare = [](const std::vector<double>& is, const nlohmann::json& wanted) {
            if (is.size() != wanted.size()) return false;
            for (std::size_t i = 0; i < is.size(); ++i)
                if (!near(is[i], wanted[i].get<double>())) return false;
            return true;
        };
        QVERIFY(compare(found.alpha, reference["alpha"]));
        QVERIFY(compare(found.beta, reference["beta"]));
        QVERIFY(compare(found.ritz, reference["ritz"]));
        QVERIFY(compare(found.weights, reference["weights"]));
    }

    void lanczosEndsWithTheKrylovSpace() {
        // Two different eigenvalues: the space has two dimensions.
        const Lanczos found = lanczos(diagonal({1, 1, 5, 5}), {1, 2, 3, 4}, 10);
        QCOMPARE(found.ritz.size(), std::size_t{2});
        QVERIFY(near(found.ritz[0], 1) && near(found.ritz[1], 5));
        QVERIFY(near(found.weights[0], 5.0 / 30) && near(found.weights[1], 25.0 / 30));
        QVERIFY_THROWS_EXCEPTION(Error, lanczos(diagonal({1, 2}), {0, 0}, 2));
    }

    void orthogonalityLastsOverManySteps() {
        Point values(200);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::pow(1.05, static_cast<double>(i));
        const Lanczos found = lanczos(diagonal(values), randomUnit(200, 1, 0), 200);
        // Without re-orthogonalisation ghosts of the largest eigenvalue would appear.
        QCOMPARE(found.ritz.size(), std::size_t{200});
        for (std::size_t i = 0; i < 200; ++i) QVERIFY(near(found.ritz[i], values[i], 1e-6));
    }

    void powerIterationFindsTheLargestOneAfterAnother() {
        const auto found = powerIteration(diagonal({1, -8, 3, 0.5, 5}), 3, {200, 1e-9, 3});
        QCOMPARE(found.size(), std::size_t{3});
        QVERIFY(near(found[0].value, -8, 1e-5));
        QVERIFY(near(found[1].value, 5, 1e-5));
        QVERIFY(near(found[2].value, 3, 1e-5));
        QVERIFY(found[0].converged && found[0].iterations < 200);
        QVERIFY(near(std::abs(found[1].vector[4]), 1, 1e-3));
        QVERIFY(near(dot(found[0].vector, found[1].vector), 0, 1e-9));
    }

    void hutchinsonIsExactForADiagonalAndUnbiasedElse() {
        const TraceEstimate exact = hutchinsonTrace(diagonal({1, -8, 3}), 10, 1e-3, 1);
        QVERIFY(near(exact.mean, -4));
        QVERIFY(near(exact.standardError, 0));
        QCOMPARE(exact.probes, 3);
        // [[2, 1], [1, 3]]: v'Av is 5 + 2 v1 v2, so 3 or 7.
        const SymmetricOperator full{2, [](const Point& v, Point& out) {
                                         out = {2 * v[0] + v[1], v[0] + 3 * v[1]};
                                     }};
        const TraceEstimate estimate = hutchinsonTrace(full, 400, 0, 1);
        QCOMPARE(estimate.probes, 400);
        QVERIFY(std::abs(estimate.mean - 5) < 4 * 0.1);
        QVERIFY(near(estimate.standardError, 0.1, 0.01));
    }

    void theDensityHoldsAllEigenvaluesWithTheirWeights() {
        const std::vector<Lanczos> probes{{{}, {}, {0, 10}, {0.25, 0.75}}, {{}, {}, {0, 10}, {0.75, 0.25}}};
        const Density density = spectralDensity(probes, 2001);
        double whole = 0, left = 0;
        const double step = density.at[1] - density.at[0];
        for (std::size_t i = 0; i < density.at.size(); ++i) {
            whole += density.value[i] * step;
            if (density.at[i] < 5) left += density.value[i] * step;
        }
        QVERIFY(near(density.sigma, 0.1));
        QVERIFY(near(whole, 1, 1e-5));
        QVERIFY(near(left, 0.5, 1e-3));
    }

    void aQuadraticHasItsMatrixForHessian() {
        // f = x'Ax / 2 + b'x: central differences are exact but for rounding.
        const Point a{4, -2, 0.5};
        const GradientFunction gradient = [&](const Point& at, Point& out) {
            out.resize(3);
            for (std::size_t i = 0; i < 3; ++i) out[i] = a[i] * at[i] + 1;
        };
        const SymmetricOperator matrix = hessian(gradient, {1, 2, 3}, Precision::Double);
        Point out;
        matrix.apply({1, 1, 1}, out);
        for (std::size_t i = 0; i < 3; ++i) QVERIFY(near(out[i], a[i], 1e-6));
        QVERIFY(differenceError(gradient, {1, 2, 3}, Precision::Double, 1) < 1e-6);
        const auto pairs = powerIteration(matrix, 1, {200, 1e-9, 0});
        QVERIFY(near(pairs[0].value, 4, 1e-6));
    }

    void theSmallNetworkHasTheReferenceHessian() {
        TinyNet tiny;
        Point gradient(tiny.point.size());
        tiny.network->moveTo(tiny.atKink);
        QVERIFY(near(tiny.network->gradient(tiny.samples, Statistics::Running, gradient),
                     tiny.reference["loss"].get<double>()));
        const Point wanted = tiny.flat("grad");
        for (std::size_t i = 0; i < wanted.size(); ++i) QVERIFY(near(gradient[i], wanted[i]));

        const SymmetricOperator matrix = hessian(tiny.gradient(), tiny.point, Precision::Double);
        Point product;
        matrix.apply(gradient, product);
        const Point wantedProduct = tiny.flat("Hg_T1");
        for (std::size_t i = 0; i < wantedProduct.size(); ++i)
            QVERIFY(near(product[i], wantedProduct[i], 1e-5));

        // From a vector with a part in every direction: all eigenvalues; six of ten are 0.
        const auto eigenvalues = tiny.reference["hessian_eigenvalues"].get<std::vector<double>>();
        const Lanczos found = lanczos(matrix, randomUnit(10, 3, 0), 10);
        QVERIFY(near(found.ritz.front(), eigenvalues.front(), 1e-5));
        QVERIFY(near(found.ritz.back(), eigenvalues.back(), 1e-5));
        const auto top = powerIteration(matrix, 4, {2000, 1e-9, 0});
        std::vector<double> values;
        for (const Eigenpair& pair : top) values.push_back(pair.value);
        std::sort(values.begin(), values.end());
        for (const auto& [k, wantedValue] :
             {std::pair{0, eigenvalues[0]}, {1, eigenvalues[1]}, {2, eigenvalues[8]}, {3, eigenvalues[9]}})
            QVERIFY(near(values[static_cast<std::size_t>(k)], wantedValue, 1e-4));
        const TraceEstimate trace = hutchinsonTrace(matrix, 2000, 0, 5);
        QVERIFY(std::abs(trace.mean - tiny.reference["hessian_trace"].get<double>()) <
                4 * trace.standardError);
    }

    void singlePrecisionSaysHowFarItIsOff() {
        TinyNet tiny(DType::F32, 0.02), precise(DType::F64, 0.02);
        const double error = differenceError(tiny.gradient(), tiny.point, Precision::Single, 1);
        QVERIFY(error > 1e-9 && error < 0.02);
        const Point v = tiny.flat("grad");
        Point product, wanted;
        hessian(tiny.gradient(), tiny.point, Precision::Single).apply(v, product);
        hessian(precise.gradient(), precise.point, Precision::Double).apply(v, wanted);
        QVERIFY(norm(plus(product, -1, wanted)) < 0.01 * norm(wanted));
        QVERIFY(norm(plus(product, -1, wanted)) > 0);
    }
};

QTEST_GUILESS_MAIN(SpectrumTest)
#include "test_spectrum.moc"
