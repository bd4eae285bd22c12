// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QClipboard>
#include <QGuiApplication>
#include <QInputDialog>
#include <QLabel>
#include <QMenu>
#include <QTableView>
#include <QToolButton>

#include "ui/base/text.h"
#include "ui/connectivity/connectivity_page.h"
#include "ui/connectivity/layer_list.h"
#include "ui/connectivity/network_view.h"
#include "ui/transport/transport_bar.h"

/// Actions of the connectivity page: menus, keys.
namespace filigree::ui {

void ConnectivityPage::addActions() {
    using K = QKeySequence;
    // Single letters belong to the canvas: elsewhere they are text.
    const auto zoom = [this](double factor) {
        network_.withModel([factor](auto& model) {
            model.zoom(model.viewport().width / 2.0, model.viewport().height / 2.0, factor);
        });
    };
    addAction(&canvas(), QStringLiteral("graph"), tr("&Graph or matrix"),
              tr("Shows all layers as units and edges, or one as a matrix"), {K(QStringLiteral("G"))},
              [this] { graphButton_->toggle(); });
    addAction(&canvas(), QStringLiteral("fitAll"), tr("Fit &all"), tr("Shows everything"),
              {K(QStringLiteral("A"))}, [this] { network_.withModel([](auto& model) { model.fit(); }); });
    addAction(&canvas(), QStringLiteral("fitSelection"), tr("&Fit selection"),
              tr("Enlarges the selected connection or unit"), {K(QStringLiteral("F"))},
              [this] { network_.withModel([](auto& model) { model.fitSelection(); }); });
    addAction(&canvas(), QStringLiteral("zoomIn"), tr("Zoom &in"), tr("Enlarges the middle of the canvas"),
              {K(Qt::Key_Plus), K(Qt::SHIFT | Qt::Key_Plus), K(Qt::Key_Equal)}, [zoom] { zoom(1.25); });
    addAction(&canvas(), QStringLiteral("zoomOut"), tr("Zoom &out"), tr("Shows more of the layer"),
              {K(Qt::Key_Minus)}, [zoom] { zoom(0.8); });
    const struct {
        const char* id;
        QString text;
        int key;
        int x, y;
    } ways[] = {{"left", tr("left"), Qt::Key_Left, -1, 0},
                {"right", tr("right"), Qt::Key_Right, 1, 0},
                {"up", tr("up"), Qt::Key_Up, 0, -1},
                {"down", tr("down"), Qt::Key_Down, 0, 1}};
    for (const auto& way : ways) {
        const QString id = QString::fromLatin1(way.id);
        const int x = way.x;
        const int y = way.y;
        addAction(
            &canvas(), QStringLiteral("pan-") + id, tr("Pan %1").arg(way.text), tr("Moves the canvas"),
            {K(way.key)},
            [this, x, y] { network_.withModel([x, y](auto& model) { model.pan(-x * 60, -y * 60); }); }, 1);
        addAction(
            &canvas(), QStringLiteral("select-") + id, tr("Select next %1").arg(way.text),
            tr("Moves the selection to the neighbour"), {K(Qt::CTRL | static_cast<Qt::Key>(way.key))},
            [this, x, y] { network_.withModel([x, y](auto& model) { model.moveSelection(x, y); }); }, 1);
    }
    addAction(
        &canvas(), QStringLiteral("play"), tr("&Play or pause frames"), tr("Shows one frame after the other"),
        {K(Qt::Key_Space)}, [this] { transport_->togglePlay(); }, 2);
    addAction(
        &canvas(), QStringLiteral("back"), tr("One frame &back"), tr("Shows the frame before"),
        {K(Qt::Key_Comma)}, [this] { transport_->move(-1); }, 2);
    addAction(
        &canvas(), QStringLiteral("on"), tr("One frame o&n"), tr("Shows the next frame"), {K(Qt::Key_Period)},
        [this] { transport_->move(1); }, 2);
    addAction(
        &canvas(), QStringLiteral("backTen"), tr("Ten frames back"), tr("Shows the tenth frame before"),
        {K(Qt::SHIFT | Qt::Key_Comma), K(Qt::SHIFT | Qt::Key_Less), K(Qt::Key_Less)},
        [this] { transport_->move(-10); }, 2);
    addAction(
        &canvas(), QStringLiteral("onTen"), tr("Ten frames on"), tr("Shows the tenth frame from here"),
        {K(Qt::SHIFT | Qt::Key_Period), K(Qt::SHIFT | Qt::Key_Greater)}, [this] { transport_->move(10); }, 2);
    addAction(
        &canvas(), QStringLiteral("first"), tr("First frame"), tr("Shows the start of the run"),
        {K(Qt::Key_Home)}, [this] { transport_->first(); }, 2);
    addAction(
        &canvas(), QStringLiteral("last"), tr("Last frame"), tr("Shows the newest frame"), {K(Qt::Key_End)},
        [this] { transport_->last(); }, 2);
    addAction(
        &canvas(), QStringLiteral("follow"), tr("Fo&llow live"), tr("Goes on with the newest frame"),
        {K(QStringLiteral("L"))}, [this] { transport_->setFollowing(!transport_->timeline().follows()); }, 2);
    addAction(
        &canvas(), QStringLiteral("previousLayer"), tr("Previous layer"),
        tr("Shows the layer above in the list"), {K(Qt::Key_BracketLeft)}, [this] { layers_->move(-1); }, 3);
    addAction(
        &canvas(), QStringLiteral("nextLayer"), tr("Next layer"), tr("Shows the layer below in the list"),
        {K(Qt::Key_BracketRight)}, [this] { layers_->move(1); }, 3);
    addAction(
        &canvas(), QStringLiteral("bookmark"), tr("Book&mark this step"), tr("Marks the step on the track"),
        {K(QStringLiteral("B"))},
        [this] {
            if (transport_->timeline().isEmpty()) return;
            source_->addBookmark(transport_->timeline().step(), {});
            workspace().say(tr("Bookmarked step %1").arg(formatCount(transport_->timeline().step())));
        },
        3);
    addAction(
        &canvas(), QStringLiteral("pin"), tr("Com&pare with this frame"),
        tr("Pins the frame: others are compared with it"), {K(QStringLiteral("P"))}, [this] { pin(); }, 3);
    addAction(
        &canvas(), QStringLiteral("clear"), tr("Clear selection of connection or unit"),
        tr("Selects nothing"), {K(Qt::Key_Escape)},
        [this] { network_.withModel([](auto& model) { model.select(std::nullopt); }); }, 3);
    addAction(
        this, QStringLiteral("export"), tr("&Export picture\u2026"),
        tr("Saves or copies the canvas as a picture"), {K(QStringLiteral("Ctrl+Shift+E"))},
        [this] { exportPicture(); }, 4);
    addCopyCommand(tr("Copy as &command"), 4);
    addAction(
        this, QStringLiteral("film"), tr("Export fil&m\u2026"),
        tr("Saves all frames of the layer or the graph as an animated PNG"), {}, [this] { chooseFilmFile(); },
        4);
    addAction(
        &canvas(), QStringLiteral("exportEdges"), tr("Export e&dges as a table\u2026"),
        tr("Saves the drawn edges of the graph as CSV"), {}, [this] { chooseEdgesFile(); }, 4);
    addAction(
        &canvas(), QStringLiteral("copyPicture"), tr("Cop&y picture"), tr("Copies the canvas as a picture"),
        {K(QStringLiteral("Ctrl+C"))},
        [this] {
            copyPicture(canvas().size() * devicePixelRatioF(), devicePixelRatioF(), Appearance::Light);
        },
        4);
    addAction(
        table_, QStringLiteral("copyRows"), tr("Copy &rows"), tr("Copies the selected rows of the table"),
        {K(QStringLiteral("Ctrl+C"))}, [this] { copyRows(); }, 4);
    addAction(
        this, QStringLiteral("values"), tr("&Values as table"), tr("Shows the connections as a table"),
        {K(QStringLiteral("Ctrl+Shift+V"))}, [this] { tableButton_->toggle(); }, 4);
    addAction(
        this, QStringLiteral("lesion"), tr("&Lesion"),
        tr("Takes connections away and shows what every class loses"), {K(QStringLiteral("Ctrl+Shift+X"))},
        [this] { lesionButton_->toggle(); }, 4);
    addAction(
        &canvas(), QStringLiteral("copyDescription"), tr("Copy what is known of the selection"),
        tr("Copies what is known of the selected connection or unit"), {}, [this] { copyDescription(); }, 4);
    addAction(
        this, QStringLiteral("goToStep"), tr("&Go to step\u2026"), tr("Shows the frame nearest to a step"),
        {K(QStringLiteral("Ctrl+G"))}, [this] { askForStep(); }, 2);
    QAction* rate = workspace().actions.add(this, {QStringLiteral("connectivity.frameRate"),
                                                   MenuId::Analyse,
                                                   25,
                                                   tr("Frames per second"),
                                                   tr("Shows how fast the canvas draws while it moves"),
                                                   {},
                                                   true});
    connect(rate, &QAction::toggled, rate_, [this](bool on) {
        rate_->setVisible(on);
        showFrameRate();
    });
}

void ConnectivityPage::showMenu(const QPoint& global) {
    if (graphIsShown() ? !graph_.model().picture() : !painter_.model().data()) return;
    // What was hit becomes what the menu is about.
    network_.withModel([](auto& model) {
        if (const auto hit = model.hovered()) model.select(hit);
    });
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const auto put = [&](const char* id) {
        menu->addAction(workspace().actions.find(QStringLiteral("connectivity.") + QLatin1String(id)));
    };
    for (const char* id : {"fitSelection", "fitAll"}) put(id);
    menu->addSeparator();
    for (const char* id : {"copyDescription", "copyPicture", "copyCommand"}) put(id);
    menu->addSeparator();
    if (graphIsShown())
        for (const char* id : {"graph", "bookmark", "exportEdges", "export"}) put(id);
    else
        for (const char* id : {"graph", "bookmark", "pin", "lesion", "values", "export"}) put(id);
    menu->popup(global);
}

void ConnectivityPage::askForStep() {
    const Timeline& timeline = transport_->timeline();
    if (timeline.isEmpty()) return;
    auto* dialog = new QInputDialog(window());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Go to step"));
    dialog->setLabelText(tr("Step, 0 to %1").arg(timeline.frames().back()));
    dialog->setInputMode(QInputDialog::IntInput);
    dialog->setIntRange(0, static_cast<int>(std::min<qint64>(timeline.frames().back(), 2'000'000'000)));
    dialog->setIntValue(static_cast<int>(timeline.step()));
    dialog->setOkButtonText(tr("Go"));
    connect(dialog, &QInputDialog::intValueSelected, this, [this](int step) { transport_->goTo(step); });
    dialog->open();
}

}  // namespace filigree::ui
