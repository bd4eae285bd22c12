// SPDX-License-Identifier: Apache-2.0
#include "run/runner.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <map>
#include <new>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "base/platform.h"
#include "run/interrupt.h"
#include "run/mailbox.h"
#include "run/performance.h"
#include "run/preparation.h"
#include "run/record_gate.h"
#include "run/speed.h"

namespace filigree::run {
using Clock = std::chrono::steady_clock;
using nlohmann::json;
using store::RunState;

namespace {

constexpr std::chrono::milliseconds heartbeatInterval{200};
constexpr std::chrono::milliseconds pauseInterval{100};

double secondsBetween(Clock::time_point from, Clock::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

/// The number that a text is, whole; Error (Usage) if it is none.
template <typename Number>
Number numberOf(std::string_view text) {
    Number value{};
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size())
        throw Error(ErrorKind::Usage, "\"" + std::string(text) + "\" is not a number");
    return value;
}

std::pair<std::string, std::string> twoWords(const std::string& argument) {
    const auto space = argument.find(' ');
    if (space == std::string::npos) throw Error(ErrorKind::Usage, "\"" + argument + "\" is not two words");
    return {argument.substr(0, space), argument.substr(space + 1)};
}

}  // namespace

class Runner::Impl {
  public:
    Impl(const RunRequest& request, RunnerOptions options);

    RunResult go(const ProgressSink& sink);

    const RunnerOptions options_;
    const bool obeyInterrupts_;
    const int interruptsBefore_;
    Preparation ready_;

  private:
    struct Watch {
        std::chrono::milliseconds interval;
        Clock::time_point next;
        std::int64_t lastStep;
    };

    record::Stamp stamp() const { return {progress_.step, progress_.epoch}; }
    /// Wall time of this attempt, and without its pauses.
    double seconds() const { return secondsBetween(started_, Clock::now()); }
    double trainingSeconds() const { return seconds() - pausedSeconds_; }

    void begin();
    void loop();
    void oneStep();
    void afterStep(Clock::time_point now);
    void waitPaused();
    void waitForOthers();
    void end();
    void stop();
    void fail(const Error& error);

    void obeyCommands();
    /// Returns the answer, or none if it is given later.
    std::optional<std::string> obey(const store::Command& command);
    void setPaused(bool paused);
    void setValue(const std::string& argument);
    void watch(const std::string& argument);

    void saveCheckpoint();
    void saveCheckpointIfDue();
    void showWatched(Clock::time_point now);
    void warn(const std::string& message);
    void event(const char* kind, const json& detail = {});
    void report(Clock::time_point now, bool always);
    void beat(Clock::time_point now);

    train::Experiment& experiment_;
    store::RunWriter& writer_;
    CheckpointKeeper keeper_;
    std::unique_ptr<Mailbox> mailbox_;
    RecordGate gate_;
    train::Progress progress_;
    Settings settings_;

    Clock::time_point started_ = Clock::now();
    double pausedSeconds_ = 0;
    SpeedMeter speed_;
    PerformanceRecorder performance_;
    Clock::time_point nextBeat_{}, nextReport_{};

