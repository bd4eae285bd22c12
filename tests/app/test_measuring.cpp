// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <map>
#include <set>

#include "app/profile_report.h"
#include "program.h"

using namespace filigree;

/// bench and profile: what they print, not how fast anything is.
class MeasuringTest : public QObject {
    Q_OBJECT

  private slots:
    void benchPrintsLayersAtSeveralDensities() {
        const Program program;
        const Outcome outcome = program.run({"bench", "--seconds", "0", "--threads", "1", "--json"});
        QVERIFY2(outcome.code == 0, outcome.err.constData());
        const auto found = outcome.json();
        for (const char* layer : {"layer", "convolution"}) {
            QCOMPARE(found[layer].size(), std::size_t{7});
            QVERIFY(!found[layer][0]["sparse"].get<bool>() && found[layer][6]["sparse"].get<bool>());
            QVERIFY(std::abs(found[layer][6]["density"].get<double>() - 0.01) < 1e-3);
            for (const auto& one : found[layer]) {
                const double share = one["gigaflops"].get<double>() / found["peak_gflops"].get<double>();
                QVERIFY(share > 0 && std::abs(one["peak_fraction"].get<double>() - share) < 1e-9);
            }
        }
    }

    void benchStepPrintsWhatScriptsRead() {
        const Program program;
        const QStringList command{"bench",     "step",       "--model", "mlp-1024",  "--batch",
                                  "32",        "--sparsity", "0.9",     "--threads", "1",
                                  "--seconds", "0",          "--alone", "--json"};
        const Outcome outcome = program.run(command);
        QVERIFY2(outcome.code == 0, outcome.err.constData());
        const auto found = outcome.json();
        QCOMPARE(found["model"].get<std::string>(), std::string("mlp-1024"));
        QCOMPARE(found["threads"].get<int>(), 1);
        for (const char* key : {"step_ms", "cpu_ms", "gflops", "peak_gflops", "bytes", "state_bytes",
                                "tensor_peak_bytes", "peak_resident_bytes", "stream_gigabytes_per_second"})
            QVERIFY2(found[key].get<double>() > 0, key);
        QVERIFY(found["peak_fraction"].get<double>() > 0 && found["peak_fraction"].get<double>() < 1.5);
        QVERIFY(found["torch"].is_null());
        // 10 % of 784 x 1024 and 1024 x 1024 and a dense 1024 x 10: a multiply-add forward, two backward, one
        // in the first layer.
        const double products = 80282 * 2.0 + 104858 * 3.0 + 10240 * 3.0;
        const double least = 2 * 32 * products;
        QVERIFY(found["flops"].get<double>() > least && found["flops"].get<double>() < 1.2 * least);
    }

    void aMissingPyTorchIsSaid() {
        const Program program;
        const auto found = program
                               .run({"bench", "step", "--batch", "2", "--threads", "1", "--seconds", "0",
                                     "--python", "no-such-python", "--json"})
                               .json();
        QVERIFY(found["torch"].is_null());
        QVERIFY(!found["torch_problem"].get<std::string>().empty());
        QVERIFY(found["step_ms"].get<double>() > 0);
    }

    void aModelThatDoesNotExistIsRefused() {
        const Program program;
        QCOMPARE(program.run({"bench", "step", "--model", "lenet"}).code, 2);
        QCOMPARE(program.run({"bench", "step", "--sparsity", "1"}).code, 2);
        QCOMPARE(program.run({"profile", "no-such-preset"}).code, 2);
    }

