// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/offscreen.h"

#include "ui/canvas/scene.h"
#include "validated.h"
// After Vulkan's header.
#include <QImage>
#include <QTemporaryDir>
#include <QtTest>

using namespace filigree;
using namespace filigree::ui;

namespace {

constexpr Rgb red = rgb(0xCC2200);
constexpr Rgb blue = rgb(0x1030E0);

/// A red rectangle from (10, 20) to (30, 50), a picture of 2 x 2 pixels drawn 20 times as large at (60, 20),
/// and words.
class Example final : public View {
  public:
    void draw(const Canvas& canvas) override {
        ImDrawList& list = *ImGui::GetWindowDrawList();
        list.AddRectFilled({10, 20}, {30, 50}, ink(red));
        const ImTextureID texture = canvas.texture(0, version, smooth, [this] {
            ++made;
            Picture picture(2, 2);
            picture.pixels = {packed(blue), packed(red), packed(red), packed(first)};
            return picture;
        });
        list.AddImage(texture, {60, 20}, {100, 60});
        if (words)
            list.AddText(canvas.body, canvas.body->FontSize, {10, 70}, ink(canvas.palette.text), "filigree");
    }
    std::string summary() const override { return "an example"; }

    std::uint64_t version = 1;
    bool smooth = false;
    bool words = false;
    Rgb first = blue;
    int made = 0;
};

Frame frameOf(View& view, Appearance appearance = Appearance::Light, float scale = 1) {
    Scene scene;
    scene.setAppearance(appearance);
    scene.setScale(scale);
    return scene.build(view, 120, 100);
}

}  // namespace

class TestOffscreen : public QObject {
    Q_OBJECT

  private slots:
    void init() { instance_ = validatedInstance(); }
    void cleanup() {
        verifySilent(*instance_);
        instance_.reset();
    }

    void drawsExactlyThePixelsThatWereAsked() {
        Example example;
        Offscreen target(Device::open(instance_));
        const Picture picture = target.draw(frameOf(example));
        const Rgb ground = palette(Appearance::Light).ground;
        QCOMPARE(picture.at(0, 0), packed(ground));
        QCOMPARE(picture.at(9, 30), packed(ground));
        QCOMPARE(picture.at(10, 20), packed(red));
        QCOMPARE(picture.at(29, 49), packed(red));
        QCOMPARE(picture.at(30, 50), packed(ground));
        int reds = 0;
        for (int y = 0; y < 100; ++y)
            for (int x = 0; x < 50; ++x) reds += picture.at(x, y) == packed(red) ? 1 : 0;
        QCOMPARE(reds, 20 * 30);
        // The picture, not interpolated.
        QCOMPARE(picture.at(60, 20), packed(blue));
        QCOMPARE(picture.at(79, 39), packed(blue));
        QCOMPARE(picture.at(80, 39), packed(red));
        QCOMPARE(picture.at(79, 40), packed(red));
        QCOMPARE(picture.at(99, 59), packed(blue));
    }

    void interpolatesWhereItShould() {
        Example example;
        example.smooth = true;
        Offscreen target(Device::open(instance_));
        const Picture picture = target.draw(frameOf(example));
        const auto blueness = [&](int x) { return picture.at(x, 25) >> 16 & 255; };
        QCOMPARE(picture.at(61, 21), packed(blue));
        QVERIFY(blueness(75) > blueness(80) && blueness(80) > blueness(85));
    }

    void makesAPictureAgainOnlyWhenItsVersionChanges() {
        Example example;
        Offscreen target(Device::open(instance_));
        target.draw(frameOf(example));
        target.draw(frameOf(example));
        QCOMPARE(example.made, 1);
        example.first = red;
        ++example.version;
        const Picture picture = target.draw(frameOf(example));
        QCOMPARE(example.made, 2);
        QCOMPARE(picture.at(99, 59), packed(red));
    }

