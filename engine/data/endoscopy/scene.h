// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "data/endoscopy/vector3.h"

namespace filigree::data::endoscopy {

/// Shares of polyps of at most 5 mm and of 5 to 10 mm; the rest is larger.
struct SizeMix {
    double diminutive = 0.4;
    double small = 0.3;
};
/// As in the published clinical collections.
inline constexpr SizeMix clinicalMix{0.763, 0.138};

/// Paris classification: sessile, flat, pedunculated.
enum class PolypShape { Is, IIa, Ip };
const char* nameOf(PolypShape shape);

/// A piece of colon with one polyp, all lengths in mm, as a signed distance field. Everything follows from
/// (seed, polyp): the size first, then wall, folds, polyp and colours, each drawn from one stream in a fixed
/// order. Source: the project's own specification of a procedural colonoscopy.
class Scene {
  public:
    Scene(std::uint64_t seed, std::uint64_t polyp, const SizeMix& mix = {});

    /// Approximate distance to the wall and to the polyp; negative inside the tissue.
    struct Distances {
        double wall, polyp;
    };
    Distances distances(const Vector3& p) const;
    /// Smooth minimum of both.
    double distance(const Vector3& p) const { return blend(distances(p)); }
    double blend(const Distances& d) const;
    /// 0.6 (R(theta, z) - distance from the centreline): positive inside the lumen.
    double wall(const Vector3& p) const;

    double diameterMm;  ///< the largest diameter: the ground truth
    PolypShape shape;
    double radius;             ///< R0 of the lumen
    double polypZ;             ///< where along the colon the polyp sits
    Vector3 base, normal;      ///< foot of the polyp on the wall and the direction into the lumen
    Vector3 axis1, axis2;      ///< its axes along the wall
    Vector3 semiAxes, centre;  ///< of its ellipsoid, along (axis1, axis2, normal)
    double lobes;              ///< depth of its lobes relative to the diameter
    Vector3 mucosa, polypColour;
    double vessels, residue;  ///< strength of vessels and of residue
    std::uint32_t texture;    ///< seed of all noise
    double lightOffset;       ///< of the two lamps from the lens

  private:
    struct Fold {
        double z, height, width, tilt, cosine, sine;  ///< of its direction of tilt
    };
    struct Centre {
        double x, y;
    };
    Centre centreline(double z) const;
    /// Radius of the wall in the direction (cosine, sine) at z.
    double wallRadius(double cosine, double sine, double z) const;
    double polypDistance(const Vector3& p) const;

    double amplitudeX_, amplitudeY_, lengthX_, lengthY_, phaseX_, phaseY_;
    double cosine3_, sine3_;  ///< of three times the angle of the folds' three lobes
    std::array<Fold, 10> folds_;
    double baseToCentre_;
};

}  // namespace filigree::data::endoscopy
