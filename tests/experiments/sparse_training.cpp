// SPDX-License-Identifier: GPL-3.0-or-later
// The table of the sparse-training zoo: every algorithm at 90, 95 and 98 % sparsity on Fashion-MNIST, with
// training time and memory beside accuracy. Usage:
//   experiment_sparse_training mlp|cnn [--store FILE] [--jobs N]
// Runs real training runs through the program `filigree` beside this one and prints Markdown. One fixed
// setting for all, nothing tuned per algorithm: a sanity range, not a ranking. The convolutional table has
// twelve of the algorithms and six epochs, so that it takes less than an hour of a slow processor.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "base/platform.h"
#include "experiments/cells.h"

using namespace filigree::experiments;

namespace {

struct Algorithm {
    const char* name;
    std::vector<std::string> settings;
};

const std::vector<Algorithm> algorithms{
    {"static", {}}, {"set", {}},   {"rigl", {}},      {"unfired", {}},   {"snfs", {}},
    {"dsr", {}},    {"deepr", {}}, {"mest", {}},      {"mest_soft", {}}, {"top_kast", {}},
    {"granet", {}}, {"gmp", {}},   {"magnitude", {}}, {"dpf", {}},       {"imp", {}},
    {"lrr", {}},    {"snip", {}},  {"grasp", {}},     {"synflow", {}},
};

struct Sparsity {
    const char* percent;
    const char* density;
    const char* twice;  ///< what Top-KAST updates
};

const std::vector<Sparsity> sparsities{{"90", "0.1", "0.2"}, {"95", "0.05", "0.1"}, {"98", "0.02", "0.04"}};

std::string megabytes(double bytes) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.2f", bytes / 1e6);
    return buffer;
}

void row(const std::string& sparsity, const std::string& algorithm, const std::vector<Outcome>& outcomes) {
    Spread density = spread(outcomes, &Outcome::density);
    if (std::isnan(density.mean)) density.mean = 1;
    std::printf("| %s | %s | %s | %s | %.4f | %.3g | %s | %s | %s | %s |\n", sparsity.c_str(),
                algorithm.c_str(), text(spread(outcomes, &Outcome::accuracy), 2).c_str(),
                text(spread(outcomes, &Outcome::trainLoss), 3).c_str(), density.mean,
                spread(outcomes, &Outcome::flops).mean,
                text(spread(outcomes, &Outcome::cpuSeconds), 1).c_str(),
                megabytes(spread(outcomes, &Outcome::trainingBytes).mean).c_str(),
                megabytes(spread(outcomes, &Outcome::finalBytes).mean).c_str(),
                megabytes(spread(outcomes, &Outcome::processBytes).mean).c_str());
}

void table(const std::string& name, const std::vector<std::string>& model,
           const std::vector<std::string>& only, const std::filesystem::path& program,
           const std::filesystem::path& store, int jobs) {
    const std::string preset = "sparse_training/zoo-mlp";
    std::vector<std::string> shared{"run.threads=1", "record.masks_every=0", "record.weights_every=0",
                                    "record.scalars_every=40"};
    shared.insert(shared.end(), model.begin(), model.end());
    std::vector<Cell> cells;
    const auto add = [&](const std::string& cell, std::vector<std::string> settings) {
        settings.insert(settings.begin(), shared.begin(), shared.end());
        cells.push_back({name + "/" + cell, preset, std::move(settings), {0, 1, 2}});
    };
    const auto isLeftOut = [&](const std::string& algorithm) {
        return !only.empty() && std::find(only.begin(), only.end(), algorithm) == only.end();
    };
    add("dense", {"sparsity.density=1"});
    for (const Sparsity& sparsity : sparsities)
        for (const Algorithm& algorithm : algorithms) {
            if (isLeftOut(algorithm.name)) continue;
            std::vector<std::string> settings{std::string("sparsity.algorithm=") + algorithm.name,
                                              std::string("sparsity.density=") + sparsity.density,
                                              std::string("top_kast.backward_density=") + sparsity.twice};
            settings.insert(settings.end(), algorithm.settings.begin(), algorithm.settings.end());
            add(std::string(sparsity.percent) + " % " + algorithm.name, std::move(settings));
        }
    // What has a density of its own: STR by its decay, N:M by its pattern.
    for (const char* decay : {"0.0005", "0.002", "0.005"})
        if (!isLeftOut("str"))
            add(std::string("str decay ") + decay,
                {"sparsity.algorithm=str", std::string("optimizer.weight_decay=") + decay});
    if (!isLeftOut("soft_deepr"))
        add("soft_deepr from 5 %", {"sparsity.algorithm=soft_deepr", "sparsity.density=0.05"});
    for (const char* share : {"0.5", "0.25", "0.1"})
        if (only.empty())
            add(std::string("gmp of units to ") + share,
                {"sparsity.algorithm=gmp", "prune.unit=unit", "prune.scope=uniform",
                 std::string("sparsity.density=") + share});
    for (const char* algorithm : {"sr_ste", "asp"})
        if (!isLeftOut(algorithm))
            add(std::string("2:4 ") + algorithm, {std::string("sparsity.algorithm=") + algorithm});

    const auto outcomes = runCells(program, store, cells, jobs);
    std::printf(
        "| sparsity | algorithm | test acc %% | train loss | density | FLOPs | CPU s | training MB | "
        "process MB "
        "|\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
    for (const Cell& cell : cells) {
        const std::string label = cell.name.substr(name.size() + 1);
        const std::size_t percent = label.find(" % ");
        row(percent == std::string::npos ? "" : label.substr(0, percent + 2),
            percent == std::string::npos ? label : label.substr(percent + 3), outcomes.at(cell.name));
    }
    std::printf("\n");
}

}  // namespace

int main(int count, char** words) {
    const std::filesystem::path program = filigree::platform::programFolder() / "filigree";
    std::filesystem::path store = "experiments.filigree";
    int jobs = 2;
    std::vector<std::string> names;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--store" && i + 1 < count)
            store = words[++i];
        else if (word == "--jobs" && i + 1 < count)
            jobs = std::max(1, std::atoi(words[++i]));
        else
            names.push_back(word);
    }
    try {
        for (const std::string& name : names) {
            std::printf("\n### %s\n\n", name.c_str());
            if (name == "mlp")
                table(name, {}, {}, program, store, jobs);
            else if (name == "cnn")
                table(name,
                      {"model.kind=cnn", "model.channels=[16, 32]", "model.cnn_hidden=64", "train.epochs=6"},
                      {"static", "set", "rigl", "snfs", "dsr", "mest", "top_kast", "granet", "gmp", "imp",
                       "snip", "grasp"},
                      program, store, jobs);
            else
                throw std::runtime_error("no experiment named '" + name + "': mlp, cnn");
        }
    } catch (const std::exception& error) {
        std::cerr << "experiment_sparse_training: " << error.what() << '\n';
        return 2;
    }
    return names.empty() ? 1 : 0;
}
