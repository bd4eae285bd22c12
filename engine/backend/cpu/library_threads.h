// SPDX-License-Identifier: Apache-2.0
#pragma once

#ifdef FILIGREE_ONEDNN
#include <omp.h>
#endif

namespace filigree::backend::cpu {

/// While one lives, OpenMP code that this thread calls (oneDNN) stays on this thread: parallelFor alone
/// spreads work.
class SingleThreadedLibrary {
  public:
#ifdef FILIGREE_ONEDNN
    SingleThreadedLibrary() : before_(omp_get_max_threads()) {
        omp_set_num_threads(1);
    }
    ~SingleThreadedLibrary() {
        omp_set_num_threads(before_);
    }
#else
    SingleThreadedLibrary() {}
    ~SingleThreadedLibrary() {}
#endif
    SingleThreadedLibrary(const SingleThreadedLibrary&) = delete;
    SingleThreadedLibrary& operator=(const SingleThreadedLibrary&) = delete;

#ifdef FILIGREE_ONEDNN
  private:
    int before_;
#endif
};

}  // namespace filigree::backend::cpu
