// SPDX-License-Identifier: Apache-2.0
#include "analysis/samples.h"

#include <algorithm>

#include "base/error.h"
#include "base/random.h"

namespace filigree::analysis {

Samples takeSamples(const data::Dataset& dataset, std::int64_t count, std::int64_t batchSize,
                    std::uint64_t seed, DType type) {
    if (count < 0 || batchSize < 2)
        throw Error(ErrorKind::Usage, "an analysis needs samples, in batches of at least 2");
    Samples samples;
    samples.classes = dataset.classes;
    samples.count = count == 0 ? dataset.count() : std::min(count, dataset.count());
    RandomStream random(seed, "analysis/samples");
    const std::vector<std::int64_t> chosen = random.sample(dataset.count(), samples.count);
    const auto size = static_cast<std::size_t>(dataset.sampleSize());
    for (std::int64_t first = 0; first < samples.count;) {
        std::int64_t last = std::min(samples.count, first + batchSize);
        if (last + 1 == samples.count) ++last;
        Shape shape{last - first};
        for (const std::int64_t axis : dataset.sampleShape) shape.append(axis);
        Samples::Batch batch{Tensor::empty(shape), Tensor::empty({last - first}, DType::I32)};
        for (std::int64_t i = first; i < last; ++i) {
            const std::int64_t sample = chosen[static_cast<std::size_t>(i)];
            const auto place = static_cast<std::size_t>(i - first);
            dataset.read(sample, batch.x.values<float>().subspan(place * size, size));
            batch.labels.values<std::int32_t>()[place] = dataset.labels[static_cast<std::size_t>(sample)];
        }
        if (type != DType::F32) batch.x = batch.x.to(type);
        samples.batches.push_back(std::move(batch));
        first = last;
    }
    return samples;
}

}  // namespace filigree::analysis
