// SPDX-License-Identifier: Apache-2.0
#include "data/endoscopy/frame.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <numbers>
#include <numeric>
#include <string>

#include "base/error.h"
#include "base/parallel.h"
#include "data/endoscopy/camera.h"
#include "data/endoscopy/noise.h"

namespace filigree::data::endoscopy {
namespace {

constexpr double fieldOfView = 140 * std::numbers::pi / 180;
constexpr double farthestMm = 140;
const Vector3 luminance{0.3, 0.59, 0.11};

double limited(double x) {
    return std::clamp(x, 0.0, 1.0);
}

Vector3 scaledAndMoved(const Vector3& p, double scale, double by) {
    return {scale * p.x + by, scale * p.y + by, scale * p.z + by};
}

/// What one ray brings back.
struct Sample {
    bool inside = false;  ///< the aperture
    double t = 0;         ///< length of the ray
    double polyp = 0;     ///< share of polyp in what it hit
    Vector3 colour;       ///< before exposure
    double glint = 0;
};

Vector3 normalAt(const Scene& scene, const Vector3& p) {
    constexpr double e = 0.08;
    const auto along = [&](const Vector3& d) { return scene.distance(p + d) - scene.distance(p - d); };
    return normalized({along({e, 0, 0}), along({0, e, 0}), along({0, 0, e})});
}

/// Three noises of one frequency, around 0: a bump of the surface.
Vector3 bump(const Vector3& p, double frequency, std::uint32_t seed) {
    return {valueNoise(scaledAndMoved(p, frequency, 0), seed) - 0.5,
            valueNoise(scaledAndMoved(p, frequency, 31.7), seed + 1) - 0.5,
            valueNoise(scaledAndMoved(p, frequency, 67.1), seed + 2) - 0.5};
}

/// Colour of the tissue at p, of which the share `polyp` is polyp.
Vector3 albedoAt(const Scene& scene, const Vector3& p, double polyp) {
    const std::uint32_t seed = scene.texture;
    const double low = fractalNoise(0.12 * p, seed + 31, 3) - 0.5;
    Vector3 albedo = scene.mucosa * (1 + 0.45 * low);
    const double v1 = 1 - std::abs(2 * fractalNoise(scaledAndMoved(p, 0.22, 5), seed + 41, 3) - 1);
    const double v2 = 1 - std::abs(2 * fractalNoise(scaledAndMoved(p, 0.55, 9), seed + 51, 2) - 1);
    const double vessel =
        limited(scene.vessels * (0.9 * limited((v1 - 0.90) / 0.10) + 0.45 * limited((v2 - 0.93) / 0.07))) *
        (1 - polyp);
    albedo = product(albedo, {1 - vessel * 0.30, 1 - vessel * 0.62, 1 - vessel * 0.55});
    const double pit = valueNoise(2.2 * p, seed + 61) - 0.5;
    albedo = albedo * (1 - polyp) + scene.polypColour * ((1 + 0.30 * pit + 0.25 * low) * polyp);
    const double residue =
        limited((fractalNoise(scaledAndMoved(p, 0.16, 77), seed + 71, 3) - (0.84 - 0.20 * scene.residue)) /
                0.06) *
        (1 - polyp);
    return albedo * (1 - 0.7 * residue) + Vector3{0.80, 0.60, 0.18} * (0.7 * residue);
}

double power180(double x) {
    const double x2 = x * x, x4 = x2 * x2, x8 = x4 * x4, x16 = x8 * x8, x32 = x16 * x16;
    const double x64 = x32 * x32;
    return x64 * x64 * x32 * x16 * x4;
}

void shade(const Scene& scene, const Camera& camera, const Vector3& direction, double angle, Sample& sample) {
    const Vector3 p = camera.position + direction * sample.t;
    const Scene::Distances d = scene.distances(p);
    sample.polyp =
        1 / (1 + std::exp(std::clamp((d.polyp - d.wall) / (0.03 * scene.diameterMm), -30.0, 30.0)));
    const Vector3 n = normalAt(scene, p);
    const Vector3 coarse = bump(p, 1.1, scene.texture + 11), fine = bump(p, 2.9, scene.texture + 21);
    const Vector3 forGlints = normalized(n + coarse * 0.34 + fine * 0.14);
    const Vector3 forDiffuse = normalized(n + coarse * 0.16 + fine * 0.08);
    const Vector3 albedo = albedoAt(scene, p, sample.polyp);
    for (const double side : {1.0, -1.0}) {
        const Vector3 lamp = camera.position + camera.right * (side * scene.lightOffset) + camera.up * 0.8;
        const Vector3 towards = lamp - p;
        const double distance = length(towards);
        const Vector3 light = towards * (1 / distance);
        const double diffuse = std::max(0.85 * dot(forDiffuse, light) + 0.15, 0.0);
        const double fall = 1 / (distance * distance + 40);
        sample.colour = sample.colour + albedo * (diffuse * fall);
        const double mirror = std::max(dot(forGlints, normalized(light - direction)), 0.0);
        sample.glint += power180(mirror) * fall * limited(3 * diffuse);
    }
    const double open = std::clamp(scene.distance(p + n * 1.6) / 0.96, 0.25, 1.0);
    const double edge = angle / (fieldOfView / 2);
    sample.colour = sample.colour * (std::pow(open, 0.7) * (1 - 0.30 * edge * edge * edge));
}

Sample trace(const Scene& scene, const Camera& camera, double u, double v) {
    Sample sample;
    const double rho = std::sqrt(u * u + v * v) + 1e-9;
    if (rho > 1) return sample;
    sample.inside = true;
    const double angle = rho * fieldOfView / 2;
    const double sine = std::sin(angle) / rho;
    const Vector3 direction =
        camera.forwards * std::cos(angle) + camera.right * (sine * u) - camera.up * (sine * v);
    sample.t = 1;
    for (int step = 0; step < 72; ++step) {
        const double d = scene.distance(camera.position + direction * sample.t);
        sample.t += std::max(d, 0.02);
        if (d <= 0.03 || sample.t >= farthestMm) break;
    }
    shade(scene, camera, direction, angle, sample);
    return sample;
}

/// Exposure gain: mean luminance in the aperture becomes 0.34 before the tone curve.
double gainOf(const std::vector<Sample>& samples) {
    double sum = 0;
    std::int64_t count = 0;
    for (const Sample& sample : samples)
        if (sample.inside) {
            sum += dot(sample.colour, luminance);
            ++count;
        }
    return sum > 0 ? 0.34 * static_cast<double>(count) / sum : 0;
}

Vector3 exposed(const Sample& sample, double gain) {
    const double dark = sample.t >= farthestMm ? 0.2 : 1;
    const auto tone = [&](double c) { return std::pow(1 - std::exp(-1.25 * gain * c * dark), 1 / 1.12); };
    const double k = limited(1.1 * gain * sample.glint - 0.05);
    const Vector3 colour{tone(sample.colour.x), tone(sample.colour.y), tone(sample.colour.z)};
    return colour * (1 - k) + Vector3{1, 0.98, 0.95} * k;
}

/// Averages the samples of each pixel and adds the noise of the sensor.
void develop(const std::vector<Sample>& samples, std::int64_t perAxis, std::uint32_t noiseSeed,
             Frame& frame) {
    const std::int64_t width = frame.width, across = width * perAxis;
    parallelFor(0, width, 4, [&](std::int64_t firstRow, std::int64_t lastRow) {
        for (std::int64_t i = firstRow; i < lastRow; ++i)
            for (std::int64_t j = 0; j < width; ++j) {
                Vector3 sum;
                double depth = 0, polyp = 0;
                int inside = 0;
                for (std::int64_t a = 0; a < perAxis; ++a)
                    for (std::int64_t b = 0; b < perAxis; ++b) {
                        const Sample& sample =
                            samples[static_cast<std::size_t>((i * perAxis + a) * across + j * perAxis + b)];
                        if (!sample.inside) continue;
                        sum = sum + exposed(sample, frame.gain);
                        depth += sample.t;
                        polyp += sample.polyp > 0.5;
                        ++inside;
                    }
                const double all = static_cast<double>(perAxis * perAxis);
                const auto pixel = static_cast<std::size_t>(i * width + j);
                int channel = 0;
                for (const double total : {sum.x, sum.y, sum.z}) {
                    double value = total / all;
                    if (value > 0) {
                        const auto at = [&](int c) {
                            return latticeHash(static_cast<std::int32_t>(i), static_cast<std::int32_t>(j), c,
                                               noiseSeed);
                        };
                        value += 0.035 * (at(channel) + at(channel + 3) - 1);
                    }
                    frame.rgb[3 * pixel + static_cast<std::size_t>(channel++)] =
                        static_cast<float>(limited(value));
                }
                frame.depthMm[pixel] = inside > 0 ? static_cast<float>(depth / inside) : 0.0F;
                frame.mask[pixel] = polyp / all > 0.5;
            }
    });
}

Box boundsOf(const std::vector<std::uint8_t>& mask, std::int64_t width) {
    Box box{width, width, 0, 0};
    for (std::int64_t i = 0; i < width; ++i)
        for (std::int64_t j = 0; j < width; ++j)
            if (mask[static_cast<std::size_t>(i * width + j)]) {
                box.xMin = std::min(box.xMin, j);
                box.xMax = std::max(box.xMax, j + 1);
                box.yMin = std::min(box.yMin, i);
                box.yMax = std::max(box.yMax, i + 1);
            }
    return box;
}

void require(const FrameRequest& request) {
    const bool fits = request.width >= 1 && request.width <= 4096 && request.samples >= 1 &&
                      request.samples <= 8 && request.frame >= 0 && request.frame < request.frames;
    if (!fits)
        throw Error(ErrorKind::Usage, "this picture cannot be rendered",
                    "frame " + std::to_string(request.frame) + " of " + std::to_string(request.frames) +
                        ", width " + std::to_string(request.width) + ", samples " +
                        std::to_string(request.samples),
                    "width 1 to 4096, samples 1 to 8, frame below the number of frames");
}

Frame renderAttempt(const Scene& scene, const FrameRequest& request, int attempt) {
    const Camera camera =
        cameraOf(scene, request.seed, request.polyp, attempt, request.frame, request.frames);
    const std::int64_t across = request.width * request.samples;
    std::vector<Sample> samples(static_cast<std::size_t>(across * across));
    parallelFor(0, across, 2, [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t i = first; i < last; ++i)
            for (std::int64_t j = 0; j < across; ++j)
                samples[static_cast<std::size_t>(i * across + j)] =
                    trace(scene, camera, (2.0 * static_cast<double>(j) + 1) / static_cast<double>(across) - 1,
                          (2.0 * static_cast<double>(i) + 1) / static_cast<double>(across) - 1);
    });
    Frame frame;
    frame.width = request.width;
    const auto pixels = static_cast<std::size_t>(request.width * request.width);
    frame.rgb.resize(3 * pixels);
    frame.depthMm.resize(pixels);
    frame.mask.resize(pixels);
    frame.diameterMm = scene.diameterMm;
    frame.shape = scene.shape;
    frame.cameraDistanceMm = camera.distanceMm;
    frame.attempt = attempt;
    frame.gain = gainOf(samples);
    develop(samples, request.samples, camera.noiseSeed, frame);
    frame.box = boundsOf(frame.mask, request.width);
    return frame;
}

}  // namespace

std::int64_t Frame::maskPixels() const {
    return std::accumulate(mask.begin(), mask.end(), std::int64_t{0});
}

Frame renderFrame(const FrameRequest& request) {
    require(request);
    const Scene scene(request.seed, request.polyp, request.mix);
    const auto enough = std::max<std::int64_t>(
        5, static_cast<std::int64_t>(0.0012 * static_cast<double>(request.width * request.width)));
    constexpr int attempts = 6;
    Frame frame;
    for (int attempt = 0; attempt < attempts; ++attempt) {
        frame = renderAttempt(scene, request, attempt);
        if (frame.maskPixels() >= enough) return frame;
    }
    frame.valid = false;
    frame.box = {0, 0, request.width, request.width};
    return frame;
}

}  // namespace filigree::data::endoscopy
