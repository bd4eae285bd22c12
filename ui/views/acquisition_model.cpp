// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/acquisition_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/error.h"

namespace filigree::ui {
namespace {

constexpr std::string_view tagPrefix = "candidates/";
/// |G| further below the largest is drawn as if it were 0.
constexpr double mostDecades = 6;

[[noreturn]] void damaged(const std::string& what) {
    throw Error(ErrorKind::Data, "the candidates of a round are damaged: " + what, "record of candidates",
                "choose another round");
}

/// How many of a descending list have a score of at least `least`.
template <typename Score>
std::size_t countFrom(std::size_t size, Score&& score, double least) {
    std::size_t low = 0, high = size;
    while (low < high) {
        const std::size_t middle = (low + high) / 2;
        if (score(middle) >= least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

}  // namespace

AcquisitionRound::AcquisitionRound(std::int64_t columns, std::span<const float> gradient,
                                   std::span<const float> rounds, std::span<const std::uint32_t> grown,
                                   const AcquisitionRule& rule)
    : rule_(rule), columns_(std::max<std::int64_t>(1, columns)) {
    if (gradient.size() != rounds.size()) damaged("as many activities as gradients are needed");
    std::map<std::uint16_t, std::vector<std::uint32_t>> byRounds;
    double sum = 0;
    float largest = 0, smallest = 0;
    for (std::size_t p = 0; p < gradient.size(); ++p) {
        if (std::isnan(gradient[p])) continue;
        if (!(gradient[p] >= 0) || !(rounds[p] >= 0 && rounds[p] <= 65535)) damaged("a value out of range");
        byRounds[static_cast<std::uint16_t>(rounds[p])].push_back(static_cast<std::uint32_t>(p));
        sum += static_cast<double>(gradient[p]);
        largest = std::max(largest, gradient[p]);
        if (gradient[p] > 0 && (smallest == 0 || gradient[p] < smallest)) smallest = gradient[p];
        ++candidates_;
    }
    mean_ = candidates_ > 0 ? sum / static_cast<double>(candidates_) : 0;
    if (largest > 0 && std::isfinite(largest)) {
        greatest_ = std::log10(static_cast<double>(largest));
        least_ =
            std::clamp(std::log10(static_cast<double>(smallest)), greatest_ - mostDecades, greatest_ - 1);
    }
    for (auto& [count, positions] : byRounds) {
        CandidateGroup group;
        group.rounds = count;
        std::stable_sort(positions.begin(), positions.end(),
                         [&](std::uint32_t a, std::uint32_t b) { return gradient[a] > gradient[b]; });
        group.gradient.reserve(positions.size());
        group.histogram.assign(bins, 0);
        for (std::size_t i = 0; i < positions.size(); ++i) {
            const float value = gradient[positions[i]];
            group.gradient.push_back(value);
            ++group.histogram[bin(value)];
            if (std::binary_search(grown.begin(), grown.end(), positions[i]))
                group.grown.push_back(static_cast<std::uint32_t>(i));
        }
        group.position = std::move(positions);
        grown_ += static_cast<std::int64_t>(group.grown.size());
        if (count == 0) grownNever_ = static_cast<std::int64_t>(group.grown.size());
        groups_.push_back(std::move(group));
    }
    if (grown_ != static_cast<std::int64_t>(grown.size())) damaged("it grew what was no candidate");
}

std::size_t AcquisitionRound::bin(float gradient) const {
    if (!(gradient > 0)) return 0;
    const double place = (std::log10(static_cast<double>(gradient)) - least_) / (greatest_ - least_);
    if (place < 0) return 0;
    return place < 1 ? 1 + static_cast<std::size_t>(place * static_cast<double>(bins - 1)) : bins - 1;
}

double AcquisitionRound::bonus(double c, std::uint16_t rounds) const {
    // In the order of operations of the engine: the same bits.
    const double scale = (rule_.normalize ? mean_ : 1) * c * std::log(static_cast<double>(rule_.step));
    return scale / (static_cast<double>(rounds) + rule_.eps);
}

AcquisitionChoice AcquisitionRound::choose(double c) const {
    AcquisitionChoice choice;
    choice.c = c;
    choice.groups.resize(groups_.size());
    if (std::isinf(c))
        chooseFewestRounds(choice);
    else
        chooseLargest(choice);
    measure(choice);
    return choice;
}

void AcquisitionRound::chooseFewestRounds(AcquisitionChoice& choice) const {
    auto left = static_cast<std::size_t>(grown_);
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        choice.groups[g].above = std::min(left, groups_[g].position.size());
        left -= choice.groups[g].above;
    }
}

void AcquisitionRound::chooseLargest(AcquisitionChoice& choice) const {
    const auto wanted = static_cast<std::size_t>(grown_);
    if (wanted == 0) return;
    std::vector<double> bonuses;
    for (const CandidateGroup& group : groups_) bonuses.push_back(bonus(choice.c, group.rounds));
    const auto reaching = [&](std::size_t g, double least) {
        const CandidateGroup& group = groups_[g];
        return countFrom(
            group.gradient.size(),
            [&](std::size_t i) { return static_cast<double>(group.gradient[i]) + bonuses[g]; }, least);
    };
    // Scores are not negative, so their bits ascend with them: the largest score that enough reach.
    std::uint64_t low = 0, high = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::infinity());
    while (low < high) {
        const std::uint64_t middle = low + (high - low + 1) / 2;
        std::size_t count = 0;
        for (std::size_t g = 0; g < groups_.size() && count < wanted; ++g)
            count += reaching(g, std::bit_cast<double>(middle));
        if (count >= wanted)
            low = middle;
        else
            high = middle - 1;
    }
    choice.threshold = std::bit_cast<double>(low);
    const double next = std::bit_cast<double>(low + 1);
    std::size_t above = 0;
    struct Tie {
        std::uint32_t position, place;
        std::size_t group;
    };
    std::vector<Tie> ties;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        choice.groups[g].above = reaching(g, next);
        above += choice.groups[g].above;
        const std::size_t end = reaching(g, choice.threshold);
        for (std::size_t i = choice.groups[g].above; i < end; ++i)
            ties.push_back({groups_[g].position[i], static_cast<std::uint32_t>(i), g});
    }
    const std::size_t missing = wanted - above;
    if (missing < ties.size())
        std::nth_element(ties.begin(), ties.begin() + static_cast<std::ptrdiff_t>(missing), ties.end(),
                         [](const Tie& a, const Tie& b) { return a.position < b.position; });
    for (std::size_t i = 0; i < missing; ++i) choice.groups[ties[i].group].tied.push_back(ties[i].place);
    for (AcquisitionChoice::Group& group : choice.groups) std::sort(group.tied.begin(), group.tied.end());
}

void AcquisitionRound::measure(AcquisitionChoice& choice) const {
    std::int64_t kept = 0;
    double sum = 0;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        const CandidateGroup& group = groups_[g];
        const AcquisitionChoice::Group& taken = choice.groups[g];
        choice.chosen += static_cast<std::int64_t>(taken.count());
        if (group.rounds == 0) choice.neverActive = static_cast<std::int64_t>(taken.count());
        const auto above = std::lower_bound(group.grown.begin(), group.grown.end(), taken.above);
        kept += above - group.grown.begin();
        for (const std::uint32_t place : taken.tied)
            kept += std::binary_search(above, group.grown.end(), place);
        for (std::size_t i = 0; i < taken.above; ++i) sum += static_cast<double>(group.gradient[i]);
        for (const std::uint32_t place : taken.tied) sum += static_cast<double>(group.gradient[place]);
    }
    choice.changed = choice.chosen - kept;
    choice.meanGradient = choice.chosen > 0 ? sum / static_cast<double>(choice.chosen) : 0;
}

