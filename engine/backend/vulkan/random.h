// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/vulkan/kernel.h"
#include "base/random.h"

namespace filigree::vulkan {

/// words[i] = the i-th call of next32() of the stream; the same bits.
void randomWords(Stream& stream, const RandomStream& random, const View& words);
/// u[i] = the i-th call of uniform(), cut to the 24 bits of an f32: in [0, 1).
void randomUniforms(Stream& stream, const RandomStream& random, const View& uniforms);

/// Key and step of a stream as kernels take them.
struct RandomKey {
    std::uint32_t key[2];
    std::uint32_t step[2];
};
RandomKey keyOf(const RandomStream& random);

}  // namespace filigree::vulkan
