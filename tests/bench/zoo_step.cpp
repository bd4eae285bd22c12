// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "base/platform.h"
#include "config/config.h"
#include "data/search_path.h"
#include "methods/registry.h"
#include "record/recorder.h"

/// What a training step of every sparse-training algorithm costs beside the dense network's, in time and
/// memory:
///   bench_zoo_step [--sparsity S] [--steps N] [--only NAME] [mlp-1024|cnn-28 ...]
/// Real runs of the methods on Fashion-MNIST, batch 128, one thread, without recording. The first layer of
/// the convolutional network and the last of both are sparse like the others (ERK). Runs advance in turns of
/// twenty steps, so that all see the same computer. A run has `steps` steps after 40 of warm-up, with the
/// rounds of its schedule among them. Time: processor time of this thread. Memory: perf/training_bytes, the
/// largest. A last turn, which ends with an evaluation, is not run.
namespace {

using namespace filigree;

class LargestBytes final : public record::Recorder {
  public:
    double value = 0;
    void scalar(std::string_view tag, double bytes, const record::Stamp&) override {
        if (tag == "perf/training_bytes") value = std::max(value, bytes);
    }
    void mask(const record::Mask&, const record::Stamp&) override {}
    void edgeValues(const record::EdgeValues&, const record::Stamp&) override {}
    void rewiring(const record::Rewiring&, const record::Stamp&) override {}
    void matrix(const record::Matrix&, const record::Stamp&) override {}
    void image(const record::Image&, const record::Stamp&) override {}
    void text(const record::Text&, const record::Stamp&) override {}
    void event(const record::Event&, const record::Stamp&) override {}
    void log(record::LogLevel, std::string_view, const record::Stamp&) override {}
};

constexpr std::int64_t warmUp = 40;
constexpr std::int64_t turn = 20;

struct Run {
    std::string name;
    std::unique_ptr<train::Experiment> experiment;
    std::unique_ptr<LargestBytes> bytes = std::make_unique<LargestBytes>();
    double seconds = 0;
    std::vector<double> turns{};  ///< seconds of each

    void advance(std::int64_t steps, bool counts) {
        const double before = platform::threadCpuSeconds();
        for (std::int64_t i = 0; i < steps; ++i) experiment->step(*bytes);
        if (!counts) return;
        turns.push_back(platform::threadCpuSeconds() - before);
        seconds += turns.back();
    }
};

/// Those that are sparse from the first step on, and what they are compared with.
const std::vector<std::string> algorithms{"static",
                                          "set",
                                          "rigl",
                                          "unfired",
                                          "dst_ee",
                                          "dsr",
                                          "mest",
                                          "mest_soft",
                                          "deepr",
                                          "deepr, every 10 steps",
                                          "snfs",
                                          "snfs, every 469 steps",
                                          "snfs, every 469 steps, 8 bits, window 66",
                                          "top_kast",
                                          "top_kast, every 100 steps",
                                          "granet",
                                          "gmp",
                                          "sr_ste"};

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", value);
    return text;
}

Run makeRun(const std::string& name, const std::string& model, double sparsity, std::int64_t steps) {
    const bool hasOwnMethod = name == "dst_ee";
    const methods::Method& method = methods::find(hasOwnMethod ? "dst_ee" : "sparse_training");
    config::Config config = config::Config::defaults(method.schema());
    std::vector<std::string> settings{"data.name=fashion-mnist",
                                      "train.batch_size=128",
                                      "train.epochs=1000",
                                      "train.evaluate_every=1000",
                                      "train.max_steps=" + std::to_string(steps),
                                      "record.scalars_every=10",
                                      "record.masks_every=0",
                                      "record.weights_every=0",
                                      "rewire.interval_steps=40",
                                      "sparsity.density=" + number(name == "dense" ? 1 : 1 - sparsity)};
    if (model == "mlp-1024")
        settings.insert(settings.end(), {"model.kind=mlp", "model.hidden=[1024, 1024]"});
    else if (model == "cnn-28")
        settings.push_back("model.kind=cnn");
    else
        throw Error(ErrorKind::Usage, "no model is called \"" + model + "\": mlp-1024, cnn-28");
    if (!hasOwnMethod && name != "dense")
        settings.push_back("sparsity.algorithm=" + name.substr(0, name.find(',')));
    if (name == "deepr, every 10 steps") settings.push_back("deepr.interval_steps=10");
    if (name == "top_kast, every 100 steps") settings.push_back("top_kast.interval_steps=100");
    if (name.starts_with("snfs, every 469 steps"))
        settings.insert(settings.end(), {"rewire.interval_steps=469", "rewire.end=1"});
    if (name.ends_with("8 bits, window 66"))
        settings.insert(settings.end(), {"snfs.momentum_bits=8", "snfs.momentum_window=66"});
    if (name.starts_with("top_kast"))
        settings.push_back("top_kast.backward_density=" + number(2 * (1 - sparsity)));
    for (const std::string& setting : settings) config.set(setting);
    return {name, method.create(config, methods::Environment{0, data::searchPath()})};
}

void measure(const std::string& model, double sparsity, std::int64_t steps, const std::string& only) {
    std::vector<Run> runs;
    runs.push_back(makeRun("dense", model, sparsity, warmUp + steps + turn));
    for (const std::string& name : algorithms)
        if (only.empty() || name.starts_with(only))
            runs.push_back(makeRun(name, model, sparsity, warmUp + steps + turn));
    for (Run& run : runs) run.advance(warmUp, false);
    for (std::int64_t done = 0; done < steps; done += turn)
        for (Run& run : runs) run.advance(turn, true);
    const Run& dense = runs.front();
    std::printf("\n%s, %g %% sparse, batch 128, %lld steps, one thread\n\n", model.c_str(), 100 * sparsity,
                static_cast<long long>(steps));
    std::printf(
        "| algorithm | ms per step | times faster | slowest 20 steps, ms per step | training MB | of dense "
        "|\n");
    std::printf("| --- | --- | --- | --- | --- | --- |\n");
    for (const Run& run : runs)
        std::printf("| `%s` | %.2f | %.1f | %.2f | %.2f | %.0f %% |\n", run.name.c_str(),
                    1e3 * run.seconds / static_cast<double>(steps), dense.seconds / run.seconds,
                    1e3 * *std::max_element(run.turns.begin(), run.turns.end()) / static_cast<double>(turn),
                    run.bytes->value / 1e6, 100 * run.bytes->value / dense.bytes->value);
    std::fflush(stdout);
}

}  // namespace

int main(int count, char** words) {
    double sparsity = 0.95;
    std::int64_t steps = 160;
    std::string only;
    std::vector<std::string> models;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--sparsity" && i + 1 < count)
            sparsity = std::atof(words[++i]);
        else if (word == "--steps" && i + 1 < count)
            steps = std::max<std::int64_t>(turn, turn * (std::atoi(words[++i]) / turn));
        else if (word == "--only" && i + 1 < count)
            only = words[++i];
        else
            models.push_back(word);
    }
    if (models.empty()) models = {"mlp-1024", "cnn-28"};
    try {
        setThreadCount(1);
        for (const std::string& model : models) measure(model, sparsity, steps, only);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_zoo_step: %s\n", error.what());
        return 2;
    }
    return 0;
}
