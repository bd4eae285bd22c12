// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_model_soups/soup_experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "analysis/mixture.h"
#include "base/error.h"
#include "base/statistics.h"
#include "optim/schedule.h"
#include "train/model_factory.h"

namespace filigree::methods::sparse_model_soups {
namespace {

using nlohmann::json;

std::string nameIn(int phase, const std::string& network) {
    return fmt::format("phase {}/{}", phase, network);
}

/// What a training of one lineage is called; the phase at its front tells the others apart.
constexpr const char* memberLineage = "member";

/// The lineage of one of several networks that are pruned apart from each other.
std::string apartLineage(int member) {
    return fmt::format("apart {}", member);
}

}  // namespace

SoupExperiment::SoupExperiment(const config::Config& config, const Environment& environment)
    : config_(config),
      seed_(environment.seed),
      runs_(environment.runs),
      folder_(environment.weightsFolder),
      assessor_(config, environment.seed, environment.dataFolders),
      phases_(static_cast<int>(config.integer("soup.phases"))),
      members_(static_cast<int>(config.integer("soup.members"))),
      hides_(config.text("soup.pruned") == "hidden") {
    if (hides_ && (config.text("soup.selector") == "random" || config.boolean("soup.reprune")))
        throw Error(ErrorKind::Usage,
                    "hidden weights come back by their size, and only under the mask that all copies share",
                    "soup.pruned",
                    "choose another selector, leave soup.reprune out, or let pruned weights go");
    const auto values = config.reals("soup.values").size();
    if (config.text("soup.vary") != "seed" && values != static_cast<std::size_t>(members_))
        throw Error(ErrorKind::Usage,
                    fmt::format("soup.vary = \"{}\" needs a value for each of the {} copies, not {}",
                                config.text("soup.vary"), members_, values),
                    "soup.values", "give as many values as soup.members");
    const std::string& schedule = config.text("soup.schedule");
    if (config.text("soup.vary") == "lr" && (schedule == "ft" || schedule == "lrw"))
        throw Error(ErrorKind::Usage, "the rates of this schedule are those of the dense training",
                    "soup.schedule", "let copies differ by something else, or choose another schedule");
    if (config.text("sparsity.pattern") != "single")
        throw Error(ErrorKind::Usage, "soups are pruned connection by connection", "sparsity.pattern",
                    "leave it at \"single\"");
    if (runs_) runs_->setJobs(static_cast<int>(config.integer("soup.jobs")));
}

void SoupExperiment::begin(record::Recorder& recorder) {
    recorder.log(record::LogLevel::Info,
                 fmt::format("{} phases to density {:.4g}, {} copies in each, {} training samples", phases_,
                             config_.real("sparsity.density"), members_, assessor_.trainingSamples()),
                 stamp());
}

double SoupExperiment::densityAfter(int phase) const {
    return phaseDensity(ladderFrom(config_.text("soup.ladder")), config_.real("sparsity.density"), phases_,
                        phase);
}

/// The configuration of a dense training of as many samples, or of one that starts from these weights.
config::Config SoupExperiment::trainingConfig(const std::string& start) const {
    config::Config config = config_;
    const auto assign = [&](const char* key, config::Value value) {
        config.assign(key, std::move(value), "soup");
    };
    // What decides nothing about this training must not tell it from an equal one.
    for (const config::Field& field : config.schema().fields())
        if (field.table() == "soup") config.assign(field.key, field.defaultValue, "soup");
    assign("soup.part", std::string("training"));
    assign("soup.start", start);
    assign("sparsity.density", 1.0);
    assign("data.train_limit", assessor_.trainingSamples());
    assign("run.threads", std::int64_t{1});
    assign("record.masks_every", std::int64_t{0});
    assign("record.weights_every", 0.0);
    return config;
}

/// Makes a training of so many epochs a phase's part of one linear course of the learning rate, in which all
/// phases are as long (phase 0: the dense training).
void SoupExperiment::placeInCourse(config::Config& config, int phase, std::int64_t epochs) const {
    const std::int64_t before = config_.integer("train.epochs");
    config.assign("optimizer.schedule", std::string("linear"), "soup");
    config.assign("optimizer.warmup_share", 0.0, "soup");
    config.assign("train.epochs", before + epochs * phases_, "soup");
    config.assign("soup.part_begin", phase == 0 ? std::int64_t{0} : before + epochs * (phase - 1), "soup");
    config.assign("soup.part_epochs", phase == 0 ? before : epochs, "soup");
}

SoupExperiment::Rates SoupExperiment::denseRates() const {
    const std::int64_t perEpoch = assessor_.trainingSamples() / config_.integer("train.batch_size");
    const std::int64_t steps = perEpoch * config_.integer("train.epochs");
    const optim::Schedule schedule = train::makeSchedule(config_, steps, perEpoch);
    std::vector<double> factors;
    for (std::int64_t step = 0; step < steps; ++step)
        factors.push_back(optim::learningRateFactor(schedule, step));
    const auto largest = std::max_element(factors.begin(), factors.end());
    const double rate = config_.real("optimizer.lr");
    return {rate * *largest, rate * *std::min_element(largest, factors.end())};
}

/// The course of the learning rate of a retraining whose largest rate is `rate`.
void SoupExperiment::setSchedule(config::Config& config, double rate, std::int64_t epochs) const {
    const std::string& name = config_.text("soup.schedule");
    config.assign("train.epochs", epochs, "soup");
    if (name == "continued") {
        config.assign("optimizer.lr", rate, "soup");
        placeInCourse(config, phase(), epochs);
        return;
    }
    if (name == "lrw") {
        // The last of the rates of the dense training; before them, if it was shorter, the first.
        const std::int64_t before = config_.integer("train.epochs");
        config.assign("train.epochs", before, "soup");
        config.assign("soup.part_begin", before - epochs, "soup");
        config.assign("soup.part_epochs", epochs, "soup");
        return;
    }
    if (name == "ft") {
        config.assign("optimizer.schedule", std::string("constant"), "soup");
        config.assign("optimizer.warmup_share", 0.0, "soup");
        config.assign("optimizer.lr", denseRates().smallest, "soup");
        return;
    }
    config.assign("optimizer.warmup_share", 0.1, "soup");
    config.assign("optimizer.warmup_epochs", 0.0, "soup");
    config.assign("optimizer.lr", rate, "soup");
    if (name == "slr") return;  // the schedule of the dense training, in less steps
    config.assign("optimizer.schedule", std::string(name == "clr" ? "cosine" : "linear"), "soup");
    if (name != "clr") return;
    const Rates rates = denseRates();
    config.assign("optimizer.restart_epochs", 0.0, "soup");
    config.assign("optimizer.minimum_share", rates.smallest / rates.largest, "soup");
}

SoupExperiment::Training SoupExperiment::retraining(const std::string& lineage, int member,
                                                    const Start& start, std::int64_t epochs,
                                                    bool varied) const {
    config::Config config = trainingConfig(start.digest);
    double rate = start.rate;
    std::string label = fmt::format("seed {}", seed_ + static_cast<std::uint64_t>(member));
    const std::string& vary = config_.text("soup.vary");
    if (varied && vary != "seed") {
        const double value = config_.reals("soup.values")[static_cast<std::size_t>(member - 1)];
        label = fmt::format("{} {}", vary, value);
        if (vary == "weight_decay") config.assign("optimizer.weight_decay", value, "soup.values");
        if (vary == "epochs") epochs = std::llround(value);
        if (vary == "lr") rate = value;
    }
    config.assign("train.evaluate_every", static_cast<double>(epochs), "soup");
    setSchedule(config, rate, epochs);
    if (hides_ && lineage != "dense_soup") {
        config.assign("soup.hidden_density", densityAfter(phase()), "soup");
        config.assign("soup.selector", config_.text("soup.selector"), "soup");
    }
    const bool sameSeed = varied && vary != "seed";
    const std::uint64_t seed = seed_ + static_cast<std::uint64_t>(sameSeed ? 1 : member);
    return {lineage, std::move(label), std::move(config), seed};
}

std::vector<SoupExperiment::Training> SoupExperiment::trainings() const {
    std::vector<Training> all;
    if (step_ == 0) {
        config::Config config = trainingConfig("");
        config.assign("train.evaluate_every", static_cast<double>(config.integer("train.epochs")), "soup");
        if (config_.text("soup.schedule") == "continued")
            placeInCourse(config, 0, config_.integer("soup.retrain_epochs"));
        all.push_back({"dense", fmt::format("seed {}", seed_), std::move(config), seed_});
        return all;
    }
    const std::int64_t epochs = config_.integer("soup.retrain_epochs");
    for (int member = 1; member <= members_; ++member)
        all.push_back(retraining(memberLineage, member, starts_.at("soup"), epochs, true));
    if (config_.boolean("soup.baselines")) {
        all.push_back(retraining("imp", 1, starts_.at("imp"), epochs, false));
        all.push_back(retraining("imp_long", 1, starts_.at("imp_long"), epochs * members_, false));
    }
    if (config_.boolean("soup.swa")) {
        all.push_back(retraining("swa", 1, starts_.at("swa"), epochs * members_, false));
        all.back().config.assign("soup.swa_from", 0.75, "soup");
    }
    if (config_.boolean("soup.reprune"))
        for (int member = 1; member <= members_; ++member)
            all.push_back(
                retraining(apartLineage(member), member, starts_.at(apartLineage(member)), epochs, false));
    if (step_ == 1 && config_.boolean("soup.dense_soup"))
        for (int member = 1; member <= members_; ++member)
            all.push_back(
                retraining("dense_soup", member, {dense_, config_.real("optimizer.lr")}, epochs, true));
    return all;
}

bool SoupExperiment::ready() {
    if (!runs_)
        throw Error(ErrorKind::Run, "soups are trained in runs of their own, and nothing here can start them",
                    {}, "start it with: filigree run");
    if (waiting_.empty()) {
        waiting_ = trainings();
        for (Training& training : waiting_)
            training.run = runs_->add(
                "sparse_model_soups", training.config, training.seed,
                fmt::format("soup: {}, {}, {}", step_ == 0 ? "phase 0" : nameIn(phase(), training.lineage),
                            training.label, training.config.integer("train.epochs")) +
                    " epochs");
    }
    runs_->poll();
    return std::all_of(waiting_.begin(), waiting_.end(),
                       [&](const Training& training) { return runs_->finished(training.run); });
}

Assessment SoupExperiment::assessed(const Training& training) const {
    analysis::SavedWeights weights = analysis::readWeights(runs_->result(training.run), assessor_.layers());
    const double shown = training.config.real("soup.hidden_density");
    if (shown == 1) {
        Assessment result = assessor_.assess(weights);
        if (hides_) result.trained = result.weights;
        return result;
    }
    const auto start =
        analysis::readWeights(folder_.get(training.config.text("soup.start")), assessor_.layers());
    const analysis::SavedWeights pattern =
        pruned(start, assessor_.layers(), shown, selectorFrom(config_.text("soup.selector")), 0);
    Assessment result = assessor_.assess(shownBy(pattern, weights, assessor_.layers()));
    weights.dense = result.weights.dense;
    result.trained = std::move(weights);
    return result;
}

Assessment SoupExperiment::combined(std::span<const Assessment* const> networks,
                                    std::span<const double> coefficients) const {
    std::vector<analysis::SavedWeights> shown, trained;
    for (const Assessment* network : networks) {
        shown.push_back(network->weights);
        if (network->trained) trained.push_back(*network->trained);
    }
    Assessment result = assessor_.assess(analysis::combination(shown, coefficients));
    if (trained.empty()) return result;
    result.trained = analysis::combination(trained, coefficients);
    result.trained->dense = result.weights.dense;
    return result;
}

void SoupExperiment::step(record::Recorder& recorder) {
    const bool dense = step_ == 0;
    // The phase that ends with this step has the number of the steps before it.
    if (dense)
        finishDense(recorder);
    else
        finishPhase(recorder);
    waiting_.clear();
}

SoupExperiment::Start SoupExperiment::prunedStart(const std::string& lineage, const Assessment& network,
                                                  record::Recorder* recorder) {
    // Step s ends phase s - 1 and prepares phase s.
    const int next = phase();
    const double density = densityAfter(next), fraction = 1 - density / densityAfter(next - 1);
    const analysis::SavedWeights& before = network.trained ? *network.trained : network.weights;
    const analysis::SavedWeights pruned = sparse_model_soups::pruned(
        before, assessor_.layers(), density, selectorFrom(config_.text("soup.selector")),
        seed_ + static_cast<std::uint64_t>(next));
    const double drop = relativeNormDrop(before, pruned);
    train::Checkpoint file;
    analysis::writeWeights(
        file,
        hides_ ? sparse_model_soups::pruned(before, assessor_.layers(), 1, Selector::Global, 0) : pruned);
    Start start{folder_.put(file), config_.real("optimizer.lr")};
    if (config_.text("soup.schedule") == "allr")
        start.rate = adaptiveRate(start.rate, drop, fraction,
                                  static_cast<double>(config_.integer("soup.retrain_epochs")),
                                  static_cast<double>(config_.integer("train.epochs")));
    if (!recorder) return start;
    const Assessment after = assessor_.assess(pruned);
    recordFigures("pruned", after.figures, *recorder);
    recorder->scalar("soup/pruned_as_it_is_acc", assessor_.accuracyAsItIs(pruned), stamp());
    recorder->scalar("soup/norm_drop", drop, stamp());
    recorder->scalar("soup/instability",
                     (network.figures.accuracy - after.figures.accuracy) / network.figures.accuracy, stamp());
    tree_.add({.name = nameIn(next, "pruned"),
               .kind = "pruned",
               .phase = next,
               .density = analysis::density(pruned, assessor_.layers()),
               .run = 0,
               .digest = start.digest,
               .figures = after.figures,
               .parents = {lineage},
               .configuration = fmt::format("{} of the rest pruned", fraction)});
    return start;
}

void SoupExperiment::finishDense(record::Recorder& recorder) {
    ++step_;
    const Assessment dense = assessed(waiting_.front());
    current_ = dense.weights;
    figures_ = dense.figures;
    train::Checkpoint file;
    analysis::writeWeights(file, dense.weights);
    dense_ = folder_.put(file);
    tree_.add({.name = "dense",
               .kind = "dense",
               .phase = 0,
               .density = 1,
               .run = waiting_.front().run,
               .digest = dense_,
               .figures = dense.figures,
               .parents = {},
               .configuration = waiting_.front().label});
    recordFigures("dense", dense.figures, recorder);
    const Start start = prunedStart("dense", dense, &recorder);
    starts_ = {{"soup", start}, {"imp", start}, {"imp_long", start}, {"swa", start}};
    for (int member = 1; member <= members_; ++member) starts_[apartLineage(member)] = start;
    evaluate(recorder);
    recordTree(recorder);
}

Assessment SoupExperiment::merge(const std::vector<Training>& trainings,
                                 const std::vector<Assessment>& members, record::Recorder& recorder) {
    const int now = phase() - 1;
    std::vector<analysis::SavedWeights> weights;
    std::vector<double> validation, test, corrupted;
    std::vector<std::string> names;
    std::vector<const Predictions*> predictions;
    for (std::size_t j = 0; j < members.size(); ++j) {
        const Figures& figures = members[j].figures;
        weights.push_back(members[j].weights);
        predictions.push_back(&members[j].predictions);
        validation.push_back(figures.validationAccuracy);
        test.push_back(figures.accuracy);
        corrupted.push_back(figures.corruptedAccuracy);
        names.push_back(nameIn(now, fmt::format("member {}", j + 1)));
        tree_.add({.name = names.back(),
                   .kind = "member",
                   .phase = now,
                   .density = analysis::density(weights.back(), assessor_.layers()),
                   .run = trainings[j].run,
                   .digest = {},
                   .figures = figures,
                   .parents = {nameIn(now, "pruned")},
                   .configuration = trainings[j].label});
    }
    const auto mean = [](const std::vector<double>& values) { return spreadOf(values).mean; };
    recorder.scalar("soup/member_mean_acc", mean(test), stamp());
    recorder.scalar("soup/member_mean_ood", mean(corrupted), stamp());
    recorder.scalar("soup/member_best_acc", *std::max_element(test.begin(), test.end()), stamp());
    const auto best = std::max_element(validation.begin(), validation.end()) - validation.begin();
    recorder.scalar("soup/member_best_by_validation_acc", test[static_cast<std::size_t>(best)], stamp());

    const auto averageOf = [&](std::span<const std::size_t> chosen) {
        std::vector<const Assessment*> some;
        for (const std::size_t member : chosen) some.push_back(&members[member]);
        return combined(some, std::vector<double>(some.size(), 1 / static_cast<double>(some.size())));
    };
    std::vector<std::size_t> everyone(members.size());
    std::iota(everyone.begin(), everyone.end(), std::size_t{0});
    const Assessment uniform = averageOf(everyone);
    const analysis::GreedySoup choice = analysis::greedySoup(
        validation,
        [&](std::span<const std::size_t> chosen) { return averageOf(chosen).figures.validationAccuracy; });
    const Assessment greedy = averageOf(choice.accepted);
    std::string accepted;
    for (const std::size_t member : choice.accepted)
        accepted += (accepted.empty() ? "" : ", ") + std::to_string(member + 1);
    const Figures ensemble = assessor_.ensemble(predictions);

    const analysis::Diversity diversity = analysis::diversity(weights);
    recorder.scalar("soup/distance", diversity.meanDistance, stamp());
    recorder.scalar("soup/barycentre_distance", diversity.barycentreDistance, stamp());
    recorder.scalar("soup/angle", diversity.meanAngle, stamp());
    recorder.scalar("soup/members", static_cast<double>(members.size()), stamp());
    recorder.scalar("soup/accepted", static_cast<double>(choice.accepted.size()), stamp());
    recorder.scalar("soup/statistics_drift", uniform.statisticsDrift, stamp());
    recordFigures("uniform", uniform.figures, recorder);
    recordFigures("greedy", greedy.figures, recorder);
    recordFigures("ensemble", ensemble, recorder);

    const auto addAverage = [&](const char* kind, const Figures& figures,
                                const analysis::SavedWeights& network, const std::string& label) {
        tree_.add({.name = nameIn(now, kind),
                   .kind = kind,
                   .phase = now,
                   .density = analysis::density(network, assessor_.layers()),
                   .run = 0,
                   .digest = {},
                   .figures = figures,
                   .parents = names,
                   .configuration = label});
    };
    addAverage("soup", uniform.figures, uniform.weights, "average of all");
    addAverage("greedy", greedy.figures, greedy.weights, "average of " + accepted);
    addAverage("ensemble", ensemble, uniform.weights, "mean probabilities of all");
    const std::string& merge = config_.text("soup.merge");
    if (merge != "learned" && !config_.boolean("soup.learned")) return merge == "greedy" ? greedy : uniform;
    const analysis::LearnedMixture mixture = analysis::learnMixture(
        weights.size(),
        {static_cast<int>(config_.integer("soup.learned_steps")), config_.real("soup.learned_rate")},
        [&](std::span<const double> coefficients) { return assessor_.mixtureLoss(weights, coefficients); });
    std::vector<const Assessment*> all;
    all.reserve(members.size());
    for (const Assessment& member : members) all.push_back(&member);
    const Assessment learned = combined(all, mixture.coefficients);
    recordFigures("learned", learned.figures, recorder);
    recorder.scalar("soup/learned_largest",
                    *std::max_element(mixture.coefficients.begin(), mixture.coefficients.end()), stamp());
    std::string shares;
    for (const double share : mixture.coefficients)
        shares += fmt::format("{}{:.2f}", shares.empty() ? "" : ", ", share);
    addAverage("learned", learned.figures, learned.weights, "mixed by " + shares);
    return merge == "greedy" ? greedy : merge == "learned" ? learned : uniform;
}

void SoupExperiment::finishApart(const std::map<std::string, std::vector<Assessment>>& networks,
                                 record::Recorder& recorder) {
    const int now = phase() - 1;
    std::vector<analysis::SavedWeights> weights;
    for (int member = 1; member <= members_; ++member) {
        const Assessment& one = networks.at(apartLineage(member)).front();
        weights.push_back(one.weights);
        if (now < phases_)
            starts_[apartLineage(member)] = prunedStart(nameIn(now, apartLineage(member)), one, nullptr);
    }
    const analysis::SavedWeights average = analysis::average(weights, analysis::Patterns::Union);
    const Assessment again = assessor_.assess(pruned(average, assessor_.layers(), densityAfter(now),
                                                     selectorFrom(config_.text("soup.selector")), seed_));
    recordFigures("reprune", again.figures, recorder);
    recorder.scalar("soup/reprune_union_density", analysis::density(average, assessor_.layers()), stamp());
    tree_.add({.name = nameIn(now, "reprune"),
               .kind = "reprune",
               .phase = now,
               .density = analysis::density(again.weights, assessor_.layers()),
               .run = 0,
               .digest = {},
               .figures = again.figures,
               .parents = {"dense"},
               .configuration = fmt::format("{} networks pruned apart, averaged, pruned again", members_)});
}

void SoupExperiment::finishPhase(record::Recorder& recorder) {
    const int now = phase();
    ++step_;
    std::map<std::string, std::vector<Training>> byLineage;
    std::map<std::string, std::vector<Assessment>> networks;
    for (const Training& training : waiting_) {
        byLineage[training.lineage].push_back(training);
        networks[training.lineage].push_back(assessed(training));
    }
    // Pruning the dense network in one go, without retraining.
    const analysis::SavedWeights dense = analysis::readWeights(folder_.get(dense_), assessor_.layers());
    const Assessment oneShot = assessor_.assess(pruned(dense, assessor_.layers(), densityAfter(now),
                                                       selectorFrom(config_.text("soup.selector")), seed_));
    recordFigures("one_shot", oneShot.figures, recorder);
    const auto addNode = [&](const std::string& kind, const Assessment& network, std::int64_t run,
                             std::vector<std::string> parents, const std::string& label) {
        tree_.add({.name = nameIn(now, kind),
                   .kind = kind,
                   .phase = now,
                   .density = analysis::density(network.weights, assessor_.layers()),
                   .run = run,
                   .digest = {},
                   .figures = network.figures,
                   .parents = std::move(parents),
                   .configuration = label});
    };
    addNode("one_shot", oneShot, 0, {"dense"}, "pruned in one go");

    const Assessment chosen = merge(byLineage[memberLineage], networks[memberLineage], recorder);
    recordBarriers(networks[memberLineage], recorder);
    current_ = chosen.weights;
    figures_ = chosen.figures;
    for (const char* lineage : {"imp", "imp_long", "swa"}) {
        if (networks[lineage].empty()) continue;
        const Assessment& network = networks[lineage].front();
        recordFigures(lineage, network.figures, recorder);
        addNode(lineage, network, byLineage[lineage].front().run,
                {now == 1 ? std::string("dense") : nameIn(now - 1, lineage)},
                byLineage[lineage].front().label);
        if (now < phases_) starts_[lineage] = prunedStart(nameIn(now, lineage), network, nullptr);
    }
    if (config_.boolean("soup.reprune")) finishApart(networks, recorder);
    if (!networks["dense_soup"].empty()) {
        std::vector<analysis::SavedWeights> copies;
        for (const Assessment& one : networks["dense_soup"]) copies.push_back(one.weights);
        const Assessment soup = assessor_.assess(analysis::average(copies));
        recordFigures("dense_soup", soup.figures, recorder);
        addNode("dense_soup", soup, 0, {"dense"}, "average of copies retrained without pruning");
    }
    if (now < phases_) {
        starts_["soup"] = prunedStart(nameIn(now, mergedKind()), chosen, &recorder);
    }
    recorder.scalar("sparsity/density", analysis::density(current_, assessor_.layers()), stamp());
    recordPatterns(recorder);
    evaluate(recorder);
    recordTree(recorder);
}

std::string SoupExperiment::mergedKind() const {
    const std::string& merge = config_.text("soup.merge");
    return merge == "uniform" ? "soup" : merge;
}

void SoupExperiment::recordBarriers(const std::vector<Assessment>& members,
                                    record::Recorder& recorder) const {
    const std::int64_t places = config_.integer("soup.barrier_points");
    if (places == 0 || members.size() < 2) return;
    const std::size_t m = members.size();
    record::Matrix matrix{"soup/barriers",
                          {static_cast<std::int64_t>(m), static_cast<std::int64_t>(m)},
                          {"member", "member"},
                          std::vector<float>(m * m, 0.0F)};
    double greatest = -std::numeric_limits<double>::infinity(), sum = 0, pairs = 0;
    for (std::size_t a = 0; a < m; ++a)
        for (std::size_t b = a + 1; b < m; ++b) {
            const std::vector<analysis::SavedWeights> ends{members[a].weights, members[b].weights};
            double barrier = -std::numeric_limits<double>::infinity();
            for (std::int64_t place = 1; place <= places; ++place) {
                const double along = static_cast<double>(place) / static_cast<double>(places + 1);
                const double line = (1 - along) * members[a].figures.loss + along * members[b].figures.loss;
                const double loss =
                    assessor_.loss(analysis::combination(ends, std::vector<double>{1 - along, along}));
                barrier = std::max(barrier, loss - line);
            }
            matrix.values[a * m + b] = matrix.values[b * m + a] = static_cast<float>(barrier);
            greatest = std::max(greatest, barrier);
            sum += barrier;
            ++pairs;
        }
    recorder.matrix(matrix, stamp());
    recorder.scalar("soup/barrier", greatest, stamp());
    recorder.scalar("soup/barrier_mean", sum / pairs, stamp());
}

void SoupExperiment::recordFigures(const std::string& network, const Figures& figures,
                                   record::Recorder& recorder) const {
    const std::string start = "soup/" + network;
    recorder.scalar(start + "_acc", figures.accuracy, stamp());
    recorder.scalar(start + "_loss", figures.loss, stamp());
    recorder.scalar(start + "_validation", figures.validationAccuracy, stamp());
    recorder.scalar(start + "_ece", figures.expectedCalibrationError, stamp());
    recorder.scalar(start + "_mce", figures.maximumCalibrationError, stamp());
    recorder.scalar(start + "_worst", figures.worstClass, stamp());
    if (!std::isnan(figures.corruptedAccuracy))
        recorder.scalar(start + "_ood", figures.corruptedAccuracy, stamp());
}

void SoupExperiment::recordPatterns(record::Recorder& recorder) const {
    for (const nn::LayerWeight& layer : assessor_.layers()) {
        const auto found = current_.sparse.find(layer.layer);
        if (found == current_.sparse.end()) continue;
        const Shape& shape = layer.shape;
        record::Mask mask{layer.layer, shape[0], shape.elements() / shape[0], {}, found->second.positions};
        for (int axis = 1; shape.rank() == 4 && axis < 4; ++axis) mask.kernel.push_back(shape[axis]);
        recorder.mask(mask, stamp());
        record::EdgeValues values{layer.layer, "weight", {}};
        for (const double value : found->second.values) values.values.push_back(static_cast<float>(value));
        recorder.edgeValues(values, stamp());
    }
}

void SoupExperiment::recordTree(record::Recorder& recorder) const {
    recorder.text({"soup/tree", tree_.toJson()}, stamp());
    recorder.text({"soup/table", tree_.toMarkdown()}, stamp());
}

train::Progress SoupExperiment::progress() const {
    train::Progress progress{
        step_, phases_ + 1, static_cast<double>(step_), static_cast<double>(phases_ + 1), {}};
    if (step_ > 0) {
        progress.figures.emplace_back("loss", figures_.loss);
        progress.figures.emplace_back("accuracy", figures_.accuracy);
        progress.figures.emplace_back("density", 1 - sparsity());
    }
    if (!waiting_.empty() && runs_) {
        const auto trained = std::count_if(waiting_.begin(), waiting_.end(), [&](const Training& training) {
            return runs_->finished(training.run);
        });
        progress.figures.emplace_back("trained", static_cast<double>(trained));
        progress.figures.emplace_back("of", static_cast<double>(waiting_.size()));
    }
    return progress;
}

void SoupExperiment::evaluate(record::Recorder& recorder) {
    if (step_ == 0) return;
    recorder.scalar("test/loss", figures_.loss, stamp());
    recorder.scalar("test/acc", figures_.accuracy, stamp());
}

void SoupExperiment::end(record::Recorder&) {}

void SoupExperiment::save(train::Checkpoint& checkpoint) const {
    checkpoint.put("train.step", std::vector<std::int64_t>{step_});
    if (step_ == 0) return;
    analysis::writeWeights(checkpoint, current_);
    json starts = json::object();
    for (const auto& [lineage, start] : starts_)
        starts[lineage] = {{"digest", start.digest}, {"rate", start.rate}};
    checkpoint.putText("soup.starts", json{{"dense", dense_}, {"lineages", starts}}.dump());
    checkpoint.putText("soup.tree", tree_.toJson());
}

void SoupExperiment::load(const train::Checkpoint& checkpoint) {
    const auto step = checkpoint.getIntegers("train.step");
    if (step.size() != 1 || step[0] < 0 || step[0] > phases_ + 1)
        throw Error(ErrorKind::Data, "the saved step makes no sense", {}, "resume from another checkpoint");
    if (step[0] > 0) {
        current_ = analysis::readWeights(checkpoint, assessor_.layers());
        tree_ = SoupTree::fromJson(checkpoint.text("soup.tree"));
        try {
            const json state = json::parse(checkpoint.text("soup.starts"));
            dense_ = state.at("dense");
            for (const auto& [lineage, start] : state.at("lineages").items())
                starts_[lineage] = {start.at("digest"), start.at("rate")};
        } catch (const json::exception& error) {
            throw Error(ErrorKind::Data,
                        std::string("the saved state of the soup is damaged: ") + error.what(), {},
                        "resume from another checkpoint");
        }
        const std::string kind = step[0] == 1 ? "dense" : mergedKind();
        for (const TreeNode& node : tree_.nodes())
            if (node.phase == static_cast<int>(step[0]) - 1 && node.kind == kind) figures_ = node.figures;
    }
    step_ = step[0];
    waiting_.clear();
}

std::string SoupExperiment::weightsDigest() const {
    std::string bytes;
    const auto append = [&](const void* data, std::size_t size) {
        bytes.append(static_cast<const char*>(data), size);
    };
    for (const auto& [name, layer] : current_.sparse) {
        append(name.data(), name.size());
        append(layer.positions.data(), layer.positions.size() * sizeof(std::uint32_t));
        for (const double value : layer.values) {
            const auto stored = static_cast<float>(value);
            append(&stored, sizeof stored);
        }
    }
    for (const auto& [name, tensor] : current_.dense) {
        const Tensor values = tensor.contiguous();
        append(name.data(), name.size());
        append(values.raw(), values.bytes());
    }
    return train::sha256(bytes.data(), bytes.size());
}

double SoupExperiment::sparsity() const {
    return step_ == 0 ? 0 : 1 - analysis::density(current_, assessor_.layers());
}

void SoupExperiment::set(std::string_view key, double) {
    throw Error(ErrorKind::Usage, "a soup has no value that can be changed while it goes on",
                std::string(key), "its trainings are runs of their own");
}

}  // namespace filigree::methods::sparse_model_soups
