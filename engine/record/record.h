// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The kinds of record. A method emits records; a view draws one kind, whoever wrote it. Shapes are row-major.
namespace filigree::record {

/// When a record was made. `epoch` is fractional (step / steps per epoch).
struct Stamp {
    std::int64_t step = 0;
    double epoch = 0;
};

/// The pattern of one sparse layer: which positions of a `rows` x `columns` weight are active.
/// A convolution [O, C, kh, kw] is the matrix O x (C kh kw); `kernel` holds {C, kh, kw} then, else it is empty.
struct Mask {
    std::string layer;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<std::int64_t> kernel;
    /// Flat indices row * columns + column of the active positions, strictly ascending.
    std::vector<std::uint32_t> active;
};

/// Numbers attached to the active positions of a layer, in the order of the mask of the same layer and step.
struct EdgeValues {
    std::string layer;
    std::string field;  ///< "weight", "age", "activity", "gradient", …
    std::vector<float> values;
};

/// One drop/grow round of one layer. Flat indices, ascending.
struct Rewiring {
    std::string layer;
    std::int64_t round = 0;
    std::vector<std::uint32_t> dropped;
    std::vector<std::uint32_t> grown;  ///< may share positions with `dropped`: those were regrown
};

/// A dense array of numbers with a name per axis (heat maps, histograms, scatter plots as n x 2, spectra, …).
struct Matrix {
    std::string tag;
    std::vector<std::int64_t> shape;
    std::vector<std::string> axes;
    std::vector<float> values;
};

/// 8-bit picture, height x width x channels (1 grey, 3 RGB, 4 RGBA).
struct Image {
    std::string tag;
    std::int32_t height = 0;
    std::int32_t width = 0;
    std::int32_t channels = 0;
    std::vector<std::uint8_t> pixels;
};

/// A place of a line or plane in weight space that has a name or belongs to a path.
struct SurfacePoint {
    std::string label;  ///< "A", "step 400"
    std::int64_t step = 0;
    double x = 0;
    double y = 0;
    double residual = 0;  ///< distance to the plane: what the picture does not show
    double loss = 0;      ///< of the network itself, not of its projection
    double accuracy = 0;
};

/// Figures over a line or a plane in weight space (loss landscape, interpolation between networks).
struct Surface {
    std::string tag;
    std::vector<double> x;            ///< ascending
    std::vector<double> y;            ///< ascending; one value for a line
    std::vector<std::string> fields;  ///< "train/loss", "train/acc", ...
    std::vector<float> values;        ///< [fields, y, x], NaN where nothing was computed yet
    std::vector<SurfacePoint> points; ///< networks and trajectory
    std::string recipe;               ///< JSON object: all that it takes to compute it again
    std::string results;              ///< JSON object: what follows from it (barrier, explained variance)

    std::size_t cells() const { return x.size() * y.size(); }
};

struct Text {
    std::string tag;
    std::string text;
};

enum class LogLevel { Debug, Info, Warning, Error };

/// Something that happened at an instant: "rewire", "checkpoint", "evaluate", "pause", "resume", "warning".
struct Event {
    std::string kind;
    std::string detail;  ///< JSON object or empty
};

}  // namespace filigree::record
