// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <limits>
#include <map>

#include "autograd/elementwise.h"
#include "autograd/golden.h"
#include "autograd/gradient_check.h"
#include "backend/elementwise.h"
#include "base/parallel.h"

using namespace filigree;
using namespace filigree::autograd;
using namespace filigree::tests;

namespace {

using Inputs = std::span<const Variable>;

const std::map<std::string, Function>& binaryFunctions() {
    static const std::map<std::string, Function> table{
        {"add", [](Inputs x) { return add(x[0], x[1]); }},
        {"subtract", [](Inputs x) { return subtract(x[0], x[1]); }},
        {"multiply", [](Inputs x) { return multiply(x[0], x[1]); }},
        {"divide", [](Inputs x) { return divide(x[0], x[1]); }},
    };
    return table;
}

struct UnaryCase {
    Function function;
    double low, high;  // a range in which the function is smooth
};

const std::map<std::string, UnaryCase>& unaryFunctions() {
    static const std::map<std::string, UnaryCase> table{
        {"negate", {[](Inputs x) { return negate(x[0]); }, -2, 2}},
        {"scale", {[](Inputs x) { return scale(x[0], 2.5); }, -2, 2}},
        {"addScalar", {[](Inputs x) { return addScalar(x[0], -0.75); }, -2, 2}},
        {"power", {[](Inputs x) { return power(x[0], 2.5); }, 0.2, 2}},
        {"exp", {[](Inputs x) { return exp(x[0]); }, -2, 2}},
        {"log", {[](Inputs x) { return log(x[0]); }, 0.3, 2}},
        {"sqrt", {[](Inputs x) { return sqrt(x[0]); }, 0.3, 2}},
        {"abs", {[](Inputs x) { return abs(x[0]); }, 0.1, 2}},
        {"square", {[](Inputs x) { return square(x[0]); }, -2, 2}},
        {"relu", {[](Inputs x) { return relu(x[0]); }, 0.1, 2}},
        {"leakyRelu", {[](Inputs x) { return leakyRelu(x[0], 0.2); }, -2, -0.1}},
        {"gelu", {[](Inputs x) { return gelu(x[0]); }, -3, 3}},
        {"geluTanh", {[](Inputs x) { return gelu(x[0], Gelu::Tanh); }, -3, 3}},
        {"silu", {[](Inputs x) { return silu(x[0]); }, -3, 3}},
        {"tanh", {[](Inputs x) { return autograd::tanh(x[0]); }, -2, 2}},
        {"sigmoid", {[](Inputs x) { return sigmoid(x[0]); }, -3, 3}},
        {"softplus", {[](Inputs x) { return softplus(x[0]); }, -3, 3}},
        {"clamp", {[](Inputs x) { return clamp(x[0], -1, 2); }, -0.9, 1.9}},
        {"huber", {[](Inputs x) { return huber(x[0], 0.7); }, -0.6, 0.6}},
        {"xLogX", {[](Inputs x) { return xLogX(x[0]); }, 0.3, 2}},
    };
    return table;
}

double at(const Function& function, double x, DType type = DType::F64) {
    const std::vector<Variable> inputs{Variable(Tensor::full({1}, x, type))};
    return function(inputs).value().item();
}

double slopeAt(const Function& function, double x) {
    return gradientsOf(function, {Tensor::full({1}, x, DType::F64)}, Tensor::full({1}, 1, DType::F64))[0]
        .item();
}

constexpr double inf = std::numeric_limits<double>::infinity();

}  // namespace

class ElementwiseTest : public QObject {
    Q_OBJECT

  private slots:
    void init() { setThreadCount(2); }
    void cleanup() { setThreadCount(1); }

    void valuesAndGradientsAreThoseOfPyTorch() {
        std::size_t compared = 0;
        for (const auto& testCase : golden("elementwise")) {
            const std::string name = testCase.at("name");
            const bool binary = binaryFunctions().contains(name);
            QCOMPARE(compareWithGolden(
                         testCase, binary ? binaryFunctions().at(name) : unaryFunctions().at(name).function),
                     std::string());
            ++compared;
        }
        QCOMPARE(compared, 4 * 4 + unaryFunctions().size());
    }

