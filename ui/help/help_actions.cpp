// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help/help_actions.h"

#include <QDialog>
#include <QPointer>
#include <QPushButton>
#include <QVBoxLayout>

#include "ui/help/about_dialog.h"
#include "ui/help/settings_dialog.h"
#include "ui/help/shortcut_table.h"

namespace filigree::ui {
namespace {

/// One window of each kind: made when first asked for, brought to the front after that.
template <typename Make>
void showOne(QPointer<QDialog>& dialog, Make make) {
    if (!dialog) {
        dialog = make();
        dialog->setAttribute(Qt::WA_DeleteOnClose);
    }
    dialog->show();
    dialog->raise();
    dialog->activateWindow();
}

QDialog* makeSheet(Workspace& workspace, Shortcuts& shortcuts, QWidget* window) {
    auto* dialog = new QDialog(window);
    dialog->setObjectName(QStringLiteral("shortcutSheet"));
    dialog->setWindowTitle(QDialog::tr("Keyboard shortcuts"));
    dialog->resize(560, 640);
    auto* column = new QVBoxLayout(dialog);
    column->setContentsMargins(16, 16, 16, 16);
    column->addWidget(new ShortcutTable(workspace.theme, workspace.actions, shortcuts, false, dialog));
    return dialog;
}

}  // namespace

void addHelpActions(Workspace& workspace, QWidget* window) {
    struct Windows {
        QPointer<QDialog> settings, shortcuts, about;
    };
    const auto windows = std::make_shared<Windows>();
    auto* shortcuts = new Shortcuts(workspace.actions, workspace.session, window);
    Workspace* w = &workspace;
    workspace.actions.add(
        window,
        {QStringLiteral("edit.settings"),
         MenuId::Edit,
         9,
         QDialog::tr("&Settings…"),
         QDialog::tr("Theme, text size, threads, shortcuts"),
         {QKeySequence(Qt::CTRL | Qt::Key_Comma)},
         false,
         QAction::PreferencesRole},
        [=] { showOne(windows->settings, [=] { return new SettingsDialog(*w, *shortcuts, window); }); });
    workspace.actions.add(
        window,
        {QStringLiteral("help.shortcuts"),
         MenuId::Help,
         2,
         QDialog::tr("&Keyboard shortcuts"),
         QDialog::tr("Every action that has keys"),
         {QKeySequence(Qt::CTRL | Qt::Key_F1)}},
        [=] { showOne(windows->shortcuts, [=] { return makeSheet(*w, *shortcuts, window); }); });
    workspace.actions.add(
        window,
        {QStringLiteral("help.about"),
         MenuId::Help,
         9,
         QDialog::tr("&About Filigree"),
         QDialog::tr("Version, licences, devices"),
         {},
         false,
         QAction::AboutRole},
        [=] { showOne(windows->about, [=] { return new AboutDialog(w->theme, window); }); });
}

}  // namespace filigree::ui
