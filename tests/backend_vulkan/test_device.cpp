// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>
#include <fstream>
#include <numeric>

#include "backend/vulkan/elementwise.h"
#include "backend/vulkan/shape.h"
#include "fixture.h"
// After Vulkan's header.
#include <QTemporaryDir>

using namespace filigree;
using namespace filigree::vulkan;

namespace {

constexpr std::uint64_t MiB = 1ULL << 20;

/// Types as (flags, heap) on heaps of these sizes.
VkPhysicalDeviceMemoryProperties memoryOf(
    std::vector<std::uint64_t> heaps, std::vector<std::pair<VkMemoryPropertyFlags, std::uint32_t>> types) {
    VkPhysicalDeviceMemoryProperties memory{};
    memory.memoryHeapCount = static_cast<std::uint32_t>(heaps.size());
    for (std::size_t i = 0; i < heaps.size(); ++i) memory.memoryHeaps[i].size = heaps[i];
    memory.memoryTypeCount = static_cast<std::uint32_t>(types.size());
    for (std::size_t i = 0; i < types.size(); ++i) memory.memoryTypes[i] = {types[i].first, types[i].second};
    return memory;
}
constexpr VkMemoryPropertyFlags local = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
constexpr VkMemoryPropertyFlags host =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
constexpr VkMemoryPropertyFlags cached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT;

template <typename Body>
Error errorOf(Body&& body) {
    try {
        body();
    } catch (const Error& error) {
        return error;
    }
    return {ErrorKind::Run, "nothing was thrown"};
}

}  // namespace

