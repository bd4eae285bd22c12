// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

#include "store/store.h"

namespace filigree::store {

/// CSV as RFC 4180 says (CRLF, quotes where needed, UTF-8), numbers with the fewest digits that read back
/// exactly, "nan", "inf" and "-inf" for values that are not finite. Only surviving records.

/// Header `run,attempt,step,time,key,value`; a line per scalar; time in Unix seconds. Order: run, key, step.
void exportLong(const Store& store, std::span<const std::int64_t> runs, std::ostream& out);

/// Header `step,<tag>,…` with the run's tags in ascending order; a line per step that has any value; missing
/// = empty.
void exportWide(const Store& store, std::int64_t run, std::ostream& out);

/// One field, quoted if it holds a comma, a quote, CR or LF.
std::string csvField(std::string_view text);
/// Shortest digits that read back exactly; "nan", "inf", "-inf".
std::string csvNumber(double value);

}  // namespace filigree::store
