// SPDX-License-Identifier: Apache-2.0
// Included by one .cpp file per instruction set; see image_kernels.h for what each function computes.
// Nothing here may instantiate inline code of other headers: the linker could keep a copy made for a newer
// processor.

#include "backend/cpu/image_kernels.h"
#include "backend/cpu/vec.h"

namespace filigree::backend::FILIGREE_ISA {
namespace {

constexpr int W = Vec::width;

double multiplyAdds(std::int64_t rounds, float* sink) {
    constexpr int chains = 12;  // more than latency times throughput on every processor of today
    Vec sum[chains];
    for (int c = 0; c < chains; ++c) sum[c] = Vec::broadcast(static_cast<float>(c));
    const Vec a = Vec::broadcast(sink[0]), b = Vec::broadcast(sink[1]);
    for (std::int64_t round = 0; round < rounds; ++round)
        for (int c = 0; c < chains; ++c) sum[c] = fma(sum[c], a, b);
    for (int c = 0; c < chains; ++c) sum[c].store(sink + c % 2 * W);
    return static_cast<double>(rounds) * chains * W;
}

float stream(const float* from, std::int64_t count) {
    constexpr int lanes = 64 / W;
    Vec sum[lanes];
    for (Vec& s : sum) s = Vec::broadcast(0.0F);
    for (std::int64_t i = 0; i + 64 <= count; i += 64)
        for (int k = 0; k < lanes; ++k) sum[k] = sum[k] + Vec::load(from + i + k * W);
    float total = 0;
    for (const Vec& s : sum) total += s.sum();
    return total;
}

}  // namespace

extern const ImageKernels imageKernels{FILIGREE_ISA_NAME, multiplyAdds, stream};

}  // namespace filigree::backend::FILIGREE_ISA
