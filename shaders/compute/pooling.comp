// SPDX-License-Identifier: Apache-2.0
// Maximum or average over windows of images in batch-tiled memory, and the gradients, gathered per input pixel: a window's gradient
// goes to its first maximum in row-major order, or to all its pixels. Forward: a is x, c is y; backward: a is x, b is dy, c is dx.
#version 450
#extension GL_GOOGLE_include_directive : require
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const bool average = false;
layout(constant_id = 2) const bool backward = false;
#include "compute/convolution.glsl"

layout(push_constant) uniform Push { Window window; } push;
layout(std430, binding = 0) readonly buffer A { float a[]; };
layout(std430, binding = 1) readonly buffer B { float b[]; };
layout(std430, binding = 2) writeonly buffer C { float c[]; };

// Largest of a window, NaN if there is one, and where it lies in the image.
void largest(uint n, uint channel, uint oy, uint ox, out float value, out uint place) {
    const Window s = push.window;
    value = -1.0 / 0.0;
    place = 0xFFFFFFFFu;
    for (uint ky = 0; ky < s.kernelHeight; ++ky)
        for (uint kx = 0; kx < s.kernelWidth; ++kx) {
            const uint iy = oy * s.strideY + ky - s.padY;
            const uint ix = ox * s.strideX + kx - s.padX;
            if (iy >= s.height || ix >= s.width) continue;
            const float one = a[imageIndex(n, channel, iy, ix, s.channels, s.height, s.width, s.tile)];
            if (place == 0xFFFFFFFFu || one > value || (isnan(one) && !isnan(value))) {
                value = one;
                place = iy * s.width + ix;
            }
        }
}

void main() {
    const Window s = push.window;
    const uint T = s.tile;
    const uint padded = (s.batch + T - 1) / T * T;
    const uint height = backward ? s.height : s.outHeight;
    const uint width = backward ? s.width : s.outWidth;
    const uint count = padded * s.channels * height * width;
    const uint stride = gl_NumWorkGroups.x * gl_WorkGroupSize.x;
    const float share = 1.0 / float(s.kernelHeight * s.kernelWidth);
    for (uint i = gl_GlobalInvocationID.x; i < count; i += stride) {
        const uint pixel = i / T % (height * width);
        const uint channel = i / (T * height * width) % s.channels;
        const uint n = i / (T * height * width * s.channels) * T + i % T;
        const uint py = pixel / width;
        const uint px = pixel % width;
        if (n >= s.batch) {
            c[i] = 0;
        } else if (!backward) {
            if (!average) {
                float value;
                uint place;
                largest(n, channel, py, px, value, place);
                c[i] = value;
                continue;
            }
            float sum = 0;
            for (uint ky = 0; ky < s.kernelHeight; ++ky)
                for (uint kx = 0; kx < s.kernelWidth; ++kx) {
                    const uint iy = py * s.strideY + ky - s.padY;
                    const uint ix = px * s.strideX + kx - s.padX;
                    if (iy < s.height && ix < s.width)
                        sum += a[imageIndex(n, channel, iy, ix, s.channels, s.height, s.width, T)];
                }
            c[i] = sum * share;
        } else {
            float sum = 0;
            for (uint ky = 0; ky < s.kernelHeight; ++ky)
                for (uint kx = 0; kx < s.kernelWidth; ++kx) {
                    const uint ny = py + s.padY - ky;
                    const uint nx = px + s.padX - kx;
                    const uint oy = ny / s.strideY;
                    const uint ox = nx / s.strideX;
                    if (int(ny) < 0 || int(nx) < 0 || ny % s.strideY != 0 || nx % s.strideX != 0 || oy >= s.outHeight ||
                        ox >= s.outWidth)
                        continue;
                    const float g = b[imageIndex(n, channel, oy, ox, s.channels, s.outHeight, s.outWidth, T)];
                    if (average) {
                        sum += g * share;
                    } else {
                        float value;
                        uint place;
                        largest(n, channel, oy, ox, value, place);
                        if (place == pixel) sum += g;
                    }
                }
            c[i] = sum;
        }
    }
}
