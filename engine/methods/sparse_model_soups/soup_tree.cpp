// SPDX-License-Identifier: Apache-2.0
#include "methods/sparse_model_soups/soup_tree.h"

#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace filigree::methods::sparse_model_soups {
namespace {

using nlohmann::json;

json toJsonObject(const Figures& figures) {
    // JSON has no NaN: nlohmann writes null.
    return {{"validation_acc", figures.validationAccuracy},
            {"test_acc", figures.accuracy},
            {"test_loss", figures.loss},
            {"ood_acc", figures.corruptedAccuracy},
            {"ece", figures.expectedCalibrationError},
            {"mce", figures.maximumCalibrationError},
            {"worst_class", figures.worstClass}};
}

double number(const json& object, const char* key) {
    const json& value = object.at(key);
    return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
}

Figures figuresFrom(const json& object) {
    return {number(object, "validation_acc"), number(object, "test_acc"), number(object, "test_loss"),
            number(object, "ood_acc"),        number(object, "ece"),      number(object, "mce"),
            number(object, "worst_class")};
}

std::string percent(double share) {
    if (std::isnan(share)) return "-";
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.2f", 100 * share);
    return buffer;
}

std::string digits(double value, int count) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.*f", count, value);
    return buffer;
}

}  // namespace

void SoupTree::add(TreeNode node) {
    nodes_.push_back(std::move(node));
}

std::string SoupTree::toJson() const {
    json nodes = json::array(), edges = json::array();
    for (const TreeNode& node : nodes_) {
        nodes.push_back({{"name", node.name},
                         {"kind", node.kind},
                         {"phase", node.phase},
                         {"density", node.density},
                         {"run", node.run},
                         {"digest", node.digest},
                         {"figures", toJsonObject(node.figures)},
                         {"configuration", node.configuration}});
        for (const std::string& parent : node.parents)
            edges.push_back({{"from", parent}, {"to", node.name}, {"label", node.configuration}});
    }
    return json{{"nodes", std::move(nodes)}, {"edges", std::move(edges)}}.dump();
}

SoupTree SoupTree::fromJson(const std::string& text) {
    SoupTree tree;
    try {
        const json whole = json::parse(text);
        for (const json& one : whole.at("nodes")) {
            TreeNode node{.name = one.at("name"),
                          .kind = one.at("kind"),
                          .phase = one.at("phase"),
                          .density = one.at("density"),
                          .run = one.at("run"),
                          .digest = one.at("digest"),
                          .figures = figuresFrom(one.at("figures")),
                          .parents = {},
                          .configuration = one.at("configuration")};
            for (const json& edge : whole.at("edges"))
                if (edge.at("to") == node.name) node.parents.push_back(edge.at("from"));
            tree.add(std::move(node));
        }
    } catch (const json::exception& error) {
        throw Error(ErrorKind::Data, std::string("the tree of networks is damaged: ") + error.what());
    }
    return tree;
}

std::string SoupTree::toMarkdown() const {
    std::string text =
        "| phase | network | sparsity % | test % | corrupted % | validation % | loss | ECE % | worst class % "
        "|\n"
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n";
    for (const TreeNode& node : nodes_) {
        const Figures& f = node.figures;
        text += "| " + std::to_string(node.phase) + " | " + node.name + " | " + percent(1 - node.density) +
                " | " + percent(f.accuracy) + " | " + percent(f.corruptedAccuracy) + " | " +
                percent(f.validationAccuracy) + " | " + digits(f.loss, 3) + " | " +
                percent(f.expectedCalibrationError) + " | " + percent(f.worstClass) + " |\n";
    }
    return text;
}

}  // namespace filigree::methods::sparse_model_soups
