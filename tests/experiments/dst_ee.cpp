// SPDX-License-Identifier: GPL-3.0-or-later
// The acceptance experiments of DST-EE and its table on Fashion-MNIST. Usage:
//   experiment_dst_ee A1|A2|A3|A4|mlp|cnn|cnn90 [--store FILE] [--jobs N]
// Runs real training runs through the program `filigree` beside this one, prints Markdown, and says of every
// claim whether it holds. Exit code 1 if one does not.
#include <cstdio>
#include <cstring>
#include <functional>
#include <iostream>
#include <stdexcept>

#include "base/platform.h"
#include "experiments/cells.h"

using namespace filigree::experiments;

namespace {

using Outcomes = std::map<std::string, std::vector<Outcome>>;
using Seeds = std::vector<std::uint64_t>;

struct Method {
    const char* name;
    std::vector<std::string> settings;
};

const Method staticMask{"static", {"rewire.growth=none"}};
const Method set{"SET", {"rewire.growth=random"}};
const Method rigl{"RigL", {"rewire.growth=gradient"}};

Method dstEe(const char* c) {
    return {c, {"rewire.growth=acquisition", std::string("rewire.c=") + c}};
}

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

class Table {
  public:
    Table(std::string preset, Seeds seeds, std::vector<std::string> shared)
        : preset_(std::move(preset)), seeds_(std::move(seeds)), shared_(std::move(shared)) {}

    void add(const std::string& name, const Method& method, std::vector<std::string> more = {}) {
        Cell cell{name, preset_, shared_, seeds_};
        cell.settings.insert(cell.settings.end(), method.settings.begin(), method.settings.end());
        cell.settings.insert(cell.settings.end(), more.begin(), more.end());
        cells_.push_back(std::move(cell));
    }

    const Outcomes& run(const std::filesystem::path& program, const std::filesystem::path& store, int jobs) {
        outcomes_ = runCells(program, store, cells_, jobs);
        std::printf("| run | test acc %% | train loss | R | relevant share | regrow share | s per run |\n");
        std::printf("| --- | --- | --- | --- | --- | --- | --- |\n");
        for (const Cell& cell : cells_) {
            const auto& o = outcomes_.at(cell.name);
            std::printf("| %s | %s | %s | %s | %s | %s | %s |\n", cell.name.c_str(),
                        text(spread(o, &Outcome::accuracy), 2).c_str(),
                        text(spread(o, &Outcome::trainLoss), 3).c_str(),
                        text(spread(o, &Outcome::exploration), 3).c_str(),
                        text(spread(o, &Outcome::relevantShare), 3).c_str(),
                        text(spread(o, &Outcome::regrowShare), 3).c_str(),
                        number(spread(o, &Outcome::seconds).mean, 1).c_str());
        }
        std::printf("\n");
        return outcomes_;
    }

    double mean(const std::string& cell, double Outcome::*figure) const {
        return spread(outcomes_.at(cell), figure).mean;
    }

