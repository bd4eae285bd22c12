// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <cmath>
#include <map>

#include "methods/sparse_training/algorithms.h"
#include "methods/sparse_training/sparse_training.h"
#include "train/memory_recorder.h"

using namespace filigree;
using tests::Memory;

namespace {

using Settings = std::vector<std::string>;

constexpr std::int64_t batch = 50;
constexpr std::int64_t all = 64 * 32 + 32 * 16 + 16 * 10;  // positions of the network
constexpr std::int64_t epoch = 28;                         // steps

/// 64-32-16-10 on the digits at density 0.2.
std::unique_ptr<train::Experiment> make(const std::string& algorithm, const Settings& settings = {}) {
    config::Config config = config::Config::defaults(methods::sparse_training::method.schema());
    for (const char* s :
         {"model.hidden=[32, 16]", "train.batch_size=50", "train.epochs=2", "rewire.interval_steps=7",
          "rewire.end=1", "sparsity.density=0.2", "prune.interval_steps=5", "record.scalars_every=1"})
        config.set(s);
    config.set("sparsity.algorithm=" + algorithm);
    for (const std::string& s : settings) config.set(s);
    return methods::sparse_training::method.create(config, {1, {}});
}

void finish(train::Experiment& experiment, record::Recorder& recorder) {
    experiment.begin(recorder);
    while (!experiment.progress().finished()) experiment.step(recorder);
}

/// Operations that each step of a run added, from step 1 on.
std::vector<double> perStep(const std::string& algorithm, const Settings& settings = {}) {
    Memory memory;
    finish(*make(algorithm, settings), memory);
    std::vector<double> steps;
    double before = 0;
    for (const auto& [step, total] : memory.scalars.at("perf/training_flops")) {
        steps.push_back(total - before);
        before = total;
    }
    return steps;
}

double forward(std::int64_t connections) {
    return 2.0 * static_cast<double>(connections);
}

/// Connections at density 0.2, as the layers get them.
std::int64_t sparseCount() {
    Memory memory;
    make("static")->begin(memory);
    double count = 0;
    for (const char* layer : {"fc1", "fc2", "fc3"})
        count += memory.last(std::string("layers/connections/") + layer);
    return std::llround(count);
}

}  // namespace

/// The formulas of Evci et al. and of the methods' papers, against what was counted step by step.
class TrainingFlopsTest : public QObject {
    Q_OBJECT

  private slots:
    void aDenseStepCostsThreeForwardPasses() {
        for (const double flops : perStep("static", {"sparsity.density=1"}))
            QCOMPARE(flops, batch * 3 * forward(all));
    }

    void aStaticOrRandomlyRewiredStepCostsThreeSparseOnes() {
        QCOMPARE(sparseCount(), std::llround(0.2 * all));
        for (const char* algorithm : {"static", "set", "deepr", "mest"})
            for (const double flops : perStep(algorithm)) QCOMPARE(flops, batch * 3 * forward(sparseCount()));
    }

