// SPDX-License-Identifier: Apache-2.0
#include "data/digits.h"

#include "base/error.h"
#include "data/catalogue.h"

namespace filigree::data {

Dataset loadDigits(const std::string& split) {
    if (split != "train" && split != "test")
        throw Error(ErrorKind::Usage, "no split '" + split + "'", {}, "Choose train or test.");
    const DatasetInfo& info = datasetInfo("digits");
    Dataset set;
    set.name = info.name;
    set.split = split;
    set.where = "embedded";
    set.sampleShape = info.sampleShape;
    set.classes = info.classes;
    set.classNames = info.classNames;
    set.normalization = info.normalization;
    set.pixelMaximum = 16;

    constexpr std::size_t pixels = 64;
    const auto rows = embedded::digitRows();
    const auto order = split == "train" ? embedded::digitOrder().first(digitsTrainCount)
                                        : embedded::digitOrder().subspan(digitsTrainCount);
    LargeVector<std::uint8_t> values;
    values.reserve(order.size() * pixels);
    for (const std::uint16_t row : order) {
        const auto image = rows.subspan(row * (pixels + 1), pixels + 1);
        values.insert(values.end(), image.begin(), image.end() - 1);
        set.labels.push_back(image.back());
    }
    set.samples = std::move(values);
    set.validate();
    return set;
}

}  // namespace filigree::data
