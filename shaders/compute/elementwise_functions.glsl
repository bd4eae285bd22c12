// SPDX-License-Identifier: Apache-2.0
// The functions of backend::Unary, numbered as there, and their derivatives. Functions of the driver that lose digits
// (tanh, pow) are written out through exp and log.
layout(constant_id = 1) const uint function = 0;

// Abramowitz and Stegun, "Handbook of mathematical functions", 7.1.26: absolute error below 1.5e-7.
float erfOf(float x) {
    const float t = 1 / (1 + 0.3275911 * abs(x));
    const float p =
        ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
    return sign(x) * (1 - p * exp(-x * x));
}
float sigmoidOf(float x) { return x >= 0 ? 1 / (1 + exp(-x)) : 1 - 1 / (1 + exp(x)); }
float tanhOf(float x) {
    // Near 0 the quotient of exponentials cancels; the series has an error of x^7 / 60 there.
    if (abs(x) < 0.1) return x * (1 + x * x * (-1.0 / 3 + x * x * (2.0 / 15)));
    const float e = exp(-2 * abs(x));
    return sign(x) * (1 - e) / (1 + e);
}
float softplusOf(float x) {
    const float e = exp(-abs(x));
    return max(x, 0) + (e < 1e-3 ? e - 0.5 * e * e : log(1 + e));
}
float powerOf(float x, float a) {
    if (a == 0) return 1;
    if (x == 0) return a > 0 ? 0.0 : 1.0 / 0.0;
    const float p = exp2(a * log2(abs(x)));
    if (x > 0) return p;
    if (a != floor(a)) return uintBitsToFloat(0x7FC00000u);
    return fract(abs(a) * 0.5) == 0 ? p : -p;
}
const float rootHalf = 0.70710678;
const float rootTwoOverPi = 0.79788456;

float value(float x, float a, float b) {
    switch (function) {
        case 0: return a * x;
        case 1: return x + a;
        case 2: return powerOf(x, a);
        case 3: return exp(x);
        case 4: return log(x);
        case 5: return sqrt(x);
        case 6: return abs(x);
        case 7: return x * x;
        case 8: return max(x, 0);
        case 9: return 0.5 * x * (1 + erfOf(x * rootHalf));
        case 10: return 0.5 * x * (1 + tanhOf(rootTwoOverPi * (x + 0.044715 * x * x * x)));
        case 11: return x * sigmoidOf(x);
        case 12: return tanhOf(x);
        case 13: return sigmoidOf(x);
        case 14: return softplusOf(x);
        case 15: return x > 0 ? x : a * x;
        case 16: return min(max(x, a), b);
        case 17: return abs(x) < a ? x * x / (2 * a) : abs(x) - 0.5 * a;
        default: return x == 0 ? 0.0 : x * log(x);
    }
}

// y = value(x, a, b).
float derivative(float x, float y, float a, float b) {
    switch (function) {
        case 0: return a;
        case 1: return 1;
        case 2: return a * powerOf(x, a - 1);
        case 3: return y;
        case 4: return 1 / x;
        case 5: return 0.5 / y;
        case 6: return sign(x);
        case 7: return 2 * x;
        case 8: return x > 0 ? 1.0 : 0.0;
        case 9: return 0.5 * (1 + erfOf(x * rootHalf)) + x * 0.39894228 * exp(-0.5 * x * x);
        case 10: {
            const float t = tanhOf(rootTwoOverPi * (x + 0.044715 * x * x * x));
            return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * rootTwoOverPi * (1 + 0.134145 * x * x);
        }
        case 11: {
            const float s = sigmoidOf(x);
            return s * (1 + x * (1 - s));
        }
        case 12: return 1 - y * y;
        case 13: return y * (1 - y);
        case 14: return sigmoidOf(x);
        case 15: return x > 0 ? 1.0 : a;
        case 16: return x >= a && x <= b ? 1.0 : 0.0;
        case 17: return abs(x) < a ? x / a : sign(x);
        default: return log(x) + 1;
    }
}