    // (3 f_S dT + 2 f_S + f_D) / (dT + 1): one step in dT + 1 = 7 is a round.
    void riglPaysForADenseGradientInItsRounds() {
        const double s = forward(sparseCount()), d = forward(all);
        const std::vector<double> steps = perStep("rigl");
        double sum = 0;
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const bool round = (i + 1) % 7 == 0 && i + 1 < steps.size();
            if (i < 49) QCOMPARE(steps[i], batch * (round ? 2 * s + d : 3 * s));
            if (i < 49) sum += steps[i];
        }
        QCOMPARE(sum / 49, batch * (3 * s * 6 + 2 * s + d) / 7);
        // A gradient over three batches is three passes.
        QCOMPARE(perStep("rigl", {"rewire.gradient_samples=3"})[6], batch * 3 * (2 * s + d));
    }

    void snfsPaysForItInEveryStep() {
        const double s = forward(sparseCount()), d = forward(all);
        const std::vector<double> steps = perStep("snfs", {"snfs.redistribution=none"});
        for (std::size_t i = 0; i + 1 < steps.size(); ++i) QCOMPARE(steps[i], batch * (2 * s + d));
    }

    void topKastMultipliesByLessThanItUpdates() {
        const auto half = [](double density) {
            Memory memory;
            make("static", {"sparsity.density=" + std::to_string(density)})->begin(memory);
            return forward(std::llround(memory.last("layers/connections/fc1") +
                                        memory.last("layers/connections/fc2") +
                                        memory.last("layers/connections/fc3")));
        };
        for (const double flops : perStep("top_kast", {"top_kast.backward_density=0.4"}))
            QCOMPARE(flops, batch * (2 * half(0.2) + half(0.4)));
    }

    // Weights that are hidden need their gradient, those below a threshold do not.
    void whatTrainsHiddenWeightsPaysForTheirGradients() {
        const Settings late{"prune.start=0.2", "prune.end=0.5"};
        const std::vector<double> dpf = perStep("dpf", late);
        QCOMPARE(dpf.front(), batch * 3 * forward(all));
        QCOMPARE(dpf.back(), batch * (2 * forward(std::llround(0.2 * all)) + forward(all)));
        for (const double flops : perStep("sr_ste"))
            QCOMPARE(flops, batch * (2 * forward(all / 2) + forward(all)));
        Memory memory;
        finish(*make("str", {"str.initial=-3", "train.epochs=1"}), memory);
        const double last = memory.scalars.at("perf/training_flops").at(epoch) -
                            memory.scalars.at("perf/training_flops").at(epoch - 1);
        QVERIFY(last < batch * 3 * forward(all));
        const double kept = memory.last("layers/connections/fc1") + memory.last("layers/connections/fc2") +
                            memory.last("layers/connections/fc3");
        QVERIFY(std::abs(last / (batch * 6 * kept) - 1) < 0.05);  // one update later
    }

    // s(t) = s_f (1 - (1 - p)^3) from step 11 to 28 of 56, at every fifth step after 11 and at 28.
    void gmpIsTheSumOverItsSchedule() {
        const Settings ramp{"prune.start=0.2", "prune.end=0.5", "prune.scope=global"};
        const std::vector<double> steps = perStep("gmp", ramp);
        QCOMPARE(steps.size(), std::size_t{2 * epoch});
        Memory memory;
        finish(*make("gmp", ramp), memory);
        const auto& densities = memory.scalars.at("sparsity/density");
        QVERIFY(densities.size() > 3);
        for (std::size_t i = 0; i < steps.size(); ++i) {
            // The step that prunes was computed before.
            double density = 1;
            for (const auto& [step, value] : densities)
                if (step < static_cast<std::int64_t>(i) + 1) density = value;
            QCOMPARE(steps[i], batch * 3 * forward(std::llround(density * all)));
        }
        for (const auto& [step, density] : densities) {
            const double p = std::clamp((static_cast<double>(step) - 11) / (28 - 11), 0.0, 1.0);
            const double wanted = 1 - 0.8 * (1 - std::pow(1 - p, 3));
            QVERIFY(std::abs(density - wanted) < 0.5 / all + 1e-12);
        }
        QCOMPARE(steps.back(), batch * 3 * forward(std::llround(0.2 * all)));
    }

    // A dense cycle and two at densities 0.2^(1/2) and 0.2.
    void impIsTheSumOfItsCycles() {
        Memory memory;
        finish(*make("imp", {"prune.rounds=2", "train.epochs=1"}), memory);
        const std::int64_t between = std::llround(std::sqrt(0.2) * all);
        QCOMPARE(memory.last("perf/training_flops"),
                 epoch * batch * 3 * (forward(all) + forward(between) + forward(std::llround(0.2 * all))));
    }

    // Images of 8 x 8: 64 positions of the first convolution, 16 of the second.
    void convolutionsCountTheirPositions() {
        Memory memory;
        const auto experiment =
            make("static", {"model.kind=cnn", "model.channels=[6, 8]", "model.cnn_hidden=16",
                            "sparsity.density=1", "train.max_steps=1"});
        finish(*experiment, memory);
        constexpr std::int64_t products = 6 * 9 * 64 + 8 * 6 * 9 * 16 + 16 * 8 * 2 * 2 + 10 * 16;
        QCOMPARE(memory.last("perf/forward_flops"), forward(products));
        QCOMPARE(memory.last("perf/training_flops"), batch * 3 * forward(products));
    }

    // Stages of 8 x 8, 4 x 4 pixels; the second has a shortcut of its own.
    void residualNetworksToo() {
        Memory memory;
        finish(*make("static", {"model.kind=resnet", "model.blocks=[1, 1]", "model.base_channels=2",
                                "sparsity.density=1", "train.max_steps=1"}),
               memory);
        constexpr std::int64_t products =
            64 * 9 * (2 + 2 * 2 + 2 * 2) + 16 * (9 * (2 * 4 + 4 * 4) + 2 * 4) + 4 * 10;
        QCOMPARE(memory.last("perf/forward_flops"), forward(products));
    }
};

QTEST_APPLESS_MAIN(TrainingFlopsTest)
#include "test_training_flops.moc"
