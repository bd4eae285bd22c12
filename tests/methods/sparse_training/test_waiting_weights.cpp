// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "methods/sparse_training/waiting_weights.h"
#include "nn/initialization.h"

using namespace filigree;
using methods::sparse_training::WaitingWeights;

namespace {

using Positions = std::vector<std::uint32_t>;

const Shape shape{48, 60};
constexpr std::int64_t size = 48 * 60;
constexpr std::int64_t count = 300;

/// All of theta, and the choice as Top-KAST defines it: the reference.
struct Dense {
    std::vector<float> theta = std::vector<float>(size);

    explicit Dense(std::uint64_t seed) {
        Tensor all = Tensor::empty(shape);
        nn::InitialWeights(seed, "fc1", shape, {}).fill(all);
        std::copy_n(all.data<float>(), size, theta.begin());
    }
    Positions largest() const {
        Positions order(size);
        std::iota(order.begin(), order.end(), 0U);
        // Of equals the lowest position is left out first.
        std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
            const float x = std::abs(theta[a]), y = std::abs(theta[b]);
            return x != y ? x > y : a > b;
        });
        order.resize(count);
        std::sort(order.begin(), order.end());
        return order;
    }
};

std::vector<float> at(const std::vector<float>& values, const Positions& positions) {
    std::vector<float> result;
    for (const std::uint32_t p : positions) result.push_back(values[p]);
    return result;
}

}  // namespace

class WaitingWeightsTest : public QObject {
    Q_OBJECT

  private slots:
    void choosesAsAmongAllOfTheta_data() {
        QTest::addColumn<double>("decay");
        QTest::newRow("weights that stay") << 1.0;
        QTest::newRow("weights that decay") << 0.97;
        QTest::newRow("weights that vanish") << 0.5;
    }
    void choosesAsAmongAllOfTheta() {
        QFETCH(double, decay);
        Dense dense(3);
        WaitingWeights waiting(3, "fc1", shape);
        Positions members = waiting.choose({}, {}, count).positions;
        QCOMPARE(members, dense.largest());
        std::int64_t entered = 0, left = 0, once = 0;
        std::set<std::uint32_t> ever(members.begin(), members.end());
        for (std::uint64_t round = 0; round < 40; ++round) {
            // A run that is cut here goes on with what it saved.
            if (round == 17) {
                train::Checkpoint checkpoint;
                waiting.save(checkpoint, "theta");
                waiting = WaitingWeights(3, "fc1", shape);
                waiting.load(checkpoint, "theta");
            }
            RandomStream random(5, "updates", round);
            for (const std::uint32_t p : members) {
                const double moved = decay * dense.theta[p] + 0.002 * random.normal();
                // Some are equal, in B and out of it.
                dense.theta[p] = static_cast<float>(round % 3 == 0 ? std::round(moved * 64) / 64 : moved);
            }
            const auto choice = waiting.choose(members, at(dense.theta, members), count);
            const Positions expected = dense.largest();
            QCOMPARE(choice.positions, expected);
            for (std::size_t i = 0; i < choice.entering.size(); ++i) {
                const std::uint32_t p = choice.positions[choice.entering[i]];
                QVERIFY(!std::binary_search(members.begin(), members.end(), p));
                QCOMPARE(choice.entered[i], dense.theta[p]);
                once += ever.insert(p).second ? 0 : 1;
            }
            for (std::size_t e = 0; e < choice.positions.size(); ++e)
                if (choice.sources[e] >= 0)
                    QCOMPARE(members[static_cast<std::size_t>(choice.sources[e])], choice.positions[e]);
            for (const std::uint32_t e : choice.leaving)
                QVERIFY(!std::binary_search(expected.begin(), expected.end(), members[e]));
            QCOMPARE(choice.leaving.size(), choice.entering.size());
            entered += std::ssize(choice.entering);
            left += std::ssize(choice.leaving);
            members = choice.positions;
            for (std::uint32_t p = 0; p < size; ++p)
                if (!std::binary_search(members.begin(), members.end(), p))
                    QCOMPARE(waiting.at(p), dense.theta[p]);
        }
        QVERIFY(entered > 20 && left == entered);
        // Weights came back that had been in B before.
        QVERIFY(once > 0);
    }

    void storesWhatWasChosenAndLittleMore() {
        WaitingWeights waiting(3, "fc1", shape);
        Positions members = waiting.choose({}, {}, count).positions;
        QVERIFY(waiting.stored() < size / 10);
        // Nor do small weights in B make it store much more than what replaces them.
        WaitingWeights other(3, "fc1", shape);
        std::vector<float> theta = at(Dense(3).theta, other.choose({}, {}, count).positions);
        std::fill(theta.begin(), theta.begin() + 30, 1e-6F);
        other.choose(members, theta, count);
        QVERIFY(other.stored() < size / 10 + 60);
        // Nothing moves: nothing more is stored.
        const Dense dense(3);
        waiting.choose(members, at(dense.theta, members), count);
        QVERIFY(waiting.stored() < size / 10);
        QCOMPARE(waiting.bytes(), size / 8 + 3 * waiting.stored());
        // When all of B vanishes, what replaces it has to be drawn.
        const auto choice = waiting.choose(members, std::vector<float>(count, 0.0F), count);
        QCOMPARE(std::ssize(choice.entering), count);
        QVERIFY(waiting.stored() >= count);
    }

    void damageIsAnError() {
        WaitingWeights waiting(3, "fc1", shape);
        waiting.choose({}, {}, count);
        train::Checkpoint checkpoint;
        waiting.save(checkpoint, "theta");
        auto positions = checkpoint.getIntegers("theta.positions");
        std::swap(positions[0], positions[1]);
        checkpoint.put("theta.positions", positions);
        QVERIFY_THROWS_EXCEPTION(Error, waiting.load(checkpoint, "theta"));
        std::swap(positions[0], positions[1]);
        positions.back() = size;
        checkpoint.put("theta.positions", positions);
        QVERIFY_THROWS_EXCEPTION(Error, waiting.load(checkpoint, "theta"));
        QVERIFY_THROWS_EXCEPTION(Error, waiting.choose({}, {}, size + 1));
        WaitingWeights diverged(3, "fc1", shape);
        const Positions members = diverged.choose({}, {}, count).positions;
        std::vector<float> theta(count, 1.0F);
        theta[7] = std::numeric_limits<float>::quiet_NaN();
        QVERIFY_THROWS_EXCEPTION(Error, diverged.choose(members, theta, count));
    }
};

QTEST_APPLESS_MAIN(WaitingWeightsTest)
#include "test_waiting_weights.moc"
