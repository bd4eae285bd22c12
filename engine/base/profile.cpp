// SPDX-License-Identifier: Apache-2.0
#include "base/profile.h"

#include <chrono>
#include <utility>

#include "base/error.h"

namespace filigree::profile {
namespace {

thread_local Recording* active = nullptr;

std::int64_t nanoseconds() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

const char* nameOf(Phase phase) {
    switch (phase) {
        case Phase::Forward:
            return "forward";
        case Phase::Backward:
            return "backward";
        case Phase::Update:
            break;
    }
    return "update";
}

Recording::Recording() : start_(nanoseconds()) {
    if (active) throw Error(ErrorKind::Run, "this thread records a profile already");
    active = this;
}
Recording::~Recording() {
    active = nullptr;
}
double Recording::seconds() const {
    return static_cast<double>(nanoseconds() - start_) * 1e-9;
}

bool isRecording() {
    return active != nullptr;
}
std::string currentLayer() {
    return active ? active->layer_ : std::string();
}

Operation::Operation(const char* name, double flops, double bytes)
    : recording_(active), name_(name), flops_(flops), bytes_(bytes) {
    if (!recording_) return;
    if (recording_->depth_++ > 0) return;
    start_ = nanoseconds();
}

Operation::~Operation() {
    if (!recording_ || --recording_->depth_ > 0) return;
    const std::int64_t end = nanoseconds();
    recording_->events_.push_back({name_, recording_->layer_, recording_->phase_,
                                   static_cast<double>(start_ - recording_->start_) * 1e-9,
                                   static_cast<double>(end - start_) * 1e-9, flops_, bytes_});
}

Layer::Layer(const std::string& path, Phase phase) : recording_(active) {
    if (!recording_) return;
    layerBefore_ = std::exchange(recording_->layer_, path);
    phaseBefore_ = std::exchange(recording_->phase_, phase);
}

Layer::~Layer() {
    if (!recording_) return;
    recording_->layer_ = std::move(layerBefore_);
    recording_->phase_ = phaseBefore_;
}

}  // namespace filigree::profile
