// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "autograd/loss.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "nn/models/mlp.h"
#include "optim/optimizer.h"
#include "sparse/distribution.h"

/// Time of a whole training step (forward, loss, backward, SGD with momentum) of a multilayer perceptron
/// whose layers but the last are sparse.
///
///     bench_mlp_step [sparsity=0.9] [execution=sparse|masked] [threads=1] [batch=128]
///                    [sizes=784,1024,1024,10] [against=2]
///
/// With `against=K`, steps with the given number of threads and with K are done in turns for ten seconds, and
/// the least and the median wall time of each and the ratios of both are printed: on a busy machine the least
/// ones are those of the steps that were not disturbed.
///
/// For every number N on standard input it does N steps and prints the median milliseconds of a step and of
/// its parts: CPU time with one thread, wall time with several. So a script can run it in turns with
/// something else (torch_mlp_step.py does).
namespace {

using namespace filigree;

struct Settings {
    double sparsity = 0.9;
    bool masked = false;
    int threads = 1, against = 0;
    std::int64_t batch = 128;
    std::vector<std::int64_t> sizes{784, 1024, 1024, 10};
};

std::vector<std::int64_t> numbersIn(std::string_view text) {
    std::vector<std::int64_t> numbers;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        std::int64_t number = 0;
        std::from_chars(text.data(), text.data() + end, number);
        numbers.push_back(number);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return numbers;
}

Settings read(int argc, char** argv) {
    Settings settings;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        const std::size_t equal = argument.find('=');
        const std::string_view key = argument.substr(0, equal);
        const std::string value(equal == std::string_view::npos ? "" : argument.substr(equal + 1));
        if (key == "sparsity")
            settings.sparsity = std::stod(value);
        else if (key == "execution")
            settings.masked = value == "masked";
        else if (key == "threads")
            settings.threads = std::stoi(value);
        else if (key == "against")
            settings.against = std::stoi(value);
        else if (key == "batch")
            settings.batch = std::stoll(value);
        else if (key == "sizes" && numbersIn(value).size() >= 2)
            settings.sizes = numbersIn(value);
        else
            throw Error(ErrorKind::Usage, "unknown argument", std::string(argument),
                        "use sparsity=, execution=, threads=, batch=, sizes= or against=");
    }
    return settings;
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

class Bench {
  public:
    explicit Bench(const Settings& settings) : settings_(settings) {
        nn::MlpOptions options;
        options.inputs = settings.sizes.front();
        options.hidden.assign(settings.sizes.begin() + 1, settings.sizes.end() - 1);
        options.classes = settings.sizes.back();
        const auto layers = nn::mlpWeights(options);
        nn::Topologies topologies;
        if (settings.sparsity > 0)
            for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
                RandomStream random(1, "mask/" + layers[l].layer);
                const Shape& shape = layers[l].shape;
                topologies.emplace(
                    layers[l].layer,
                    sparse::randomTopology(shape[0], shape[1],
                                           sparse::activeCount(shape, 1 - settings.sparsity), random));
            }
        model_ = nn::makeMlp(options, topologies, 1);
        if (settings.masked)
            for (const auto& weight : model_->sparseWeights())
                weight->setExecution(sparse::Execution::MaskedDense);
        optimizer_ = std::make_unique<optim::Sgd>(optim::groupByDecay(model_->parameters(), 0.01, 0),
                                                  optim::SgdOptions{0.9, false, optim::WeightDecay::Coupled});
        RandomStream random(2, "data");
        std::vector<float> x(static_cast<std::size_t>(settings.batch * options.inputs));
        for (float& value : x) value = static_cast<float>(random.uniform());
        x_ = Tensor::from(x, {settings.batch, options.inputs});
        std::vector<std::int32_t> labels(static_cast<std::size_t>(settings.batch));
        for (std::int32_t& label : labels)
            label = static_cast<std::int32_t>(random.uniform() * static_cast<double>(options.classes));
        labels_ = Tensor::from(labels, {settings.batch});
    }

    void step() {
        optimizer_->zeroGradients();
        const double start = now();
        const autograd::Variable logits = model_->forward(autograd::Variable(x_));
        const double forward = now();
        autograd::Variable loss = autograd::crossEntropy(logits, labels_);
        const double compared = now();
        loss.backward();
        const double backward = now();
        optimizer_->step();
        const double end = now();
        const double parts[] = {end - start, forward - start, compared - forward, backward - compared,
                                end - backward};
        for (std::size_t i = 0; i < times_.size(); ++i) times_[i].push_back(1e3 * parts[i]);
    }

    /// "step 1.23 forward 0.4 loss 0.01 backward 0.8 optimizer 0.02": medians in milliseconds since the last
    /// call.
    std::string report() {
        std::string text;
        const char* const names[] = {"step", "forward", "loss", "backward", "optimizer"};
        for (std::size_t i = 0; i < times_.size(); ++i) {
            text += (i == 0 ? "" : " ") + std::string(names[i]) + " " + std::to_string(median(times_[i]));
            times_[i].clear();
        }
        return text;
    }

  private:
    double now() const {
        if (settings_.threads == 1) return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
        return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    }

    Settings settings_;
    std::unique_ptr<nn::Module> model_;
    std::unique_ptr<optim::Optimizer> optimizer_;
    Tensor x_, labels_;
    std::vector<std::vector<double>> times_{5};
};

void compareThreads(Bench& bench, const Settings& settings) {
    using Clock = std::chrono::steady_clock;
    std::vector<double> first, second;
    const auto time = [&](int threads, std::vector<double>& times) {
        setThreadCount(threads);
        bench.step();
        for (int i = 0; i < 5; ++i) {
            const auto start = Clock::now();
            bench.step();
            times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
        }
    };
    for (const auto end = Clock::now() + std::chrono::seconds(10); Clock::now() < end;) {
        time(settings.threads, first);
        time(settings.against, second);
    }
    const double least[] = {*std::min_element(first.begin(), first.end()),
                            *std::min_element(second.begin(), second.end())};
    std::printf(
        "threads %d least %.4f median %.4f\nthreads %d least %.4f median %.4f\nratio least %.2f median "
        "%.2f\n",
        settings.threads, least[0], median(first), settings.against, least[1], median(second),
        least[0] / least[1], median(first) / median(second));
}

}  // namespace

int main(int argc, char** argv) try {
    const Settings settings = read(argc, argv);
    setThreadCount(settings.threads);
    Bench bench(settings);
    for (int i = 0; i < 5; ++i) bench.step();
    bench.report();
    if (settings.against > 0) {
        compareThreads(bench, settings);
        return 0;
    }
    for (int steps = 0; std::cin >> steps;) {
        for (int i = 0; i < std::max(1, steps); ++i) bench.step();
        std::printf("%s\n", bench.report().c_str());
        std::fflush(stdout);
    }
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
