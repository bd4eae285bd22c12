// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "backend/vulkan/tensor_device.h"
// clang-format off
#include <QtTest>
// clang-format on
#include <algorithm>
#include <cmath>
#include <map>

#include "autograd/loss.h"
#include "base/random.h"
#include "methods/registry.h"
#include "nn/models/vision_transformer.h"
#include "optim/optimizer.h"
#include "run/device.h"
#include "run/harness.h"
#include "run/shared_schema.h"

using namespace filigree;
using namespace filigree::testing;

namespace {

/// What FILIGREE_TEST_DEVICE names, else the device in software.
std::shared_ptr<vulkan::TensorDevice> openTested(std::uint64_t budgetBytes = 0) {
    const std::string name = qEnvironmentVariable("FILIGREE_TEST_DEVICE", "software").toStdString();
    return vulkan::TensorDevice::open({.name = name, .budgetBytes = budgetBytes});
}

const std::vector<std::string> small{
    "data.train_limit=400", "data.test_limit=100",      "model.hidden=[48, 32]",  "train.batch_size=50",
    "train.epochs=100",     "rewire.interval_steps=10", "record.scalars_every=1", "train.evaluate_every=50"};
const std::vector<std::string> images{"model.kind=cnn",       "model.channels=[6, 8]", "model.cnn_hidden=16",
                                      "sparsity.density=0.3", "model.dropout=0.2",     "optimizer.kind=adam",
                                      "optimizer.lr=0.002"};

config::Config configure(const std::vector<std::vector<std::string>>& settings,
                         const char* method = "dst_ee") {
    config::Config config = config::Config::defaults(run::schemaOf(method));
    for (const auto& list : settings)
        for (const std::string& one : list) config.set(one);
    return config;
}

std::unique_ptr<train::Experiment> make(const std::vector<std::vector<std::string>>& settings,
                                        const Tensor::Device& device, const char* method = "dst_ee") {
    methods::Environment environment;
    environment.seed = 1;
    environment.device = device;
    return methods::find(method).create(configure(settings, method), environment);
}

/// Scalars by tag and step, and what was rewired.
class Memory final : public record::Recorder {
  public:
    std::map<std::string, std::map<std::int64_t, double>> scalars;
    std::vector<record::Rewiring> rewirings;

    void scalar(std::string_view tag, double value, const record::Stamp& stamp) override {
        scalars[std::string(tag)][stamp.step] = value;
    }
    void mask(const record::Mask&, const record::Stamp&) override {}
    void edgeValues(const record::EdgeValues&, const record::Stamp&) override {}
    void rewiring(const record::Rewiring& rewiring, const record::Stamp&) override {
        rewirings.push_back(rewiring);
    }
    void matrix(const record::Matrix&, const record::Stamp&) override {}
    void image(const record::Image&, const record::Stamp&) override {}
    void text(const record::Text&, const record::Stamp&) override {}
    void event(const record::Event&, const record::Stamp&) override {}
    void log(record::LogLevel, std::string_view, const record::Stamp&) override {}
};

Memory trained(train::Experiment& experiment, std::int64_t steps) {
    Memory memory;
    experiment.begin(memory);
    for (std::int64_t i = 0; i < steps; ++i) experiment.step(memory);
    experiment.evaluate(memory);
    return memory;
}

/// "" if the losses of all steps agree within `tolerance` of the larger of 1 and the loss.
std::string differs(const Memory& a, const Memory& b, std::int64_t steps, double tolerance) {
    for (std::int64_t step = 1; step <= steps; ++step) {
        const double want = a.scalars.at("train/loss").at(step), got = b.scalars.at("train/loss").at(step);
        if (!(std::abs(got - want) <= tolerance * std::max(1.0, want)))
            return "step " + std::to_string(step) + ": " + std::to_string(got) + " instead of " +
                   std::to_string(want);
    }
    return {};
}

}  // namespace

/// Training on a Vulkan device, with the validation layer on, against training on the CPU.
class DeviceTest : public QObject {
    Q_OBJECT

    std::shared_ptr<gpu::Instance> instance_;

  private slots:
    void initTestCase() {
        qputenv("FILIGREE_VULKAN_VALIDATION", "1");
        try {
            instance_ = gpu::Instance::shared();
        } catch (const Error& error) {
            QSKIP(("no Vulkan driver here: " + error.message()).c_str());
        }
    }

    void cleanup() {
        QVERIFY2(instance_->validated(), "the validation layer does not run");
        const auto messages = instance_->validationMessages();
        QVERIFY2(messages.empty(), messages.empty() ? "" : messages.front().c_str());
    }

