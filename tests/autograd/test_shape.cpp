// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <map>

#include "autograd/golden.h"
#include "autograd/gradient_check.h"
#include "autograd/shape.h"

using namespace filigree;
using namespace filigree::autograd;
using namespace filigree::tests;

namespace {

using Inputs = std::span<const Variable>;

std::vector<Variable> list(Inputs x) {
    return {x.begin(), x.end()};
}

const std::map<std::string, Function> functions{
    {"reshape",
     [](Inputs x) {
         return reshape(x[0], {4, -1});
     }},
    {"permute",
     [](Inputs x) {
         return permute(x[0], {2, 0, -2});
     }},
    {"transpose", [](Inputs x) { return transpose(x[0], 0, -1); }},
    {"slice", [](Inputs x) { return slice(x[0], 1, 1, 6, 2); }},
    {"concatenate", [](Inputs x) { return concatenate(list(x), 1); }},
    {"stack", [](Inputs x) { return stack(list(x), 1); }},
    {"expand",
     [](Inputs x) {
         return expand(x[0], {3, 2, 4});
     }},
    {"flatten", [](Inputs x) { return flatten(x[0]); }},
    {"pad2d", [](Inputs x) { return pad2d(x[0], {.top = 3, .bottom = 0, .left = 1, .right = 2}); }},
};

std::string check(const Function& function, const std::vector<Shape>& shapes) {
    std::vector<Tensor> inputs;
    for (const Shape& shape : shapes) inputs.push_back(randomTensor(shape, 10 + inputs.size()));
    return checkFunction(function, inputs);
}

}  // namespace

class ShapeFunctionsTest : public QObject {
    Q_OBJECT

  private slots:
    void valuesAndGradientsAreThoseOfPyTorch() {
        std::size_t compared = 0;
        for (const auto& testCase : golden("shape")) {
            QCOMPARE(compareWithGolden(testCase, functions.at(testCase.at("name"))), std::string());
            ++compared;
        }
        QCOMPARE(compared, functions.size());
    }

    void gradientsAreTheNumericOnes() {
        const std::string fine;
        QCOMPARE(check(functions.at("reshape"), {{8, 3}}), fine);
        QCOMPARE(check([](Inputs x) { return reshape(x[0], {6, 6}); }, {{6, 2, 3}}), fine);
        QCOMPARE(check([](Inputs x) { return reshape(x[0], {}); }, {{1, 1}}), fine);
        QCOMPARE(check(functions.at("permute"), {{5, 1, 3}}), fine);
        QCOMPARE(check(functions.at("transpose"), {{5, 1, 3}}), fine);
        QCOMPARE(check(functions.at("slice"), {{5, 6, 1}}), fine);
        QCOMPARE(check([](Inputs x) { return slice(x[0], 0, 2, 2); }, {{5, 3}}), fine);
        QCOMPARE(check([](Inputs x) { return slice(x[0], -1, 0, 1, 7); }, {{5, 3}}), fine);
        for (const int axis : {0, 1, -1})
            QCOMPARE(check([=](Inputs x) { return concatenate(list(x), axis); }, {{3, 3, 3}, {3, 3, 3}}),
                     fine);
        QCOMPARE(check([](Inputs x) { return concatenate(list(x), 0); }, {{2, 3}, {0, 3}, {1, 3}}), fine);
        for (const int axis : {0, 1, 2, -1, -3})
            QCOMPARE(check([=](Inputs x) { return stack(list(x), axis); }, {{5, 3}, {5, 3}, {5, 3}}), fine);
        QCOMPARE(check([](Inputs x) { return expand(x[0], {5, 4}); }, {{5, 1}}), fine);
        QCOMPARE(check([](Inputs x) { return expand(x[0], {3}); }, {{}}), fine);
        for (const int from : {0, 1, 2, -1})
            QCOMPARE(check([=](Inputs x) { return flatten(x[0], from); }, {{5, 3, 2}}), fine);
        QCOMPARE(check(functions.at("pad2d"), {{5, 1, 3, 2}}), fine);
        QCOMPARE(check([](Inputs x) { return pad2d(x[0], {}); }, {{3, 2}}), fine);
    }

    // The same variable twice: both slices of the gradient arrive.
    void concatenatingAVariableWithItselfAddsItsGradients() {
        QCOMPARE(check([](Inputs x) { return concatenate({x[0], x[0]}, 1); }, {{5, 3}}), std::string());
    }

    void flattenKeepsBatchTiledMemory() {
        const Variable x(randomTensor({6, 2, 3}, 1).tiled(4));
        QCOMPARE(flatten(x).value().tile(), 4);
        QVERIFY(flatten(x).value().sharesStorageWith(x.value()));
    }

    void wrongShapesAreNamed() {
        const auto zeros = [](const Shape& shape) { return Variable(Tensor::zeros(shape)); };
        QVERIFY(throwsRunError([&] { reshape(zeros({2, 3}), {4}); }, {"[2, 3]", "[4]"}));
        QVERIFY(throwsRunError([&] { permute(zeros({2, 3}), {0}); }, {"[2, 3]"}));
        QVERIFY(throwsRunError([&] { transpose(zeros({2, 3}), 0, 2); }, {"axis 2", "[2, 3]"}));
        QVERIFY(throwsRunError([&] { slice(zeros({2, 3}), 1, 0, 4); }, {"0:4:1", "[2, 3]"}));
        QVERIFY(throwsRunError(
            [&] {
                concatenate({zeros({2, 3}), zeros({3, 3})}, 1);
            },
            {"[2, 3]", "[3, 3]"}));
        QVERIFY(throwsRunError([&] { concatenate({zeros({2, 3}), zeros({2})}, 0); }, {"[2, 3]", "[2]"}));
        QVERIFY(throwsRunError([&] { concatenate({}, 0); }, {"at least one"}));
        QVERIFY(throwsRunError([&] { stack({zeros({2}), zeros({3})}, 0); }, {"[2]", "[3]"}));
        QVERIFY(throwsRunError([&] { stack({zeros({2})}, 2); }, {"stack"}));
        QVERIFY(throwsRunError([&] { stack({}, 0); }, {"at least one"}));
        QVERIFY(throwsRunError([&] { expand(zeros({2}), {3}); }, {"[2]", "[3]"}));
        QVERIFY(throwsRunError([&] { flatten(zeros({2, 3}), 2); }, {"axis 2"}));
        QVERIFY(throwsRunError([&] { pad2d(zeros({2}), {}); }, {"pad2d", "[2]"}));
        QVERIFY(throwsRunError([&] { pad2d(zeros({2, 2}), {.top = -1}); }, {"pad2d", "[2, 2]"}));
    }
};

QTEST_APPLESS_MAIN(ShapeFunctionsTest)
#include "test_shape.moc"
