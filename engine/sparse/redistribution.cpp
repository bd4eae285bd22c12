// SPDX-License-Identifier: Apache-2.0
#include "sparse/redistribution.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "base/error.h"

namespace filigree::sparse {

std::vector<std::int64_t> apportion(std::int64_t total, std::span<const double> shares,
                                    std::span<const std::int64_t> room) {
    const std::size_t layers = shares.size();
    std::vector<std::int64_t> parts(layers, 0);
    const std::int64_t space = std::accumulate(room.begin(), room.end(), std::int64_t{0});
    if (total > space)
        throw Error(ErrorKind::Run, "there is no room for the connections to be shared",
                    std::to_string(total) + " for " + std::to_string(space) + " free positions");
    std::int64_t open = total;
    while (open > 0) {
        // One pass over the layers that still have room; each pass fills one or places everything.
        std::vector<double> weight(layers, 0);
        double sum = 0;
        for (std::size_t l = 0; l < layers; ++l)
            if (parts[l] < room[l]) sum += weight[l] = shares[l];
        if (!(sum > 0))
            for (std::size_t l = 0; l < layers; ++l)
                if (parts[l] < room[l]) sum += weight[l] = 1;
        std::vector<std::size_t> byRemainder;
        std::vector<double> remainder(layers, 0);
        std::int64_t placed = 0;
        bool filled = false;
        for (std::size_t l = 0; l < layers; ++l) {
            if (weight[l] <= 0) continue;
            const double ideal = static_cast<double>(open) * weight[l] / sum;
            const auto whole = static_cast<std::int64_t>(std::floor(ideal));
            const std::int64_t taken = std::min(whole, room[l] - parts[l]);
            filled = filled || taken < whole;
            parts[l] += taken;
            placed += taken;
            remainder[l] = ideal - static_cast<double>(whole);
            if (parts[l] < room[l]) byRemainder.push_back(l);
        }
        open -= placed;
        if (filled) continue;
        std::stable_sort(byRemainder.begin(), byRemainder.end(),
                         [&](std::size_t a, std::size_t b) { return remainder[a] > remainder[b]; });
        for (const std::size_t l : byRemainder) {
            if (open == 0) break;
            ++parts[l];
            --open;
        }
    }
    return parts;
}

}  // namespace filigree::sparse
