// SPDX-License-Identifier: Apache-2.0
// One block of Philox 4x32-10, the bits of filigree::philox. Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
// SC 2011.
uvec4 philox(uvec4 c, uvec2 k) {
    for (int round_ = 0; round_ < 10; ++round_) {
        uint high0, low0, high1, low1;
        umulExtended(0xD2511F53u, c.x, high0, low0);
        umulExtended(0xCD9E8D57u, c.z, high1, low1);
        c = uvec4(high1 ^ c.y ^ k.x, low1, high0 ^ c.w ^ k.y, low0);
        k += uvec2(0x9E3779B9u, 0xBB67AE85u);
    }
    return c;
}
