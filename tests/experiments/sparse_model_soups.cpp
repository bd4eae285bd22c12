// SPDX-License-Identifier: GPL-3.0-or-later
// The acceptance experiments of Sparse Model Soups. Usage:
//   experiment_sparse_model_soups S1|S2|S3|S4 [--store FILE] [--jobs N]
// Runs real runs through the program `filigree` beside this one (again: goes on), prints Markdown, and says
// of every claim whether it holds. Exit code 1 if one does not.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/platform.h"
#include "base/process.h"
#include "base/statistics.h"
#include "store/reader.h"

using namespace filigree;
namespace fs = std::filesystem;

namespace {

constexpr int phases = 3;
constexpr double goal = 0.02;
constexpr double weights = 784 * 300 + 300 * 100 + 100 * 10;

int failures = 0;

void claim(const std::string& what, bool holds) {
    std::printf("- %s: %s\n", what.c_str(), holds ? "holds" : "DOES NOT HOLD");
    failures += holds ? 0 : 1;
}

std::string number(double value, int digits) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.*f", digits, value);
    return buffer;
}

struct Place {
    fs::path program;
    fs::path store;
    int jobs;

    /// Runs the program; throws unless it ends with `code`.
    void call(const std::vector<std::string>& words, int code = 0) const {
        std::vector<std::string> all = words;
        all.insert(all.end(), {"--store", store.string()});
        if (const int got = platform::runProgram(program, all); got != code)
            throw std::runtime_error(words.front() + " ended with " + std::to_string(got));
    }
};

/// The run of this name, trained to its end.
std::int64_t trained(const Place& place, const std::string& name, std::uint64_t seed,
                     const std::vector<std::string>& settings) {
    const auto find = [&]() -> std::optional<store::RunInfo> {
        if (!fs::exists(place.store)) return std::nullopt;
        const auto opened = store::Store::open(place.store, store::Mode::ReadOnly);
        for (const store::RunInfo& run : store::Reader(opened).runs())
            if (run.name == name) return run;
        return std::nullopt;
    };
    const auto before = find();
    if (before && before->state == store::RunState::Finished) return before->id;
    if (before) {
        place.call({"resume", std::to_string(before->id), "--progress", "none"});
        return before->id;
    }
    std::vector<std::string> words{"run",        "sparse_model_soups/soup-fashion",
                                   "--name",     name,
                                   "--seed",     std::to_string(seed),
                                   "--progress", "none",
                                   "--threads",  "1",
                                   "--set",      "soup.jobs=" + std::to_string(place.jobs)};
    for (const std::string& setting : settings) words.insert(words.end(), {"--set", setting});
    place.call(words);
    return find()->id;
}

/// Values of one scalar of the soup runs: [seed][phase].
using Series = std::vector<std::vector<double>>;

class Runs {
  public:
    Runs(const Place& place, std::vector<std::int64_t> ids)
        : store_(store::Store::open(place.store, store::Mode::ReadOnly)), ids_(std::move(ids)) {}

    Series series(const std::string& tag) const {
        Series all;
        const store::Reader reader(store_);
        for (const std::int64_t id : ids_) {
            std::vector<double> values;
            // What a phase starts from belongs to the step before it.
            const std::int64_t first = tag.starts_with("soup/pruned") ? 1 : 2;
            for (const store::ScalarPoint& point : reader.scalars(id, tag, first))
                values.push_back(point.value);
            if (values.size() != phases) throw std::runtime_error(tag + " is not there for every phase");
            all.push_back(values);
        }
        return all;
    }
    Spread at(const std::string& tag, std::size_t phase) const {
        std::vector<double> values;
        for (const auto& one : series(tag)) values.push_back(one[phase]);
        return spreadOf(values);
    }
    /// Mean over seeds and phases of 100 (a - b).
    double gain(const std::string& a, const std::string& b) const {
        const Series first = series(a), second = series(b);
        double sum = 0;
        for (std::size_t s = 0; s < first.size(); ++s)
            for (std::size_t p = 0; p < phases; ++p) sum += 100 * (first[s][p] - second[s][p]);
        return sum / static_cast<double>(first.size() * phases);
    }
    double dense() const {
        const store::Reader reader(store_);
        double sum = 0;
        for (const std::int64_t id : ids_) sum += reader.scalars(id, "soup/dense_acc").front().value;
        return sum / static_cast<double>(ids_.size());
    }