class TestDevice : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        if (needsNoDevice()) return;
        OPEN_OR_SKIP(fixture_);
    }
    void cleanup() {
        const std::string complaint = fixture_.complaint();
        fixture_.close();
        QVERIFY2(complaint.empty(), complaint.c_str());
    }

    void spansAreDividedAndJoined() {
        SpanAllocator spans(1000);
        const auto a = spans.take(100, 64), b = spans.take(100, 64), c = spans.take(700, 64);
        QCOMPARE(*a, 0U);
        QCOMPARE(*b, 128U);
        QCOMPARE(*c, 256U);
        QVERIFY(!spans.take(100, 64));
        QCOMPARE(spans.used(), 900U);
        spans.give(*a);
        spans.give(*b);
        // 0 … 255 is one gap again, and the best fit for what is left of it.
        QCOMPARE(spans.largestGap(), 256U);
        QCOMPARE(*spans.take(256, 256), 0U);
        spans.give(0);
        spans.give(*c);
        QCOMPARE(spans.largestGap(), 1000U);
        QCOMPARE(spans.used(), 0U);
    }

    void aGraphicsCardKeepsArraysInItsOwnMemory() {
        // Its own memory, system memory for both ways, and a small window into its own memory.
        const auto memory = memoryOf({8192 * MiB, 16384 * MiB, 256 * MiB},
                                     {{local, 0}, {host, 1}, {host | cached, 1}, {local | host, 2}});
        const MemoryTypes types = chooseMemoryTypes(memory, ~0U);
        QCOMPARE(types.device, 0U);
        QCOMPARE(types.upload, 1U);
        QCOMPARE(types.download, 2U);
        QCOMPARE(types.deviceBytes, 8192 * MiB);
        // A type that a storage buffer may not lie in is not chosen.
        QCOMPARE(chooseMemoryTypes(memory, 0b1110).device, 3U);
    }

    void aSoftwareDeviceHasOneTypeForAll() {
        const auto memory = memoryOf({4096 * MiB}, {{local | host | cached, 0}});
        const MemoryTypes types = chooseMemoryTypes(memory, ~0U);
        QCOMPARE(types.device, 0U);
        QCOMPARE(types.upload, 0U);
        QCOMPARE(types.download, 0U);
    }

    void missingMemoryTypesAreNamed() {
        const auto memory = memoryOf({4096 * MiB}, {{local, 0}});
        const Error error = errorOf([&] { chooseMemoryTypes(memory, ~0U); });
        QCOMPARE(error.kind(), ErrorKind::Device);
        QCOMPARE(error.where(), std::string("memory that the host can write"));
    }

    void valuesTravelThereAndBackInPieces() {
        // More than one piece of staging memory, and a part of an array.
        std::vector<std::uint32_t> values(5'000'000);
        std::iota(values.begin(), values.end(), 17U);
        Stream& stream = fixture_.stream();
        const Array array = stream.upload(std::span<const std::uint32_t>(values), "numbers");
        QVERIFY(stream.read<std::uint32_t>(array) == values);
        const std::vector<std::uint32_t> few{1, 2, 3};
        stream.write(array.view().part(4'000'000, 3), std::span<const std::uint32_t>(few));
        const auto back = stream.read<std::uint32_t>(array.view().part(3'999'999, 5));
        QCOMPARE(back, (std::vector<std::uint32_t>{4'000'016, 1, 2, 3, 4'000'020}));
    }

    void commandsTakeEffectInOrder() {
        Stream& stream = fixture_.stream();
        const Array a = fixture_.upload(std::vector<float>(1000, 1));
        const Array b = fixture_.poisoned(1000);
        for (int i = 0; i < 700; ++i) {  // more than goes out at once
            apply(stream, backend::Unary::AddScalar, a, b, 1);
            apply(stream, backend::Unary::Scale, b, a, 1);
        }
        QCOMPARE(fixture_.read(a), std::vector<float>(1000, 701));
        QVERIFY(stream.submissions() < 10);
    }

    void independentCommandsNeedNoBarrier() {
        Stream& stream = fixture_.stream();
        const Array a = fixture_.upload({1, 2}), b = fixture_.poisoned(2), c = fixture_.poisoned(2);
        const std::int64_t before = stream.barriers();
        apply(stream, backend::Unary::Scale, a, b, 2);
        apply(stream, backend::Unary::Scale, a, c, 3);
        QCOMPARE(stream.barriers() - before, 1);
        apply(stream, backend::Unary::Scale, b, c, 5);
        QCOMPARE(stream.barriers() - before, 2);
        QCOMPARE(fixture_.read(c), (std::vector<float>{10, 20}));
    }

    void memoryIsReused() {
        Stream& stream = fixture_.stream();
        { const Array first = stream.make(1000, "first"); }
        const std::uint64_t reserved = stream.memory().reservedBytes();
        for (int i = 0; i < 1000; ++i) const Array again = stream.make(1'000'000, "again");
        QCOMPARE(stream.memory().reservedBytes(), reserved);
        QCOMPARE(stream.memory().usedBytes(), 0U);
        QCOMPARE(stream.memory().peakBytes(), 4'000'000U);
    }

    void aBudgetThatIsUsedUpNamesTheTensor() {
        fixture_.close();
        VERIFY_SAME(fixture_.open({.budgetBytes = 10 * MiB}));
        Stream& stream = fixture_.stream();
        const Array first = stream.make(2 * MiB, "fc1.weight");  // 8 MiB
        const Error error = errorOf([&] { stream.make(MiB, "fc2.weight"); });
        QCOMPARE(error.kind(), ErrorKind::Device);
        QCOMPARE(error.exitCode(), 4);
        QCOMPARE(error.message(), std::string("out of device memory"));
        QVERIFY2(
            error.where().starts_with("tensor 'fc2.weight' of 4.0 MiB; 8.0 MiB of 10.0 MiB are in use on "),
            error.where().c_str());
        const Array small = stream.make(MiB / 4, "fc3.weight");
    }

    void aDeviceWithoutMemoryIsAnErrorAndGoesOn() {
        Stream& stream = fixture_.stream();
        const Array first = stream.make(10, "first");
        stream.device().failAllocationForTest(1);
        const Error error = errorOf([&] { stream.make(20 * MiB, "large"); });
        QCOMPARE(error.message(), std::string("out of device memory"));
        QVERIFY(stream.make(20 * MiB, "large").count() == 20 * MiB);
    }

    void anArrayThatCannotBeBoundIsAnError() {
        Stream& stream = fixture_.stream();
        const std::uint64_t most = stream.device().limits().maxStorageBufferRange;
        const Error error = errorOf([&] { stream.make(most / 4 + 1, "embedding"); });
        QCOMPARE(error.kind(), ErrorKind::Device);
        QVERIFY(error.where().find("tensor 'embedding'") == 0);
    }

    void aLostDeviceIsAnErrorEverywhere() {
        Stream& stream = fixture_.stream();
        const Array a = fixture_.upload({1, 2, 3}), b = fixture_.poisoned(3);
        apply(stream, backend::Unary::Relu, a, b);
        stream.device().loseForTest();
        for (int call = 0; call < 5; ++call) {
            const Error error = errorOf([&] {
                if (call == 0) apply(stream, backend::Unary::Relu, a, b);
                if (call == 1) fixture_.read(b);
                if (call == 2) stream.finish();
                if (call == 3) stream.fill(b, 0);
                if (call == 4) fixture_.upload({1});
            });
            QCOMPARE(error.kind(), ErrorKind::Device);
            QCOMPARE(error.message(), std::string("the graphics device was lost"));
        }
        // Another one works.
        fixture_.close();
        VERIFY_SAME(fixture_.open());
        const Array c = fixture_.upload({-1, 2}), d = fixture_.poisoned(2);
        apply(fixture_.stream(), backend::Unary::Relu, c, d);
        QCOMPARE(fixture_.read(d), (std::vector<float>{0, 2}));
    }

    void unknownDevicesAreAnErrorWithTheNamesThereAre() {
        const Error error = errorOf([] { Device::open({.name = "abacus"}); });
        QCOMPARE(error.kind(), ErrorKind::Device);
        QCOMPARE(error.message(), std::string("there is no Vulkan device \"abacus\""));
        const std::string name = fixture_.stream().device().info().name;
        QVERIFY(error.where().find(name) != std::string::npos);
        // By number, and by part of the name.
        QVERIFY(Device::open({.name = "0"}));
        QCOMPARE(Device::open({.name = name.substr(0, 5)})->info().name, name);
    }

    void pipelinesAreKeptOnDisk() {
        const QTemporaryDir folder;
        const std::filesystem::path path = folder.path().toStdString();
        const auto compile = [&] {
            fixture_.close();
            VERIFY_SAME(fixture_.open({.pipelineCache = path}));
            const Array a = fixture_.upload({-1, 2}), b = fixture_.poisoned(2);
            apply(fixture_.stream(), backend::Unary::Relu, a, b);
            QCOMPARE(fixture_.read(b), (std::vector<float>{0, 2}));
        };
        compile();
        fixture_.close();
        const std::filesystem::path file = std::filesystem::directory_iterator(path)->path();
        const auto bytes = [&] {
            std::ifstream in(file, std::ios::binary);
            return std::string(std::istreambuf_iterator<char>(in), {});
        };
        const std::string sound = bytes();
        QVERIFY(sound.starts_with("FILIGPC1"));
        // Damaged in the middle, cut short, empty: ignored and written anew.
        std::string damaged = sound;
        damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
        for (const std::string& content : {damaged, sound.substr(0, sound.size() - 5), std::string()}) {
            std::ofstream(file, std::ios::binary) << content;
            compile();
            fixture_.close();
            QVERIFY(bytes().starts_with("FILIGPC1"));
            QVERIFY(bytes() != content);
        }
        VERIFY_SAME(fixture_.open());
    }

    void kernelsAreTimed() {
        fixture_.close();
        VERIFY_SAME(fixture_.open({.timestamps = true}));
        Stream& stream = fixture_.stream();
        if (!stream.device().timestamps()) QSKIP("this device has no clock");
        const Array a = fixture_.upload(std::vector<float>(100'000, 1)), b = fixture_.poisoned(100'000);
        for (int i = 0; i < 3; ++i) apply(stream, backend::Unary::Exp, a, b);
        const auto times = stream.profile();
        QCOMPARE(times.size(), 1U);
        QCOMPARE(times[0].kernel, std::string("elementwise"));
        QCOMPARE(times[0].calls, 3);
        QCOMPARE(times[0].bytes, 3 * 800'000.0);
        QVERIFY(times[0].seconds > 0 && times[0].seconds < 10);
        stream.resetProfile();
        QVERIFY(stream.profile().empty());
    }

    void layoutsAreConverted() {
        Stream& stream = fixture_.stream();
        for (const Layout layout : {Layout{7, 4}, Layout{8, 4}, Layout{1, 32}, Layout{5, 1}, Layout{6, 6}}) {
            const auto values = randomNumbers(layout.batch * 3, "layout");
            const Array rows = fixture_.upload(values);
            const auto there =
                fixture_.twice(layout.count(3), [&](const View& to) { tile(stream, rows, to, layout, 3); });
            QCOMPARE(there, tiled(values, layout, 3));
            const Array lanes = fixture_.upload(tiled(values, layout, 3, 99));
            const auto back = fixture_.twice(layout.batch * 3,
                                             [&](const View& to) { untile(stream, lanes, to, layout, 3); });
            QCOMPARE(back, values);
        }
        // A transposed matrix, repeated.
        const Array matrix = fixture_.upload({1, 2, 3, 4, 5, 6});
        const auto copied = fixture_.twice(12, [&](const View& to) {
            copyStrided(stream, matrix, {1, 2, 3, 2}, {0, 0, 1, 3}, to);
        });
        QCOMPARE(copied, (std::vector<float>{1, 4, 2, 5, 3, 6, 1, 4, 2, 5, 3, 6}));
        QVERIFY_THROWS_EXCEPTION(Error, copyStrided(stream, matrix, {1, 1, 4, 2}, {0, 0, 1, 3}, matrix));
    }

  private:
    static bool needsNoDevice() {
        const std::string name = QTest::currentTestFunction();
        return name == "spansAreDividedAndJoined" || name == "aGraphicsCardKeepsArraysInItsOwnMemory" ||
               name == "aSoftwareDeviceHasOneTypeForAll" || name == "missingMemoryTypesAreNamed";
    }

    Fixture fixture_;
};

QTEST_GUILESS_MAIN(TestDevice)
#include "test_device.moc"
