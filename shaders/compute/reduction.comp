// SPDX-License-Identifier: Apache-2.0
// value[o, i] = scale * sum over r of x[o, r, i], or the maximum with its first position: x is seen as [outer][reduced][inner]. A work
// group makes one result at a time, by a tree of fixed shape.
#version 450
layout(local_size_x_id = 0) in;
const uint threads = gl_WorkGroupSize.x;
layout(constant_id = 1) const bool maximum = false;

layout(push_constant) uniform Push {
    uint outer, reduced, inner;
    float scale;
} push;
layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) writeonly buffer V { float value[]; };
layout(std430, binding = 2) writeonly buffer I { uint index[]; };

shared float values[threads];
shared uint places[threads];

void main() {
    const uint id = gl_LocalInvocationID.x;
    for (uint result = gl_WorkGroupID.x; result < push.outer * push.inner; result += gl_NumWorkGroups.x) {
        const uint base = result / push.inner * push.reduced * push.inner + result % push.inner;
        float mine = maximum ? -1.0 / 0.0 : 0;
        uint place = 0xFFFFFFFFu;
        for (uint r = id; r < push.reduced; r += threads) {
            const float one = x[base + r * push.inner];
            if (!maximum) {
                mine += one;
            } else if (place == 0xFFFFFFFFu || one > mine || (isnan(one) && !isnan(mine))) {
                mine = one;
                place = r;
            }
        }
        values[id] = mine;
        places[id] = place;
        barrier();
        for (uint half_ = threads / 2; half_ > 0; half_ /= 2) {
            if (id < half_) {
                const float other = values[id + half_];
                if (!maximum) {
                    values[id] += other;
                } else {
                    const uint p = places[id], q = places[id + half_];
                    const bool nanHere = isnan(values[id]), nanThere = isnan(other);
                    const bool equal = nanHere && nanThere || values[id] == other;
                    const bool takes = q != 0xFFFFFFFFu &&
                                       (p == 0xFFFFFFFFu || (!nanHere && (nanThere || other > values[id])) ||
                                        (equal && q < p));
                    if (takes) {
                        values[id] = other;
                        places[id] = q;
                    }
                }
            }
            barrier();
        }
        if (id == 0) {
            value[result] = maximum ? values[0] : push.scale * values[0];
            if (maximum) index[result] = places[0];
        }
        barrier();
    }
}