    void twoHundredStepsFollowTheCpu() {
        const auto here = make({small}, nullptr), there = make({small}, openTested());
        const Memory cpu = trained(*here, 200), device = trained(*there, 200);
        const std::string first = differs(cpu, device, 60, 2e-4), all = differs(cpu, device, 200, 0.05);
        QVERIFY2(first.empty(), first.c_str());
        QVERIFY2(all.empty(), all.c_str());
        QVERIFY(device.scalars.at("train/loss").at(200) < 0.7 * device.scalars.at("train/loss").at(1));
        QVERIFY(std::abs(cpu.scalars.at("test/acc").at(200) - device.scalars.at("test/acc").at(200)) <= 0.05);
        // The first round chooses among gradients that differ in their last bits alone.
        QCOMPARE(device.rewirings.size(), cpu.rewirings.size());
        QCOMPARE(device.rewirings[0].dropped, cpu.rewirings[0].dropped);
        QCOMPARE(device.rewirings[0].grown, cpu.rewirings[0].grown);
        QVERIFY(!cpu.rewirings[0].grown.empty());
        for (const auto& [tag, points] : cpu.scalars) {
            if (!tag.starts_with("layers/") && !tag.starts_with("sparsity/")) continue;
            QVERIFY2(device.scalars.contains(tag), tag.c_str());
            if (!points.contains(10)) continue;
            const double want = points.at(10), got = device.scalars.at(tag).at(10);
            QVERIFY2(std::abs(got - want) <= 1e-4 * std::max(1e-3, std::abs(want)),
                     (tag + ": " + std::to_string(got) + " instead of " + std::to_string(want)).c_str());
        }
    }

    void convolutionsWithBatchNormAndDropoutFollowTheCpu() {
        const auto here = make({small, images}, nullptr), there = make({small, images}, openTested());
        const Memory cpu = trained(*here, 40), device = trained(*there, 40);
        // Adam divides by the size of gradients: where they are tiny, rounding is not.
        const std::string first = differs(cpu, device, 9, 1e-3), all = differs(cpu, device, 40, 0.05);
        QVERIFY2(first.empty(), first.c_str());
        QVERIFY2(all.empty(), all.c_str());
    }

    void aTransformerWithDenseAttentionFollowsTheCpu() {
        constexpr std::int64_t steps = 200;
        const auto losses = [](const Tensor::Device& device) {
            constexpr std::int64_t batch = 8, classes = 4, pixels = 64;
            nn::VisionTransformer network({.imageChannels = 1,
                                           .size = 8,
                                           .patch = 4,
                                           .width = 12,
                                           .depth = 1,
                                           .heads = 2,
                                           .mlpRatio = 2,
                                           .outputs = classes,
                                           .gates = nn::GateOptions{}});
            network.initialize(1);
            if (device)
                for (nn::Parameter& parameter : network.parameters())
                    parameter.variable.mutableValue().moveTo(device);
            optim::Sgd optimizer(optim::groupByDecay(network.parameters(), 0.01, 0.0), {.momentum = 0.9});
            RandomStream random(1, "pictures");
            std::vector<float> centres(classes * pixels);
            for (float& value : centres) value = static_cast<float>(random.normal());
            std::vector<double> result;
            for (std::int64_t step = 0; step < steps; ++step) {
                Tensor x = Tensor::empty({batch, 1, 8, 8}), labels = Tensor::empty({batch}, DType::I32);
                for (std::int64_t n = 0; n < batch; ++n) {
                    const auto label = static_cast<std::int64_t>(random.below(classes));
                    labels.values<std::int32_t>()[static_cast<std::size_t>(n)] =
                        static_cast<std::int32_t>(label);
                    for (std::int64_t i = 0; i < pixels; ++i)
                        x.values<float>()[static_cast<std::size_t>(n * pixels + i)] =
                            centres[static_cast<std::size_t>(label * pixels + i)] +
                            static_cast<float>(0.7 * random.normal());
                }
                optimizer.zeroGradients();
                autograd::Variable loss = autograd::crossEntropy(
                    network.forward(autograd::Variable(x.to(device))), labels.to(device));
                loss.backward();
                optimizer.step();
                result.push_back(loss.value().item());
            }
            return result;
        };
        const std::vector<double> cpu = losses(nullptr), there = losses(openTested());
        for (std::size_t step = 0; step < cpu.size(); ++step) {
            const double tolerance = step < 60 ? 5e-4 : 0.05;
            QVERIFY2(std::abs(there[step] - cpu[step]) <= tolerance * std::max(1.0, cpu[step]),
                     qPrintable(QStringLiteral("step %1: %2 instead of %3")
                                    .arg(step + 1)
                                    .arg(there[step])
                                    .arg(cpu[step])));
        }
        QVERIFY(there.back() < 0.5 * there.front());
    }