    bool paused_ = false;
    bool stopping_ = false;
    std::optional<std::int64_t> stepsUntilPause_;
    std::map<std::string, Watch> watches_;
    std::vector<std::int64_t> stopCommands_, setCommands_;
    ProgressSink sink_;
    RunResult result_;
};

Runner::Impl::Impl(const RunRequest& request, RunnerOptions options)
    : options_(std::move(options)),
      obeyInterrupts_(request.obeyInterrupts),
      interruptsBefore_(interruptsSoFar()),
      ready_(prepare(request, options_)),
      experiment_(*ready_.experiment),
      writer_(*ready_.writer),
      keeper_(ready_.folder, ready_.identity, ready_.config),
      mailbox_(std::make_unique<Mailbox>(ready_.store, writer_.run(),
                                         std::chrono::milliseconds(options_.pollMilliseconds))),
      gate_(writer_),
      progress_(experiment_.progress()),
      settings_(ready_.settings),
      performance_(options_.performanceSeconds, progress_) {
    keeper_.adopt(ready_.sound);
    keeper_.sweep();
    if (ready_.restored) keeper_.setNewestStep(*ready_.restored);
    if (obeyInterrupts_) countInterrupts();
}

RunResult Runner::Impl::go(const ProgressSink& sink) {
    sink_ = sink;
    started_ = Clock::now();
    result_.run = writer_.run();
    result_.attempt = writer_.attempt();
    try {
        begin();
        loop();
        if (progress_.finished())
            end();
        else
            stop();
    } catch (const Error& error) {
        fail(error);
    } catch (const std::bad_alloc&) {
        fail(Error(ErrorKind::Run, "memory ran out", {},
                   "use a smaller model or batch, or close other programs"));
    } catch (const std::exception& error) {
        fail(Error(ErrorKind::Run, error.what()));
    } catch (...) {
        fail(Error(ErrorKind::Run, "the experiment failed without saying why"));
    }
    const std::string answer = result_.state == RunState::Stopped ? "ok"
                               : result_.error ? "the run failed: " + result_.error->message()
                                               : "the run finished before it could be stopped";
    for (const std::int64_t command : stopCommands_) mailbox_->answer(command, answer);
    mailbox_.reset();
    result_.progress = progress_;
    result_.checkpoint = keeper_.newest();
    result_.seconds = seconds();
    result_.peakMemoryBytes = platform::peakResidentBytes();
    report(Clock::now(), true);
    return result_;
}

void Runner::Impl::begin() {
    gate_.expect(progress_.step);
    if (ready_.restored)
        event("resume", {{"step", *ready_.restored}, {"attempt", writer_.attempt()}});
    else
        experiment_.begin(gate_);
    for (const std::string& warning : ready_.warnings) warn(warning);
}

void Runner::Impl::loop() {
    while (!progress_.finished()) {
        obeyCommands();
        if (obeyInterrupts_ && interruptsSoFar() > interruptsBefore_) stopping_ = true;
        if (mailbox_->storeIsGone())
            throw Error(ErrorKind::Run, "the store was deleted or replaced while the run was writing to it",
                        ready_.store.string(), "put it back, with the files beside it, and resume the run");
        if (stopping_) return;
        if (paused_)
            waitPaused();
        else if (experiment_.ready())
            oneStep();
        else
            waitForOthers();
    }
}

void Runner::Impl::oneStep() {
    gate_.expect(progress_.step + 1);
    experiment_.step(gate_);
    train::Progress now = experiment_.progress();
    if (now.step != progress_.step + 1)
        throw Error(ErrorKind::Run, "the method went from step " + std::to_string(progress_.step) +
                                        " to step " + std::to_string(now.step) + " in one step");
    progress_ = std::move(now);
    afterStep(Clock::now());
}

void Runner::Impl::afterStep(Clock::time_point now) {
    for (const std::string& notice : *ready_.notices) warn(notice);
    ready_.notices->clear();
    performance_.after(progress_, secondsBetween(started_, now) - pausedSeconds_, writer_);
    beat(now);
    report(now, false);
    showWatched(now);
    saveCheckpointIfDue();
    if (stepsUntilPause_ && --*stepsUntilPause_ <= 0 && !progress_.finished()) {
        stepsUntilPause_.reset();
        setPaused(true);
    }
}

void Runner::Impl::waitPaused() {
    const Clock::time_point from = Clock::now();
    mailbox_->wait(pauseInterval);
    const Clock::time_point now = Clock::now();
    pausedSeconds_ += secondsBetween(from, now);
    report(now, false);
}

void Runner::Impl::waitForOthers() {
    mailbox_->wait(pauseInterval);
    const Clock::time_point now = Clock::now();
    progress_.figures = experiment_.progress().figures;
    report(now, false);
    beat(now);
}

/// The checkpoint of the last step is written after the records of `end`: whoever resumes from it skips them.
void Runner::Impl::end() {
    performance_.finish(progress_, trainingSeconds(), writer_);
    if (keeper_.newestStep() != progress_.step) {
        gate_.expect(progress_.step);
        experiment_.end(gate_);
        saveCheckpoint();
    }
    result_.state = RunState::Finished;
    result_.exitCode = 0;
    result_.weightsDigest = experiment_.weightsDigest();
    nextBeat_ = {};
    beat(Clock::now());
    writer_.finish({result_.state, result_.weightsDigest, "", result_.exitCode});
}

void Runner::Impl::stop() {
    performance_.finish(progress_, trainingSeconds(), writer_);
    if (keeper_.newestStep() != progress_.step) saveCheckpoint();
    event("stop");
    result_.state = RunState::Stopped;
    result_.exitCode = 130;
    result_.weightsDigest = experiment_.weightsDigest();
    nextBeat_ = {};
    beat(Clock::now());
    writer_.finish({result_.state, result_.weightsDigest, "", result_.exitCode});
}

void Runner::Impl::fail(const Error& error) {
    result_.state = RunState::Failed;
    result_.exitCode = error.exitCode();
    result_.error = error;
    result_.weightsDigest.clear();
    try {
        writer_.log(record::LogLevel::Error, error.what(), stamp());
        nextBeat_ = {};
        beat(Clock::now());
        writer_.finish({result_.state, "", error.what(), result_.exitCode});
    } catch (const std::exception&) {
        // The store itself failed: that is the error at hand, or comes on top of it. Readers will see the run
        // as interrupted, since its process is gone.
    }
}

void Runner::Impl::obeyCommands() {
    std::vector<store::Command> commands = mailbox_->take();
    if (commands.empty()) return;
    for (const store::Command& command : commands) {
        try {
            if (const std::optional<std::string> answer = obey(command))
                mailbox_->answer(command.id, *answer);
        } catch (const Error& error) {
            // A wish that cannot be granted is no reason to stop training.
            mailbox_->answer(command.id, error.message());
        }
    }
    if (setCommands_.empty()) return;
    // A changed value decides the future: a run that is killed now must find it when it resumes.
    std::string answer = "ok";
    try {
        saveCheckpoint();
    } catch (const Error& error) {
        warn("the checkpoint could not be written: " + error.message());
        answer = "ok, but no checkpoint keeps it yet: " + error.message();
    }
    for (const std::int64_t command : std::exchange(setCommands_, {})) mailbox_->answer(command, answer);
}

std::optional<std::string> Runner::Impl::obey(const store::Command& command) {
    if (stopping_) return "the run is stopping";
    if (command.verb == "pause") {
        stepsUntilPause_.reset();
        setPaused(true);
    } else if (command.verb == "continue") {
        stepsUntilPause_.reset();
        setPaused(false);
    } else if (command.verb == "step") {
        stepsUntilPause_ = numberOf<std::int64_t>(command.argument);
        setPaused(false);
    } else if (command.verb == "checkpoint") {
        saveCheckpoint();
    } else if (command.verb == "stop") {
        stopping_ = true;
        stopCommands_.push_back(command.id);
        return std::nullopt;
    } else if (command.verb == "set") {
        setValue(command.argument);
        setCommands_.push_back(command.id);
        return std::nullopt;
    } else if (command.verb == "watch") {
        watch(command.argument);
    } else {
        return "\"" + command.verb + "\" is not a command that this version knows";
    }
    return "ok";
}

void Runner::Impl::setPaused(bool paused) {
    if (paused == paused_) return;
    paused_ = paused;
    speed_.restart();
    event(paused ? "pause" : "continue");
    writer_.setState(paused ? RunState::Paused : RunState::Running);
    nextBeat_ = {};
    beat(Clock::now());
    // Who gets the answer finds the run as it says.
    writer_.flush();
}

void Runner::Impl::setValue(const std::string& argument) {
    const auto [key, text] = twoWords(argument);
    const config::Field* field = ready_.config.schema().find(key);
    if (!field) throw Error(ErrorKind::Usage, "there is no key \"" + key + "\"");
    if (!field->schedulable)
        throw Error(ErrorKind::Usage, "\"" + key + "\" cannot be changed while the run goes on");
    const double value = numberOf<double>(text);
    config::Value typed = value;
    if (field->type == config::Type::Integer) typed = numberOf<std::int64_t>(text);
    if (const std::string objection = field->objection(typed); !objection.empty())
        throw Error(ErrorKind::Usage, key + " " + text + ": " + objection);
    experiment_.set(key, value);
    settings_[key] = value;
    event("set", {{"key", key}, {"value", value}});
}

void Runner::Impl::watch(const std::string& argument) {
    const auto [kind, text] = twoWords(argument);
    const std::chrono::milliseconds interval(numberOf<std::int64_t>(text));
    if (interval.count() == 0) {
        watches_.erase(kind);
        return;
    }
    gate_.expect(progress_.step);
    if (!experiment_.show(kind, gate_))
        throw Error(ErrorKind::Usage, "this run has no \"" + kind + "\" to show");
    watches_[kind] = {interval, Clock::now() + interval, progress_.step};
}

void Runner::Impl::showWatched(Clock::time_point now) {
    for (auto& [kind, watch] : watches_) {
        if (now < watch.next || watch.lastStep == progress_.step) continue;
        gate_.expect(progress_.step);
        experiment_.show(kind, gate_);
        watch.next = now + watch.interval;
        watch.lastStep = progress_.step;
    }
}

void Runner::Impl::saveCheckpoint() {
    keeper_.write(experiment_, settings_, writer_, seconds());
    event("checkpoint", {{"file", keeper_.newest().filename().string()}});
}

void Runner::Impl::saveCheckpointIfDue() {
    // The last step's comes with the end.
    if (progress_.finished() || !keeper_.isDue(progress_.step, seconds())) return;
    try {
        saveCheckpoint();
    } catch (const Error& error) {
        // Training does not depend on it: say so, and try again later. A store that cannot be written shows
        // itself with the next record.
        warn("the checkpoint of step " + std::to_string(progress_.step) +
             " could not be written: " + error.message());
    }
}

void Runner::Impl::warn(const std::string& message) {
    writer_.log(record::LogLevel::Warning, message, stamp());
    event("warning", {{"message", message}});
}

void Runner::Impl::event(const char* kind, const json& detail) {
    const std::string text =
        detail.is_null() ? "" : detail.dump(-1, ' ', false, json::error_handler_t::replace);
    writer_.event({kind, text}, stamp());
}

void Runner::Impl::report(Clock::time_point now, bool always) {
    if (!always && now < nextReport_) return;
    nextReport_ = now + std::chrono::milliseconds(options_.progressMilliseconds);
    if (!paused_) speed_.add(secondsBetween(started_, now) - pausedSeconds_, progress_.step);
    if (!sink_) return;
    sink_({.progress = progress_,
           .state = paused_ ? RunState::Paused : RunState::Running,
           .stepsPerSecond = speed_.stepsPerSecond(),
           .secondsLeft = speed_.secondsFor(progress_.totalSteps - progress_.step),
           .seconds = secondsBetween(started_, now),
           .peakMemoryBytes = platform::peakResidentBytes()});
}

void Runner::Impl::beat(Clock::time_point now) {
    if (now < nextBeat_) return;
    nextBeat_ = now + heartbeatInterval;
    writer_.heartbeat({progress_.step, progress_.totalSteps, progress_.epoch, speed_.stepsPerSecond()});
    if (const std::string trouble = mailbox_->takeTrouble(); !trouble.empty())
        warn("commands cannot be read at the moment: " + trouble);
}

Runner::Runner(const RunRequest& request, RunnerOptions options)
    : impl_(std::make_unique<Impl>(request, std::move(options))) {}
Runner::~Runner() = default;

std::int64_t Runner::run() const {
    return impl_->ready_.writer->run();
}
std::int64_t Runner::attempt() const {
    return impl_->ready_.writer->attempt();
}
std::int64_t Runner::startStep() const {
    return impl_->ready_.restored.value_or(0);
}
int Runner::threads() const {
    return impl_->ready_.threads;
}
RunResult Runner::go(const ProgressSink& sink) {
    return impl_->go(sink);
}

}  // namespace filigree::run
