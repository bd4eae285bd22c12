// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "backend/vulkan/random.h"
#include "backend/vulkan/sparse_linear.h"
#include "backend/vulkan/top_k.h"

namespace filigree::vulkan {

/// What becomes of a position that is dropped and grown again in the same round; as in sparse/rewiring.h.
enum class Regrow { Reset, Keep, Forbid };

/// A round of dynamic sparse training: the k edges of smallest |w| go (of equals the first), as many
/// positions come.
struct RoundStep {
    std::uint64_t moved = 0;  ///< k
    Regrow regrow = Regrow::Reset;
    /// Growth by the largest |G| + bonus / (rounds + eps), of equals the lowest position: RigL with bonus 0,
    /// DST-EE with bonus = c ln t.
    float bonus = 0, eps = 1;
    /// Growth by the fewest rounds first, of equals the largest |G|, of equals the lowest position
    /// (coverage).
    bool fewestFirst = false;
    /// The edges of smallest |w G| go instead (Taylor).
    bool dropsByGradient = false;
    /// Growth at random instead: the positions of largest random word (SET).
    const RandomStream* random = nullptr;
};

/// The drop/grow update on the device, in place: pattern, transposed pattern, values and optimiser state. The
/// number of edges stays. Workspace: 5 numbers per position of the largest layer.
class Rewiring {
  public:
    Rewiring(Stream& stream, std::uint64_t mostPositions, std::uint64_t mostEdges);

    /// `gradient`: d loss / d W at all positions [rows, columns], or null for random growth. `values` and
    /// `states` [edges] follow their edges, new ones start at 0. `rounds` (u32 per position, or null): how
    /// often each position has been active; counts this round. Throws Error (Run) if k is too large (Forbid:
    /// more than there are inactive positions) or a needed array is missing.
    void run(Stream& stream, const RoundStep& step, DevicePattern& pattern, const View* gradient,
             const View& values, std::span<const View> states, const View* rounds);

    /// After `run`: for each edge its old edge, or 2^32 - 1 where it is new.
    View sources() const { return source_; }
    /// After `run`: for each old edge 1 if it was dropped, else 0.
    View dropped() const { return dropped_; }

    /// What a run finds out beside: sums of |w| over the dropped, of |G| over the grown and over as many
    /// candidates of largest |G|, the largest |G| of a candidate, and the bonus that was used. Without
    /// gradient the |G| are 0.
    struct Figures {
        double droppedMagnitude = 0, grownGradient = 0, topGradient = 0, largestGradient = 0, bonus = 0;
    };
    /// As `run`, with figures: waits. If `bonusPerGradient` is not 0, the bonus is that times the mean |G|
    /// over the candidates.
    Figures runMeasured(Stream& stream, RoundStep step, double bonusPerGradient, DevicePattern& pattern,
                        const View* gradient, const View& values, std::span<const View> states,
                        const View* rounds);

  private:
    struct Places;
    void drop(Stream& stream, const RoundStep& step, const Places& places, const DevicePattern& pattern,
              const View* gradient, const View& values);
    /// How the candidates of growth are ordered, as the shader counts them.
    enum class Order : std::uint32_t { Gradient, Exploration, Rounds, GradientWithinLimit };
    /// Keys of the candidates of growth.
    void score(Stream& stream, const RoundStep& step, Order order, const Places& places, const View* gradient,
               const View* rounds);
    /// Flags what grows.
    void grow(Stream& stream, const RoundStep& step, const Places& places, const View* gradient,
              const View* rounds);
    void write(Stream& stream, const RoundStep& step, const Places& places, DevicePattern& pattern,
               const View& values, std::span<const View> states, const View* rounds);
    /// Sum of |x| over what is chosen goes to figure `place`, the maximum to the next one if asked for.
    void measure(Stream& stream, const View& chosen, const View& x, std::uint64_t place, bool maximum);

    Array slot_, key_, flag_, before_, source_, moved_, dropped_, limit_;
    Array magnitude_, partial_, position_, figures_;
    TopK select_;
};

/// dense[position of edge e] = values[e]; the other positions keep what they hold.
void scatterEdges(Stream& stream, const DevicePattern& pattern, const View& values, const View& dense);
/// values[e] = dense[position of edge e].
void gatherEdges(Stream& stream, const DevicePattern& pattern, const View& dense, const View& values);
/// to[i] = from[source[i]], 0 where source[i] is 2^32 - 1.
void rearrange(Stream& stream, const View& source, const View& from, const View& to);

}  // namespace filigree::vulkan
