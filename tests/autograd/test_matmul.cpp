// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>
#include <map>

#include "autograd/golden.h"
#include "autograd/gradient_check.h"
#include "autograd/matmul.h"
#include "backend/matmul.h"
#include "base/parallel.h"

using namespace filigree;
using namespace filigree::autograd;
using namespace filigree::tests;

namespace {

using Inputs = std::span<const Variable>;

const std::map<std::string, Function> functions{
    {"matmul", [](Inputs x) { return matmul(x[0], x[1]); }},
    {"batchedMatmul", [](Inputs x) { return batchedMatmul(x[0], x[1]); }},
    {"linear", [](Inputs x) { return linear(x[0], x[1], x.size() > 2 ? x[2] : Variable()); }},
};

/// The definition, in double: alpha op(A) op(B) + beta C.
template <typename T>
std::vector<double> reference(bool ta, bool tb, int m, int n, int k, double alpha, const std::vector<T>& a,
                              int lda, const std::vector<T>& b, int ldb, double beta, const std::vector<T>& c,
                              int ldc) {
    std::vector<double> result(c.begin(), c.end());
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < n; ++j) {
            double sum = 0;
            for (int p = 0; p < k; ++p)
                sum += static_cast<double>(a[static_cast<std::size_t>(ta ? p * lda + i : i * lda + p)]) *
                       static_cast<double>(b[static_cast<std::size_t>(tb ? j * ldb + p : p * ldb + j)]);
            double& out = result[static_cast<std::size_t>(i * ldc + j)];
            out = alpha * sum + (beta == 0 ? 0 : beta * out);
        }
    return result;
}

template <typename T>
std::vector<T> numbers(int count, std::uint64_t seed) {
    const Tensor x = randomTensor({count}, seed, -1, 1, dtypeOf<T>());
    return {x.values<T>().begin(), x.values<T>().end()};
}

/// Largest error of gemm over transpositions, sizes (also above the threshold for threads), strides, alpha
/// and beta.
template <typename T>
double largestGemmError() {
    double worst = 0;
    for (const auto& [m, n, k] : {std::array{1, 1, 1},
                                  {3, 5, 7},
                                  {17, 33, 9},
                                  {40, 1, 20},
                                  {1, 40, 20},
                                  {260, 70, 90},
                                  {70, 300, 165},
                                  {5, 4, 0}})
        for (const bool ta : {false, true})
            for (const bool tb : {false, true})
                for (const auto& [alpha, beta] :
                     {std::pair{1.0, 0.0}, {0.5, 1.0}, {-2.0, 0.25}, {0.0, 2.0}}) {
                    const int lda = (ta ? m : k) + 3, ldb = (tb ? k : n) + 2, ldc = n + 1;
                    const auto a = numbers<T>((ta ? k : m) * lda + 1, 1),
                               b = numbers<T>((tb ? n : k) * ldb + 1, 2);
                    auto c = numbers<T>(m * ldc, 3);
                    const auto expected = reference(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
                    backend::gemm<T>(ta, tb, m, n, k, static_cast<T>(alpha), a.data(), lda, b.data(), ldb,
                                     static_cast<T>(beta), c.data(), ldc);
                    for (std::size_t i = 0; i < c.size(); ++i)
                        worst = std::max(worst, std::abs(static_cast<double>(c[i]) - expected[i]));
                }
    return worst;
}

}  // namespace

class MatmulTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { setThreadCount(2); }
    void cleanup() { setThreadCount(1); }

    void valuesAndGradientsAreThoseOfPyTorch() {
        int compared = 0;
        for (const auto& testCase : golden("matmul")) {
            QCOMPARE(compareWithGolden(testCase, functions.at(testCase.at("name"))), std::string());
            ++compared;
        }
        QCOMPARE(compared, 6);
    }

    void gemmFollowsItsDefinition() {
        QVERIFY(largestGemmError<double>() < 1e-13);
        QVERIFY(largestGemmError<float>() < 5e-5);
        setThreadCount(1);
        QVERIFY(largestGemmError<float>() < 5e-5);
    }

    void gemmDoesNotReadWhatItOverwrites() {
        const double nan = std::nan("");
        std::vector<double> a{2}, b{3}, c{nan};
        backend::gemm<double>(false, false, 1, 1, 1, 1, a.data(), 1, b.data(), 1, 0, c.data(), 1);
        QCOMPARE(c[0], 6.0);
        std::vector<float> d{2}, e{3}, f{std::numeric_limits<float>::quiet_NaN()};
        backend::gemm<float>(false, false, 1, 1, 1, 1, d.data(), 1, e.data(), 1, 0, f.data(), 1);
        QCOMPARE(f[0], 6.0f);
    }

    void gradientsAreTheNumericOnes() {
        for (const auto& [m, k, n] : {std::array{1, 1, 1}, {3, 5, 4}, {6, 1, 3}, {1, 7, 1}, {9, 3, 10}}) {
            QCOMPARE(
                checkFunction(functions.at("matmul"), {randomTensor({m, k}, 1), randomTensor({k, n}, 2)}),
                std::string());
            QCOMPARE(checkFunction(functions.at("batchedMatmul"),
                                   {randomTensor({3, m, k}, 1), randomTensor({3, k, n}, 2)}),
                     std::string());
            QCOMPARE(checkFunction(functions.at("linear"),
                                   {randomTensor({m, k}, 1), randomTensor({n, k}, 2), randomTensor({n}, 3)}),
                     std::string());
            QCOMPARE(
                checkFunction(functions.at("linear"), {randomTensor({2, m, k}, 1), randomTensor({n, k}, 2)}),
                std::string());
        }
    }

    void emptySizesGiveEmptyOrZeroResults() {
        const auto check = [](const std::string& name, const std::vector<Shape>& shapes) {
            std::vector<Tensor> inputs;
            for (const Shape& shape : shapes) inputs.push_back(randomTensor(shape, 1));
            return checkFunction(functions.at(name), inputs);
        };
        QCOMPARE(check("matmul", {{0, 3}, {3, 2}}), std::string());
        QCOMPARE(check("matmul", {{2, 0}, {0, 3}}), std::string());
        QCOMPARE(check("batchedMatmul", {{0, 2, 3}, {0, 3, 2}}), std::string());
        QCOMPARE(check("linear", {{0, 3}, {2, 3}, {2}}), std::string());
        QCOMPARE(check("linear", {{2, 0}, {3, 0}, {3}}), std::string());
        QCOMPARE(backend::matmul(Tensor::zeros({2, 0}), Tensor::zeros({0, 3})).toDoubles(),
                 std::vector<double>(6, 0.0));
    }

    void transposedViewsMultiplyLikeCopies() {
        const Tensor a = randomTensor({37, 20}, 1), b = randomTensor({37, 50}, 2);
        const Tensor viewed = backend::matmul(a.transpose(0, 1), b);
        QVERIFY(largestDifference(viewed, backend::matmul(a.transpose(0, 1).contiguous(), b)) < 1e-13);
        QVERIFY(largestDifference(viewed, backend::matmul(a, b, true, false)) < 1e-13);
        const Tensor part = randomTensor({40, 60}, 3).slice(0, 1, 38).slice(1, 5, 55);
        QVERIFY(largestDifference(backend::matmul(a, part, true),
                                  backend::matmul(a, part.contiguous(), true)) < 1e-13);
        const Tensor row = randomTensor({1, 50}, 4).expand({37, 50});
        QVERIFY(largestDifference(backend::matmul(a, row, true), backend::matmul(a, row.contiguous(), true)) <
                1e-13);
    }

    void sameThreadsGiveTheSameBits() {
        const Tensor a = randomTensor({300, 200}, 1, -1, 1, DType::F32),
                     b = randomTensor({200, 250}, 2, -1, 1, DType::F32);
        for (const int threads : {1, 2, 3}) {
            setThreadCount(threads);
            const Tensor first = backend::matmul(a, b);
            for (int i = 0; i < 3; ++i) QCOMPARE(largestDifference(backend::matmul(a, b), first), 0.0);
        }
    }

    void wrongShapesAreNamed() {
        const auto zeros = [](const Shape& shape, DType type = DType::F32) {
            return Variable(Tensor::zeros(shape, type));
        };
        QVERIFY(throwsRunError(
            [&] {
                matmul(zeros({2, 3}), zeros({4, 2}));
            },
            {"matmul", "[2, 3]", "[4, 2]"}));
        QVERIFY(throwsRunError([&] { matmul(zeros({2}), zeros({2, 2})); }, {"matmul", "[2]"}));
        QVERIFY(throwsRunError([&] { matmul(zeros({2, 2}), zeros({2, 2}, DType::F64)); }, {"types"}));
        QVERIFY(throwsRunError(
            [&] {
                matmul(zeros({2, 2}, DType::I32), zeros({2, 2}, DType::I32));
            },
            {"i32"}));
        QVERIFY(throwsRunError(
            [&] {
                batchedMatmul(zeros({2, 2, 3}), zeros({3, 3, 2}));
            },
            {"[2, 2, 3]", "[3, 3, 2]"}));
        QVERIFY(throwsRunError(
            [&] {
                linear(zeros({2, 3}), zeros({4, 2}));
            },
            {"linear", "[2, 3]", "[4, 2]"}));
        QVERIFY(throwsRunError([&] { linear(zeros({2, 3}), zeros({4, 3}), zeros({3})); }, {"bias [3]"}));
        QVERIFY(throwsRunError([&] { linear(zeros({}), zeros({4, 3})); }, {"linear", "[]"}));
    }
};

QTEST_APPLESS_MAIN(MatmulTest)
#include "test_matmul.moc"
