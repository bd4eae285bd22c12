// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QCommandLineParser>
#include <QFileInfo>
#include <QTimer>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "app/settings.h"
#include "base/error.h"
#include "base/platform.h"
#include "base/version.h"
#include "ui/base/icon.h"
#include "ui/base/watchdog.h"
#include "ui/figure/panel_pictures.h"
#include "ui/shell/main_window.h"
#include "ui/shell/single_instance.h"

/// filigree-workbench: the window.
namespace {

using namespace filigree;

/// Paths that mean the same in another folder; what is no file may be the name of a preset.
QStringList absolute(const QStringList& files) {
    QStringList result;
    for (const QString& file : files) {
        const QFileInfo info(file);
        result << (info.exists() || !info.suffix().isEmpty() ? info.absoluteFilePath() : file);
    }
    return result;
}

int run(QApplication& application) {
    QCommandLineParser parser;
    parser.setApplicationDescription(QCoreApplication::translate("main", "The window of Filigree."));
    parser.addHelpOption();
    parser.addVersionOption();
    parser.addPositionalArgument(QStringLiteral("files"),
                                 QCoreApplication::translate("main", "Stores, folders of stores, run files"),
                                 QStringLiteral("[FILE...]"));
    const QCommandLineOption safe(QStringLiteral("safe"),
                                  QCoreApplication::translate("main", "Start fresh: no session, no Vulkan"));
    const QCommandLineOption store(QStringLiteral("store"),
                                   QCoreApplication::translate("main", "Where new runs go"),
                                   QStringLiteral("FILE"));
    const QCommandLineOption figure(
        QStringLiteral("figure"),
        QCoreApplication::translate("main", "Draw the figure that this file describes, without a window"),
        QStringLiteral("FILE"));
    const QCommandLineOption output(
        QStringLiteral("output"), QCoreApplication::translate("main", "Where the figure goes: .pdf or .png"),
        QStringLiteral("FILE"));
    const QCommandLineOption dpi(QStringLiteral("dpi"),
                                 QCoreApplication::translate("main", "Dots per inch of a .png"),
                                 QStringLiteral("N"), QStringLiteral("300"));
    const QCommandLineOption colours(QStringLiteral("colours"),
                                     QCoreApplication::translate("main", "At most so many in a .png; 0: all"),
                                     QStringLiteral("N"), QStringLiteral("0"));
    parser.addOptions({safe, store, figure, output, dpi, colours});
    parser.process(application);
    if (parser.isSet(figure)) {
        ui::renderSheetFile(parser.value(figure), parser.value(output),
                            QString::fromStdU16String((platform::programFolder() / "filigree").u16string()),
                            {std::clamp(parser.value(dpi).toInt(), 30, 1200),
                             std::clamp(parser.value(colours).toInt(), 0, 256)});
        return 0;
    }

    // A shift key held at the start asks for the same.
    const bool fresh = parser.isSet(safe) || (QGuiApplication::queryKeyboardModifiers() & Qt::ShiftModifier);
    if (fresh) qputenv("FILIGREE_CANVAS", "off");

    std::map<std::string, std::string> options;
    if (parser.isSet(store)) options["store"] = parser.value(store).toStdString();
    const app::Settings settings = app::Settings::load(options);
    QStringList files = absolute(parser.positionalArguments());
    const QString chosenStore = QString::fromStdU16String(settings.store().u16string());
    if (!settings.storeIsDefault() || QFileInfo::exists(chosenStore)) files.prepend(chosenStore);

    ui::Workspace::Options workspaceOptions;
    workspaceOptions.sessionPath = fresh ? QString() : ui::Session::defaultPath();
    workspaceOptions.defaultStore = chosenStore;

    ui::SingleInstance instance(ui::SingleInstance::nameFor(ui::Session::defaultPath()));
    if (!fresh && instance.handOver(absolute(parser.positionalArguments()))) return 0;
    instance.listen();

    ui::Workspace workspace(workspaceOptions);
    QApplication::setWindowIcon(ui::icon(workspace.theme, QStringLiteral("filigree")));
    ui::MainWindow window(workspace);
    QObject::connect(&instance, &ui::SingleInstance::received, &window, [&](const QStringList& more) {
        window.openFiles(more);
        window.setWindowState(window.windowState() & ~Qt::WindowMinimized);
        window.raise();
        window.activateWindow();
    });
    for (const QString& file : files)
        if (file == chosenStore && parser.positionalArguments().isEmpty())
            workspace.stores.open(file);  // beside what the session shows
        else
            window.openFiles({file});
    window.show();

    std::unique_ptr<ui::Watchdog> watchdog;
    if (qEnvironmentVariableIsSet("FILIGREE_WATCHDOG")) watchdog = std::make_unique<ui::Watchdog>(50);
    // For measurements: how long it takes until the window answers.
    if (qEnvironmentVariableIsSet("FILIGREE_QUIT_WHEN_USABLE"))
        QTimer::singleShot(0, &application, [] { QCoreApplication::quit(); });
    return QApplication::exec();
}

}  // namespace

int main(int count, char** words) {
    QGuiApplication::setHighDpiScaleFactorRoundingPolicy(Qt::HighDpiScaleFactorRoundingPolicy::PassThrough);
    QApplication application(count, words);
    QApplication::setApplicationName(QStringLiteral("Filigree"));
    QApplication::setApplicationVersion(QString::fromStdString(std::string(version())));
    QApplication::setDesktopFileName(QStringLiteral("filigree"));
    try {
        return run(application);
    } catch (const Error& error) {
        std::fprintf(stderr, "error: %s\n", error.what());
        return error.exitCode();
    }
}
