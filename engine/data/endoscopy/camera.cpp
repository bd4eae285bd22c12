// SPDX-License-Identifier: Apache-2.0
#include "data/endoscopy/camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "data/endoscopy/noise.h"

namespace filigree::data::endoscopy {

Camera cameraOf(const Scene& scene, std::uint64_t seed, std::uint64_t polyp, int attempt, std::int64_t frame,
                std::int64_t frames) {
    constexpr double turn = 2 * std::numbers::pi;
    const bool near = attempt >= 3;
    Stream path(seed, polyp, 1, static_cast<std::uint64_t>(attempt));
    const double farthest = near ? 18 : 30;
    const double first = path.uniform(8, farthest), last = path.uniform(8, farthest);
    const double sway = path.uniform(0.1, 0.35);
    const double phase = path.uniform(0, turn);
    const double roll0 = path.uniform(-0.6, 0.6);
    const double offsetX = path.uniform(-0.3, 0.3), offsetY = path.uniform(-0.3, 0.3);
    const double tilt = path.uniform(0.25, near ? 0.7 : 1.15);

    Stream own(seed, polyp, static_cast<std::uint64_t>(2 + attempt), static_cast<std::uint64_t>(frame + 1));
    const double t = frames > 1 ? static_cast<double>(frame) / static_cast<double>(frames - 1) : 0;
    double distance = std::max(7.0, first + (last - first) * t + 1.2 * own.normal());
    const double alpha = tilt + 0.4 * sway * std::sin(turn * t + phase);
    const double beta = sway * std::sin(1.3 * turn * t + phase);
    const Vector3 z{0, 0, 1};
    const Vector3 direction =
        scene.normal * std::cos(alpha) +
        (z * -std::cos(beta) + cross(scene.normal, z) * std::sin(beta)) * std::sin(alpha);
    Camera camera;
    camera.position = scene.centre + direction * distance;
    for (int i = 0; i < 40 && scene.wall(camera.position) / 0.6 <= 3; ++i) {
        distance *= 0.94;
        camera.position = scene.centre + direction * distance;
    }

    Vector3 f = normalized(scene.centre - camera.position);
    const Vector3 vertical = std::abs(f.y) >= 0.95 ? Vector3{1, 0, 0} : Vector3{0, 1, 0};
    Vector3 r = normalized(cross(f, vertical));
    Vector3 up = cross(r, f);
    const double shiftX = offsetX + 0.06 * own.normal();
    const double shiftY = offsetY + 0.06 * own.normal();
    f = normalized(f + r * shiftX + up * shiftY);
    r = normalized(cross(f, up));
    up = cross(r, f);
    const double roll = roll0 + 0.15 * std::sin(turn * t + phase);
    const double c = std::cos(roll), s = std::sin(roll);
    camera.forwards = f;
    camera.right = r * c + up * s;
    camera.up = up * c - r * s;
    camera.distanceMm = distance;
    camera.noiseSeed = own.next32();
    return camera;
}

}  // namespace filigree::data::endoscopy
