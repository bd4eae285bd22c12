// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Where the time of a computation goes: operations say what they do and how much, and are timed while
/// somebody records. Nobody recording: an operation costs one look at a thread-local pointer.
namespace filigree::profile {

enum class Phase : std::uint8_t { Forward, Backward, Update };
/// "forward", "backward", "update".
const char* nameOf(Phase phase);

/// One timed operation of the recording thread (what it spreads over other threads is inside).
struct Event {
    std::string operation;  ///< "sparse convolution"
    std::string layer;      ///< path of the module it belongs to, or ""
    Phase phase = Phase::Forward;
    double startSeconds = 0;  ///< since the recording began
    double seconds = 0;
    double flops = 0;  ///< a multiply-add counts two
    double bytes = 0;  ///< each operand and result once: what must at least be moved
};

/// While one lives, operations called by this thread are recorded. Recordings do not nest (Error, Run).
class Recording {
  public:
    Recording();
    ~Recording();
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

    /// In the order in which they ended.
    const std::vector<Event>& events() const { return events_; }
    void clear() { events_.clear(); }
    double seconds() const;

  private:
    friend class Operation;
    friend class Layer;
    friend bool isRecording();
    friend std::string currentLayer();

    std::vector<Event> events_;
    std::int64_t start_;
    std::string layer_;
    Phase phase_ = Phase::Forward;
    int depth_ = 0;
};

/// True while this thread records.
bool isRecording();
/// The innermost Layer of this thread, "" outside of any or when nobody records.
std::string currentLayer();

/// From here to the end of the scope one operation runs. Of nested operations the outermost counts.
class Operation {
  public:
    /// `name` must outlive the recording (a literal).
    Operation(const char* name, double flops, double bytes);
    ~Operation();
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

  private:
    Recording* recording_;
    const char* name_;
    double flops_, bytes_;
    std::int64_t start_ = 0;
};

/// Operations of the scope belong to this layer and phase.
class Layer {
  public:
    explicit Layer(const std::string& path, Phase phase = Phase::Forward);
    ~Layer();
    Layer(const Layer&) = delete;
    Layer& operator=(const Layer&) = delete;

  private:
    Recording* recording_;
    std::string layerBefore_;
    Phase phaseBefore_ = Phase::Forward;
};

}  // namespace filigree::profile
