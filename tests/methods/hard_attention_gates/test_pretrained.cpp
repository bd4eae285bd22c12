// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>
#include <filesystem>

#include "base/error.h"
#include "base/random.h"
#include "config/run_file.h"
#include "methods/hard_attention_gates/gated_training.h"
#include "methods/hard_attention_gates/pretrained.h"
#include "methods/registry.h"

using namespace filigree;
using namespace filigree::methods::hard_attention_gates;
namespace fs = std::filesystem;

namespace {

Tensor drawn(const Shape& shape, const std::string& name) {
    RandomStream random(1, name);
    Tensor tensor = Tensor::empty(shape);
    for (float& value : tensor.values<float>()) value = static_cast<float>(random.uniform(0.1, 1));
    return tensor;
}

/// A file as torchvision's resnet18 would be saved, with `width` channels in the first stage.
train::Checkpoint torchvision(std::int64_t width) {
    train::Checkpoint file;
    const auto put = [&](const std::string& name, const Shape& shape) { file.put(name, drawn(shape, name)); };
    const auto norm = [&](const std::string& name, std::int64_t channels) {
        for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
            put(name + part, {channels});
        file.put(name + ".num_batches_tracked", std::vector<std::int64_t>{7});
    };
    put("conv1.weight", {width, 3, 7, 7});
    norm("bn1", width);
    std::int64_t before = width;
    for (int stage = 0; stage < 4; ++stage) {
        const std::int64_t out = width << stage;
        for (int b = 0; b < 2; ++b) {
            const std::string at = "layer" + std::to_string(stage + 1) + "." + std::to_string(b);
            put(at + ".conv1.weight", {out, before, 3, 3});
            norm(at + ".bn1", out);
            put(at + ".conv2.weight", {out, out, 3, 3});
            norm(at + ".bn2", out);
            if (stage > 0 && b == 0) {
                put(at + ".downsample.0.weight", {out, before, 1, 1});
                norm(at + ".downsample.1", out);
            }
            before = out;
        }
    }
    put("fc.weight", {1000, before});
    put("fc.bias", {1000});
    return file;
}

/// A file as timm's vision transformers are saved: width 6, two blocks, 12 x 12 pixels in patches of 4.
train::Checkpoint timm() {
    train::Checkpoint file;
    const auto put = [&](const std::string& name, const Shape& shape) { file.put(name, drawn(shape, name)); };
    const auto pair = [&](const std::string& name, const Shape& weight) {
        put(name + ".weight", weight);
        put(name + ".bias", {weight[0]});
    };
    put("cls_token", {1, 1, 6});
    put("pos_embed", {1, 10, 6});
    pair("patch_embed.proj", {6, 3, 4, 4});
    for (const char* block : {"blocks.0", "blocks.1"}) {
        const std::string at = block;
        pair(at + ".norm1", {6});
        pair(at + ".attn.qkv", {18, 6});
        pair(at + ".attn.proj", {6, 6});
        pair(at + ".norm2", {6});
        pair(at + ".mlp.fc1", {24, 6});
        pair(at + ".mlp.fc2", {6, 24});
    }
    pair("norm", {6});
    pair("head", {1000, 6});
    return file;
}

NetworkOptions resnet(std::vector<Branch> branches) {
    NetworkOptions options;
    options.backbone = Backbone::ResNet18;
    options.branches = std::move(branches);
    options.width = 2;
    options.hidden = 3;
    return options;
}

NetworkOptions vit() {
    NetworkOptions options;
    options.backbone = Backbone::VitTiny;
    options.branches = {{"rgb", 3}};
    options.size = 12;
    options.patch = 4;
    options.width = 6;
    options.depth = 2;
    return options;
}

std::map<std::string, std::vector<double>> valuesOf(nn::Module& network) {
    std::map<std::string, std::vector<double>> values;
    for (const nn::Parameter& p : network.parameters()) values[p.name] = p.variable.value().toDoubles();
    for (const auto& [name, buffer] : network.buffers()) values[name] = buffer.toDoubles();
    return values;
}

}  // namespace

class PretrainedTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    fs::path write(const train::Checkpoint& file) {
        const fs::path path = fs::path(folder_.path().toStdString()) / "weights.safetensors";
        file.write(path);
        return path;
    }

  private slots:
    void everyBranchStartsFromTheFile() {
        const train::Checkpoint file = torchvision(2);
        const NetworkOptions options = resnet({{"loc", 3}, {"dpt", 1}});
        GatedNetwork network = makeNetwork(options, 3);
        const auto before = valuesOf(*network.module);
        const ImportReport report =
            importWeights(write(file), Backbone::ResNet18, options.branches, *network.module);
        const auto after = valuesOf(*network.module);
        for (const auto& [name, tensor] : file.tensors()) {
            if (name.starts_with("fc.") || name.ends_with("num_batches_tracked")) continue;
            for (const char* branch : {"loc.", "dpt."})
                if (branch + name != "dpt.conv1.weight")
                    QCOMPARE(after.at(branch + name), tensor.toDoubles());
        }
        QCOMPARE(after.at("dpt.conv1.weight"), before.at("dpt.conv1.weight"));
        QCOMPARE(report.fresh, (std::vector<std::string>{"dpt.conv1.weight"}));
        // 20 convolutions and 20 norms of four tensors in each branch, without one convolution.
        QCOMPARE(report.tensors, 2 * (20 + 80) - 1);
        QCOMPARE(report.extra.size(), std::size_t{2 + 20});
        QVERIFY(std::count(report.extra.begin(), report.extra.end(), "fc.weight") == 1);
        QCOMPARE(report.missing,
                 (std::vector<std::string>{"fc1.bias", "fc1.weight", "fc2.bias", "fc2.weight"}));
        for (const auto& [name, gate] : network.gates)
            QVERIFY(!gate->values().empty());  // gates are never in a file
        for (const auto& [name, values] : before)
            if (nn::isGate(name)) QCOMPARE(after.at(name), values);
        const std::string text = report.text("weights.safetensors");
        QVERIFY(text.starts_with(
            "199 tensors from weights.safetensors; other channels, not set: dpt.conv1.weight; in "
            "the file alone: "));
        QVERIFY(text.ends_with("in the network alone: fc1.bias, fc1.weight, fc2.bias, fc2.weight"));
    }

    void transformersStartFromTimmsNames() {
        const train::Checkpoint file = timm();
        GatedNetwork network = makeNetwork(vit(), 3);
        const auto before = valuesOf(*network.module);
        const ImportReport report =
            importWeights(write(file), Backbone::VitTiny, vit().branches, *network.module);
        const auto after = valuesOf(*network.module);
        for (const auto& [name, tensor] : file.tensors())
            if (!name.starts_with("head.")) QCOMPARE(after.at(name), tensor.toDoubles());
        QCOMPARE(after.at("head.weight"), before.at("head.weight"));
        QCOMPARE(report.extra, (std::vector<std::string>{"head.bias", "head.weight"}));
        QCOMPARE(report.missing, (std::vector<std::string>{"head.bias", "head.weight"}));
        QCOMPARE(report.tensors, static_cast<std::int64_t>(file.tensors().size()) - 2);
    }

    void namesThatLackAreListed() {
        train::Checkpoint file;
        file.put("bn1.weight", drawn({2}, "a"));
        file.put("other", drawn({2}, "b"));
        GatedNetwork network = makeNetwork(resnet({{"rgb", 3}}), 3);
        const ImportReport report =
            importWeights(write(file), Backbone::ResNet18, {{"rgb", 3}}, *network.module);
        QCOMPARE(report.tensors, 1);
        QCOMPARE(report.extra, (std::vector<std::string>{"other"}));
        QCOMPARE(report.missing.size(), std::size_t{100 - 1 + 4});
    }

    void whatDoesNotFitIsRefused() {
        GatedNetwork network = makeNetwork(resnet({{"rgb", 3}}), 3);
        const auto refused = [&](const train::Checkpoint& file, Backbone backbone, ErrorKind kind,
                                 const std::string& words) {
            try {
                importWeights(write(file), backbone, {{"rgb", 3}}, *network.module);
            } catch (const Error& error) {
                return error.kind() == kind &&
                       (error.message() + error.where()).find(words) != std::string::npos;
            }
            return false;
        };
        QVERIFY(refused(torchvision(4), Backbone::ResNet18, ErrorKind::Data, "bn1.bias is [4]"));
        QVERIFY(refused(timm(), Backbone::ResNet18, ErrorKind::Data, "no weight of the network"));
        QVERIFY(refused(timm(), Backbone::EfficientNetB0, ErrorKind::Usage, "cannot be imported"));
        // Positions of another picture size.
        NetworkOptions larger = vit();
        larger.size = 16;
        network = makeNetwork(larger, 3);
        QVERIFY(refused(timm(), Backbone::VitTiny, ErrorKind::Data, "pos_embed is [1, 10, 6]"));
    }

    // The configurations of the paper are read, and describe networks that can be built at a small size.
    void configurationsOfThePaperAreRead() {
        const fs::path configs = fs::path(FILIGREE_SOURCE_DIR) / "assets/configs/hard_attention_gates";
        const auto schemaOf = [](const std::string& method) -> const config::Schema& {
            return methods::find(method).schema();
        };
        int seen = 0;
        for (const auto& entry : fs::directory_iterator(configs)) {
            const config::RunFile file = config::readRunFile(entry.path().string(), schemaOf);
            const bool plain = file.config.text("gate.routing") == "plain";
            QCOMPARE(plain, entry.path().filename().string().find("fsg") == std::string::npos);
            QCOMPARE(file.config.integer("data.image_size"), 384);
            QVERIFY(plain == (file.config.real("optimizer.lr") == file.config.real("optimizer.min_lr")));
            ++seen;
        }
        QCOMPARE(seen, 7);
    }
};

QTEST_GUILESS_MAIN(PretrainedTest)
#include "test_pretrained.moc"
