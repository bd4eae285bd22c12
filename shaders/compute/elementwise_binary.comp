// SPDX-License-Identifier: Apache-2.0
// c[i] = a[i] op b[i / inner % period]: with inner = 1 and period = count two arrays of one shape, with period = 1 a number,
// else a vector along one axis (a bias). `c` may be `a`.
#version 450
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint operation = 0;

layout(push_constant) uniform Push {
    uint count;
    uint inner;
    uint period;
} push;
layout(std430, binding = 0) readonly buffer A { float a[]; };
layout(std430, binding = 1) readonly buffer B { float b[]; };
layout(std430, binding = 2) writeonly buffer C { float c[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint i = gl_GlobalInvocationID.x; i < push.count; i += stride) {
        const float p = a[i];
        const float q = b[i / push.inner % push.period];
        switch (operation) {
            case 0: c[i] = p + q; break;
            case 1: c[i] = p - q; break;
            case 2: c[i] = p * q; break;
            default: c[i] = p / q; break;
        }
    }
}