    void profileShowsLayersAndWritesATrace() {
        const Program program;
        const Outcome outcome = program.run(
            {"profile", "digits", "--threads", "1", "--steps", "3", "--trace", "trace.json", "--json"});
        QVERIFY2(outcome.code == 0, outcome.err.constData());
        const auto found = outcome.json();
        QCOMPARE(found["steps"].get<int>(), 3);
        std::set<std::string> layers, phases;
        double inside = found["other_ms"].get<double>();
        for (const auto& row : found["operations"]) {
            layers.insert(row["layer"].get<std::string>());
            phases.insert(row["phase"].get<std::string>());
            inside += row["milliseconds"].get<double>();
            QVERIFY(row["bytes"].get<double>() >= 0 && row["roofline_share"].get<double>() >= 0);
        }
        for (const char* layer : {"fc1", "fc2", "fc3"}) QVERIFY2(layers.contains(layer), layer);
        QVERIFY((phases == std::set<std::string>{"forward", "backward", "update"}));
        QVERIFY(std::abs(inside - found["step_ms"].get<double>()) < 1e-6 * inside + 1e-9);

        QFile file(program.path("trace.json"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const auto trace = nlohmann::json::parse(file.readAll().toStdString());
        std::size_t complete = 0;
        for (const auto& event : trace["traceEvents"])
            if (event["ph"] == "X") {
                ++complete;
                QVERIFY(event["dur"].get<double>() >= 0 && event["ts"].get<double>() >= 0);
            }
        QVERIFY(complete >= 3 * found["operations"].size());
    }

    void stepsAndKernelsOfADeviceAreMeasured() {
        const Program program;
        if (program.run({"devices", "--json"}).json()["vulkan"].empty()) QSKIP("no Vulkan driver here");
        const Outcome step = program.run({"bench", "step", "--model", "mlp-48", "--batch", "16", "--device",
                                          "vulkan", "--seconds", "0", "--json"});
        QVERIFY2(step.code == 0, step.err.constData());
        const auto found = step.json();
        QVERIFY(!found["device"].get<std::string>().empty());
        QVERIFY(found["step_ms"].get<double>() > 0);
        // 10 % of 784 x 48 (forward, gradient of the values) and 48 x 48 (both gradients), and a dense 48
        // x 10.
        const double least = 2 * 16 * (3763 * 2.0 + 230 * 3.0 + 480 * 3.0);
        QVERIFY(found["flops"].get<double>() > least && found["flops"].get<double>() < 4 * least);

        const Outcome profile =
            program.run({"profile", "digits", "--device", "vulkan", "--steps", "2", "--json"});
        QVERIFY2(profile.code == 0, profile.err.constData());
        const auto table = profile.json();
        std::map<std::string, double> calls;
        double inside = table["other_ms"].get<double>();
        for (const auto& kernel : table["kernels"]) {
            calls[kernel["kernel"].get<std::string>()] = kernel["calls"].get<double>();
            inside += kernel["milliseconds"].get<double>();
        }
        QCOMPARE(calls["SpMM"], 3.0);
        QCOMPARE(calls["SpMM transposed"], 2.0);
        QCOMPARE(calls["SDDMM"], 3.0);
        QVERIFY(std::abs(inside - table["step_ms"].get<double>()) < 1e-6 * inside + 1e-9);

        QCOMPARE(program.run({"bench", "step", "--device", "abacus"}).code, 4);
        QCOMPARE(program.run({"profile", "digits", "--device", "vulkan", "--trace", "t.json"}).code, 2);
        QCOMPARE(program.run({"profile", "sparse_model_soups/soup-digits", "--device", "vulkan"}).code, 4);
    }

    void profileTakesRunsAndModels() {
        const Program program;
        QCOMPARE(
            program.run({"run", "digits", "--threads", "1", "--set", "train.max_steps=3", "--name", "mine"})
                .code,
            0);
        for (const char* what : {"1", "mine", "last"}) {
            const auto found =
                program.run({"profile", what, "--threads", "1", "--steps", "2", "--json"}).json();
            QCOMPARE(found["what"].get<std::string>(), std::string("run 1"));
            // The run has three steps, of which the first two warm up.
            QCOMPARE(found["steps"].get<int>(), 1);
        }
        const auto model =
            program.run({"profile", "cnn-28", "--batch", "8", "--threads", "1", "--steps", "1", "--json"})
                .json();
        std::set<std::string> operations;
        for (const auto& row : model["operations"]) operations.insert(row["operation"].get<std::string>());
        QVERIFY(operations.contains("sparse convolution, batch norm, pool") &&
                operations.contains("convolution, batch norm, pool"));
    }

    void peakMemoryIsShown() {
        const Program program;
        const Outcome done = program.run({"run", "digits", "--threads", "1", "--set", "train.max_steps=3"});
        QVERIFY2(done.out.contains("peak memory"), done.out.constData());
        QVERIFY2(program.run({"show", "1"}).out.contains("memory"), "show");
        QVERIFY(
            program.run({"show", "1", "--json"}).json()["metrics"]["perf/peak_memory_bytes"].get<double>() >
            1e6);
    }

    void rowsAddUpEqualOperations() {
        std::vector<profile::Event> events{{"a", "x", profile::Phase::Forward, 0, 1, 10, 20},
                                           {"b", "x", profile::Phase::Forward, 1, 5, 1, 1},
                                           {"a", "x", profile::Phase::Forward, 6, 3, 30, 60},
                                           {"a", "x", profile::Phase::Backward, 9, 1, 1, 1}};
        const auto rows = app::summarize(events);
        QCOMPARE(rows.size(), std::size_t{3});
        QCOMPARE(rows[0].operation, std::string("b"));
        QCOMPARE(rows[1].calls, std::int64_t{2});
        QCOMPARE(rows[1].seconds, 4.0);
        QCOMPARE(rows[1].flops, 40.0);
        // 40 operations at 10 per second take 4 s, 80 bytes at 40 per second 2 s; it took 4 s.
        QCOMPARE(rows[1].rooflineShare({10e-9, 40e-9}), 1.0);
        QCOMPARE(rows[1].rooflineShare({20e-9, 10e-9}), 2.0);
    }
};

QTEST_APPLESS_MAIN(MeasuringTest)
#include "test_measuring.moc"
