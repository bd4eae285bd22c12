// SPDX-License-Identifier: Apache-2.0
#include "data/catalogue.h"

#include "base/error.h"

namespace filigree::data {

namespace {

const std::vector<std::string> digitNames = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

DatasetInfo digits() {
    DatasetInfo info;
    info.name = "digits";
    info.title = "Handwritten digits, 8 x 8";
    info.description = "Real handwritten digits at 8 x 8 pixels, built into the program.";
    info.citation =
        "E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, "
        "1998";
    info.home = "https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits";
    info.licence = "CC BY 4.0 (believed; keep the attribution, see assets/data/optdigits/README.md)";
    info.origin = Origin::Embedded;
    info.sampleShape = {1, 8, 8};
    info.classes = 10;
    info.classNames = digitNames;
    info.trainCount = 1437;
    info.testCount = 360;
    return info;
}

DatasetInfo planted(bool trap) {
    DatasetInfo info;
    info.name = trap ? "planted-trap" : "planted";
    info.title = trap ? "Planted sparse teacher with a trap" : "Planted sparse teacher";
    info.description =
        trap ? "The planted task with 48 irrelevant inputs scaled up, so that gradients mislead."
             : "A computed task whose right wiring is known: 16 of 128 inputs decide the class.";
    info.citation = "Defined by this project; see the help page on data";
    info.licence = "none needed (computed)";
    info.origin = Origin::Generated;
    info.sampleShape = {128};
    info.classes = 10;
    info.trainCount = 32000;
    info.testCount = 4000;
    return info;
}

DatasetInfo idxSet(const char* name) {
    DatasetInfo info;
    info.name = name;
    info.origin = Origin::Idx;
    info.sampleShape = {1, 28, 28};
    info.classes = 10;
    info.trainCount = 60000;
    info.testCount = 10000;
    info.folders = {name};
    return info;
}

// The published files are confirmed by two digests each. The content digests were taken from Debian's package
// dataset-fashion-mnist 0.0~git20200523; with the name and time put back into the gzip headers, its files
// have the MD5 sums printed in the project's README, which gave the SHA-256 of the published files.
DatasetInfo fashionMnist() {
    DatasetInfo info = idxSet("fashion-mnist");
    info.title = "Fashion-MNIST";
    info.description = "Photographs of clothes in 10 classes, 28 x 28 grey pixels.";
    info.citation = "H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST, arXiv 1708.07747, 2017";
    info.home = "https://github.com/zalandoresearch/fashion-mnist";
    info.licence = "MIT";
    info.classNames = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
                       "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot"};
    info.normalization = {{0.2857F}, {0.3538F}};
    info.debianPackage = "dataset-fashion-mnist";
    info.downloadUrl = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/";
    info.downloads = {
        {"train-images-idx3-ubyte.gz",
         64 << 20,
         "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
         "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
         {}},
        {"train-labels-idx1-ubyte.gz",
         1 << 20,
         "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
         "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
         {}},
        {"t10k-images-idx3-ubyte.gz",
         16 << 20,
         "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
         "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
         {}},
        {"t10k-labels-idx1-ubyte.gz",
         1 << 20,
         "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
         "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
         {}},
    };
    return info;
}

// MNIST and CIFAR: the digests that several independent projects record for the published files.
DatasetInfo mnist() {
    DatasetInfo info = idxSet("mnist");
    info.title = "MNIST";
    info.description = "Handwritten digits, 28 x 28 grey pixels.";
    info.citation = "Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits, 1998";
    info.home = "http://yann.lecun.com/exdb/mnist/";
    info.licence = "not stated by its authors";
    info.classNames = digitNames;
    info.normalization = {{0.1307F}, {0.3081F}};
    info.downloadUrl = "https://storage.googleapis.com/cvdf-datasets/mnist/";
    info.downloads = {
        {"train-images-idx3-ubyte.gz",
         64 << 20,
         "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
         "",
         {}},
        {"train-labels-idx1-ubyte.gz",
         1 << 20,
         "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
         "",
         {}},
        {"t10k-images-idx3-ubyte.gz",
         16 << 20,
         "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
         "",
         {}},
        {"t10k-labels-idx1-ubyte.gz",
         1 << 20,
         "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
         "",
         {}},
    };
    return info;
}

DatasetInfo cifar(const char* name) {
    DatasetInfo info;
    info.name = name;
    info.citation = "A. Krizhevsky, Learning multiple layers of features from tiny images, 2009";
    info.home = "https://www.cs.toronto.edu/~kriz/cifar.html";
    info.licence = "not stated by its authors";
    info.origin = Origin::Cifar;
    info.sampleShape = {3, 32, 32};
    info.trainCount = 50000;
    info.testCount = 10000;
    info.downloadUrl = "https://www.cs.toronto.edu/~kriz/";
    return info;
}

DatasetInfo cifar10() {
    DatasetInfo info = cifar("cifar10");
    info.title = "CIFAR-10";
    info.description = "Small colour photographs in 10 classes, 32 x 32 pixels.";
    info.classes = 10;
    info.classNames = {"airplane", "automobile", "bird",  "cat",  "deer",
                       "dog",      "frog",       "horse", "ship", "truck"};
    info.normalization = {{0.4914F, 0.4822F, 0.4465F}, {0.2023F, 0.1994F, 0.2010F}};
    info.folders = {"cifar10", "cifar-10-batches-bin"};
    RemoteFile archive{"cifar-10-binary.tar.gz",
                       200 << 20,
                       "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
                       "",
                       {}};
    for (const char* file : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                             "data_batch_5.bin", "test_batch.bin"})
        archive.members.push_back({file, 10000 * 3073});
    info.downloads = {std::move(archive)};
    return info;
}

