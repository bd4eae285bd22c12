// SPDX-License-Identifier: Apache-2.0
#include "data/slice.h"

#include "base/error.h"

namespace filigree::data {

Dataset slice(const Dataset& dataset, std::int64_t first, std::int64_t count) {
    if (first < 0 || count < 0 || first > dataset.count() - count)
        throw Error(ErrorKind::Usage, "samples " + std::to_string(first) + " to " +
                                          std::to_string(first + count) + " of " + dataset.name +
                                          " are wanted, but there are " + std::to_string(dataset.count()));
    Dataset part = dataset;
    part.labels.assign(dataset.labels.begin() + first, dataset.labels.begin() + first + count);
    const std::int64_t size = dataset.sampleSize();
    std::visit(
        [&](const auto& samples) {
            using Samples = std::decay_t<decltype(samples)>;
            part.samples = Samples(samples.begin() + first * size, samples.begin() + (first + count) * size);
        },
        dataset.samples);
    return part;
}

}  // namespace filigree::data
