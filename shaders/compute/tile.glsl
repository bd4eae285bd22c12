// SPDX-License-Identifier: Apache-2.0
// Where feature f of sample n lies: batch-tiled memory [batch / T][feature][T]. T = 1 is row-major [batch][feature], T = batch is
// feature-major [feature][batch].
uint tiledIndex(uint n, uint f, uint features, uint T) {
    return (n / T * features + f) * T + n % T;
}
