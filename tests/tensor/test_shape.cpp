// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "base/error.h"
#include "tensor/shape.h"

using namespace filigree;

class ShapeTest : public QObject {
    Q_OBJECT

  private slots:
    void elementsIsTheProductAndOneForAScalar() {
        QCOMPARE(Shape({2, 3, 4}).elements(), 24);
        QCOMPARE(Shape().elements(), 1);
        QCOMPARE(Shape({5, 0, 7}).elements(), 0);
    }

    void stridesAreRowMajor() {
        QVERIFY(Shape({2, 3, 4}).rowMajorStrides() == Shape({12, 4, 1}));
        QVERIFY(Shape({7}).rowMajorStrides() == Shape({1}));
        QVERIFY(Shape().rowMajorStrides() == Shape());
    }

    void axesCountFromBothEnds() {
        const Shape shape{2, 3, 4};
        QCOMPARE(shape.axis(0), 0);
        QCOMPARE(shape.axis(-1), 2);
        QCOMPARE(shape.axis(-3), 0);
        QVERIFY_THROWS_EXCEPTION(Error, shape.axis(3));
        QVERIFY_THROWS_EXCEPTION(Error, shape.axis(-4));
        QVERIFY_THROWS_EXCEPTION(Error, Shape().axis(0));
    }

    void ninthAxisIsRefused() {
        Shape shape{1, 1, 1, 1, 1, 1, 1, 1};
        QVERIFY_THROWS_EXCEPTION(Error, shape.append(1));
        QVERIFY_THROWS_EXCEPTION(Error, (Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}));
    }

    void equalityLooksAtRankAndSizes() {
        QVERIFY(Shape({2, 3}) == Shape({2, 3}));
        QVERIFY(!(Shape({2, 3}) == Shape({3, 2})));
        QVERIFY(!(Shape({2, 3}) == Shape({2, 3, 1})));
        QVERIFY(!(Shape() == Shape({1})));
    }

    void textIsABracketedList() {
        QCOMPARE(Shape({2, 3, 4}).text(), std::string("[2, 3, 4]"));
        QCOMPARE(Shape().text(), std::string("[]"));
    }

    void broadcastAlignsAxesAtTheEnd() {
        QVERIFY(broadcast({2, 1, 4}, {3, 1}) == Shape({2, 3, 4}));
        QVERIFY(broadcast({3, 1}, {2, 1, 4}) == Shape({2, 3, 4}));
        QVERIFY(broadcast({}, {5}) == Shape({5}));
        QVERIFY(broadcast({0}, {1}) == Shape({0}));
        QVERIFY(broadcast({1}, {0}) == Shape({0}));
    }

    void broadcastNamesShapesThatDoNotFit() {
        try {
            broadcast({2, 3}, {2, 4});
            QFAIL("no error");
        } catch (const Error& error) {
            QCOMPARE(error.kind(), ErrorKind::Run);
            QCOMPARE(error.where(), std::string("[2, 3] and [2, 4]"));
        }
        QVERIFY_THROWS_EXCEPTION(Error, broadcast({0}, {2}));
    }
};

QTEST_APPLESS_MAIN(ShapeTest)
#include "test_shape.moc"
