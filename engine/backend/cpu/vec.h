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
    friend Vec operator-(Vec a, Vec b) {
        return {_mm512_sub_ps(a.v, b.v)};
    }
    friend Vec operator*(Vec a, Vec b) {
        return {_mm512_mul_ps(a.v, b.v)};
    }
    /// b where one of the two is NaN.
    friend Vec larger(Vec a, Vec b) {
        return {_mm512_max_ps(a.v, b.v)};
    }
    /// yes where a > b, else no.
    friend Vec whereGreater(Vec a, Vec b, Vec yes, Vec no) {
        return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_GT_OQ), no.v, yes.v)};
    }
    friend Vec whereEqual(Vec a, Vec b, Vec yes, Vec no) {
        return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_EQ_OQ), no.v, yes.v)};
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
    friend Vec operator-(Vec a, Vec b) {
        return {_mm256_sub_ps(a.v, b.v)};
    }
    friend Vec operator*(Vec a, Vec b) {
        return {_mm256_mul_ps(a.v, b.v)};
    }
    friend Vec larger(Vec a, Vec b) {
        return {_mm256_max_ps(a.v, b.v)};
    }
    friend Vec whereGreater(Vec a, Vec b, Vec yes, Vec no) {
        return {_mm256_blendv_ps(no.v, yes.v, _mm256_cmp_ps(a.v, b.v, _CMP_GT_OQ))};
    }
    friend Vec whereEqual(Vec a, Vec b, Vec yes, Vec no) {
        return {_mm256_blendv_ps(no.v, yes.v, _mm256_cmp_ps(a.v, b.v, _CMP_EQ_OQ))};
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
    friend Vec operator-(Vec a, Vec b) {
        return {vsubq_f32(a.low, b.low), vsubq_f32(a.high, b.high)};
    }
    friend Vec operator*(Vec a, Vec b) {
        return {vmulq_f32(a.low, b.low), vmulq_f32(a.high, b.high)};
    }
    friend Vec larger(Vec a, Vec b) {
        return whereGreater(a, b, a, b);
    }
    friend Vec whereGreater(Vec a, Vec b, Vec yes, Vec no) {
        return {vbslq_f32(vcgtq_f32(a.low, b.low), yes.low, no.low),
                vbslq_f32(vcgtq_f32(a.high, b.high), yes.high, no.high)};
    }
    friend Vec whereEqual(Vec a, Vec b, Vec yes, Vec no) {
        return {vbslq_f32(vceqq_f32(a.low, b.low), yes.low, no.low),
                vbslq_f32(vceqq_f32(a.high, b.high), yes.high, no.high)};
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
    friend Vec operator-(const Vec& a, const Vec& b) {
        Vec r;
        for (int i = 0; i < width; ++i) r.v[i] = a.v[i] - b.v[i];
        return r;
    }
    friend Vec operator*(const Vec& a, const Vec& b) {
        Vec r;
        for (int i = 0; i < width; ++i) r.v[i] = a.v[i] * b.v[i];
        return r;
    }
    friend Vec larger(const Vec& a, const Vec& b) {
        Vec r;
        for (int i = 0; i < width; ++i) r.v[i] = a.v[i] > b.v[i] ? a.v[i] : b.v[i];
        return r;
    }
    friend Vec whereGreater(const Vec& a, const Vec& b, const Vec& yes, const Vec& no) {
        Vec r;
        for (int i = 0; i < width; ++i) r.v[i] = a.v[i] > b.v[i] ? yes.v[i] : no.v[i];
        return r;
    }
    friend Vec whereEqual(const Vec& a, const Vec& b, const Vec& yes, const Vec& no) {
        Vec r;
        for (int i = 0; i < width; ++i) r.v[i] = a.v[i] == b.v[i] ? yes.v[i] : no.v[i];
        return r;
    }
#endif
};

/// x, to be kept in a register: compilers like to load a value anew from memory for each of its uses, and
/// loads, not multiply-adds, then set the pace.
inline Vec held(Vec x) {
#if defined(__GNUC__) && defined(__AVX512F__)
    __asm__("" : "+v"(x.v));
#elif defined(__GNUC__) && defined(__AVX2__)
    __asm__("" : "+x"(x.v));
#endif
    return x;
}

}  // namespace filigree::backend::FILIGREE_ISA
