// SPDX-License-Identifier: Apache-2.0
#include "base/version.h"

namespace filigree {

const char* version() { return FILIGREE_VERSION; }

}  // namespace filigree
