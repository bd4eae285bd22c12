// SPDX-License-Identifier: GPL-3.0-or-later
// The acceptance experiments of the hard-attention gates. Usage:
//   experiment_hard_attention_gates [--seeds N] E1|E2|E3
// Prints Markdown, and says of every claim whether it holds. Exit code 1 if one does not.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "base/platform.h"
#include "methods/hard_attention_gates/gated_training.h"
#include "record/recorder.h"

using namespace filigree;
using namespace filigree::methods::hard_attention_gates;

namespace {

bool allHold = true;
std::uint64_t seeds = 4;

void claim(const std::string& what, double measured, bool holds) {
    std::printf("- %s: %.3f, %s\n", what.c_str(), measured, holds ? "holds" : "**does not hold**");
    allHold = allHold && holds;
}

using Figures = std::map<std::string, std::vector<double>>;

double mean(const std::vector<double>& values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / static_cast<double>(values.size());
}

std::string spread(const std::vector<double>& values) {
    const double middle = mean(values);
    double squares = 0;
    for (const double value : values) squares += (value - middle) * (value - middle);
    char text[64];
    std::snprintf(text, sizeof text, "%.3f (%.3f)", middle,
                  values.size() > 1 ? std::sqrt(squares / static_cast<double>(values.size() - 1)) : 0.0);
    return text;
}

Figures run(const std::vector<std::string>& settings) {
    config::Config config = config::Config::defaults(gatedSchema());
    for (const std::string& setting : settings) config.set(setting);
    Figures figures;
    record::NullRecorder nowhere;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
        GatedTraining training(config, seed);
        const double before = platform::processCpuSeconds();
        while (!training.progress().finished()) training.step(nowhere);
        figures["seconds"].push_back(platform::processCpuSeconds() - before);
        std::vector<double> scores;
        for (const auto& [name, gate] : training.gates())
            for (const double s : gate->values()) scores.push_back(s);
        if (!scores.empty()) {
            figures["gate mean"].push_back(mean(scores));
            figures["gate below"].push_back(training.sparsity());
            const auto [least, most] = std::minmax_element(scores.begin(), scores.end());
            figures["gate spread"].push_back(*most - *least);
        }
        for (const auto& [name, gate] : training.gates()) {
            if (name != "head1" || config.text("model.streams") != "rgb+loc_depth") continue;
            const std::vector<double> joined = gate->values();
            const auto middle = joined.begin() + static_cast<std::ptrdiff_t>(joined.size() / 2);
            figures["gate of crop"].push_back(mean({joined.begin(), middle}));
            figures["gate of place"].push_back(mean({middle, joined.end()}));
        }
        if (config.text("data.task") == "decoys") {
            figures["accuracy"].push_back(training.accuracy());
            figures["auc"].push_back(training.informativeAuc());
            continue;
        }
        figures["train MAE"].push_back(training.trainingError());
        figures["frame MAE"].push_back(training.frameFigures().meanAbsoluteError);
        figures["frame binary"].push_back(training.frameFigures().binary.f1Weighted);
        figures["frame tri"].push_back(training.frameFigures().triclass.f1Weighted);
        figures["polyp tri"].push_back(training.polypFigures().triclass.f1Weighted);
    }
    return figures;
}

std::map<std::string, Figures> table(
    const std::vector<std::pair<std::string, std::vector<std::string>>>& rows,
    const std::vector<std::string>& columns, const std::vector<std::string>& shared) {
    std::printf("| |");
    for (const std::string& column : columns) std::printf(" %s |", column.c_str());
    std::printf("\n|---|");
    for (std::size_t i = 0; i < columns.size(); ++i) std::printf("---|");
    std::printf("\n");
    std::map<std::string, Figures> all;
    for (const auto& [name, settings] : rows) {
        std::vector<std::string> both = shared;
        both.insert(both.end(), settings.begin(), settings.end());
        const Figures& figures = all[name] = run(both);
        std::printf("| %s |", name.c_str());
        for (const std::string& column : columns)
            std::printf(" %s |", figures.contains(column) && !std::isnan(figures.at(column)[0])
                                     ? spread(figures.at(column)).c_str()
                                     : "-");
        std::printf("\n");
        std::fflush(stdout);
    }
    std::printf("\n");
    return all;
}

