// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace filigree::run {

/// From now on Ctrl-C and a request to terminate only count; the second one leaves the process at once with
/// exit code 130.
void countInterrupts();

/// How many came since the process started.
int interruptsSoFar();

}  // namespace filigree::run
