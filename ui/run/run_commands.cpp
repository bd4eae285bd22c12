// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/run_commands.h"

#include <algorithm>

#include "store/commands.h"
#include "store/state.h"
#include "ui/model/workspace.h"

namespace filigree::ui {
namespace {

constexpr int look_ms = 150;
constexpr double patience_seconds = 10;

}  // namespace

RunCommands::RunCommands(Workspace& workspace, QObject* parent) : QObject(parent), workspace_(workspace) {
    timer_.setInterval(look_ms);
    connect(&timer_, &QTimer::timeout, this, &RunCommands::look);
}

void RunCommands::send(const RunKey& run, const QString& verb, const QString& argument) {
    StoreSource* source = workspace_.stores.of(run);
    if (!source) return;
    source->write(
        this,
        [run = run.run, verb = verb.toStdString(), argument = argument.toStdString()](store::Store& store) {
            return store::append(store, run, verb, argument);
        },
        [this, run, verb](std::int64_t id) {
            waiting_.push_back({run, id, verb, store::unixNow()});
            timer_.start();
            emit waitingChanged();
        },
        [this](const Error& error) { emit failed(error); });
}

void RunCommands::look() {
    for (Waiting& waiting : waiting_) {
        StoreSource* source = workspace_.stores.of(waiting.run);
        if (!source) continue;
        if (!waiting.told && store::unixNow() - waiting.since > patience_seconds) {
            waiting.told = true;
            emit slow(waiting.run, waiting.verb);
        }
        source->read(
            this,
            [id = waiting.id](const store::Reader& reader) { return store::command(reader.store(), id); },
            [this, run = waiting.run](const store::Command& command) {
                const auto at = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& one) {
                    return one.id == command.id && one.run == run;
                });
                if (!command.acknowledged || at == waiting_.end()) return;
                const Waiting done = *at;
                waiting_.erase(at);
                if (waiting_.empty()) timer_.stop();
                emit answered(done.run, done.verb, QString::fromStdString(command.answer));
                emit waitingChanged();
            },
            [this, id = waiting.id, run = waiting.run](const Error& error) {
                if (std::erase_if(waiting_,
                                  [&](const Waiting& one) { return one.id == id && one.run == run; }) > 0)
                    emit failed(error);
                if (waiting_.empty()) timer_.stop();
            });
    }
    // A store that was closed takes its questions with it.
    std::erase_if(waiting_, [&](const Waiting& one) { return !workspace_.stores.of(one.run); });
    if (waiting_.empty()) timer_.stop();
}

}  // namespace filigree::ui
