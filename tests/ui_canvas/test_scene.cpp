// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas/scene.h"

#include <QtTest>
#include <vector>

using namespace filigree::ui;

namespace {

/// Remembers what Dear ImGui saw in each frame.
class Witness final : public View {
  public:
    void draw(const Canvas&) override {
        const ImGuiIO& io = ImGui::GetIO();
        clicks.push_back(ImGui::IsMouseClicked(ImGuiMouseButton_Left));
        doubles += ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left) ? 1 : 0;
        releases.push_back(ImGui::IsMouseReleased(ImGuiMouseButton_Left));
        positions.push_back(io.MousePos);
        wheel += io.MouseWheel;
        control.push_back(io.KeyCtrl);
    }
    std::string summary() const override { return {}; }

    std::vector<bool> clicks, releases, control;
    std::vector<ImVec2> positions;
    int doubles = 0;
    float wheel = 0;
};

/// Builds frames until the scene wants no more; returns how many.
int settle(Scene& scene, View& view) {
    int frames = 0;
    do {
        scene.build(view, 100, 100);
        ++frames;
    } while (scene.wantsFrame() && frames < 50);
    return frames;
}

}  // namespace

class TestScene : public QObject {
    Q_OBJECT

  private slots:
    void aQuickClickIsSeen() {
        Scene scene;
        Witness view;
        scene.build(view, 100, 100);
        scene.movePointer(10, 20);
        scene.pressPointer(PointerButton::Left, true);
        scene.pressPointer(PointerButton::Left, false);
        scene.movePointer(90, 20);
        settle(scene, view);
        // The press where the pointer was then, the release a frame later.
        const auto press = std::find(view.clicks.begin(), view.clicks.end(), true);
        QVERIFY(press != view.clicks.end());
        const auto at = static_cast<std::size_t>(press - view.clicks.begin());
        QCOMPARE(view.positions[at].x, 10.0F);
        QVERIFY(view.releases[at + 1]);
        QCOMPARE(view.positions.back().x, 90.0F);
        QCOMPARE(std::count(view.clicks.begin(), view.clicks.end(), true), 1);
    }

    void twoQuickClicksAreADoubleClick() {
        Scene scene;
        Witness view;
        scene.build(view, 100, 100);
        scene.movePointer(10, 20);
        for (int i = 0; i < 2; ++i) {
            scene.pressPointer(PointerButton::Left, true);
            scene.pressPointer(PointerButton::Left, false);
        }
        settle(scene, view);
        QCOMPARE(view.doubles, 1);
    }

    void wantsNoFrameWhenNothingHappened() {
        Scene scene;
        Witness view;
        scene.build(view, 100, 100);
        QVERIFY(!scene.wantsFrame());
        scene.movePointer(5, 5);
        QVERIFY(scene.wantsFrame());
        QCOMPARE(settle(scene, view), 2);
    }

    void wheelTurnsAddUp() {
        Scene scene;
        Witness view;
        scene.setModifiers({true, false, false});
        scene.turnWheel(0, 1);
        scene.turnWheel(0, 2);
        settle(scene, view);
        QCOMPARE(view.wheel, 3.0F);
        QVERIFY(view.control.front());
    }

    void twoScenesDoNotDisturbEachOther() {
        Scene first;
        Witness seen;
        first.movePointer(10, 10);
        {
            Scene second;
            Witness other;
            second.movePointer(70, 70);
            first.build(seen, 100, 100);
            second.build(other, 100, 100);
            QCOMPARE(other.positions.back().x, 70.0F);
        }
        first.build(seen, 100, 100);
        QCOMPARE(seen.positions.back().x, 10.0F);
    }

    void fontsFollowTheScale() {
        struct Fonts final : View {
            void draw(const Canvas& canvas) override { size = canvas.body->FontSize; }
            std::string summary() const override { return {}; }
            float size = 0;
        } view;
        Scene scene;
        const Frame small = scene.build(view, 10, 10);
        QCOMPARE(view.size, 13.0F);
        scene.setScale(2);
        const Frame large = scene.build(view, 10, 10);
        QCOMPARE(view.size, 26.0F);
        QVERIFY(small.textures[0].version != large.textures[0].version);
        QVERIFY(large.textures[0].make().pixels.size() > small.textures[0].make().pixels.size());
    }
};

QTEST_APPLESS_MAIN(TestScene)
#include "test_scene.moc"
