// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "data/endoscopy/scene.h"

namespace filigree::data::endoscopy {

/// Where the endoscope is and looks in one frame.
struct Camera {
    Vector3 position, forwards, right, up;
    double distanceMm = 0;        ///< to the centre of the polyp
    std::uint32_t noiseSeed = 0;  ///< of the sensor noise
};

/// The camera of frame `frame` of `frames`: it moves between two distances, sways and rolls around the view
/// of the polyp. `attempt` counts paths that did not show it; from the third on they are nearer.
Camera cameraOf(const Scene& scene, std::uint64_t seed, std::uint64_t polyp, int attempt, std::int64_t frame,
                std::int64_t frames);

}  // namespace filigree::data::endoscopy
