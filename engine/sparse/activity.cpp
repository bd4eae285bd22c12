// SPDX-License-Identifier: Apache-2.0
#include "sparse/activity.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <string>
#include <utility>

#include "base/error.h"

namespace filigree::sparse {

/// Makes one anew, position after position.
class Activity::Builder {
  public:
    explicit Builder(std::size_t expectedBytes) { made_.groups_.reserve(expectedBytes); }

    void append(std::uint32_t position, std::uint16_t count) {
        appendNumber(position - made_.next_);
        appendNumber(count);
        made_.next_ = position + 1;
        ++made_.everActive_;
    }
    Activity finish() {
        for (; held_ > 0; held_ -= 2, bits_ >>= 8) made_.groups_.push_back(static_cast<std::uint8_t>(bits_));
        made_.groups_.shrink_to_fit();
        return std::move(made_);
    }

  private:
    void appendNumber(std::uint32_t number) {
        for (; number > 7; number >>= 3) appendGroup((number & 7U) | 8U);
        appendGroup(number);
    }
    /// Groups wait in a register until there are sixteen.
    void appendGroup(std::uint64_t group) {
        bits_ |= group << (4 * held_);
        if (++held_ < 16) return;
        std::array<std::uint8_t, 8> bytes;
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(bits_ >> (8 * i));
        made_.groups_.insert(made_.groups_.end(), bytes.begin(), bytes.end());
        bits_ = 0;
        held_ = 0;
    }

    Activity made_;
    std::uint64_t bits_ = 0;
    int held_ = 0;
};

Activity::Activity(std::span<const std::uint32_t> positions, std::span<const std::uint16_t> counts) {
    const bool ascending =
        std::adjacent_find(positions.begin(), positions.end(), std::greater_equal<>()) == positions.end();
    if (positions.size() != counts.size() || !ascending)
        throw Error(
            ErrorKind::Data, "the activity counters of a layer are damaged",
            std::to_string(positions.size()) + " positions, " + std::to_string(counts.size()) + " counts");
    Builder builder(2 * positions.size());
    for (std::size_t i = 0; i < positions.size(); ++i) builder.append(positions[i], counts[i]);
    *this = builder.finish();
}

template <typename Body>
void Activity::forEach(Body&& body) const {
    std::size_t group = 0;
    const auto number = [&] {
        std::uint32_t value = 0;
        for (unsigned shift = 0;; shift += 3, ++group) {
            const std::uint32_t bits = static_cast<std::uint32_t>(groups_[group / 2]) >> (4 * (group % 2));
            value |= (bits & 7U) << shift;
            if ((bits & 8U) == 0) break;
        }
        ++group;
        return value;
    };
    std::uint32_t next = 0;
    for (std::int64_t i = 0; i < everActive_; ++i) {
        const std::uint32_t position = next + number();
        const auto count = static_cast<std::uint16_t>(number());
        body(position, count);
        next = position + 1;
    }
}

void Activity::add(const Topology& topology) {
    const std::vector<std::uint32_t> active = topology.positions();
    Builder result(groups_.size() + active.size());
    auto next = active.begin();
    forEach([&](std::uint32_t position, std::uint16_t count) {
        for (; next != active.end() && *next < position; ++next) result.append(*next, 1);
        const bool isActive = next != active.end() && *next == position;
        if (isActive) ++next;
        const bool saturated = count == std::numeric_limits<std::uint16_t>::max();
        result.append(position, static_cast<std::uint16_t>(count + (isActive && !saturated ? 1 : 0)));
    });
    for (; next != active.end(); ++next) result.append(*next, 1);
    *this = result.finish();
}

void Activity::keepOnly(std::span<const std::uint32_t> positions) {
    Builder result(groups_.size());
    auto next = positions.begin();
    forEach([&](std::uint32_t position, std::uint16_t count) {
        while (next != positions.end() && *next < position) ++next;
        if (next != positions.end() && *next == position) result.append(position, count);
    });
    *this = result.finish();
}

Activity::Listed Activity::listed() const {
    const auto size = static_cast<std::size_t>(everActive_);
    Listed all{std::vector<std::uint32_t>(size), std::vector<std::uint16_t>(size)};
    std::size_t next = 0;
    forEach([&](std::uint32_t position, std::uint16_t count) {
        all.positions[next] = position;
        all.counts[next++] = count;
    });
    return all;
}

std::uint16_t Activity::at(std::uint32_t wanted) const {
    std::uint16_t found = 0;
    forEach([&](std::uint32_t position, std::uint16_t count) {
        if (position == wanted) found = count;
    });
    return found;
}

}  // namespace filigree::sparse