DatasetInfo cifar100() {
    DatasetInfo info = cifar("cifar100");
    info.title = "CIFAR-100";
    info.description = "Small colour photographs in 100 classes, 32 x 32 pixels.";
    info.classes = 100;
    info.classNames = {
        "apple",       "aquarium_fish", "baby",      "bear",       "beaver",       "bed",
        "bee",         "beetle",        "bicycle",   "bottle",     "bowl",         "boy",
        "bridge",      "bus",           "butterfly", "camel",      "can",          "castle",
        "caterpillar", "cattle",        "chair",     "chimpanzee", "clock",        "cloud",
        "cockroach",   "couch",         "crab",      "crocodile",  "cup",          "dinosaur",
        "dolphin",     "elephant",      "flatfish",  "forest",     "fox",          "girl",
        "hamster",     "house",         "kangaroo",  "keyboard",   "lamp",         "lawn_mower",
        "leopard",     "lion",          "lizard",    "lobster",    "man",          "maple_tree",
        "motorcycle",  "mountain",      "mouse",     "mushroom",   "oak_tree",     "orange",
        "orchid",      "otter",         "palm_tree", "pear",       "pickup_truck", "pine_tree",
        "plain",       "plate",         "poppy",     "porcupine",  "possum",       "rabbit",
        "raccoon",     "ray",           "road",      "rocket",     "rose",         "sea",
        "seal",        "shark",         "shrew",     "skunk",      "skyscraper",   "snail",
        "snake",       "spider",        "squirrel",  "streetcar",  "sunflower",    "sweet_pepper",
        "table",       "tank",          "telephone", "television", "tiger",        "tractor",
        "train",       "trout",         "tulip",     "turtle",     "wardrobe",     "whale",
        "willow_tree", "wolf",          "woman",     "worm"};
    info.normalization = {{0.5071F, 0.4867F, 0.4408F}, {0.2675F, 0.2565F, 0.2761F}};
    info.folders = {"cifar100", "cifar-100-binary"};
    info.downloads = {{"cifar-100-binary.tar.gz",
                       200 << 20,
                       "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
                       "",
                       {{"train.bin", 50000 * 3074}, {"test.bin", 10000 * 3074}}}};
    return info;
}

}  // namespace

const std::vector<DatasetInfo>& catalogue() {
    static const std::vector<DatasetInfo> entries = {digits(), planted(false), planted(true), fashionMnist(),
                                                     mnist(),  cifar10(),      cifar100()};
    return entries;
}

const DatasetInfo& datasetInfo(std::string_view name) {
    std::string known;
    for (const DatasetInfo& info : catalogue()) {
        if (info.name == name) return info;
        known += (known.empty() ? "" : ", ") + info.name;
    }
    throw Error(ErrorKind::Usage, "no data set is called '" + std::string(name) + "'", {},
                "Known are: " + known + ".");
}

}  // namespace filigree::data
