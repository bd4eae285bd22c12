// SPDX-License-Identifier: GPL-3.0-or-later
#include "run/least_squares.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace filigree::testing {
namespace {

constexpr std::int64_t rows = 64, columns = 8, batch = 4, stepsPerEpoch = rows / batch;

const config::Schema& schema() {
    static const config::Schema schema = [] {
        config::Schema s;
        s.group("train", "Length and pace.");
        s.integer("steps", 100, "Steps.").atLeast(1);
        s.real("sleep_ms", 0, "Time that a step takes on top.").atLeast(0);
        s.group("optimizer", "Momentum SGD.");
        s.real("lr", 0.02, "Learning rate.").above(0).atMost(1).schedulable();
        s.real("momentum", 0.9, "Share of the last step that is kept.").atLeast(0).below(1);
        s.group("fault", "Steps at which something goes wrong; 0: never.");
        s.integer("throw_at", 0, "An exception that is no Error.").atLeast(0);
        s.integer("error_at", 0, "An Error of kind Device.").atLeast(0);
        s.integer("nan_at", 0, "The recorded loss of this step is not a number.").atLeast(0);
        s.integer("stamp_at", 0, "A record is stamped with the step before.").atLeast(0);
        return s;
    }();
    return schema;
}

class LeastSquares final : public train::Experiment {
  public:
    LeastSquares(const config::Config& config, std::uint64_t seed)
        : config_(config),
          seed_(seed),
          total_(config.integer("train.steps")),
          lr_(config.real("optimizer.lr")) {
        RandomStream data(seed, "data");
        std::array<double, columns> truth{};
        for (double& value : truth) value = data.normal();
        inputs_.resize(rows * columns);
        targets_.assign(rows, 0);
        for (std::size_t row = 0; row < rows; ++row) {
            for (std::size_t column = 0; column < columns; ++column) {
                const double x = data.normal();
                inputs_[row * columns + column] = x;
                targets_[row] += x * truth[column];
            }
            targets_[row] += 0.1 * data.normal();
        }
        RandomStream init(seed, "init");
        for (double& weight : weights_) weight = init.normal();
    }

    void begin(record::Recorder& recorder) override {
        recorder.text({"notes", "least squares"}, stamp());
        recorder.scalar("test/loss", loss(), stamp());
    }

    void step(record::Recorder& recorder) override {
        if (const double pause = config_.real("train.sleep_ms"); pause > 0)
            std::this_thread::sleep_for(std::chrono::duration<double, std::milli>(pause));
        const std::int64_t epoch = step_ / stepsPerEpoch;
        RandomStream order(seed_, "order", static_cast<std::uint64_t>(epoch));
        const std::vector<std::int64_t> permutation = order.permutation(rows);
        std::array<double, columns> gradient{};
        double sum = 0;
        for (std::int64_t i = 0; i < batch; ++i) {
            const auto row = static_cast<std::size_t>(
                permutation[static_cast<std::size_t>((step_ % stepsPerEpoch) * batch + i)]);
            const double residual = residualOf(row);
            sum += residual * residual;
            for (std::size_t column = 0; column < columns; ++column)
                gradient[column] += residual * inputs_[row * columns + column] / batch;
        }
        for (std::size_t column = 0; column < columns; ++column) {
            velocity_[column] = config_.real("optimizer.momentum") * velocity_[column] + gradient[column];
            weights_[column] -= lr_ * velocity_[column];
        }
        ++step_;
        if (isAt("throw_at")) throw std::runtime_error("the weights exploded");
        if (isAt("error_at")) throw Error(ErrorKind::Device, "the device is gone", "device 0", "plug it in");
        const double shown = isAt("nan_at") ? std::numeric_limits<double>::quiet_NaN() : sum / batch / 2;
        recorder.scalar("train/loss", shown, isAt("stamp_at") ? record::Stamp{step_ - 1, 0} : stamp());
        if (step_ % stepsPerEpoch == 0) evaluate(recorder);
    }

    train::Progress progress() const override {
        return {step_,
                total_,
                static_cast<double>(step_) / stepsPerEpoch,
                static_cast<double>(total_) / stepsPerEpoch,
                {{"lr", lr_}}};
    }

    void evaluate(record::Recorder& recorder) override { recorder.scalar("test/loss", loss(), stamp()); }
    void end(record::Recorder& recorder) override { recorder.scalar("final/loss", loss(), stamp()); }

    bool show(std::string_view kind, record::Recorder& recorder) override {
        if (kind != "matrix") return false;
        recorder.matrix({"weights", {columns}, {"column"}, {weights_.begin(), weights_.end()}}, stamp());
        return true;
    }

    void save(train::Checkpoint& checkpoint) const override {
        checkpoint.put("weights", Tensor::from(std::span<const double>(weights_), {columns}));
        checkpoint.put("velocity", Tensor::from(std::span<const double>(velocity_), {columns}));
        checkpoint.put("step", std::vector<std::int64_t>{step_});
    }

    void load(const train::Checkpoint& checkpoint) override {
        const Tensor weights = checkpoint.get("weights", DType::F64, {columns});
        const Tensor velocity = checkpoint.get("velocity", DType::F64, {columns});
        std::copy_n(weights.data<double>(), columns, weights_.begin());
        std::copy_n(velocity.data<double>(), columns, velocity_.begin());
        step_ = checkpoint.getIntegers("step").at(0);
    }

    std::string weightsDigest() const override { return train::sha256(weights_.data(), sizeof weights_); }
    double sparsity() const override { return 0; }

    void set(std::string_view key, double value) override {
        if (key != "optimizer.lr") throw Error(ErrorKind::Usage, "only optimizer.lr can be changed");
        lr_ = value;
    }

  private:
    record::Stamp stamp() const { return {step_, static_cast<double>(step_) / stepsPerEpoch}; }
    bool isAt(const char* fault) const {
        return config_.integer(std::string("fault.") + fault) == step_ && step_ > 0;
    }
    double residualOf(std::size_t row) const {
        double residual = -targets_[row];
        for (std::size_t column = 0; column < columns; ++column)
            residual += inputs_[row * columns + column] * weights_[column];
        return residual;
    }
    double loss() const {
        double sum = 0;
        for (std::size_t row = 0; row < rows; ++row) sum += residualOf(row) * residualOf(row);
        return sum / rows / 2;
    }

    config::Config config_;
    std::uint64_t seed_;
    std::int64_t total_, step_ = 0;
    double lr_;
    std::vector<double> inputs_, targets_;
    std::array<double, columns> weights_{}, velocity_{};
};

}  // namespace

const methods::Method& leastSquares() {
    static const methods::Method method{
        "least_squares",
        "Least squares",
        "Linear regression by momentum SGD.",
        "",
        schema,
        [](const config::Config& config, const methods::Environment& environment) {
            return std::unique_ptr<train::Experiment>(
                std::make_unique<LeastSquares>(config, environment.seed));
        }};
    return method;
}

const methods::Method& findTestMethod(std::string_view name) {
    if (name == leastSquares().name) return leastSquares();
    throw Error(ErrorKind::Usage, "there is no method \"" + std::string(name) + "\"");
}

}  // namespace filigree::testing
