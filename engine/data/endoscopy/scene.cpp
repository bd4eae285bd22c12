// SPDX-License-Identifier: Apache-2.0
#include "data/endoscopy/scene.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "data/endoscopy/noise.h"

namespace filigree::data::endoscopy {
namespace {

constexpr double turn = 2 * std::numbers::pi;

Vector3 between(const Vector3& a, const Vector3& b, double t) {
    return a + (b - a) * t;
}

double smoothMinimum(double a, double b, double k) {
    const double h = std::max(k - std::abs(a - b), 0.0) / k;
    return std::min(a, b) - k * h * h / 4;
}

double drawDiameter(Stream& stream, const SizeMix& mix) {
    const double c = stream.uniform(), v = stream.uniform();
    const double d = c < mix.diminutive               ? 2 + 3 * v
                     : c < mix.diminutive + mix.small ? 5.3 + 4.4 * v
                                                      : 10 + 8 * v;
    return std::floor(2 * d + 0.5) / 2;
}

}  // namespace

const char* nameOf(PolypShape shape) {
    switch (shape) {
        case PolypShape::Is:
            return "Is";
        case PolypShape::IIa:
            return "IIa";
        case PolypShape::Ip:
            break;
    }
    return "Ip";
}

Scene::Scene(std::uint64_t seed, std::uint64_t polyp, const SizeMix& mix) {
    Stream s(seed, polyp, 0, 0);
    diameterMm = drawDiameter(s, mix);
    radius = s.uniform(17, 25);
    amplitudeX_ = s.uniform(0, 5);
    amplitudeY_ = s.uniform(0, 5);
    lengthX_ = s.uniform(90, 150);
    lengthY_ = s.uniform(90, 150);
    phaseX_ = s.uniform(0, turn);
    phaseY_ = s.uniform(0, turn);
    const double lobeAngle = s.uniform(0, turn);
    cosine3_ = std::cos(3 * lobeAngle);
    sine3_ = std::sin(3 * lobeAngle);
    double z = s.uniform(-30, -18);
    for (Fold& fold : folds_) {
        fold.z = z;
        fold.height = s.uniform(2.5, 6.5);
        fold.width = s.uniform(1.5, 2.8);
        fold.tilt = s.uniform(0, 4);
        const double direction = s.uniform(0, turn);
        fold.cosine = std::cos(direction);
        fold.sine = std::sin(direction);
        z += s.uniform(13, 23);
    }

    const double angle = s.uniform(0, turn);
    const double cosine = std::cos(angle), sine = std::sin(angle);
    const auto k = static_cast<std::size_t>(3 + static_cast<int>(std::floor(2 * s.uniform())));
    const double share = s.uniform(0.36, 0.64);
    const Fold &before = folds_[k], &after = folds_[k + 1];
    const auto shift = [&](const Fold& fold) {
        return fold.tilt * (cosine * fold.cosine + sine * fold.sine);
    };
    polypZ = before.z + (after.z - before.z) * share + 0.5 * (shift(before) + shift(after));

    const double t = s.uniform();
    shape = t < 0.55 ? PolypShape::Is : t < 0.8 ? PolypShape::IIa : PolypShape::Ip;
    if (shape == PolypShape::Ip && diameterMm < 6) shape = PolypShape::Is;
    const double hv = s.uniform();
    const double height = shape == PolypShape::Is    ? 0.35 + 0.25 * hv
                          : shape == PolypShape::IIa ? 0.16 + 0.10 * hv
                                                     : 0.42 + 0.10 * hv;
    const double eccentricity = s.uniform(0.75, 1);
    const double rotation = s.uniform(0, std::numbers::pi);
    const double stalk = s.uniform(0.5, 0.9);
    lobes = s.uniform(0.04, 0.14);
    const double hue = s.uniform(-1, 1), brightness = s.uniform(-1, 1);
    mucosa = {0.90 + 0.05 * brightness, 0.43 + 0.06 * hue + 0.04 * brightness,
              0.29 + 0.05 * hue + 0.04 * brightness};
    polypColour = between({0.84, 0.31, 0.22}, {0.95, 0.56, 0.42}, s.uniform());
    vessels = s.uniform(0.25, 0.8);
    residue = s.uniform();
    texture = s.next32();
    lightOffset = s.uniform(2, 4);

    const Vector3 outwards{cosine, sine, 0}, around{-sine, cosine, 0}, along{0, 0, 1};
    const Centre middle = centreline(polypZ);
    base = Vector3{middle.x, middle.y, polypZ} + outwards * wallRadius(cosine, sine, polypZ);
    normal = outwards * -1;
    axis1 = around * std::cos(rotation) + along * std::sin(rotation);
    axis2 = around * -std::sin(rotation) + along * std::cos(rotation);
    semiAxes = {diameterMm / 2, eccentricity * diameterMm / 2, height * diameterMm};
    const double lift = shape == PolypShape::Is    ? 0.25 * semiAxes.z
                        : shape == PolypShape::IIa ? 0
                                                   : 0.6 * stalk * diameterMm + 0.6 * semiAxes.z;
    centre = base + normal * lift;
    baseToCentre_ = length(centre - base);
}

Scene::Centre Scene::centreline(double z) const {
    return {amplitudeX_ * std::sin(turn * z / lengthX_ + phaseX_),
            amplitudeY_ * std::sin(turn * z / lengthY_ + phaseY_)};
}

double Scene::wallRadius(double cosine, double sine, double z) const {
    double inwards = 0;
    for (const Fold& fold : folds_) {
        if (std::abs(z - fold.z) > 14) continue;
        const double q = (z - fold.z - fold.tilt * (cosine * fold.cosine + sine * fold.sine)) / fold.width;
        if (q * q < 16) inwards += fold.height * std::exp(-q * q);
    }
    if (inwards == 0) return radius;
    // cos 3 (theta - theta3) by the triple-angle formulas: no arc tangent on the way of every ray step.
    const double triple =
        (4 * cosine * cosine - 3) * cosine * cosine3_ + (3 - 4 * sine * sine) * sine * sine3_;
    return radius - inwards * (0.62 + 0.38 * triple);
}

double Scene::wall(const Vector3& p) const {
    const Centre middle = centreline(p.z);
    const double x = p.x - middle.x, y = p.y - middle.y;
    const double r = std::sqrt(x * x + y * y);
    const double cosine = r > 0 ? x / r : 1, sine = r > 0 ? y / r : 0;
    return 0.6 * (wallRadius(cosine, sine, p.z) - r);
}

double Scene::polypDistance(const Vector3& p) const {
    const Vector3 q = p - centre;
    const double l1 = dot(q, axis1) / semiAxes.x, l2 = dot(q, axis2) / semiAxes.y,
                 l3 = dot(q, normal) / semiAxes.z;
    const double k0 = std::sqrt(l1 * l1 + l2 * l2 + l3 * l3);
    const double k1 = length({l1 / semiAxes.x, l2 / semiAxes.y, l3 / semiAxes.z});
    double s = k0 * (k0 - 1) / std::max(k1, 1e-6);
    if (k0 < 1.5) {
        const double scale = 5 / diameterMm;
        const Vector3 at{p.x * scale + 7.3, p.y * scale + 7.3, p.z * scale + 7.3};
        s -= lobes * diameterMm * (valueNoise(at, texture + 5) - 0.5);
    }
    if (shape == PolypShape::Ip) {
        const Vector3 m = p - base;
        const double h = std::clamp(dot(m, normal), 0.0, baseToCentre_);
        s = smoothMinimum(s, length(m - normal * h) - 0.16 * diameterMm, 0.12 * diameterMm);
    }
    return 0.8 * s;
}

Scene::Distances Scene::distances(const Vector3& p) const {
    return {wall(p), polypDistance(p)};
}

double Scene::blend(const Distances& d) const {
    return smoothMinimum(d.wall, d.polyp, 0.10 * diameterMm);
}

}  // namespace filigree::data::endoscopy
