// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#ifdef _MSC_VER
#include <intrin.h>
#endif

namespace filigree {

/// Asks for the cache line of an address that will be written soon. Where another core has read or written
/// the line, a store waits until that core has given it up; a plain prefetch would only fetch a copy. The
/// address may lie past the end of an array.
inline void prefetchForWriting(const void* address) {
#if defined(__GNUC__) && defined(__x86_64__)
    // The built-in function is the instruction for reading unless the whole file is for newer processors.
    __asm__ volatile("prefetchw %0" : : "m"(*static_cast<const char*>(address)));
#elif defined(__GNUC__)
    __builtin_prefetch(address, 1);
#elif defined(_M_X64)
    _m_prefetchw(address);
#else
    (void)address;
#endif
}

/// Asks for the cache line of an address that will be read soon.
inline void prefetchForReading(const void* address) {
#if defined(__GNUC__)
    __builtin_prefetch(address);
#elif defined(_M_X64)
    _mm_prefetch(static_cast<const char*>(address), _MM_HINT_T0);
#else
    (void)address;
#endif
}

/// Calls body(begin, end) on short ranges that cover [first, last), a cache line of T each, having asked for
/// the lines of `written` and `read` that come some ranges later.
template <typename T, typename Body>
void forEachLine(const T* written, const T* read, std::int64_t first, std::int64_t last, Body&& body) {
    constexpr std::int64_t line = 64 / sizeof(T), ahead = 16 * line;
    for (std::int64_t begin = first; begin < last; begin += line) {
        prefetchForWriting(written + begin + ahead);
        prefetchForReading(read + begin + ahead);
        body(begin, begin + line < last ? begin + line : last);
    }
}

}  // namespace filigree
