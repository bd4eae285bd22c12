// SPDX-License-Identifier: Apache-2.0
#pragma once

// A vector of floats as wide as the instruction set that this translation unit is compiled for. Each set has
// a namespace of its own (FILIGREE_ISA), so that kernels compiled several times never mix.

#if defined(__AVX512F__)
#include <immintrin.h>
#define FILIGREE_ISA avx512
#elif defined(__AVX2__) && (defined(__FMA__) || defined(_MSC_VER))
#include <immintrin.h>
#define FILIGREE_ISA avx2
#elif defined(__ARM_NEON) || defined(_M_ARM64)
#include <arm_neon.h>
#define FILIGREE_ISA neon
#else
#define FILIGREE_ISA portable
#endif

namespace filigree::backend::FILIGREE_ISA {

/// `fma(a, b, c)` is a b + c: with one rounding where the set has it, with two in the portable version.
struct Vec {
#if defined(__AVX512F__)
    static constexpr int width = 16;
    __m512 v;
    static Vec load(const float* p) {
        return {_mm512_loadu_ps(p)};
    }
    static Vec broadcast(float x) {
        return {_mm512_set1_ps(x)};
    }
    void store(float* p) const {
        _mm512_storeu_ps(p, v);
    }
    float sum() const {
        return _mm512_reduce_add_ps(v);
    }
    friend Vec fma(Vec a, Vec b, Vec c) {
        return {_mm512_fmadd_ps(a.v, b.v, c.v)};
    }
    friend Vec operator+(Vec a, Vec b) {
        return {_mm512_add_ps(a.v, b.v)};
    }
#elif defined(__AVX2__) && (defined(__FMA__) || defined(_MSC_VER))
    static constexpr int width = 8;
    __m256 v;
    static Vec load(const float* p) {
        return {_mm256_loadu_ps(p)};
    }
    static Vec broadcast(float x) {
        return {_mm256_set1_ps(x)};
    }
    void store(float* p) const {
        _mm256_storeu_ps(p, v);
    }
    float sum() const {
        const __m128 half = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
        const __m128 quarter = _mm_add_ps(half, _mm_movehl_ps(half, half));
        return _mm_cvtss_f32(_mm_add_ss(quarter, _mm_shuffle_ps(quarter, quarter, 1)));
    }
    friend Vec fma(Vec a, Vec b, Vec c) {
        return {_mm256_fmadd_ps(a.v, b.v, c.v)};
    }
    friend Vec operator+(Vec a, Vec b) {
        return {_mm256_add_ps(a.v, b.v)};
    }
#elif defined(__ARM_NEON) || defined(_M_ARM64)
    static constexpr int width = 8;
    float32x4_t low, high;
    static Vec load(const float* p) {
        return {vld1q_f32(p), vld1q_f32(p + 4)};
    }
    static Vec broadcast(float x) {
        return {vdupq_n_f32(x), vdupq_n_f32(x)};
    }
    void store(float* p) const {
        vst1q_f32(p, low);
        vst1q_f32(p + 4, high);
    }
    float sum() const {
        return vaddvq_f32(vaddq_f32(low, high));
    }
    friend Vec fma(Vec a, Vec b, Vec c) {
        return {vfmaq_f32(c.low, a.low, b.low), vfmaq_f32(c.high, a.high, b.high)};
    }
    friend Vec operator+(Vec a, Vec b) {
        return {vaddq_f32(a.low, b.low), vaddq_f32(a.high, b.high)};
    }
#else
    static constexpr int width = 8;
    float v[8];
    static Vec load(const float* p) {
        Vec r;
        for (int i = 0; i < width; ++i) r.v[i] = p[i];
        return r;
    }
    static Vec broadcast(float x) {
        Vec r;
        for (int i = 0; i < width; ++i) r.v[i] = x;
        return r;
    }
    void store(float* p) const {
        for (int i = 0; i < width; ++i) p[i] = v[i];
    }
    float sum() const {
        return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
    }
    friend Vec fma(const Vec& a, const Vec& b, const Vec& c) {
        Vec r;
        for (int i = 0; i < width; ++i) r.v[i] = a.v[i] * b.v[i] + c.v[i];
        return r;
    }
    friend Vec operator+(const Vec& a, const Vec& b) {
        Vec r;
        for (int i = 0; i < width; ++i) r.v[i] = a.v[i] + b.v[i];
        return r;
    }
#endif
};

}  // namespace filigree::backend::FILIGREE_ISA