    void everyOtherChoiceOfTrainingFollowsTheCpuToo() {
        const std::vector<std::vector<std::string>> variants{
            {"rewire.growth=random", "optimizer.nesterov=true", "train.label_smoothing=0.1"},
            {"rewire.growth=gradient", "rewire.regrow=keep", "rewire.gradient_samples=2",
             "train.clip_norm=0.5"},
            {"rewire.normalize=true", "rewire.regrow=forbid", "model.activation=gelu",
             "train.clip_value=0.01"},
            {"rewire.growth=unfired", "rewire.drop=signed", "sparsity.execution=masked"},
            {"rewire.growth=coverage", "rewire.regrow=forbid", "average.kind=ema", "model.batch_norm=true"},
            {"rewire.growth=gradient", "rewire.drop=taylor"},
            {"sparsity.density=1", "optimizer.kind=adamw"},
            {"model.kind=resnet", "model.blocks=[1, 1]", "model.base_channels=4", "sparsity.density=0.4"}};
        for (const auto& variant : variants) {
            const std::int64_t steps = variant[0] == "model.kind=resnet" ? 6 : 14;
            const auto here = make({small, variant}, nullptr), there = make({small, variant}, openTested());
            const Memory cpu = trained(*here, steps), device = trained(*there, steps);
            const std::string why = differs(cpu, device, steps, 2e-3);
            QVERIFY2(why.empty(), (variant[0] + ": " + why).c_str());
            QCOMPARE(device.rewirings.size(), cpu.rewirings.size());
            for (std::size_t i = 0; i < cpu.rewirings.size(); ++i) {
                QCOMPARE(device.rewirings[i].dropped, cpu.rewirings[i].dropped);
                QCOMPARE(device.rewirings[i].grown, cpu.rewirings[i].grown);
            }
        }
    }

    // Prunings and rounds that look at the weights alone are decided on the host; the rest is the device's.
    void theZooFollowsTheCpuToo() {
        const std::vector<std::string> quick{
            "sparsity.density=0.2", "prune.interval_steps=4", "prune.start=0",      "prune.end=0.6",
            "prune.rounds=1",       "train.epochs=3",         "prune.iterations=5", "train.max_steps=0"};
        for (const char* name :
             {"static", "set", "rigl", "unfired", "dsr", "mest", "mest_soft", "gmp", "magnitude", "imp",
              "lrr", "fine_tuning", "snip", "grasp", "synflow", "initial_magnitude"}) {
            const std::vector<std::string> algorithm{std::string("sparsity.algorithm=") + name};
            const auto here = make({small, quick, algorithm}, nullptr, "sparse_training"),
                       there = make({small, quick, algorithm}, openTested(), "sparse_training");
            const std::int64_t steps = here->progress().totalSteps;
            QCOMPARE(there->progress().totalSteps, steps);
            const Memory cpu = trained(*here, steps), device = trained(*there, steps);
            const std::string why = differs(cpu, device, steps, 5e-3);
            QVERIFY2(why.empty(), (std::string(name) + ": " + why).c_str());
            QCOMPARE(there->sparsity(), here->sparsity());
            QCOMPARE(device.rewirings.size(), cpu.rewirings.size());
            QVERIFY2(cpu.rewirings.empty() || device.rewirings[0].dropped == cpu.rewirings[0].dropped, name);
        }
        QVERIFY_THROWS_EXCEPTION(
            Error, make({small, {"sparsity.algorithm=deepr"}}, openTested(), "sparse_training"));
    }

    void twoRunsGiveTheSameBits() {
        for (const auto& kind : {std::vector<std::string>{}, images}) {
            const auto a = make({small, kind}, openTested()), b = make({small, kind}, openTested());
            trained(*a, 12);
            trained(*b, 12);
            QCOMPARE(a->weightsDigest(), b->weightsDigest());
        }
    }

    void steadyStepsAllocateNothingAndGoOutInAHandfulOfSubmissions() {
        const auto device = openTested();
        vulkan::Stream& stream = device->stream();
        const auto experiment =
            make({small, images, {"record.scalars_every=1000", "rewire.growth=none"}}, device);
        Memory memory;
        for (int i = 0; i < 5; ++i) experiment->step(memory);
        const std::uint64_t reserved = stream.memory().reservedBytes(), peak = stream.memory().peakBytes();
        const std::int64_t submissions = stream.submissions(), dispatches = stream.dispatches();
        for (int i = 0; i < 10; ++i) experiment->step(memory);
        QCOMPARE(stream.memory().reservedBytes(), reserved);
        QCOMPARE(stream.memory().peakBytes(), peak);
        QVERIFY(stream.dispatches() - dispatches > 10 * 50);
        QCOMPARE(stream.submissions() - submissions, std::int64_t{10});
    }

