// SPDX-License-Identifier: GPL-3.0-or-later
#include "experiments/cells.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "store/reader.h"

namespace filigree::experiments {
namespace {

struct Job {
    const Cell* cell;
    std::uint64_t seed;
    std::string name() const { return cell->name + "/seed" + std::to_string(seed); }
};

std::map<std::string, std::int64_t> finishedRuns(const std::filesystem::path& path) {
    std::map<std::string, std::int64_t> ids;
    if (!std::filesystem::exists(path)) return ids;
    const auto store = store::Store::open(path, store::Mode::ReadOnly);
    store::RunFilter filter;
    filter.states = {store::RunState::Finished};
    for (const store::RunInfo& run : store::Reader(store).runs(filter)) ids.emplace(run.name, run.id);
    return ids;
}

std::string command(const std::filesystem::path& program, const std::filesystem::path& store,
                    const Job& job) {
    std::string line = "\"" + program.string() + "\" run " + job.cell->preset + " --store \"" +
                       store.string() + "\" --name \"" + job.name() + "\" --seed " +
                       std::to_string(job.seed) + " --progress none";
    for (const std::string& setting : job.cell->settings) line += " --set \"" + setting + "\"";
    return line;
}

Outcome outcomeOf(const store::Reader& reader, std::int64_t run) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    Outcome outcome{none, none, none, none, none, reader.run(run).activeSeconds, none};
    outcome.flops = none;
    for (const store::NamedScalar& last : reader.lastScalars(run)) {
        if (last.tag == "test/acc") outcome.accuracy = 100 * last.point.value;
        if (last.tag == "train/final_loss") outcome.trainLoss = last.point.value;
        if (last.tag == "sparsity/exploration") outcome.exploration = last.point.value;
        if (last.tag == "sparsity/relevant_share") outcome.relevantShare = last.point.value;
        if (last.tag == "sparsity/density") outcome.density = last.point.value;
        if (last.tag == "perf/training_flops") outcome.flops = last.point.value;
        if (last.tag == "perf/training_bytes") outcome.finalBytes = last.point.value;
        if (last.tag == "perf/peak_memory_bytes") outcome.processBytes = last.point.value;
    }
    for (const store::ScalarPoint& point : reader.scalars(run, "perf/training_bytes"))
        outcome.trainingBytes = std::max(outcome.trainingBytes, point.value);
    std::int64_t before = 0;
    for (const store::ScalarPoint& point : reader.scalars(run, "perf/cpu_ms_per_step")) {
        outcome.cpuSeconds += point.value * static_cast<double>(point.step - before) / 1e3;
        before = point.step;
    }
    if (before == 0) outcome.cpuSeconds = none;
    double sum = 0;
    double count = 0;
    for (const std::string& tag : reader.scalarTags(run)) {
        if (!tag.starts_with("layers/regrow_share/")) continue;
        for (const store::ScalarPoint& point : reader.scalars(run, tag)) {
            sum += point.value;
            ++count;
        }
    }
    if (count > 0) outcome.regrowShare = sum / count;
    return outcome;
}

}  // namespace

std::map<std::string, std::vector<Outcome>> runCells(const std::filesystem::path& program,
                                                     const std::filesystem::path& store,
                                                     const std::vector<Cell>& cells, int jobs) {
    const auto before = finishedRuns(store);
    std::vector<Job> missing;
    for (const Cell& cell : cells)
        for (const std::uint64_t seed : cell.seeds)
            if (const Job job{&cell, seed}; !before.contains(job.name())) missing.push_back(job);

    std::atomic<std::size_t> next{0};
    std::mutex output;
    std::vector<std::thread> workers;
    for (int worker = 0; worker < jobs; ++worker)
        workers.emplace_back([&] {
            for (std::size_t i = next++; i < missing.size(); i = next++) {
                const int code = std::system(command(program, store, missing[i]).c_str());
                const std::lock_guard lock(output);
                std::fprintf(stderr, "[%zu/%zu] %s%s\n", i + 1, missing.size(), missing[i].name().c_str(),
                             code == 0 ? "" : " FAILED");
            }
        });
    for (std::thread& worker : workers) worker.join();

    const auto after = finishedRuns(store);
    const auto opened = store::Store::open(store, store::Mode::ReadOnly);
    const store::Reader reader(opened);
    std::map<std::string, std::vector<Outcome>> outcomes;
    for (const Cell& cell : cells)
        for (const std::uint64_t seed : cell.seeds) {
            const auto found = after.find(Job{&cell, seed}.name());
            if (found == after.end())
                throw std::runtime_error("the run " + Job{&cell, seed}.name() + " did not finish");
            outcomes[cell.name].push_back(outcomeOf(reader, found->second));
        }
    return outcomes;
}

Spread spread(const std::vector<Outcome>& outcomes, double Outcome::*figure) {
    const auto count = static_cast<double>(outcomes.size());
    double sum = 0;
    for (const Outcome& outcome : outcomes) sum += outcome.*figure;
    Spread result{sum / count, 0};
    double squares = 0;
    for (const Outcome& outcome : outcomes) squares += std::pow(outcome.*figure - result.mean, 2);
    if (count > 1) result.deviation = std::sqrt(squares / (count - 1));
    return result;
}

std::string text(const Spread& spread, int digits) {
    if (std::isnan(spread.mean)) return "-";
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*f (%.*f)", digits, spread.mean, digits, spread.deviation);
    return buffer;
}

}  // namespace filigree::experiments
