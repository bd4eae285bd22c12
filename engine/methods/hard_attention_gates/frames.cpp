// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "methods/hard_attention_gates/activation_map.h"
#include "methods/hard_attention_gates/evaluation.h"
#include "methods/hard_attention_gates/gated_training.h"

/// What the network sees of single frames.
namespace filigree::methods::hard_attention_gates {
namespace {

namespace endoscopy = data::endoscopy;

/// Places of up to `most` frames of a polyp, evenly spread.
std::vector<std::int64_t> placesOf(const Samples& samples, std::int64_t polyp, std::int64_t most,
                                   analysis::FrameSet& set) {
    std::vector<std::int64_t> all, chosen;
    for (std::size_t i = 0; i < samples.polyps.size(); ++i)
        if (samples.polyps[i] == polyp) all.push_back(static_cast<std::int64_t>(i));
    set.all = static_cast<std::int64_t>(all.size());
    const std::int64_t used = std::min(set.all, most);
    for (std::int64_t k = 0; k < used; ++k) {
        const std::int64_t place = k * set.all / used;
        chosen.push_back(all[static_cast<std::size_t>(place)]);
        set.items.push_back(place + 1);
    }
    return chosen;
}

void addPicture(const endoscopy::StoredFrame& frame, analysis::FrameSet& set) {
    set.rgb.insert(set.rgb.end(), frame.rgb.begin(), frame.rgb.end());
    for (const std::uint8_t inside : frame.mask) set.mask.push_back(inside != 0 ? 255 : 0);
    for (const std::uint16_t depth : frame.depth) set.depthMm.push_back(static_cast<float>(depth) / 256);
    for (const std::int64_t edge : {frame.box.xMin, frame.box.yMin, frame.box.xMax, frame.box.yMax})
        set.boxes.push_back(static_cast<float>(edge) / static_cast<float>(set.width));
}

/// Planes and window of each stream.
void addInput(const endoscopy::InputPlan& plan, const endoscopy::PolypPicture& picture, const Batch& batch,
              analysis::FrameSet& set) {
    auto from = batch.inputs.begin();
    for (std::size_t s = 0; s < plan.streams.size(); ++s) {
        analysis::FrameStream& stream = set.streams[s];
        const auto end = from + stream.channels * stream.size * stream.size;
        stream.input.insert(stream.input.end(), from, end);
        from = end;
        const endoscopy::Window window = windowOf(plan.streams[s], picture);
        for (const double edge : {window.left, window.top, window.right, window.bottom})
            stream.windows.push_back(static_cast<float>(edge));
    }
}

void addMaps(const ActivationMaps& maps, double factor, analysis::FrameSet& set) {
    for (std::size_t s = 0; s < maps.maps.size(); ++s) {
        analysis::FrameStream& stream = set.streams[s];
        stream.rows = maps.maps[s].shape()[0];
        stream.columns = maps.maps[s].shape()[1];
        for (const double value : maps.maps[s].toDoubles())
            stream.maps.push_back(static_cast<float>(factor * value));
    }
}

/// Notes what gates are given while it lives.
class GateObserver {
  public:
    explicit GateObserver(const std::vector<std::pair<std::string, nn::ChannelGate*>>& gates)
        : gates_(gates), given_(gates.size()) {
        for (std::size_t g = 0; g < gates_.size(); ++g)
            gates_[g].second->setObserver([this, g](const Tensor& x) {
                // Whoever asks a gate for its factors calls it again.
                if (!given_[g].defined()) given_[g] = x;
            });
    }
    GateObserver(const GateObserver&) = delete;
    GateObserver& operator=(const GateObserver&) = delete;
    ~GateObserver() {
        for (const auto& [name, gate] : gates_) gate->setObserver({});
    }

    /// Takes over what was given for one picture, if there is room for it.
    void takeTo(analysis::FrameSet& set, std::int64_t most) {
        std::int64_t sum = 0, kept = 0;
        for (const Tensor& given : given_) sum += given.elements();
        for (const analysis::GateMaps& maps : set.gates) kept += std::ssize(maps.values);
        const bool room = set.mapped == 0 || kept + sum <= analysis::FrameOwner::mostFeatureValues;
        if (set.mapped < most && room && !gates_.empty()) {
            set.gates.resize(gates_.size());
            for (std::size_t g = 0; g < gates_.size(); ++g) add(g, set.gates[g]);
            ++set.mapped;
        }
        for (Tensor& given : given_) given = {};
    }