std::vector<std::uint32_t> AcquisitionRound::positions(const AcquisitionChoice& choice) const {
    std::vector<std::uint32_t> positions;
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        const auto& all = groups_[g].position;
        positions.insert(positions.end(), all.begin(),
                         all.begin() + static_cast<std::ptrdiff_t>(choice.groups[g].above));
        for (const std::uint32_t place : choice.groups[g].tied) positions.push_back(all[place]);
    }
    std::sort(positions.begin(), positions.end());
    return positions;
}

std::string AcquisitionRound::csv(const AcquisitionChoice& choice) const {
    std::string text = "row,column,gradient,rounds_active,bonus,score,grown,chosen\n";
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        const CandidateGroup& group = groups_[g];
        const AcquisitionChoice::Group& taken = choice.groups[g];
        std::vector<std::uint32_t> chosen(taken.above), shown;
        std::iota(chosen.begin(), chosen.end(), 0U);
        chosen.insert(chosen.end(), taken.tied.begin(), taken.tied.end());
        std::set_union(chosen.begin(), chosen.end(), group.grown.begin(), group.grown.end(),
                       std::back_inserter(shown));
        const double bonusOf = bonus(choice.c, group.rounds);
        for (const std::uint32_t place : shown)
            text += fmt::format("{},{},{},{},{},{},{:d},{:d}\n", group.position[place] / columns_,
                                group.position[place] % columns_, group.gradient[place], group.rounds,
                                bonusOf, static_cast<double>(group.gradient[place]) + bonusOf,
                                std::binary_search(group.grown.begin(), group.grown.end(), place),
                                std::binary_search(chosen.begin(), chosen.end(), place));
    }
    return text;
}

