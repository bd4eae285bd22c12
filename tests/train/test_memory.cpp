// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "autograd/loss.h"
#include "nn/models/cnn.h"
#include "nn/models/mlp.h"
#include "optim/optimizer.h"
#include "sparse/distribution.h"
#include "tensor/block_pool.h"
#include "tensor/tensor.h"

using namespace filigree;

namespace {

struct Bytes {
    double held = 0;  ///< weights, optimiser state, patterns and history between steps
    double peak = 0;  ///< the same and all gradients and activations of a step with one sample
};

/// Trains an MLP 1024-1024-1024-10 for three steps and counts.
Bytes train(double density) {
    const nn::MlpOptions options{1024, {1024, 1024}, 10, nn::ActivationKind::Relu, 0};
    const std::int64_t before = tensorMemory().liveBytes;
    nn::Topologies topologies;
    if (density < 1)
        for (const nn::LayerWeight& layer : nn::mlpWeights(options)) {
            RandomStream random(1, "mask/" + layer.layer);
            topologies.emplace(layer.layer,
                               sparse::randomTopology(layer.shape[0], layer.shape[1],
                                                      sparse::activeCount(layer.shape, density), random));
        }
    const auto model = nn::makeMlp(options, topologies, 1);
    topologies.clear();
    optim::Sgd optimizer(optim::groupByDecay(model->parameters(), 0.1, 0),
                         {0.9, false, optim::WeightDecay::Coupled});
    const Tensor x = Tensor::full({1, 1024}, 0.5);
    const Tensor labels = Tensor::zeros({1}, DType::I32);
    resetTensorMemoryPeak();
    for (int step = 0; step < 3; ++step) {
        optimizer.zeroGradients();
        autograd::crossEntropy(model->forward(autograd::Variable(x)), labels).backward();
        optimizer.step();
    }
    const double peak = double(tensorMemory().peakBytes - before);
    optimizer.zeroGradients();
    double history = 0;
    for (const auto& weight : model->sparseWeights())
        history += double(weight->indexBytes()) + double(weight->activity().bytes()) +
                   4.0 * double(weight->birthRounds().size());
    return {double(tensorMemory().liveBytes - before) + history, peak + history};
}

}  // namespace

class MemoryTest : public QObject {
    Q_OBJECT

  private slots:
    // Dense: weight, gradient and momentum, 12 bytes each. Sparse: the same and 11 bytes of pattern and
    // schedule, 4 of birth rounds and at most 2 of activity per connection, 29 in all: at 5 %
    // 0.05 x 29 / 12 = 12.1 % of dense.
    void trainingNeedsMemoryForConnectionsAlone() {
        const Bytes dense = train(1), sparse = train(0.05);
        const double parameters = 1024 * 1024 * 2 + 10240 + 2058;
        QVERIFY(dense.peak >= 12 * parameters);
        QVERIFY2(sparse.peak < 0.152 * dense.peak,
                 qPrintable(QString("%1 of %2").arg(sparse.peak).arg(dense.peak)));
        // Between steps there are no gradients: 25 bytes a connection against 8, 15.6 % at a density of 5 %.
        QVERIFY2(sparse.held < 0.170 * dense.held,
                 qPrintable(QString("%1 of %2").arg(sparse.held).arg(dense.held)));
    }

    void stepsTakeNoMemoryFromTheSystem() {
#ifdef FILIGREE_SANITIZED
        QSKIP("sanitizers see every block come and go");
#endif
        const nn::MlpOptions options{64, {64}, 10, nn::ActivationKind::Relu, 0};
        RandomStream random(1, "mask");
        const nn::Topologies topologies{{"fc1", sparse::randomTopology(64, 64, 400, random)}};
        const auto model = nn::makeMlp(options, topologies, 1);
        optim::Sgd optimizer(optim::groupByDecay(model->parameters(), 0.1, 0),
                             {0.9, false, optim::WeightDecay::Coupled});
        const Tensor x = Tensor::full({32, 64}, 0.5), labels = Tensor::zeros({32}, DType::I32);
        std::int64_t before = 0;
        for (int step = 0; step < 6; ++step) {
            if (step == 2) before = blocksFromSystem();
            optimizer.zeroGradients();
            autograd::crossEntropy(model->forward(autograd::Variable(x)), labels).backward();
            optimizer.step();
        }
        QVERIFY(before > 0);
        QCOMPARE(blocksFromSystem(), before);
    }

    void stepsOfAConvolutionalNetworkTakeNoneEither() {
#ifdef FILIGREE_SANITIZED
        QSKIP("sanitizers see every block come and go");
#endif
        const nn::CnnOptions options{.height = 12, .width = 12, .channels = {8, 16}, .hidden = 32};
        RandomStream random(1, "mask");
        const nn::Topologies topologies{{"conv2", sparse::randomTopology(16, 72, 200, random)},
                                        {"fc1", sparse::randomTopology(32, 144, 400, random)}};
        const auto model = nn::makeCnn(options, topologies, 1);
        optim::Sgd optimizer(optim::groupByDecay(model->parameters(), 0.1, 0),
                             {0.9, false, optim::WeightDecay::Coupled});
        const Tensor x = Tensor::full({32, 1, 12, 12}, 0.5), labels = Tensor::zeros({32}, DType::I32);
        std::int64_t before = 0;
        for (int step = 0; step < 6; ++step) {
            if (step == 2) before = blocksFromSystem();
            optimizer.zeroGradients();
            autograd::crossEntropy(model->forward(autograd::Variable(x)), labels).backward();
            optimizer.step();
        }
        QCOMPARE(blocksFromSystem(), before);
    }

    void memoryIsProportionalToConnections() {
        // Below 3.9 % every row is one segment of the schedule.
        const double one = train(0.009).held, two = train(0.018).held, four = train(0.036).held;
        const double slope = (four - two) / (two - one);
        QVERIFY2(slope > 1.95 && slope < 2.05, qPrintable(QString::number(slope)));
        // And what does not depend on them is small: biases, row starts, the order of columns, activations.
        const double rest = two - (four - two);
        QVERIFY2(rest < 0.1 * two, qPrintable(QString("%1 of %2").arg(rest).arg(two)));
    }
};

QTEST_APPLESS_MAIN(MemoryTest)
#include "test_memory.moc"