    void addToWorksInPlaceOnlyWhereNobodyElseLooks() {
        const std::vector<double> expected{11, 22, 33, 44, 55, 66};
        const Tensor term = Tensor::from(std::vector<float>{10, 20, 30, 40, 50, 60}, {3, 2});
        const auto start = [] { return Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2}); };

        Tensor alone = start();
        const float* const memory = std::as_const(alone).data<float>();
        backend::addTo(alone, term);
        QCOMPARE(alone.toDoubles(), expected);
        QCOMPARE(std::as_const(alone).data<float>(), memory);

        Tensor seen = start();
        const Tensor other = seen;
        backend::addTo(seen, term);
        QCOMPARE(seen.toDoubles(), expected);
        QCOMPARE(other.toDoubles(), start().toDoubles());

        // The orders of memory need not be the same; lanes past the batch stay zero.
        for (const bool tiledTerm : {false, true}) {
            Tensor tiled = start().tiled(16);
            backend::addTo(tiled, tiledTerm ? term.tiled(16) : term);
            QCOMPARE(tiled.toDoubles(), expected);
            if (tiled.tile() == 16) QCOMPARE(std::as_const(tiled).data<float>()[3], 0.0F);
        }
        Tensor transposed = start().reshape({2, 3}).permute(std::vector<int>{1, 0});
        backend::addTo(transposed, term);
        QCOMPARE(transposed.toDoubles(), (std::vector<double>{11, 24, 32, 45, 53, 66}));
    }

    void unaryGradientsAreTheNumericOnes() {
        for (const auto& [name, testCase] : unaryFunctions())
            for (const Shape& shape : {Shape{}, Shape{5}, Shape{7, 3}, Shape{1, 2, 1, 3}, Shape{0, 4}})
                QCOMPARE(name + ": " +
                             checkFunction(testCase.function,
                                           {randomTensor(shape, 3, testCase.low, testCase.high)}),
                         name + ": ");
    }

    void binaryGradientsAreTheNumericOnesUnderBroadcasting() {
        const std::vector<std::pair<Shape, Shape>> shapes{{{}, {}},
                                                          {{5}, {5}},
                                                          {{6, 3}, {6, 3}},
                                                          {{6, 3}, {3}},
                                                          {{3}, {6, 3}},
                                                          {{6, 3}, {}},
                                                          {{6, 1}, {6, 3}},
                                                          {{6, 3}, {1, 3}},
                                                          {{6, 1}, {1, 3}},
                                                          {{2, 3, 4}, {3, 1}},
                                                          {{1, 3}, {6, 3}},
                                                          {{5, 3, 2, 2}, {3, 1, 1}},
                                                          {{5, 3, 2, 2}, {1, 3, 2, 1}},
                                                          {{5, 3, 2, 2}, {5, 1, 2, 1}},
                                                          {{0, 3}, {3}},
                                                          {{1, 3}, {0, 3}}};
        for (const auto& [name, function] : binaryFunctions())
            for (const auto& [left, right] : shapes) {
                const std::string what = name + " " + left.text() + " " + right.text() + ": ";
                QCOMPARE(
                    what + checkFunction(function, {randomTensor(left, 1), randomTensor(right, 2, 0.5, 2)}),
                    what);
            }
    }

    void derivativesAtKinksAreDefined() {
        const auto& table = unaryFunctions();
        QCOMPARE(slopeAt(table.at("relu").function, 0), 0.0);
        QCOMPARE(slopeAt(table.at("abs").function, 0), 0.0);
        QCOMPARE(slopeAt(table.at("clamp").function, -1), 1.0);
        QCOMPARE(slopeAt(table.at("clamp").function, 2), 1.0);
        QCOMPARE(slopeAt(table.at("clamp").function, 2.001), 0.0);
        QCOMPARE(slopeAt(table.at("leakyRelu").function, 0), 0.2);
        QCOMPARE(at(table.at("xLogX").function, 0), 0.0);
    }

    void extremeInputsNeitherOverflowNorLoseNaN() {
        const auto& table = unaryFunctions();
        for (const DType type : {DType::F32, DType::F64}) {
            QCOMPARE(at(table.at("softplus").function, 1000, type), 1000.0);
            QCOMPARE(at(table.at("softplus").function, -1000, type), 0.0);
            QCOMPARE(at(table.at("sigmoid").function, 1000, type), 1.0);
            QCOMPARE(at(table.at("sigmoid").function, -1000, type), 0.0);
            QCOMPARE(at(table.at("tanh").function, 1000, type), 1.0);
            QCOMPARE(at(table.at("tanh").function, -1000, type), -1.0);
            QCOMPARE(at(table.at("exp").function, -inf, type), 0.0);
            QCOMPARE(at(table.at("exp").function, inf, type), inf);
            QCOMPARE(at(table.at("exp").function, 0, type), 1.0);
            QCOMPARE(at(table.at("silu").function, 1000, type), 1000.0);
            for (const auto& [name, testCase] : table)
                QVERIFY2(std::isnan(at(testCase.function, std::nan(""), type)), name.c_str());
        }
    }

    // The single-precision exponential and hyperbolic tangent are our own.
    void singlePrecisionFunctionsAreAccurateOverTheirWholeRange() {
        const int count = 200001;
        Tensor x = Tensor::empty({count});
        for (int i = 0; i < count; ++i)
            x.values<float>()[static_cast<std::size_t>(i)] = static_cast<float>(-104 + i * 1e-3);
        const Tensor e = backend::apply(backend::Unary::Exp, x), t = backend::apply(backend::Unary::Tanh, x);
        double worstExp = 0, worstTanh = 0;
        for (int i = 0; i < count; ++i) {
            const auto index = static_cast<std::size_t>(i);
            const double in = static_cast<double>(x.values<float>()[index]);
            const double expected = std::exp(in);
            if (expected > 1.2e-38 && expected < 3.4e38)
                worstExp = std::max(worstExp, std::abs(e.values<float>()[index] / expected - 1));
            else if (expected < 1)
                QVERIFY(e.values<float>()[index] <= 1.3e-38f);
            else
                QVERIFY(std::isinf(e.values<float>()[index]));
            if (in != 0)
                worstTanh = std::max(worstTanh, std::abs(t.values<float>()[index] / std::tanh(in) - 1));
        }
        QVERIFY2(worstExp < 2.0e-7, qPrintable(QString::number(worstExp)));
        QVERIFY2(worstTanh < 3.0e-7, qPrintable(QString::number(worstTanh)));
    }

    void tiledOperandsGiveTiledResultsWithZeroPadding() {
        const Tensor a = randomTensor({6, 3, 2}, 1).tiled(4), b = randomTensor({6, 3, 2}, 2).tiled(4);
        const Tensor channel = randomTensor({3, 1}, 3);
        for (const Tensor& result :
             {backend::add(a, b), backend::add(a, channel), backend::divide(channel, a),
              backend::add(a, b.strided()), backend::apply(backend::Unary::Exp, a),
              backend::apply(backend::Unary::Log, a),
              backend::applyDerivative(backend::Unary::Sigmoid, b, a, b)}) {
            QCOMPARE(result.tile(), 4);
            const double* const memory = result.data<double>();
            for (int r = 0; r < 6; ++r)
                for (int lane = 2; lane < 4; ++lane) QCOMPARE(memory[(6 + r) * 4 + lane], 0.0);
        }
    }

    void manyThreadsGiveTheBitsOfOne() {
        const Tensor a = randomTensor({513, 257}, 1, -3, 3, DType::F32),
                     b = randomTensor({257}, 2, -3, 3, DType::F32);
        setThreadCount(1);
        const Tensor sum = backend::add(a, b), gelu = backend::apply(backend::Unary::GeluTanh, a);
        setThreadCount(3);
        QCOMPARE(largestDifference(backend::add(a, b), sum), 0.0);
        QCOMPARE(largestDifference(backend::apply(backend::Unary::GeluTanh, a), gelu), 0.0);
    }

    void wrongShapesAndTypesAreNamed() {
        const Variable a(Tensor::zeros({2, 3})), b(Tensor::zeros({2, 4})),
            c(Tensor::zeros({2, 3}, DType::F64)), d(Tensor::zeros({2, 3}, DType::I32));
        for (const auto& [name, function] : binaryFunctions()) {
            QVERIFY(throwsRunError([&] { function(std::vector{a, b}); }, {"[2, 3]", "[2, 4]"}));
            QVERIFY(throwsRunError([&] { function(std::vector{a, c}); }, {"f32", "f64"}));
            QVERIFY(throwsRunError([&] { function(std::vector{d, d}); }, {"i32"}));
        }
        QVERIFY(throwsRunError([&] { relu(d); }, {"i32"}));
        QVERIFY(throwsRunError([&] { clamp(a, 2, 1); }, {"clamp"}));
        QVERIFY(throwsRunError([&] { clamp(a, std::nan(""), 1); }, {"clamp"}));
        QVERIFY(throwsRunError([&] { huber(a, 0); }, {"huber"}));
    }
};

QTEST_APPLESS_MAIN(ElementwiseTest)
#include "test_elementwise.moc"
