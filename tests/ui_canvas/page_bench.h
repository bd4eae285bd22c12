// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui_canvas/validated.h"
// After Vulkan's header.
#include "store/scratch.h"
#include "ui/canvas_window/canvas_widget.h"
#include "ui/model/workspace.h"

/// A page on a screen, with the store of `scratch` open.
template <typename PageType>
struct PageBench {
    explicit PageBench(const Scratch& scratch)
        : PageBench(QString::fromStdString(scratch.store().string()), {}) {}
    PageBench(const QString& store, const filigree::ui::Workspace::Options& options) : workspace(options) {
        workspace.theme.setMode(filigree::ui::Theme::Mode::Light);
        workspace.stores.open(store);
        page = std::make_unique<PageType>(workspace, nullptr);
        page->resize(1100, 760);
        page->show();
    }
    void choose(std::int64_t run) {
        workspace.selection.setCurrent({workspace.stores.target()->path(), run});
    }
    /// Until it can be drawn on and reached by the pointer.
    void waitForCanvas() {
        QTRY_VERIFY_WITH_TIMEOUT(canvas()->isExposed(), 20000);
        QTest::qWait(200);
    }
    QWindow* canvas() { return &page->template findChild<filigree::ui::CanvasWidget*>()->window(); }
    template <typename Widget>
    Widget* find(const char* name) {
        return page->template findChild<Widget*>(QLatin1String(name));
    }

    filigree::ui::Workspace workspace;
    std::unique_ptr<PageType> page;
};

/// Presses at `place` of the canvas and expects the step `there`; then the actions "next" and "previous" of
/// `page` lead to `last` and to 0 and not beyond.
template <typename Bench>
void chooseSteps(Bench& bench, const QString& page, double across, std::int64_t there, std::int64_t last) {
    bench.waitForCanvas();
    const QPoint place(static_cast<int>(bench.canvas()->width() * across), bench.canvas()->height() / 2);
    QTest::mouseMove(bench.canvas(), place);
    QTest::mousePress(bench.canvas(), Qt::LeftButton, {}, place);
    QTRY_VERIFY_WITH_TIMEOUT(bench.workspace.selection.step().has_value(), 5000);
    QTest::mouseRelease(bench.canvas(), Qt::LeftButton, {}, place);
    QCOMPARE(*bench.workspace.selection.step(), there);
    for (int i = 0; i < 2; ++i) {
        bench.workspace.actions.find(page + ".next")->trigger();
        QCOMPARE(*bench.workspace.selection.step(), last);
    }
    for (int i = 0; i < 2; ++i) bench.workspace.actions.find(page + ".previous")->trigger();
    QCOMPARE(*bench.workspace.selection.step(), 0);
    QVERIFY(bench.page->command().contains("filigree render " + page));
    QVERIFY(bench.page->command().contains("--step 0"));
}

/// Colours of every third pixel.
inline QSet<QRgb> inksOf(const QImage& picture) {
    QSet<QRgb> inks;
    for (int y = 0; y < picture.height(); y += 3)
        for (int x = 0; x < picture.width(); x += 3) inks.insert(picture.pixel(x, y));
    return inks;
}

/// What `page` exports as a table.
template <typename PageType>
QByteArray exportedTable(PageType& page, const QString& folder) {
    const QString path = folder + QStringLiteral("/table.csv");
    page.exportTo(path);
    [&] { QTRY_VERIFY(QFile::exists(path)); }();
    QFile table(path);
    return table.open(QIODevice::ReadOnly) ? table.readAll().trimmed() : QByteArray();
}

/// What `page` exports as a picture.
template <typename PageType>
QImage exportedPicture(PageType& page, const QString& folder) {
    const QString path = folder + QStringLiteral("/picture.png");
    page.exportTo(path);
    [&] { QTRY_VERIFY_WITH_TIMEOUT(!QImage(path).isNull(), 20000); }();
    return QImage(path);
}
