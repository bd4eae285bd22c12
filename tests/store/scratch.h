// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTemporaryDir>
#include <filesystem>
#include <optional>
#include <string>

#include "base/error.h"
#include "store/run_row.h"

/// A folder that is removed afterwards, and in it the path of a store that does not exist yet.
class Scratch {
  public:
    std::filesystem::path folder() const { return folder_.path().toStdString(); }
    std::filesystem::path store(const std::string& name = "runs") const {
        return folder() / (name + ".filigree");
    }

  private:
    QTemporaryDir folder_;
};

/// The Error that `action` throws, if it throws one.
template <typename Action>
std::optional<filigree::Error> errorOf(Action&& action) {
    try {
        action();
    } catch (const filigree::Error& error) {
        return error;
    }
    return std::nullopt;
}

template <typename Action>
bool throwsKind(filigree::ErrorKind kind, Action&& action) {
    const auto error = errorOf(action);
    return error && error->kind() == kind;
}

inline filigree::store::NewRun exampleRun(const std::string& name = {}) {
    filigree::store::NewRun run;
    run.name = name;
    run.method = "dst_ee";
    run.preset = "dst_ee/digits";
    run.configToml = "seed = 7\n[optimizer]\nlr = 0.1\n";
    run.config = {{"layers", filigree::store::ConfigArray{"[784,10]"}},
                  {"nesterov", true},
                  {"optimizer.lr", 0.1},
                  {"optimizer.name", std::string("sgd")},
                  {"seed", std::int64_t{7}}};
    run.seed = 7;
    run.totalSteps = 100;
    run.machineJson = R"({"cores":2})";
    return run;
}
