// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas_window/canvas_widget.h"
#include "validated.h"
// After Vulkan's header.
#include <QAction>
#include <QApplication>
#include <QImage>
#include <QLabel>
#include <QLineEdit>
#include <QMainWindow>
#include <QPushButton>
#include <QScreen>
#include <QSignalSpy>
#include <QVBoxLayout>
#include <QtTest>

using namespace filigree;
using namespace filigree::ui;

namespace {

constexpr Rgb green = rgb(0x20A040);

/// Fills everything with one colour and remembers clicks.
class Plain final : public View {
  public:
    void draw(const Canvas& canvas) override {
        ImGui::GetWindowDrawList()->AddRectFilled({0, 0}, {canvas.width, canvas.height}, ink(colour));
        size = QSizeF(static_cast<double>(canvas.width), static_cast<double>(canvas.height));
        if (ImGui::IsMouseClicked(ImGuiMouseButton_Left)) ++clicks;
        ++drawn;
    }
    std::string summary() const override { return "plain"; }

    Rgb colour = green;
    QSizeF size;
    int clicks = 0;
    int drawn = 0;
};

/// A main window with a field, a canvas and another field.
struct Bench {
    Bench() {
        theme.setMode(Theme::Mode::Light);
        auto* centre = new QWidget(&main);
        auto* column = new QVBoxLayout(centre);
        before = new QLineEdit(centre);
        canvas = new CanvasWidget(theme, view, centre);
        after = new QLineEdit(centre);
        column->addWidget(before);
        column->addWidget(canvas, 1);
        column->addWidget(after);
        main.setCentralWidget(centre);
        main.resize(500, 400);
        main.move(20, 20);
    }
    bool show() {
        QSignalSpy shown(&canvas->window(), &CanvasWindow::frameShown);
        main.show();
        main.activateWindow();
        return QTest::qWaitForWindowActive(&main) && (shown.count() > 0 || shown.wait(10000));
    }
    /// Until no frame comes for a while.
    qint64 settle() {
        QSignalSpy shown(&canvas->window(), &CanvasWindow::frameShown);
        while (shown.wait(250)) {
        }
        return canvas->window().framesShown();
    }
    QPoint middle() { return {canvas->width() / 2, canvas->height() / 2}; }

    Plain view;
    Theme theme;
    QMainWindow main;
    QLineEdit* before = nullptr;
    CanvasWidget* canvas = nullptr;
    QLineEdit* after = nullptr;
};

}  // namespace