  private:
    std::string preset_;
    Seeds seeds_;
    std::vector<std::string> shared_;
    std::vector<Cell> cells_;
    Outcomes outcomes_;
};

struct Place {
    std::filesystem::path program;
    std::filesystem::path store;
    int jobs;
};

const Seeds five{0, 1, 2, 3, 4};
// One thread a run: the runs beside each other fill the cores.
const std::vector<std::string> quick{"run.threads=1", "record.masks_every=0", "record.weights_every=0",
                                     "record.scalars_every=1000"};

std::vector<std::string> with(std::vector<std::string> settings, const std::vector<std::string>& more) {
    settings.insert(settings.end(), more.begin(), more.end());
    return settings;
}

void plantedTrap(const Place& place) {
    Table table("dst_ee/planted", five, quick);
    table.add("A1/static", staticMask);
    table.add("A1/SET", set);
    table.add("A1/RigL", rigl);
    table.add("A1/DST-EE c=0.03", dstEe("0.03"));
    table.run(place.program, place.store, place.jobs);
    const auto acc = [&](const char* m) { return table.mean(std::string("A1/") + m, &Outcome::accuracy); };
    const auto share = [&](const char* m) {
        return table.mean(std::string("A1/") + m, &Outcome::relevantShare);
    };
    const auto r = [&](const char* m) { return table.mean(std::string("A1/") + m, &Outcome::exploration); };
    claim("DST-EE - RigL >= 5 points (measured " + number(acc("DST-EE c=0.03") - acc("RigL"), 1) + ")",
          acc("DST-EE c=0.03") - acc("RigL") >= 5);
    claim("DST-EE - SET >= 5 points (measured " + number(acc("DST-EE c=0.03") - acc("SET"), 1) + ")",
          acc("DST-EE c=0.03") - acc("SET") >= 5);
    claim("static < 35 %", acc("static") < 35);
    claim("relevant share of DST-EE >= 0.28", share("DST-EE c=0.03") >= 0.28);
    claim("relevant share of RigL <= 0.22", share("RigL") <= 0.22);
    claim("R within 0.02 of 0.020, 0.166, 0.065, 0.143",
          std::abs(r("static") - 0.020) <= 0.02 && std::abs(r("SET") - 0.166) <= 0.02 &&
              std::abs(r("RigL") - 0.065) <= 0.02 && std::abs(r("DST-EE c=0.03") - 0.143) <= 0.02);
}

void tradeOff(const Place& place) {
    Table table("dst_ee/planted", five, with(quick, {"sparsity.density=0.05"}));
    const std::vector<const char*> sweep{"0.003", "0.01", "0.03", "0.1"};
    table.add("A2/static", staticMask);
    table.add("A2/SET", set);
    table.add("A2/RigL (c=0)", rigl);
    for (const char* c : sweep) table.add(std::string("A2/DST-EE c=") + c, dstEe(c));
    table.run(place.program, place.store, place.jobs);
    std::vector<std::string> cells{"A2/RigL (c=0)"};
    for (const char* c : sweep) cells.push_back(std::string("A2/DST-EE c=") + c);
    bool falls = true, rises = true;
    for (std::size_t i = 1; i < cells.size(); ++i) {
        falls = falls &&
                table.mean(cells[i], &Outcome::trainLoss) < table.mean(cells[i - 1], &Outcome::trainLoss);
        rises = rises &&
                table.mean(cells[i], &Outcome::exploration) > table.mean(cells[i - 1], &Outcome::exploration);
    }
    claim("training loss falls strictly with c", falls);
    claim("R rises strictly with c", rises);
    const double gain =
        table.mean("A2/DST-EE c=0.03", &Outcome::accuracy) - table.mean("A2/RigL (c=0)", &Outcome::accuracy);
    claim("DST-EE (0.03) - RigL >= 1.0 points (measured " + number(gain, 2) + ")", gain >= 1.0);
}

void honestGradient(const Place& place) {
    for (const auto& [label, density] : {std::pair("98", "0.02"), std::pair("95", "0.05")}) {
        Table table("dst_ee/planted", five,
                    with(quick, {"data.name=planted", "optimizer.lr=0.1",
                                 std::string("sparsity.density=") + density}));
        const std::string a = std::string("A3/") + label + " % ";
        table.add(a + "static", staticMask);
        table.add(a + "SET", set);
        table.add(a + "RigL", rigl);
        table.add(a + "DST-EE c=0.01", dstEe("0.01"));
        table.run(place.program, place.store, place.jobs);
        if (std::strcmp(label, "98") != 0) continue;
        const double s = table.mean(a + "SET", &Outcome::accuracy),
                     g = table.mean(a + "RigL", &Outcome::accuracy);
        const double e = table.mean(a + "DST-EE c=0.01", &Outcome::accuracy);
        claim("|DST-EE - RigL| < 1.5 points at 98 % (measured " + number(e - g, 2) + ")",
              std::abs(e - g) < 1.5);
        claim("both >= SET + 4 points at 98 % (measured " + number(std::min(e, g) - s, 2) + ")",
              std::min(e, g) >= s + 4);
    }
}

void fashionSubset(const Place& place) {
    const std::vector<std::string> shared = with(
        quick, {"model.hidden=[300, 100]", "data.train_limit=5699", "data.test_limit=4443", "train.epochs=30",
                "rewire.interval_steps=40", "optimizer.lr=0.05", "optimizer.weight_decay=5e-4"});
    const std::map<std::string, double> gap{{"90", 0.01}, {"95", 0.03}, {"98", 0.08}, {"99", 0.12}};
    for (const auto& [label, density] : {std::pair("90", "0.1"), std::pair("95", "0.05"),
                                         std::pair("98", "0.02"), std::pair("99", "0.01")}) {
        const bool last = std::strcmp(label, "99") == 0;
        Table table("dst_ee/fashion-mlp", last ? Seeds{0, 1, 2, 3, 4, 5, 6, 7, 8, 9} : five,
                    with(shared, {std::string("sparsity.density=") + density}));
        const std::string a = std::string("A4/") + label + " % ";
        table.add(a + "static", staticMask);
        table.add(a + "SET", set);
        table.add(a + "RigL", rigl);
        table.add(a + "DST-EE c=0.01", dstEe("0.01"));
        if (last) table.add(a + "DST-EE c=0.03", dstEe("0.03"));
        table.run(place.program, place.store, place.jobs);
        const auto loss = [&](const char* m) { return table.mean(a + m, &Outcome::trainLoss); };
        const auto r = [&](const char* m) { return table.mean(a + m, &Outcome::exploration); };
        claim(std::string(label) + " %: training loss of RigL and DST-EE < SET < static",
              loss("RigL") < loss("SET") && loss("DST-EE c=0.01") < loss("SET") &&
                  loss("SET") < loss("static"));
        claim(std::string(label) + " %: static - DST-EE in training loss >= " + number(gap.at(label), 2) +
                  " (measured " + number(loss("static") - loss("DST-EE c=0.01"), 3) + ")",
              loss("static") - loss("DST-EE c=0.01") >= gap.at(label));
        claim(std::string(label) + " %: R of static < RigL < DST-EE (0.01)",
              r("static") < r("RigL") && r("RigL") < r("DST-EE c=0.01"));
        if (std::strcmp(label, "98") == 0) {
            const double regrowG = table.mean(a + "RigL", &Outcome::regrowShare),
                         regrowE = table.mean(a + "DST-EE c=0.01", &Outcome::regrowShare);
            claim("98 %: regrow share of RigL about 0.22, of DST-EE about 0.02 (measured " +
                      number(regrowG, 3) + ", " + number(regrowE, 3) + ")",
                  std::abs(regrowG - 0.22) < 0.06 && std::abs(regrowE - 0.02) < 0.02);
        }
        if (!last) continue;
        const auto acc = [&](const char* m) { return table.mean(a + m, &Outcome::accuracy); };
        claim("99 %: DST-EE (0.03) - static >= 2.0 points (measured " +
                  number(acc("DST-EE c=0.03") - acc("static"), 2) + ")",
              acc("DST-EE c=0.03") - acc("static") >= 2);
        claim("99 %: DST-EE (0.03) - SET >= 0.5 points (measured " +
                  number(acc("DST-EE c=0.03") - acc("SET"), 2) + ")",
              acc("DST-EE c=0.03") - acc("SET") >= 0.5);
        std::printf("- 99 %%: DST-EE (0.03) - RigL: %s points (reported, not a claim)\n",
                    number(acc("DST-EE c=0.03") - acc("RigL"), 2).c_str());
    }
}

/// Dense, static, SET, RigL and DST-EE on all of Fashion-MNIST at the given densities, 3 seeds.
void fashion(const Place& place, const char* preset, const std::string& prefix, double bar,
             const std::vector<std::pair<const char*, const char*>>& densities) {
    Table table(preset, {0, 1, 2}, quick);
    table.add(prefix + "dense", {"dense", {"sparsity.density=1"}});
    for (const auto& [label, density] : densities) {
        const std::vector<std::string> sparsity{std::string("sparsity.density=") + density};
        const std::string a = prefix + label + " % ";
        table.add(a + "static", staticMask, sparsity);
        table.add(a + "SET", set, sparsity);
        table.add(a + "RigL", rigl, sparsity);
        table.add(a + "DST-EE", dstEe("0.01"), sparsity);
    }
    table.run(place.program, place.store, place.jobs);
    const double accuracy = table.mean(prefix + "90 % DST-EE", &Outcome::accuracy);
    claim("DST-EE at 90 % >= " + number(bar, 1) + " % (measured " + number(accuracy, 2) + ")",
          accuracy >= bar);
}

}  // namespace

