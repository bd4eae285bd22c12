// SPDX-License-Identifier: Apache-2.0
#version 450

// Triangles of a Dear ImGui draw list: positions in pixels from the top left, straight alpha.
layout(location = 0) in vec2 position;
layout(location = 1) in vec2 textureCoordinate;
layout(location = 2) in vec4 colour;

layout(push_constant) uniform Pixels {
    vec2 toClip;  // 2 / size of the target in pixels
};

layout(location = 0) out vec2 uv;
layout(location = 1) out vec4 tint;

void main() {
    uv = textureCoordinate;
    tint = colour;
    gl_Position = vec4(position * toClip - 1.0, 0.0, 1.0);
}
