// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace filigree::backend {

/// Factors of a step of stochastic gradient descent, see SgdFactors (backend/optimizer.h).
struct SgdStep {
    float rate, momentum, shrink, pull;
    bool nesterov;
};

/// The inner loops of dense layers that the libraries do not cover, and of SGD, on contiguous floats,
/// compiled once for each instruction set and chosen with the sparse kernels (FILIGREE_ISA). e^x and the
/// normal distribution are within 6e-7 of their values; 0, infinity and NaN come out where they belong.
struct RowKernels {
    const char* name;

    /// y = e^(x - max x) / sum of that, for each of `rows` rows of n.
    void (*softmax)(const float* x, float* y, std::int64_t rows, std::int64_t n);
    /// dx = y (g - <g, y>).
    void (*softmaxGradient)(const float* g, const float* y, float* dx, std::int64_t n);
    /// y = x - max x - log(sum of e^(x - max x)), for each of `rows` rows of n.
    void (*logSoftmax)(const float* x, float* y, std::int64_t rows, std::int64_t n);
    /// dx = g - e^y (sum of g).
    void (*logSoftmaxGradient)(const float* g, const float* y, float* dx, std::int64_t n);
    /// dx = scale (e^logp - others).
    void (*crossEntropyGradient)(const float* logp, float scale, float others, float* dx, std::int64_t n);

    /// Sum of x, and of (x - centre)^2.
    double (*sum)(const float* x, std::int64_t n);
    double (*squares)(const float* x, float centre, std::int64_t n);
    /// y = (x - mean) inverse gamma + beta.
    void (*normalize)(const float* x, float mean, float inverse, const float* gamma, const float* beta,
                      float* y, std::int64_t n);
    /// With h = gamma g and z = (x - mean) inverse: dx = inverse (h - mean(h) - z mean(h z)).
    void (*normalizeGradient)(const float* x, float mean, float inverse, const float* gamma, const float* g,
                              float* dx, std::int64_t n);
    /// For rows of n floats: dbeta += sum of g over the rows, dgamma += sum of g (x - mean) inverse, with one
    /// mean and inverse per row.
    void (*normalizeSums)(const float* x, const float* mean, const float* inverse, const float* g,
                          std::int64_t rows, std::int64_t n, double* dgamma, double* dbeta);

    /// y = max(0, x), NaN stays; dx = g where x > 0, else 0.
    void (*relu)(const float* x, float* y, std::int64_t n);
    void (*reluGradient)(const float* g, const float* x, float* dx, std::int64_t n);
    /// y = x Phi(x) with Phi the distribution function of the normal distribution; dx = g (Phi(x) + x
    /// phi(x)).
    void (*gelu)(const float* x, float* y, std::int64_t n);
    void (*geluGradient)(const float* g, const float* x, float* dx, std::int64_t n);

    /// y[j] = the largest of top[2j], top[2j + 1], bottom[2j], bottom[2j + 1]; NaN is larger than all.
    void (*pairMaxima)(const float* top, const float* bottom, float* y, std::int64_t n);
    /// The first of those four that is the largest gets g[j], the others 0.
    void (*pairMaximaGradient)(const float* top, const float* bottom, const float* g, float* dTop,
                               float* dBottom, std::int64_t n);

    /// A step of SGD; `v` may be null (no momentum). All sets give the same bits.
    void (*sgd)(const SgdStep& step, float* w, float* v, const float* g, std::int64_t n);

    /// For coded sums (coded_sums.h): sums = beta m + g, m what the codes mean. Returns the largest |sum|,
    /// and what is not a number before everything else.
    float (*addToCodes)(const std::uint8_t* codes, float scale, float beta, const float* g, float* sums,
                        std::int64_t n);
    /// Their codes, rounded up or down by random numbers that follow from the seed. The same bits whatever
    /// the instruction set.
    void (*encodeSums)(const float* sums, float scale, std::uint32_t seed, std::uint8_t* codes,
                       std::int64_t n);

    /// First word of philox({0, 0, first + i, 0}, {key0, key1}) of base/random.h.
    void (*philoxWords)(std::uint32_t first, std::uint32_t key0, std::uint32_t key1, std::uint32_t* words,
                        std::int64_t n);
};

/// The set of the same name as sparseKernels().
const RowKernels& rowKernels();

namespace portable {
extern const RowKernels rowKernels;
}
namespace avx2 {
extern const RowKernels rowKernels;
}
namespace avx512 {
extern const RowKernels rowKernels;
}
namespace neon {
extern const RowKernels rowKernels;
}

}  // namespace filigree::backend
