// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace filigree {

/// Version of the program as in CMakeLists.txt, e.g. "0.1.0".
const char* version();

}  // namespace filigree
