// SPDX-License-Identifier: Apache-2.0
#include "backend/cpu/sparse_kernels.h"

#include <array>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/platform.h"

#if defined(FILIGREE_X86_KERNELS)
#ifdef _MSC_VER
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace filigree::backend {
namespace {

#if defined(FILIGREE_X86_KERNELS)

std::array<unsigned, 4> cpuid(unsigned leaf) {
    std::array<unsigned, 4> r{};
#ifdef _MSC_VER
    int registers[4];
    __cpuidex(registers, static_cast<int>(leaf), 0);
    for (std::size_t i = 0; i < 4; ++i) r[i] = static_cast<unsigned>(registers[i]);
#else
    __get_cpuid_count(leaf, 0, &r[0], &r[1], &r[2], &r[3]);
#endif
    return r;
}

/// Which registers the operating system saves: bits 1-2 for 256-bit, 5-7 for 512-bit vectors.
unsigned long long savedState() {
#ifdef _MSC_VER
    return _xgetbv(0);
#else
    unsigned low = 0, high = 0;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (static_cast<unsigned long long>(high) << 32) | low;
#endif
}

bool has(unsigned bits, int bit) {
    return ((bits >> bit) & 1U) != 0;
}

#endif

/// Best first.
std::vector<const SparseKernels*> available() {
    std::vector<const SparseKernels*> sets;
#if defined(FILIGREE_X86_KERNELS)
    const auto features = cpuid(1);
    const auto more = cpuid(7);
    const unsigned long long saved = has(features[2], 27) ? savedState() : 0;
    const bool fmaAndBmi2 = has(features[2], 12) && has(more[1], 8);
    if (fmaAndBmi2 && has(more[1], 16) && (saved & 0xe6) == 0xe6) sets.push_back(&avx512::kernels);
    if (fmaAndBmi2 && has(more[1], 5) && (saved & 0x6) == 0x6) sets.push_back(&avx2::kernels);
#endif
#if defined(__ARM_NEON) || defined(_M_ARM64)
    sets.push_back(&neon::kernels);
#else
    sets.push_back(&portable::kernels);
#endif
    return sets;
}

const SparseKernels& choose() {
    const auto sets = available();
    const std::string wanted = platform::environment("FILIGREE_ISA");
    if (wanted.empty()) return *sets.front();
    std::string names;
    for (const SparseKernels* set : sets) {
        if (wanted == set->name) return *set;
        names += (names.empty() ? "" : ", ") + std::string(set->name);
    }
    throw Error(ErrorKind::Usage, "this processor has no instruction set named '" + wanted + "'",
                "FILIGREE_ISA", "use one of " + names + ", or unset the variable");
}

}  // namespace

void failTile(int tile) {
    throw Error(ErrorKind::Run, "no kernel for a batch tile of " + std::to_string(tile));
}

const SparseKernels& sparseKernels() {
    static const SparseKernels& chosen = choose();
    return chosen;
}

}  // namespace filigree::backend
