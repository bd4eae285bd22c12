// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace filigree::backend {

/// What this computer can do at best with the present number of threads and the chosen instruction set.
struct MachinePeak {
    double gflops = 0;           ///< multiply-adds from registers, two operations each, in 10^9 per second
    double streamGigabytes = 0;  ///< reading memory far larger than the caches, 10^9 bytes per second
};

/// Measures both, best of several tries, about `seconds` in all. Uses 256 MB for the time being.
MachinePeak measureMachinePeak(double seconds = 0.4);

}  // namespace filigree::backend