class TestWindow : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() {
        if (QGuiApplication::platformName() != "xcb")
            QSKIP("there is no X display to open Vulkan windows on");
        instance_ = validatedInstance();
    }
    void cleanup() {
        if (instance_) verifySilent(*instance_);
    }
    void cleanupTestCase() { instance_.reset(); }

    void showsTheViewOnTheScreen() {
        Bench bench;
        QVERIFY(bench.show());
        bench.settle();
        QCOMPARE(bench.view.size, QSizeF(bench.canvas->size()));
        const QPoint at = bench.canvas->mapToGlobal(bench.middle());
        QTRY_COMPARE(bench.main.screen()->grabWindow(0, at.x(), at.y(), 1, 1).toImage().pixel(0, 0),
                     0xFF20A040U);
    }

    void drawsOnlyWhenSomethingChanged() {
        Bench bench;
        QVERIFY(bench.show());
        const qint64 before = bench.settle();
        QTest::qWait(400);
        QCOMPARE(bench.canvas->window().framesShown(), before);
        bench.canvas->update();
        bench.canvas->update();
        QVERIFY(bench.settle() > before);
        QVERIFY(bench.canvas->window().framesShown() <= before + 2);
    }

    void followsTheSizeOfTheWindow() {
        Bench bench;
        QVERIFY(bench.show());
        for (const QSize size : {QSize(700, 500), QSize(320, 300), QSize(500, 400)}) {
            bench.main.resize(size);
            bench.settle();
            QTRY_COMPARE(bench.view.size, QSizeF(bench.canvas->size()));
        }
    }

    void survivesHidingAndAnotherParent() {
        Bench bench;
        QVERIFY(bench.show());
        bench.main.hide();
        QTest::qWait(50);
        QVERIFY(bench.show());
        // As a dock does that is torn off: the native window is made anew.
        QWidget* home = bench.canvas->parentWidget();
        bench.canvas->setParent(nullptr);
        QSignalSpy shown(&bench.canvas->window(), &CanvasWindow::frameShown);
        bench.canvas->show();
        QVERIFY(shown.count() > 0 || shown.wait(10000));
        bench.canvas->setParent(home);
        home->layout()->addWidget(bench.canvas);
        shown.clear();
        bench.canvas->show();
        bench.canvas->update();
        QVERIFY(shown.count() > 0 || shown.wait(10000));
    }

    void clicksReachTheViewAndBringTheFocus() {
        Bench bench;
        QVERIFY(bench.show());
        for (int round = 0; round < 3; ++round) {
            bench.before->setFocus();
            QTest::mouseClick(&bench.canvas->window(), Qt::LeftButton, {}, bench.middle());
            bench.settle();
            QCOMPARE(bench.view.clicks, round + 1);
            QTRY_COMPARE(QGuiApplication::focusWindow(), static_cast<QWindow*>(&bench.canvas->window()));
            // Typing into a field afterwards goes to the field alone.
            bench.before->clear();
            bench.before->setFocus();
            QTRY_COMPARE(QGuiApplication::focusWindow(), bench.main.windowHandle());
            for (const char key : {'a', 'b', 'c'}) QTest::keyClick(QGuiApplication::focusWindow(), key);
            QCOMPARE(bench.before->text(), QString("abc"));
        }
    }

    void aRingShowsWhereTheFocusIs() {
        Bench bench;
        QVERIFY(bench.show());
        bench.before->setFocus();
        bench.settle();
        const QPoint corner = bench.canvas->mapToGlobal(QPoint(1, bench.canvas->height() / 2));
        const auto pixel = [&] {
            return bench.main.screen()->grabWindow(0, corner.x(), corner.y(), 1, 1).toImage().pixel(0, 0);
        };
        QCOMPARE(pixel(), 0xFF20A040U);
        bench.canvas->setFocus(Qt::TabFocusReason);
        QTRY_COMPARE(pixel(), 0xFF000000U | colour(bench.theme.palette().accent).rgb());
    }

    void tabLeavesTheCanvasBothWays() {
        Bench bench;
        QVERIFY(bench.show());
        QTest::mouseClick(&bench.canvas->window(), Qt::LeftButton, {}, bench.middle());
        QTest::keyClick(&bench.canvas->window(), Qt::Key_Tab);
        QTRY_VERIFY(bench.after->hasFocus());
        QTest::mouseClick(&bench.canvas->window(), Qt::LeftButton, {}, bench.middle());
        QTest::keyClick(&bench.canvas->window(), Qt::Key_Backtab);
        QTRY_VERIFY(bench.before->hasFocus());
    }

    void shortcutsOfTheWindowWorkOnTheCanvas() {
        Bench bench;
        QAction action;
        action.setShortcut(QKeySequence("Ctrl+K"));
        bench.main.addAction(&action);
        QAction single;
        single.setShortcut(QKeySequence("F"));
        single.setShortcutContext(Qt::WidgetWithChildrenShortcut);
        bench.canvas->addAction(&single);
        QSignalSpy triggered(&action, &QAction::triggered);
        QSignalSpy fitted(&single, &QAction::triggered);
        QVERIFY(bench.show());
        QTest::mouseClick(&bench.canvas->window(), Qt::LeftButton, {}, bench.middle());
        QTest::keyClick(&bench.canvas->window(), Qt::Key_K, Qt::ControlModifier);
        QTest::keyClick(&bench.canvas->window(), Qt::Key_F);
        QCOMPARE(triggered.count(), 1);
        QCOMPARE(fitted.count(), 1);
        // Some systems give keys to the container.
        QTest::keyClick(bench.canvas->findChild<QWidget*>("canvasContainer"), Qt::Key_F);
        QCOMPARE(fitted.count(), 2);
        // In a field an F is a letter.
        bench.after->setFocus();
        QTest::keyClick(bench.after, Qt::Key_F);
        QCOMPARE(fitted.count(), 2);
        QCOMPARE(bench.after->text(), QString("f"));
    }

    void aLostDeviceIsSaidAndTryingAgainWorks() {
        Bench bench;
        QVERIFY(bench.show());
        bench.settle();
        bench.canvas->window().loseDeviceForTest();
        auto* reason = bench.canvas->findChild<QLabel*>("canvasProblem");
        auto* retry = bench.canvas->findChild<QPushButton*>("canvasRetry");
        QTRY_VERIFY(reason->isVisible());
        QVERIFY(reason->text().contains("lost"));
        QSignalSpy shown(&bench.canvas->window(), &CanvasWindow::frameShown);
        retry->click();
        QVERIFY(shown.count() > 0 || shown.wait(10000));
        QVERIFY(!reason->isVisible());
        QVERIFY(bench.canvas->problem().isEmpty());
        // And once more, on the software device.
        bench.canvas->window().loseDeviceForTest();
        QTRY_VERIFY(reason->isVisible());
        bench.canvas->findChild<QPushButton*>("canvasSoftware")->click();
        QVERIFY(shown.wait(10000));
    }

    void exportsWhatItShowsAtAnySize() {
        Bench bench;
        QVERIFY(bench.show());
        QImage exported;
        QString problem = "no answer";
        bench.canvas->exportPicture({321, 123}, 2, Appearance::Dark,
                                    [&](const QImage& image, const QString& error) {
                                        exported = image;
                                        problem = error;
                                    });
        QTRY_COMPARE(problem, QString());
        QCOMPARE(exported.size(), QSize(321, 123));
        QCOMPARE(exported.pixel(160, 60), 0xFF20A040U);
        bench.settle();
        QCOMPARE(bench.view.size, QSizeF(bench.canvas->size()));
    }

    // Last: the instance must be gone for a moment.
    void withoutADriverItSaysWhatToInstall() {
        verifySilent(*instance_);
        instance_.reset();
        const QByteArray before = qgetenv("VK_ICD_FILENAMES");
        qputenv("VK_ICD_FILENAMES", "/nonexistent");
        qputenv("VK_DRIVER_FILES", "/nonexistent");
        {
            Bench bench;
            bench.main.show();
            auto* reason = bench.canvas->findChild<QLabel*>("canvasProblem");
            QTRY_VERIFY(reason->isVisible());
            QVERIFY(reason->text().contains("mesa-vulkan-drivers"));
            QVERIFY(!bench.canvas->window().isWorking());
        }
        qunsetenv("VK_DRIVER_FILES");
        if (before.isNull())
            qunsetenv("VK_ICD_FILENAMES");
        else
            qputenv("VK_ICD_FILENAMES", before);
    }

  private:
    std::shared_ptr<Instance> instance_;
};

int main(int argc, char** argv) {
    // Without a display the tests say so.
    if (qEnvironmentVariableIsEmpty("DISPLAY") && qEnvironmentVariableIsEmpty("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    TestWindow test;
    return QTest::qExec(&test, argc, argv);
}

#include "test_window.moc"