    void checkpointsGoFromDeviceToDevice() {
        const auto onDevice = make({small}, openTested());
        trained(*onDevice, 15);
        train::Checkpoint saved;
        onDevice->save(saved);
        const auto onCpu = make({small}, nullptr), back = make({small}, openTested()),
                   straight = make({small}, openTested());
        onCpu->load(saved);
        QCOMPARE(onCpu->weightsDigest(), onDevice->weightsDigest());
        straight->load(saved);
        Memory memory;
        // The device goes on with the same bits as if nothing had happened, the CPU with nearly the same
        // numbers.
        for (int i = 0; i < 10; ++i)
            for (auto* experiment : {onDevice.get(), straight.get(), onCpu.get()}) experiment->step(memory);
        QCOMPARE(straight->weightsDigest(), onDevice->weightsDigest());
        train::Checkpoint here;
        onCpu->save(here);
        back->load(here);
        QCOMPARE(back->weightsDigest(), onCpu->weightsDigest());
        back->step(memory);
        QCOMPARE(back->progress().step, std::int64_t{26});
    }

    void whenMemoryRunsOutTheErrorNamesTensorAndSizes() {
        try {
            const auto experiment =
                make({small, {"model.hidden=[512, 256]", "sparsity.density=1"}}, openTested(1 << 18));
            trained(*experiment, 1);
            QFAIL("nothing was thrown");
        } catch (const Error& error) {
            QCOMPARE(error.kind(), ErrorKind::Device);
            QCOMPARE(error.message(), std::string("out of device memory"));
            QVERIFY2(error.where().find("MiB") != std::string::npos &&
                         error.where().find('[') != std::string::npos,
                     error.where().c_str());
        }
    }

    void anOperationWithoutKernelIsNamedOrDoneByTheCpu() {
        const auto device = openTested();
        const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, 4, 5, 6}, {3, 2}).to(device);
        try {
            backend::max(x, 1);
            QFAIL("nothing was thrown");
        } catch (const Error& error) {
            QCOMPARE(error.kind(), ErrorKind::Device);
            QVERIFY(error.message().find("\"max\"") != std::string::npos);
            QVERIFY(error.advice().find("run.fallback") != std::string::npos);
        }
        std::vector<std::string> told;
        device->setFallback([&](const std::string& operation) { told.push_back(operation); });
        for (int i = 0; i < 2; ++i)
            QCOMPARE(backend::max(x, 1).value.toDoubles(), (std::vector<double>{2, 4, 6}));
        QCOMPARE(told, std::vector<std::string>{"max"});
    }

    void aLostDeviceFailsTheRunAndTheCpuGoesOnFromItsCheckpoint() {
        const Workshop shop;
        const auto device = openTested();
        run::RunRequest request;
        request.store = shop.store();
        request.file = config::parseRunFile("method = \"dst_ee\"\n", "test.toml", run::schemaOf);
        request.file->config = configure({small, {"train.max_steps=30", "checkpoint.every_steps=10"}});
        request.device = "vulkan:software";
        run::RunnerOptions options;
        options.progressMilliseconds = 0;
        options.openDevice = [&](const std::string& name) {
            return name == "cpu" ? Tensor::Device() : Tensor::Device(device);
        };
        run::Runner runner(request, options);
        const run::RunResult lost = runner.go([&](const run::ProgressReport& report) {
            if (report.progress.step == 14) device->stream().device().loseForTest();
        });
        QCOMPARE(word(lost.state), std::string("failed"));
        QCOMPARE(lost.exitCode, 4);
        QCOMPARE(word(shop.info(lost.run).state), std::string("failed"));
        QCOMPARE(shop.checkpoints(lost.run).back().step, std::int64_t{10});

        run::RunRequest again;
        again.store = shop.store();
        again.run = lost.run;
        again.device = "cpu";
        run::Runner onCpu(again, options);
        QCOMPARE(onCpu.startStep(), std::int64_t{10});
        const run::RunResult result = onCpu.go();
        QCOMPARE(word(result.state), std::string("finished"));
        QCOMPARE(result.progress.step, std::int64_t{30});
        const auto warnings = shop.logOf(lost.run, record::LogLevel::Warning);
        QVERIFY(std::any_of(warnings.begin(), warnings.end(), [](const std::string& text) {
            return text.find("vulkan:software") != std::string::npos &&
                   text.find("\"cpu\"") != std::string::npos;
        }));
    }

    void onlyDevicesThatAreThereAreOpened() {
        QVERIFY(!run::openDevice("cpu"));
        for (const char* name : {"cuda", "vulkan:no such device", "software"}) {
            try {
                run::openDevice(name);
                QFAIL(name);
            } catch (const Error& error) {
                QCOMPARE(error.kind(), ErrorKind::Device);
            }
        }
    }
};

QTEST_APPLESS_MAIN(DeviceTest)
#include "test_device.moc"
