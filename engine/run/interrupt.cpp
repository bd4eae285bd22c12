// SPDX-License-Identifier: Apache-2.0
#include "run/interrupt.h"

#include <atomic>
#include <cstdlib>

#include "base/platform.h"

namespace filigree::run {
namespace {

// A signal handler has no other way to tell.
std::atomic<int> interrupts{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may not lock");

void count(int) {
    if (interrupts.fetch_add(1) >= 1) std::_Exit(130);
}

}  // namespace

void countInterrupts() {
    platform::onInterrupt(count);
}

int interruptsSoFar() {
    return interrupts.load();
}

}  // namespace filigree::run
