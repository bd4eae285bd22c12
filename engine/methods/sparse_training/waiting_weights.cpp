// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_training/waiting_weights.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "sparse/magnitude_limit.h"

namespace filigree::methods::sparse_training {
namespace {

constexpr std::size_t codeBytes = 3;
/// Distances that do not fit: the value is stored elsewhere.
constexpr std::int32_t elsewhere = (1 << 23) - 1;

bool isElsewhere(const std::uint8_t* code) {
    return code[0] == 255 && code[1] == 255 && (code[2] & 127) == 127;
}

/// The floor while nothing is stored.
constexpr std::int32_t none = std::numeric_limits<std::int32_t>::max();

}  // namespace

WaitingWeights::WaitingWeights(std::uint64_t seed, const std::string& layer, const Shape& shape)
    : initial_(seed, layer, shape, {}), size_(shape.elements()), floor_(none) {}

std::vector<std::uint32_t> WaitingWeights::positions() const {
    std::vector<std::uint32_t> result;
    result.reserve(static_cast<std::size_t>(stored_));
    for (std::size_t word = 0; word < stores_.size(); ++word)
        for (std::uint64_t left = stores_[word]; left != 0; left &= left - 1)
            result.push_back(static_cast<std::uint32_t>(64 * word) +
                             static_cast<std::uint32_t>(std::countr_zero(left)));
    return result;
}

std::vector<float> WaitingWeights::values() const {
    std::vector<float> result(static_cast<std::size_t>(stored_));
    for (std::size_t i = 0; i < result.size(); ++i) {
        const std::uint8_t* const code = codes_.data() + codeBytes * i;
        const std::uint32_t sign = code[2] & 128U;
        const std::uint32_t below = code[0] | (std::uint32_t{code[1]} << 8) | ((code[2] & 127U) << 16);
        result[i] = std::bit_cast<float>((sign << 24) | (static_cast<std::uint32_t>(top_) - below));
    }
    auto other = others_.begin();
    for (std::size_t i = 0; i < result.size(); ++i)
        if (isElsewhere(codes_.data() + codeBytes * i)) result[i] = *other++;
    return result;
}

void WaitingWeights::store(const std::vector<std::uint32_t>& positions, const std::vector<float>& values) {
    stores_.assign(static_cast<std::size_t>((size_ + 63) / 64), 0);
    for (const std::uint32_t p : positions) stores_[p / 64] |= std::uint64_t{1} << (p % 64);
    stored_ = std::ssize(positions);
    top_ = 0;
    for (const float value : values) top_ = std::max(top_, sparse::magnitudeBits(value));
    others_ = {};
    codes_ = std::vector<std::uint8_t>(codeBytes * values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::int32_t below = top_ - sparse::magnitudeBits(values[i]);
        std::uint8_t* const code = codes_.data() + codeBytes * i;
        if (below >= elsewhere) {
            others_.push_back(values[i]);
            std::fill_n(code, codeBytes, std::uint8_t{255});
            continue;
        }
        code[0] = static_cast<std::uint8_t>(below & 255);
        code[1] = static_cast<std::uint8_t>(below >> 8 & 255);
        code[2] = static_cast<std::uint8_t>((below >> 16) | (std::signbit(values[i]) ? 128 : 0));
    }
    others_.shrink_to_fit();
}

void WaitingWeights::lowerFloor(std::int32_t bits, const std::vector<std::uint32_t>& members) {
    const std::vector<std::uint32_t> old = positions();
    const std::vector<float> oldValues = values();
    std::vector<std::uint32_t> merged;
    std::vector<float> mergedValues;
    std::size_t next = 0;
    auto member = members.begin();
    const auto takeOld = [&](std::uint32_t end) {
        for (; next < old.size() && old[next] < end; ++next) {
            merged.push_back(old[next]);
            mergedValues.push_back(oldValues[next]);
        }
    };
    initial_.forEachAtLeast(std::bit_cast<float>(bits), [&](std::uint32_t position, float value) {
        // What is above the floor is stored already, or in B.
        if (sparse::magnitudeBits(value) >= floor_) return;
        while (member != members.end() && *member < position) ++member;
        if (member != members.end() && *member == position) return;
        takeOld(position);
        merged.push_back(position);
        mergedValues.push_back(value);
    });
    takeOld(std::numeric_limits<std::uint32_t>::max());
    floor_ = bits;
    store(merged, mergedValues);
}

sparse::MagnitudeLimit WaitingWeights::findLimit(const std::vector<std::uint32_t>& members,
                                                 std::span<const float> theta, std::int64_t count) {
    // Numbers by the upper bits of their magnitudes: steps of 0.4 to 0.8 %.
    constexpr int lowerBits = 16;
    constexpr std::int32_t slack = 1 << 20;
    const double full = static_cast<double>(size_);
    const auto shareAbove = [&](std::int32_t bits) {
        return std::erfc(double{std::bit_cast<float>(bits)} / (initial_.deviation() * std::sqrt(2.0)));
    };
    for (;;) {
        const std::vector<float> waiting = values();
        std::vector<std::uint32_t> numbers(std::size_t{1} << (31 - lowerBits));
        for (const std::span<const float> values : {theta, std::span<const float>(waiting)})
            for (const float value : values)
                ++numbers[static_cast<std::size_t>(sparse::magnitudeBits(value) >> lowerBits)];
        constexpr std::int32_t infinity = 0x7f800000;
        if (std::any_of(numbers.begin() + (infinity >> lowerBits), numbers.end(),
                        [](std::uint32_t number) { return number > 0; }))
            throw Error(ErrorKind::Run, "a weight is not a number", {},
                        "the run has diverged: lower optimizer.lr");
        const double known = floor_ == none ? 0 : shareAbove(floor_);
        std::int64_t above = 0;
        std::int32_t step = static_cast<std::int32_t>(numbers.size()) - 1;
        for (; step > 0; --step) {
            const std::int32_t bits = step << lowerBits;
            const double drawn = bits < floor_ ? full * (shareAbove(bits) - known) : 0;
            const std::int64_t here = numbers[static_cast<std::size_t>(step)];
            if (static_cast<double>(above + here) + drawn >= static_cast<double>(count)) break;
            above += here;
        }
        // Of those below the floor only a likely number is known until they are drawn.
        if (const std::int32_t bits = step << lowerBits; bits < floor_) {
            lowerFloor(std::max(0, bits - slack), members);
            continue;
        }
        std::vector<float> near;
        for (const std::span<const float> values : {theta, std::span<const float>(waiting)})
            for (const float value : values)
                if (sparse::magnitudeBits(value) >> lowerBits == step) near.push_back(value);
        sparse::MagnitudeLimit limit = sparse::magnitudeLimit(near, count - above);
        limit.above += above;
        return limit;
    }
}

WaitingWeights::Choice WaitingWeights::choose(const std::vector<std::uint32_t>& members,
                                              std::span<const float> theta, std::int64_t count) {
    if (count > size_)
        throw Error(ErrorKind::Run, "there are not so many weights to choose from",
                    std::to_string(count) + " of " + std::to_string(size_));
    const sparse::MagnitudeLimit limit = findLimit(members, theta, count);
    const std::vector<std::uint32_t> listed = positions();
    const std::vector<float> waiting = values();
    std::vector<std::size_t> candidates;  // of those listed
    for (std::size_t i = 0; i < waiting.size(); ++i)
        if (sparse::magnitudeBits(waiting[i]) >= limit.bits) candidates.push_back(i);

    Choice next;
    next.positions.reserve(static_cast<std::size_t>(count));
    next.sources.reserve(static_cast<std::size_t>(count));
    std::int64_t leave = limit.above + limit.equal - count;
    const auto stays = [&](float value) {
        const std::int32_t bits = sparse::magnitudeBits(value);
        return bits > limit.bits || (bits == limit.bits && leave-- <= 0);
    };
    std::vector<bool> enters(waiting.size());
    auto waits = candidates.begin();
    const auto enter = [&](std::uint32_t end) {
        for (; waits != candidates.end() && listed[*waits] < end; ++waits) {
            if (!stays(waiting[*waits])) continue;
            enters[*waits] = true;
            next.entering.push_back(static_cast<std::uint32_t>(next.positions.size()));
            next.entered.push_back(waiting[*waits]);
            next.positions.push_back(listed[*waits]);
            next.sources.push_back(-1);
        }
    };
    for (std::size_t e = 0; e < members.size(); ++e) {
        enter(members[e]);
        if (stays(theta[e])) {
            next.positions.push_back(members[e]);
            next.sources.push_back(static_cast<std::int64_t>(e));
        } else {
            next.leaving.push_back(static_cast<std::uint32_t>(e));
        }
    }
    enter(std::numeric_limits<std::uint32_t>::max());
    if (next.entering.empty() && next.leaving.empty()) return next;

    std::vector<std::uint32_t> kept;
    std::vector<float> keptValues;
    kept.reserve(listed.size());
    keptValues.reserve(listed.size());
    auto left = next.leaving.begin();
    const auto takeLeaving = [&](std::uint32_t end) {
        for (; left != next.leaving.end() && members[*left] < end; ++left) {
            kept.push_back(members[*left]);
            keptValues.push_back(theta[*left]);
        }
    };
    for (std::size_t i = 0; i < listed.size(); ++i) {
        if (enters[i]) continue;
        takeLeaving(listed[i]);
        kept.push_back(listed[i]);
        keptValues.push_back(waiting[i]);
    }
    takeLeaving(std::numeric_limits<std::uint32_t>::max());
    store(kept, keptValues);
    return next;
}

float WaitingWeights::at(std::uint32_t position) const {
    const std::vector<std::uint32_t> listed = positions();
    const auto found = std::lower_bound(listed.begin(), listed.end(), position);
    if (found != listed.end() && *found == position)
        return values()[static_cast<std::size_t>(found - listed.begin())];
    return static_cast<float>(initial_.at(position));
}

std::int64_t WaitingWeights::bytes() const {
    return 8 * std::ssize(stores_) + std::ssize(codes_) + 4 * std::ssize(others_);
}

void WaitingWeights::save(train::Checkpoint& checkpoint, const std::string& name) const {
    const std::vector<std::uint32_t> listed = positions();
    checkpoint.put(name + ".positions", std::vector<std::int64_t>(listed.begin(), listed.end()));
    checkpoint.put(name + ".values", Tensor::from(values(), {stored()}));
    checkpoint.put(name + ".floor", std::vector<std::int64_t>{floor_});
}

void WaitingWeights::load(const train::Checkpoint& checkpoint, const std::string& name) {
    const auto damaged = [&] {
        return Error(ErrorKind::Data, "the saved weights '" + name + "' are damaged", {},
                     "resume from another checkpoint");
    };
    std::vector<std::uint32_t> listed;
    for (const std::int64_t position : checkpoint.getIntegers(name + ".positions")) {
        if (position < 0 || position >= size_ || (!listed.empty() && position <= listed.back()))
            throw damaged();
        listed.push_back(static_cast<std::uint32_t>(position));
    }
    const Tensor saved = checkpoint.get(name + ".values", DType::F32, {std::ssize(listed)}).contiguous();
    const auto floor = checkpoint.getIntegers(name + ".floor");
    if (floor.size() != 1 || floor[0] < 0 || floor[0] > none) throw damaged();
    floor_ = static_cast<std::int32_t>(floor[0]);
    const std::span<const float> list = saved.values<float>();
    store(listed, {list.begin(), list.end()});
}

}  // namespace filigree::methods::sparse_training
