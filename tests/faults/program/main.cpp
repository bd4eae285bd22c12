// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstdio>
#include <cstdlib>
#include <string>

#ifndef _WIN32
#include <sys/resource.h>

#include <csignal>
#endif

#include "run/least_squares.h"
#include "run/runner.h"
#include "run/shared_schema.h"
#include "store/reader.h"

/// `faults_program run FILE.toml --store S` and `faults_program resume last --store S`: what the command line
/// does, for least squares. In the environment: FAULTS_FILE_LIMIT, the bytes beyond which no file may grow;
/// FAULTS_RETRY_SECONDS, the patience with a store that cannot be written.
namespace {

using namespace filigree;

void limitFiles() {
#ifndef _WIN32
    const char* limit = std::getenv("FAULTS_FILE_LIMIT");
    if (!limit) return;
    const rlimit size{std::stoul(limit), std::stoul(limit)};
    setrlimit(RLIMIT_FSIZE, &size);
    // Writing fails with an error then, as it does on a full disk.
    std::signal(SIGXFSZ, SIG_IGN);
#endif
}

int work(const std::string& verb, const std::string& what, const std::string& store) {
    run::RunRequest request;
    request.store = store;
    request.obeyInterrupts = true;
    const config::Schema schema = run::schemaFor(testing::leastSquares());
    if (verb == "run") {
        request.file =
            config::readRunFile(what, [&](const std::string&) -> const config::Schema& { return schema; });
    } else {
        const store::Store opened = store::Store::open(store, store::Mode::ReadOnly);
        request.run = store::Reader(opened).find(what);
    }
    run::RunnerOptions options;
    options.findMethod = testing::findTestMethod;
    if (const char* patience = std::getenv("FAULTS_RETRY_SECONDS"))
        options.writer.retrySeconds = std::stod(patience);
    run::Runner runner(request, options);
    limitFiles();
    const run::RunResult result = runner.go();
    if (result.error) std::fprintf(stderr, "%s\n", result.error->what());
    return result.exitCode;
}

}  // namespace

int main(int count, char** words) {
    if (count != 5 || std::string(words[3]) != "--store") return 2;
    try {
        return work(words[1], words[2], words[4]);
    } catch (const Error& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return error.exitCode();
    }
}
