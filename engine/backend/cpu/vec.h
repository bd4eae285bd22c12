// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string.h>  // what is inline in the C++ headers could be kept from another translation unit

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

#if defined(_MSC_VER)
#include <intrin.h>
#define FILIGREE_INLINE __forceinline
#else
#define FILIGREE_INLINE [[gnu::always_inline]] inline
#endif

namespace filigree::backend::FILIGREE_ISA {

/// Asks for the cache line of an address that will be read soon. It may lie past the end of an array.
inline void prefetch(const float* address) {
#ifdef __GNUC__
    __builtin_prefetch(address);
#elif defined(_M_X64)
    _mm_prefetch(reinterpret_cast<const char*>(address), _MM_HINT_T0);
#else
    (void)address;
#endif
}

/// The same for an address that will be written soon, which another core may have written last.
inline void prefetchForWriting(const float* address) {
#if defined(__GNUC__) && defined(__x86_64__)
    // The built-in function is the instruction for reading in files for older processors.
    __asm__ volatile("prefetchw %0" : : "m"(*address));
#elif defined(__GNUC__)
    __builtin_prefetch(address, 1);
#elif defined(_M_X64)
    _m_prefetchw(address);
#else
    (void)address;
#endif
}

/// - `fma(a, b, c)`: a b + c, with one rounding where the set has it, with two in the portable version.
/// - `sums(a, b, c, d, result)`: the sums of four vectors at once, which costs half as much as four `sum`s.
/// - `positivePart(a)`: a where a >= 0 (or NaN), else 0. `wherePositive(s, a)`: a where s > 0, else 0.
/// - `keep()`: the value stays in a register from here on. Compilers like to load a value that is used twice
///   twice, and loads are what these kernels run out of.
/// - `transpose(rows)`: of `width` vectors in place.
/// - `scaled(a, n)`: a 2^n for integers n from -250 to 250.
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
    static void sums(Vec a, Vec b, Vec c, Vec d, float* result) {
        const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps(a.v, b.v), _mm512_unpackhi_ps(a.v, b.v));
        const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps(c.v, d.v), _mm512_unpackhi_ps(c.v, d.v));
        const __m512 all = _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xee));
        const __m512 half = _mm512_add_ps(all, _mm512_shuffle_f32x4(all, all, 0x4e));
        _mm_storeu_ps(result, _mm_add_ps(_mm512_castps512_ps128(half),
                                         _mm512_castps512_ps128(_mm512_shuffle_f32x4(half, half, 0x11))));
    }
    static Vec positivePart(Vec a) {
        return {_mm512_max_ps(_mm512_setzero_ps(), a.v)};
    }
    static Vec wherePositive(Vec sign, Vec a) {
        return {_mm512_maskz_mov_ps(_mm512_cmp_ps_mask(sign.v, _mm512_setzero_ps(), _CMP_GT_OQ), a.v)};
    }
    Vec& keep() {
#ifdef __GNUC__
        __asm__("" : "+v"(v));
#endif
        return *this;
    }
    static void transpose(Vec* rows) {
        __m512 a[16];
        for (int i = 0; i < 16; i += 4) {
            const __m512 low01 = _mm512_unpacklo_ps(rows[i].v, rows[i + 1].v);
            const __m512 high01 = _mm512_unpackhi_ps(rows[i].v, rows[i + 1].v);
            const __m512 low23 = _mm512_unpacklo_ps(rows[i + 2].v, rows[i + 3].v);
            const __m512 high23 = _mm512_unpackhi_ps(rows[i + 2].v, rows[i + 3].v);
            a[i] = _mm512_shuffle_ps(low01, low23, 0x44);
            a[i + 1] = _mm512_shuffle_ps(low01, low23, 0xee);
            a[i + 2] = _mm512_shuffle_ps(high01, high23, 0x44);
            a[i + 3] = _mm512_shuffle_ps(high01, high23, 0xee);
        }
        for (int i = 0; i < 4; ++i) {
            const __m512 low = _mm512_shuffle_f32x4(a[i], a[i + 4], 0x88);
            const __m512 lowOdd = _mm512_shuffle_f32x4(a[i], a[i + 4], 0xdd);
            const __m512 high = _mm512_shuffle_f32x4(a[i + 8], a[i + 12], 0x88);
            const __m512 highOdd = _mm512_shuffle_f32x4(a[i + 8], a[i + 12], 0xdd);
            rows[i] = {_mm512_shuffle_f32x4(low, high, 0x88)};
            rows[i + 8] = {_mm512_shuffle_f32x4(low, high, 0xdd)};
            rows[i + 4] = {_mm512_shuffle_f32x4(lowOdd, highOdd, 0x88)};
            rows[i + 12] = {_mm512_shuffle_f32x4(lowOdd, highOdd, 0xdd)};
        }
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
    friend Vec operator/(Vec a, Vec b) {
        return {_mm512_div_ps(a.v, b.v)};
    }
    friend Vec scaled(Vec a, Vec n) {
        return {_mm512_scalef_ps(a.v, n.v)};
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
    static void sums(Vec a, Vec b, Vec c, Vec d, float* result) {
        const __m256 all = _mm256_hadd_ps(_mm256_hadd_ps(a.v, b.v), _mm256_hadd_ps(c.v, d.v));
        _mm_storeu_ps(result, _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1)));
    }
    static Vec positivePart(Vec a) {
        return {_mm256_max_ps(_mm256_setzero_ps(), a.v)};
    }
    static Vec wherePositive(Vec sign, Vec a) {
        return {_mm256_and_ps(_mm256_cmp_ps(sign.v, _mm256_setzero_ps(), _CMP_GT_OQ), a.v)};
    }
    Vec& keep() {
#ifdef __GNUC__
        __asm__("" : "+x"(v));
#endif
        return *this;
    }
    static void transpose(Vec* rows) {
        __m256 a[8];
        for (int i = 0; i < 8; i += 4) {
            const __m256 low01 = _mm256_unpacklo_ps(rows[i].v, rows[i + 1].v);
            const __m256 high01 = _mm256_unpackhi_ps(rows[i].v, rows[i + 1].v);
            const __m256 low23 = _mm256_unpacklo_ps(rows[i + 2].v, rows[i + 3].v);
            const __m256 high23 = _mm256_unpackhi_ps(rows[i + 2].v, rows[i + 3].v);
            a[i] = _mm256_shuffle_ps(low01, low23, 0x44);
            a[i + 1] = _mm256_shuffle_ps(low01, low23, 0xee);
            a[i + 2] = _mm256_shuffle_ps(high01, high23, 0x44);
            a[i + 3] = _mm256_shuffle_ps(high01, high23, 0xee);
        }
        for (int i = 0; i < 4; ++i) {
            rows[i] = {_mm256_permute2f128_ps(a[i], a[i + 4], 0x20)};
            rows[i + 4] = {_mm256_permute2f128_ps(a[i], a[i + 4], 0x31)};
        }
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
    friend Vec operator/(Vec a, Vec b) {
        return {_mm256_div_ps(a.v, b.v)};
    }
    friend Vec scaled(Vec a, Vec n) {
        // In two factors, of which none overflows.
        const __m256i whole = _mm256_cvtps_epi32(n.v), half = _mm256_srai_epi32(whole, 1);
        const auto power = [](__m256i e) {
            return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(e, _mm256_set1_epi32(127)), 23));
        };
        return {_mm256_mul_ps(_mm256_mul_ps(a.v, power(half)), power(_mm256_sub_epi32(whole, half)))};
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
    static void sums(Vec a, Vec b, Vec c, Vec d, float* result) {
        const float32x4_t ab = vpaddq_f32(vaddq_f32(a.low, a.high), vaddq_f32(b.low, b.high));
        const float32x4_t cd = vpaddq_f32(vaddq_f32(c.low, c.high), vaddq_f32(d.low, d.high));
        vst1q_f32(result, vpaddq_f32(ab, cd));
    }
    static Vec positivePart(Vec a) {
        const float32x4_t zero = vdupq_n_f32(0);
        return {vmaxq_f32(zero, a.low), vmaxq_f32(zero, a.high)};
    }
    static Vec wherePositive(Vec sign, Vec a) {
        const auto choose = [](float32x4_t s, float32x4_t x) {
            return vreinterpretq_f32_u32(vandq_u32(vcgtzq_f32(s), vreinterpretq_u32_f32(x)));
        };
        return {choose(sign.low, a.low), choose(sign.high, a.high)};
    }
    Vec& keep() {
        return *this;
    }
    static void transpose(Vec* rows) {
        float in[8][8], out[8][8];
        for (int i = 0; i < 8; ++i) rows[i].store(in[i]);
        for (int i = 0; i < 8; ++i)
            for (int j = 0; j < 8; ++j) out[j][i] = in[i][j];
        for (int i = 0; i < 8; ++i) rows[i] = load(out[i]);
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
    friend Vec operator/(Vec a, Vec b) {
        return {vdivq_f32(a.low, b.low), vdivq_f32(a.high, b.high)};
    }
    friend Vec scaled(Vec a, Vec n) {
        const auto times = [](float32x4_t x, float32x4_t e) {
            const int32x4_t whole = vcvtnq_s32_f32(e), half = vshrq_n_s32(whole, 1);
            const auto power = [](int32x4_t k) {
                return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(k, vdupq_n_s32(127)), 23));
            };
            return vmulq_f32(vmulq_f32(x, power(half)), power(vsubq_s32(whole, half)));
        };
        return {times(a.low, n.low), times(a.high, n.high)};
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
    static void sums(const Vec& a, const Vec& b, const Vec& c, const Vec& d, float* result) {
        result[0] = a.sum();
        result[1] = b.sum();
        result[2] = c.sum();
        result[3] = d.sum();
    }
    static Vec positivePart(const Vec& a) {
        Vec r;
        for (int i = 0; i < width; ++i) r.v[i] = a.v[i] < 0 ? 0.0F : a.v[i];
        return r;
    }
    static Vec wherePositive(const Vec& sign, const Vec& a) {
        Vec r;
        for (int i = 0; i < width; ++i) r.v[i] = sign.v[i] > 0 ? a.v[i] : 0.0F;
        return r;
    }
    Vec& keep() {
        return *this;
    }
    static void transpose(Vec* rows) {
        for (int i = 0; i < width; ++i)
            for (int j = 0; j < i; ++j) {
                const float held = rows[i].v[j];
                rows[i].v[j] = rows[j].v[i];
                rows[j].v[i] = held;
            }
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
    friend Vec operator/(const Vec& a, const Vec& b) {
        Vec r;
        for (int i = 0; i < width; ++i) r.v[i] = a.v[i] / b.v[i];
        return r;
    }
    friend Vec scaled(const Vec& a, const Vec& n) {
        Vec r;
        for (int i = 0; i < width; ++i) {
            const int whole = n.v[i] == n.v[i] ? static_cast<int>(n.v[i]) : 0, half = whole / 2;
            const unsigned bits[2] = {static_cast<unsigned>(half + 127) << 23,
                                      static_cast<unsigned>(whole - half + 127) << 23};
            float power[2];
            memcpy(power, bits, sizeof power);
            r.v[i] = a.v[i] * power[0] * power[1];
        }
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