  private:
    void add(std::size_t g, analysis::GateMaps& maps) {
        const auto& [name, gate] = gates_[g];
        Tensor x = given_[g];
        maps.gate = name;
        maps.channels = x.dim(x.rank() == 3 ? 2 : 1);
        maps.rows = x.rank() == 4 ? x.dim(2) : 1;
        maps.columns = x.rank() == 4 ? x.dim(3) : 1;
        if (x.rank() == 3) {
            // Tokens of patches, row by row; the class token comes first and has no place.
            const auto side = std::llround(std::sqrt(static_cast<double>(x.dim(1) - 1)));
            maps.rows = maps.columns = side;
            x = x.slice(1, 1, x.dim(1)).transpose(1, 2);
        }
        for (const double value : x.toDoubles()) maps.values.push_back(static_cast<float>(value));
        if (!maps.factors.empty()) return;
        for (const double factor : gate->factors()) maps.factors.push_back(static_cast<float>(factor));
    }

    const std::vector<std::pair<std::string, nn::ChannelGate*>>& gates_;
    std::vector<Tensor> given_;
};

/// Nothing was recorded of it, for no frame.
template <typename T>
void dropIfBlank(std::vector<T>& values) {
    if (std::all_of(values.begin(), values.end(), [](T value) { return value == T{}; })) values.clear();
}

}  // namespace

analysis::FrameSet GatedTraining::exploreFrames(std::optional<std::int64_t> polyp, std::int64_t most,
                                                std::int64_t features) {
    const Samples& samples = task_.test;
    if (!task_.ofPolyps())
        throw Error(ErrorKind::Usage, "this run does not look at frames of polyps", {},
                    "choose one that does, for example of the preset sizing");
    analysis::FrameSet set;
    set.group = polyp.value_or(*std::min_element(samples.polyps.begin(), samples.polyps.end()));
    const std::vector<std::int64_t> places = placesOf(samples, set.group, most, set);
    if (places.empty())
        throw Error(ErrorKind::Usage, "there is no such polyp in the test data", std::to_string(set.group),
                    "the page Predictions and filigree render predictions --csv list those there are");
    const bool sizes = task_.goal == Goal::Size;
    set.scale = sizes ? predictionScale(3, constantSize(task_.train.sizesMm))
                      : predictionScale(static_cast<std::size_t>(task_.outputs), std::nullopt);
    set.mapUnit = sizes ? "mm" : "";
    set.width = samples.files.empty() ? samples.frameWidth : samples.size;
    for (const endoscopy::Stream stream : plan_.streams)
        set.streams.push_back({nameOf(stream), channelsOf(stream), samples.size, {}, {}, 0, 0, {}});
    withTestedWeights([&] {
        const autograd::NoGradient noTape;
        network_.module->setTraining(false);
        GateObserver observer(network_.gates);
        for (const std::int64_t place : places) {
            const auto at = static_cast<std::size_t>(place);
            const endoscopy::StoredFrame frame =
                samples.files.empty() ? samples.frames[at] : readFrame(samples.files[at], samples.size);
            addPicture(frame, set);
            const Batch batch = makeBatch(samples, std::array{place}, plan_);
            addInput(plan_, pictureOf(frame, set.width, samples.size), batch, set);
            std::vector<double> outputs;
            if (network_.mapper) {
                const ActivationMaps maps = network_.mapper->map(
                    autograd::Variable(batch.x()), sizes ? std::optional<std::int64_t>(0) : std::nullopt);
                outputs = maps.outputs;
                addMaps(maps, sizes ? mmPerUnit : 1, set);
                set.offsets.push_back(sizes ? unlimitedSize(maps.offset) : maps.offset);
            } else {
                outputs = network_.module->forward(autograd::Variable(batch.x())).value().toDoubles();
            }
            observer.takeTo(set, features);
            set.truth.push_back(sizes ? samples.sizesMm[at] : static_cast<double>(samples.targets[at]));
            set.predicted.push_back(
                sizes ? sizeOf(outputs[0])
                      : static_cast<double>(std::max_element(outputs.begin(), outputs.end()) -
                                            outputs.begin()));
        }
        network_.module->setTraining(true);
    });
    dropIfBlank(set.mask);
    dropIfBlank(set.depthMm);
    return set;
}

}  // namespace filigree::methods::hard_attention_gates
