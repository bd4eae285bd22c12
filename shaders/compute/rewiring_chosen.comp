// SPDX-License-Identifier: Apache-2.0
// magnitude[i] = |x[i]| where chosen[i] is not 0, else 0: sums and maxima over what a round has chosen.
#version 450
layout(local_size_x_id = 0) in;

layout(push_constant) uniform Push { uint count; } push;
layout(std430, binding = 0) readonly buffer C { uint chosen[]; };
layout(std430, binding = 1) readonly buffer X { float x[]; };
layout(std430, binding = 2) writeonly buffer M { float magnitude[]; };

void main() {
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    for (uint i = gl_GlobalInvocationID.x; i < push.count; i += stride)
        magnitude[i] = chosen[i] != 0 ? abs(x[i]) : 0;
}