void decoys() {
    std::printf("\n### E1: decoys (%d seeds from 0)\n\n", static_cast<int>(seeds));
    const auto all = table({{"plain", {"gate.routing=plain"}},
                            {"GR", {}},
                            {"GR + L1 1e-3", {"gate.l1=1e-3"}},
                            {"GR + L1 5e-3", {"gate.l1=5e-3"}},
                            {"held-out GR", {"gate.routing=heldout"}},
                            {"held-out GR + L1 1e-3", {"gate.routing=heldout", "gate.l1=1e-3"}}},
                           {"accuracy", "auc", "gate mean", "gate below", "seconds"}, {});
    const auto of = [&](const char* row, const char* figure) { return mean(all.at(row).at(figure)); };
    claim("AUC of GR, at least 0.70", of("GR", "auc"), of("GR", "auc") >= 0.70);
    const double routed = of("GR", "accuracy") - of("plain", "accuracy");
    claim("accuracy of GR less that of plain, within 0.02", routed, std::abs(routed) <= 0.02);
    const double penalized = of("GR + L1 5e-3", "accuracy") - of("plain", "accuracy");
    claim("accuracy of GR + L1 5e-3 less that of plain, at least 0.025", penalized, penalized >= 0.025);
    claim("AUC of GR + L1 5e-3, at least 0.85", of("GR + L1 5e-3", "auc"), of("GR + L1 5e-3", "auc") >= 0.85);
}

void sizing() {
    std::printf("\n### E2: sizes of the polyps of PROC-210 (%d seeds from 0)\n\n", static_cast<int>(seeds));
    const auto all = table({{"plain", {"gate.routing=plain"}},
                            {"joint", {"gate.routing=joint", "gate.lr=2e-3", "gate.follow_schedule=true"}},
                            {"GR", {}},
                            {"GR, gate lr 0.02", {"gate.lr=0.02"}}},
                           {"train MAE", "frame MAE", "frame binary", "frame tri", "polyp tri", "gate mean",
                            "gate below", "gate spread", "seconds"},
                           {"data.task=sizing", "augment.flip=true", "gate.lr=3e-3", "train.epochs=20",
                            "optimizer.lr=2e-3", "optimizer.min_lr=1e-5", "optimizer.weight_decay=1e-5"});
    const auto of = [&](const std::string& row, const char* figure) { return mean(all.at(row).at(figure)); };
    for (const auto& [row, figures] : all) {
        claim("frame MAE of " + row + ", at most 1.25 mm", of(row, "frame MAE"),
              of(row, "frame MAE") <= 1.25);
        claim("per-polyp three-class F1 of " + row + ", at least 0.86", of(row, "polyp tri"),
              of(row, "polyp tri") >= 0.86);
    }
    const double f1 = of("GR", "frame tri") - of("plain", "frame tri");
    claim("frame three-class F1 of GR less that of plain, within 0.03", f1, std::abs(f1) <= 0.03);
    const double fit = of("GR", "train MAE") - of("plain", "train MAE");
    claim("train MAE of GR less that of plain, at least -0.03 mm", fit, fit >= -0.03);
    claim("spread of the gates of GR, at least 0.25", of("GR", "gate spread"),
          of("GR", "gate spread") >= 0.25);
}

void streams() {
    std::printf("\n### E3: two streams, the polyp in its place and the crop around it (%d seeds from 0)\n\n",
                static_cast<int>(seeds));
    const auto all = table(
        {{"plain", {"gate.routing=plain"}}, {"GR", {}}},
        {"train MAE", "frame MAE", "frame tri", "polyp tri", "gate of place", "gate of crop", "seconds"},
        {"data.task=sizing", "data.training_polyps=32", "model.streams=rgb+loc_depth", "augment.flip=true",
         "gate.lr=0.02", "train.epochs=20", "optimizer.lr=2e-3", "optimizer.min_lr=1e-5",
         "optimizer.weight_decay=1e-5"});
    const auto& place = all.at("GR").at("gate of place");
    const auto& crop = all.at("GR").at("gate of crop");
    double higher = 0;
    for (std::size_t i = 0; i < place.size(); ++i) higher += place[i] > crop[i];
    const double share = higher / static_cast<double>(place.size());
    claim("share of seeds with wider open gates of the stream that bears size, above 0.5", share,
          share > 0.5);
}

}  // namespace

int main(int count, char** words) {
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--seeds" && i + 1 < count)
            seeds = static_cast<std::uint64_t>(std::max(2, std::atoi(words[++i])));
        else if (word == "E1")
            decoys();
        else if (word == "E2")
            sizing();
        else if (word == "E3")
            streams();
        else {
            std::fprintf(stderr, "experiment_hard_attention_gates: there is no experiment '%s': E1, E2, E3\n",
                         words[i]);
            return 2;
        }
    }
    return allHold && count > 1 ? 0 : 1;
}