int main(int count, char** words) {
    const std::filesystem::path here = filigree::platform::programFolder();
    Place place{here / "filigree", "experiments.filigree", 2};
    std::vector<std::string> names;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--store" && i + 1 < count)
            place.store = words[++i];
        else if (word == "--jobs" && i + 1 < count)
            place.jobs = std::max(1, std::atoi(words[++i]));
        else
            names.push_back(word);
    }
    const std::vector<std::pair<const char*, const char*>> all{
        {"90", "0.1"}, {"95", "0.05"}, {"98", "0.02"}, {"99", "0.01"}};
    const std::map<std::string, std::function<void()>> experiments{
        {"A1", [&] { plantedTrap(place); }},
        {"A2", [&] { tradeOff(place); }},
        {"A3", [&] { honestGradient(place); }},
        {"A4", [&] { fashionSubset(place); }},
        {"mlp", [&] { fashion(place, "dst_ee/fashion-mlp", "mlp/", 89.0, all); }},
        {"cnn", [&] { fashion(place, "dst_ee/fashion-cnn", "cnn/", 91.0, all); }},
        {"cnn90", [&] { fashion(place, "dst_ee/fashion-cnn", "cnn/", 91.0, {all.front()}); }},
    };
    try {
        for (const std::string& name : names) {
            const auto found = experiments.find(name);
            if (found == experiments.end())
                throw std::runtime_error("no experiment named '" + name +
                                         "': A1, A2, A3, A4, mlp, cnn, cnn90");
            std::printf("\n### %s\n\n", name.c_str());
            found->second();
        }
    } catch (const std::exception& error) {
        std::cerr << "experiment_dst_ee: " << error.what() << '\n';
        return 2;
    }
    return failures == 0 && !names.empty() ? 0 : 1;
}
