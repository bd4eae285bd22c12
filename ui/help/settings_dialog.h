// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <functional>
#include <vector>

#include "ui/help/personal_file.h"
#include "ui/help/shortcuts.h"
#include "ui/model/workspace.h"

class QBoxLayout;
class QComboBox;
class QLineEdit;
class QListWidget;
class QPushButton;
class QStackedWidget;

namespace filigree::ui {

class ErrorBar;
class ShortcutTable;

/// All settings, by page, with a search over them. What is chosen holds at once; every setting says its
/// default, and a page can be put back as a whole.
class SettingsDialog : public QDialog {
    Q_OBJECT
  public:
    SettingsDialog(Workspace& workspace, Shortcuts& shortcuts, QWidget* parent,
                   const QString& personalFile = PersonalFile::defaultPath());

    /// Shows the page ("appearance", "shortcuts", …).
    void openPage(const QString& id);

  private:
    struct Row {
        QWidget* widget;
        QString searched;
        std::function<void()> reset;
        std::function<void()> show;  ///< what holds now, into the control
    };
    struct SettingsPage {
        QString id, title;
        QWidget* widget;
        QBoxLayout* layout;
        std::vector<Row> rows;
    };
    /// A setting that is one of a few words.
    struct Choice {
        QString text;
        QJsonValue value;
    };

    SettingsPage& addPage(const QString& id, const QString& title);
    void addRow(SettingsPage& page, const QString& label, const QString& help, const QString& standard,
                QWidget* control, std::function<void()> reset, std::function<void()> show);
    void addChoice(SettingsPage& page, const QString& name, const QString& label, const QString& help,
                   const std::vector<Choice>& choices, const QJsonValue& standard,
                   std::function<QJsonValue()> get, std::function<void(const QJsonValue&)> set);
    void addSwitch(SettingsPage& page, const QString& name, const QString& label, const QString& help,
                   bool standard, std::function<bool()> get, std::function<void(bool)> set);
    void addPath(SettingsPage& page, const QString& name, const QString& label, const QString& help,
                 const QString& key, const QString& standard, bool folder);
    void addNote(SettingsPage& page, const QString& text);

    void makeGeneral();
    void makeAppearance();
    void makeCompute();
    void makeData();
    void makeShortcuts();
    void applySearch();
    void resetPage();
    void showAll();

    Workspace& workspace_;
    Shortcuts& shortcuts_;
    PersonalFile file_;
    ErrorBar* errors_;
    QLineEdit* search_;
    QListWidget* list_;
    QStackedWidget* stack_;
    QPushButton* reset_;
    ShortcutTable* table_ = nullptr;
    std::vector<SettingsPage> pages_;
};

}  // namespace filigree::ui
