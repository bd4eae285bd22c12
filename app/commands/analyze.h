// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>

#include "app/command_tree.h"
#include "app/context.h"

/// analyze: what a trained network is like: its loss landscape, its Hessian, the way to another network, and
/// what becomes of it without some connections or channels. Here: what the commands share.
namespace filigree::app {

/// Exit code of a computation that was asked to stop; what it has is in the store.
constexpr int interruptedCode = 130;

/// Options of all of them.
struct AnalysisOptions {
    std::string threads;
    std::string dataDir;
};
void addAnalysisOptions(CLI::App* command, AnalysisOptions& options);
/// Sets the threads to compute with; returns where data sets are looked for.
data::SearchPath applyAnalysisOptions(Context& context, const AnalysisOptions& options);

/// --samples and --data (train, test or both), with what they hold as defaults.
void addSampleOptions(CLI::App* command, std::int64_t& samples, std::string& data);

/// Writes a table to a file. Throws Error (Run) if that fails.
void writeTable(const std::string& csv, const std::string& path);

/// A line on stderr, one in two seconds at most.
class Steps {
  public:
    explicit Steps(Output& output) : output_(output) {}
    void show(const std::string& line, bool important) {
        const auto now = std::chrono::steady_clock::now();
        if (!important && now - last_ < std::chrono::seconds(2)) return;
        last_ = now;
        output_.note(line);
    }

  private:
    Output& output_;
    std::chrono::steady_clock::time_point last_{};
};

void addLandscape(CommandTree& tree, CLI::App* group);
void addConnect(CommandTree& tree, CLI::App* group);
void addBarriers(CommandTree& tree, CLI::App* group);
void addHessian(CommandTree& tree, CLI::App* group);
void addSoup(CommandTree& tree, CLI::App* group);
void addLesion(CommandTree& tree, CLI::App* group);
void addAblation(CommandTree& tree, CLI::App* group);
void addPrune(CommandTree& tree, CLI::App* group);
void addFrames(CommandTree& tree, CLI::App* group);

}  // namespace filigree::app
