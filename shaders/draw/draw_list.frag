// SPDX-License-Identifier: Apache-2.0
#version 450

layout(location = 0) in vec2 uv;
layout(location = 1) in vec4 tint;

layout(set = 0, binding = 0) uniform sampler2D picture;

layout(location = 0) out vec4 colour;

void main() {
    colour = tint * texture(picture, uv);
}