    void writesWordsInTheColoursOfTheTheme() {
        Example example;
        example.words = true;
        Offscreen target(Device::open(instance_));
        for (const Appearance appearance : {Appearance::Light, Appearance::Dark}) {
            const Picture picture = target.draw(frameOf(example, appearance));
            const Rgb ground = palette(appearance).ground;
            const Rgb text = palette(appearance).text;
            QCOMPARE(picture.at(0, 0), packed(ground));
            int strongest = 0;
            int inked = 0;
            for (int y = 68; y < 90; ++y)
                for (int x = 0; x < 100; ++x) {
                    const int apart = std::abs(static_cast<int>(picture.at(x, y) & 255) - ground.red);
                    strongest = std::max(strongest, apart);
                    inked += apart > 60 ? 1 : 0;
                }
            QVERIFY(strongest > std::abs(text.red - ground.red) * 8 / 10);
            QVERIFY(inked > 60 && inked < 500);
        }
    }

    void drawsInAnotherSizeNext() {
        Example example;
        Offscreen target(Device::open(instance_));
        Scene scene;
        QCOMPARE(target.draw(scene.build(example, 120, 100)).width, 120);
        const Picture larger = target.draw(scene.build(example, 301, 203));
        QCOMPARE(larger.width, 301);
        QCOMPARE(larger.at(29, 49), packed(red));
        QCOMPARE(larger.at(300, 202), packed(palette(Appearance::Light).ground));
    }

    void refusesASizeThatTheDeviceCannotDraw() {
        Example example;
        Offscreen target(Device::open(instance_));
        Frame frame = frameOf(example);
        frame.width = 1 << 20;
        QVERIFY_THROWS_EXCEPTION(Error, target.draw(frame));
    }

    void aLostDeviceIsSaidAndANewOneWorks() {
        Example example;
        const auto device = Device::open(instance_);
        {
            Offscreen target(device);
            target.draw(frameOf(example));
            device->loseForTest();
            QVERIFY_THROWS_EXCEPTION(DeviceLost, target.draw(frameOf(example)));
            QVERIFY_THROWS_EXCEPTION(DeviceLost, target.draw(frameOf(example)));
        }
        Offscreen anew(Device::open(instance_));
        QCOMPARE(anew.draw(frameOf(example)).at(10, 20), packed(red));
    }

    void choosesADeviceByName() {
        const DeviceInfo first = Instance::describe(instance_->physicalDevices().front());
        QCOMPARE(Device::open(instance_, VK_NULL_HANDLE, first.name.substr(0, 4))->info().name, first.name);
        try {
            Device::open(instance_, VK_NULL_HANDLE, "no such card");
            QFAIL("a device that does not exist was opened");
        } catch (const Error& error) {
            QCOMPARE(error.kind(), ErrorKind::Device);
            QVERIFY(error.where().find(first.name) != std::string::npos);
        }
    }

    void aPngHoldsThePictureAndItsText() {
        Picture picture(3, 2);
        picture.pixels = {packed(red),  packed(blue),          packed(red),
                          packed(blue), packed(rgb(0x010203)), packed(red)};
        QTemporaryDir folder;
        const QString path = folder.filePath("a.png");
        writePng(picture, path.toStdString(), {{"Source", "filigree render"}});
        const QImage image(path);
        QCOMPARE(image.size(), QSize(3, 2));
        QCOMPARE(image.pixel(0, 0), 0xFFCC2200U);
        QCOMPARE(image.pixel(1, 1), 0xFF010203U);
        QCOMPARE(image.text("Source"), QString("filigree render"));
        QVERIFY_THROWS_EXCEPTION(Error, writePng(picture, (folder.path() + "/none/a.png").toStdString()));
    }

    void withoutADriverItSaysWhatToInstall() {
        verifySilent(*instance_);
        instance_.reset();
        const QByteArray before = qgetenv("VK_ICD_FILENAMES");
        qputenv("VK_ICD_FILENAMES", "/nonexistent");
        qputenv("VK_DRIVER_FILES", "/nonexistent");
        try {
            instance_ = Instance::shared();
            QFAIL("an instance without a driver");
        } catch (const Error& error) {
            QCOMPARE(error.kind(), ErrorKind::Device);
            QVERIFY(error.advice().find("mesa-vulkan-drivers") != std::string::npos);
        }
        qunsetenv("VK_DRIVER_FILES");
        if (before.isNull())
            qunsetenv("VK_ICD_FILENAMES");
        else
            qputenv("VK_ICD_FILENAMES", before);
        instance_ = validatedInstance();
    }

  private:
    std::shared_ptr<Instance> instance_;
};

QTEST_APPLESS_MAIN(TestOffscreen)
#include "test_offscreen.moc"