Acquisition loadAcquisition(const store::Reader& reader, std::int64_t run, std::string_view layer,
                            std::optional<std::int64_t> step) {
    Acquisition made;
    made.run = run;
    made.runName = reader.run(run).name;
    if (made.runName.empty()) made.runName = "run " + std::to_string(run);
    for (const store::RecordSteps& recorded : reader.recordSteps(run, store::RecordKind::Matrix)) {
        if (!recorded.tag.starts_with(tagPrefix) || recorded.steps.empty()) continue;
        made.layers.push_back(recorded.tag.substr(tagPrefix.size()));
        const bool wanted = layer.empty() ? made.layers.size() == 1 : made.layers.back() == layer;
        if (!wanted) continue;
        made.layer = made.layers.back();
        made.steps = recorded.steps;
    }
    if (made.steps.empty()) return made;
    const auto after =
        step ? std::upper_bound(made.steps.begin(), made.steps.end(), *step) : made.steps.end();
    made.step = after == made.steps.begin() ? made.steps.front() : *(after - 1);
    const std::string tag = std::string(tagPrefix) + made.layer;
    const auto matrix = reader.matrix(run, tag, made.step);
    const auto text = reader.text(run, tag, made.step);
    const auto moves = reader.rewirings(run, made.layer, made.step, made.step);
    if (!matrix || !text || moves.empty() || text->step != made.step || matrix->step != made.step)
        damaged("a part of the round at step " + std::to_string(made.step) + " is missing");
    const record::Matrix& values = matrix->record;
    const auto words = nlohmann::json::parse(text->record.text, nullptr, false);
    const auto number = [&](const char* name) {
        if (!words.is_object() || !words.contains(name) || !words[name].is_number())
            damaged(std::string("it does not say ") + name);
        return words[name].get<double>();
    };
    AcquisitionRule rule;
    rule.eps = number("eps");
    rule.step = static_cast<std::int64_t>(number("step"));
    const bool coverage = words.contains("c") && words["c"].is_null();
    rule.c = coverage ? std::numeric_limits<double>::infinity() : number("c");
    rule.normalize = words.value("normalize", false);
    if (values.shape.size() != 3 || values.shape[0] != 2 || rule.step < 1 || !(rule.eps > 0) ||
        !(rule.c >= 0))
        damaged("its shape or its rule is none");
    const std::span<const float> all(values.values);
    made.round =
        std::make_shared<AcquisitionRound>(values.shape[2], all.first(all.size() / 2),
                                           all.subspan(all.size() / 2), moves.back().record.grown, rule);
    return made;
}

}  // namespace filigree::ui