  private:
    store::Store store_;
    std::vector<std::int64_t> ids_;
};

void table(const Runs& runs) {
    const std::vector<std::pair<const char*, const char*>> columns{
        {"one-shot", "soup/one_shot_acc"},
        {"pruned average", "soup/pruned_acc"},
        {"pruned average, as it is", "soup/pruned_as_it_is_acc"},
        {"mean copy", "soup/member_mean_acc"},
        {"best copy (by test)", "soup/member_best_acc"},
        {"best by validation", "soup/member_best_by_validation_acc"},
        {"soup", "soup/uniform_acc"},
        {"greedy", "soup/greedy_acc"},
        {"ensemble", "soup/ensemble_acc"},
        {"IMP", "soup/imp_acc"},
        {"IMP m x", "soup/imp_long_acc"}};
    const std::map<std::string, const char*> corrupted{
        {"mean copy", "soup/member_mean_ood"}, {"soup", "soup/uniform_ood"},
        {"greedy", "soup/greedy_ood"},         {"ensemble", "soup/ensemble_ood"},
        {"one-shot", "soup/one_shot_ood"},     {"IMP", "soup/imp_ood"},
        {"IMP m x", "soup/imp_long_ood"}};
    std::printf("dense: %.2f %%\n\n| phase |", 100 * runs.dense());
    for (const auto& [title, tag] : columns) std::printf(" %s |", title);
    std::printf("\n| --- |");
    for (std::size_t c = 0; c < columns.size(); ++c) std::printf(" --- |");
    std::printf("\n");
    for (const bool noisy : {false, true})
        for (std::size_t p = 0; p < phases; ++p) {
            std::printf("| %s%zu |", noisy ? "noise " : "", p + 1);
            for (const auto& [title, tag] : columns) {
                const auto found = corrupted.find(title);
                if (noisy && found == corrupted.end()) {
                    std::printf(" |");
                    continue;
                }
                const Spread spread = runs.at(noisy ? found->second : tag, p);
                std::printf(" %.2f (%.2f) |", 100 * spread.mean, 100 * spread.deviation);
            }
            std::printf("\n");
        }
    std::printf(
        "\n| phase | density | distance | angle | barrier, largest of all pairs | ECE %% soup | ECE %% copy "
        "of IMP | worst "
        "class %% soup | IMP |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (std::size_t p = 0; p < phases; ++p)
        std::printf("| %zu | %.6f | %.2f | %.1f | %.4f | %.2f | %.2f | %.1f | %.1f |\n", p + 1,
                    runs.at("sparsity/density", p).mean, runs.at("soup/distance", p).mean,
                    runs.at("soup/angle", p).mean, runs.at("soup/barrier", p).mean,
                    100 * runs.at("soup/uniform_ece", p).mean, 100 * runs.at("soup/imp_ece", p).mean,
                    100 * runs.at("soup/uniform_worst", p).mean, 100 * runs.at("soup/imp_worst", p).mean);
    std::printf("\n");
}

double largest(const Series& series) {
    double value = -1e300;
    for (const auto& one : series)
        for (const double each : one) value = std::max(value, each);
    return value;
}

void soupsAgainstPlainPruning(const Place& place) {
    std::vector<std::int64_t> ids;
    for (std::uint64_t seed = 0; seed < 10; ++seed)
        ids.push_back(
            trained(place, "S1/seed" + std::to_string(seed), 1000 * seed, {"soup.barrier_points=3"}));
    const Runs runs(place, ids);
    table(runs);
    bool exact = true;
    for (const auto& seed : runs.series("sparsity/density"))
        for (int p = 0; p < phases; ++p) {
            const double wanted = std::round(std::pow(goal, (p + 1.0) / phases) * weights) / weights;
            exact = exact && std::abs(seed[static_cast<std::size_t>(p)] - wanted) < 1e-12;
        }
    claim("(a) the soup is exactly as sparse as its mask in every phase", exact);
    const double barrier = largest(runs.series("soup/barrier_mean"));
    claim(
        "(b) loss barrier between copies < 0.02 in every phase and seed (mean of the pairs, largest "
        "measured " +
            number(barrier, 4) + "; largest of single pairs " +
            number(largest(runs.series("soup/barrier")), 4) + ")",
        barrier < 0.02);
    const auto difference = [&](const char* what, const char* a, const char* b, double least) {
        const double gain = runs.gain(a, b);
        claim(std::string(what) + " >= " + number(least, 1) + " (measured " + number(gain, 2) + ")",
              gain >= least);
    };
    difference("(c) soup - IMP, test", "soup/uniform_acc", "soup/imp_acc", 0.1);
    difference("(c) soup - IMP, noise", "soup/uniform_ood", "soup/imp_ood", 0.2);
    difference("(d) soup - mean copy, test", "soup/uniform_acc", "soup/member_mean_acc", 0);
    difference("(d) soup - mean copy, noise", "soup/uniform_ood", "soup/member_mean_ood", 0.3);
    difference("(e) soup - IMP m x, noise", "soup/uniform_ood", "soup/imp_long_ood", 0.5);
}

nlohmann::json resultOf(const Place& place, const std::vector<std::string>& words, int code = 0) {
    const fs::path file = place.store.string() + ".json";
    std::string line = "\"" + place.program.string() + "\"";
    for (const std::string& word : words) line += " \"" + word + "\"";
    line += " --json --store \"" + place.store.string() + "\" > \"" + file.string() + "\"";
    const int got = std::system(line.c_str());
    if ((got == 0) != (code == 0)) throw std::runtime_error(words[1] + " did not end as it should");
    std::ifstream stream(file);
    return nlohmann::json::parse(stream, nullptr, false);
}

/// Two networks pruned and retrained apart from the first step on.
void soupsOfDifferentMasks(const Place& place) {
    std::vector<std::string> names;
    for (const std::uint64_t seed : {0, 1000}) {
        names.push_back("S2/seed" + std::to_string(seed));
        trained(place, names.back(), seed, {"soup.members=1", "soup.baselines=false"});
    }
    std::int64_t together = trained(place, "S1/seed0", 0, {"soup.barrier_points=3"});
    const double inside = largest(Runs(place, {together}).series("soup/barrier_mean"));
    resultOf(place, {"analyze", "soup", names[0], names[1]}, 2);
    claim("networks of different masks are refused as a soup", true);
    const auto forced = resultOf(place, {"analyze", "soup", names[0], names[1], "--force"});
    const double density = forced["average"]["density"], each = forced["members"][0]["density"];
    const auto way = resultOf(place, {"analyze", "connect", names[0], names[1], "--resolution", "11",
                                      "--samples", "0", "--data", "test"});
    const double barrier = way["results"]["barrier"]["test/loss"]["linear"];
    std::printf(
        "density of each %.4f, of the average %.4f; test accuracy %.2f and %.2f %%, of the average %.2f %%\n",
        each, density, 100 * forced["members"][0]["test"]["acc"].get<double>(),
        100 * forced["members"][1]["test"]["acc"].get<double>(),
        100 * forced["average"]["test"]["acc"].get<double>());
    claim("density of the union > 1.2 x density (measured " + number(density / each, 2) + ")",
          density > 1.2 * each);
    claim("barrier > 5 x that between copies (measured " + number(barrier, 3) + " against " +
              number(inside, 4) + ")",
          barrier > 5 * std::max(inside, 0.0) && barrier > 0);
}

/// What else a soup may be compared with, and soups during training: no claims, only numbers.
void otherAverages(const Place& place) {
    const auto all = [&](const char* name, std::vector<std::string> settings) {
        std::vector<std::int64_t> ids;
        for (std::uint64_t seed = 0; seed < 3; ++seed)
            ids.push_back(
                trained(place, std::string("S3/") + name + std::to_string(seed), 1000 * seed, settings));
        return Runs(place, ids);
    };
    const auto rows = [](const char* title, const Runs& runs,
                         const std::vector<std::pair<const char*, const char*>>& networks) {
        std::printf("%s\n\n| network |", title);
        for (int phase = 1; phase <= phases; ++phase) std::printf(" test %d | noise %d |", phase, phase);
        std::printf("\n| --- |");
        for (int column = 0; column < 2 * phases; ++column) std::printf(" --- |");
        for (const auto& [name, tag] : networks) {
            std::printf("\n| %s |", name);
            for (std::size_t p = 0; p < phases; ++p)
                for (const char* what : {"_acc", "_ood"}) {
                    const Spread spread = runs.at(std::string("soup/") + tag + what, p);
                    std::printf(" %.2f (%.2f) |", 100 * spread.mean, 100 * spread.deviation);
                }
        }
        std::printf("\n\n");
    };
    const Runs others =
        all("others", {"soup.swa=true", "soup.reprune=true", "soup.learned=true", "soup.barrier_points=0"});
    rows("others", others,
         {{"mean copy", "member_mean"},
          {"soup", "uniform"},
          {"greedy", "greedy"},
          {"learned", "learned"},
          {"IMP", "imp"},
          {"IMP m x", "imp_long"},
          {"SWA, m x", "swa"},
          {"IMP-RePrune", "reprune"}});
    for (std::size_t p = 0; p < phases; ++p)
        std::printf("phase %zu: density of the union %.4f, largest learned share %.2f\n", p + 1,
                    others.at("soup/reprune_union_density", p).mean,
                    others.at("soup/learned_largest", p).mean);
    const Runs during =
        all("during", {"soup.ladder=cubic", "soup.schedule=continued", "soup.barrier_points=0"});
    std::printf("\n");
    rows("during training", during,
         {{"mean copy", "member_mean"},
          {"soup", "uniform"},
          {"one copy (GMP)", "imp"},
          {"GMP, m x", "imp_long"}});
    const Runs feedback = all("feedback", {"soup.ladder=cubic", "soup.schedule=continued",
                                           "soup.pruned=hidden", "soup.barrier_points=0"});
    rows("during training, pruned weights hidden", feedback,
         {{"mean copy", "member_mean"},
          {"soup", "uniform"},
          {"one copy (DPF)", "imp"},
          {"DPF, m x", "imp_long"}});
}

/// The schedules of retraining beside each other: numbers alone.
void schedulesOfRetraining(const Place& place) {
    std::printf("| schedule |");
    for (int phase = 1; phase <= phases; ++phase) std::printf(" copy %d | soup %d |", phase, phase);
    std::printf("\n| --- |");
    for (int column = 0; column < 2 * phases; ++column) std::printf(" --- |");
    for (const std::string schedule : {"llr", "allr", "clr", "lrw", "ft"}) {
        std::vector<std::int64_t> ids;
        for (std::uint64_t seed = 0; seed < 3; ++seed)
            ids.push_back(
                trained(place, "S4/" + schedule + std::to_string(seed), 1000 * seed,
                        {"soup.schedule=" + schedule, "soup.baselines=false", "soup.barrier_points=0"}));
        const Runs runs(place, ids);
        std::printf("\n| `%s` |", schedule.c_str());
        for (std::size_t p = 0; p < phases; ++p)
            for (const char* what : {"soup/member_mean_acc", "soup/uniform_acc"}) {
                const Spread spread = runs.at(what, p);
                std::printf(" %.2f (%.2f) |", 100 * spread.mean, 100 * spread.deviation);
            }
    }
    std::printf("\n");
}

}  // namespace

int main(int count, char** words) {
    try {
        Place place{platform::programFolder() / "filigree", "sparse_model_soups.filigree", 2};
        std::string what;
        for (int i = 1; i < count; ++i) {
            if (!std::strcmp(words[i], "--store") && i + 1 < count)
                place.store = words[++i];
            else if (!std::strcmp(words[i], "--jobs") && i + 1 < count)
                place.jobs = std::atoi(words[++i]);
            else
                what = words[i];
        }
        place.store = fs::absolute(place.store);
        if (what == "S1")
            soupsAgainstPlainPruning(place);
        else if (what == "S2")
            soupsOfDifferentMasks(place);
        else if (what == "S3")
            otherAverages(place);
        else if (what == "S4")
            schedulesOfRetraining(place);
        else
            throw std::runtime_error(
                "usage: experiment_sparse_model_soups S1|S2|S3|S4 [--store FILE] [--jobs N]");
        return failures > 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}
