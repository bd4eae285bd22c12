// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QList>
#include <functional>
#include <memory>
#include <vector>

#include "ui/help/fuzzy_match.h"
#include "ui/help/help_library.h"
#include "ui/model/workspace.h"

class QLabel;
class QLineEdit;
class QListView;

namespace filigree::ui {

/// Something that the palette can do.
struct PaletteEntry {
    QString id;    ///< stays the same from day to day: "action:run.pause"; what was used lately goes by it
    QString text;  ///< what is searched and shown
    QString category;  ///< "Run", "Preset", "Help": shown at the end of the row, searched too
    QString shortcut;
    bool enabled = true;
    std::function<void()> run;
};

/// Entries for what was typed. Called on the UI thread at every key: it hands out what it has and waits for
/// nothing.
using PaletteProvider = std::function<QList<PaletteEntry>(const QString& text)>;

/// Ctrl+Shift+P: everything that can be done or shown, found by a few letters, without the mouse. What was
/// used lately comes first.
class CommandPalette : public QFrame {
    Q_OBJECT
  public:
    /// Adds the action "view.palette" to the window of `parent`.
    CommandPalette(Workspace& workspace, QWidget* parent);
    ~CommandPalette() override;

    void addProvider(PaletteProvider provider);
    void popup();
    /// The texts that are listed now, best first.
    QStringList listed() const;
    /// Does what the row says, as Enter would.
    void choose(int row);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    class Model;
    class Delegate;

    void addDefaultProviders();
    void readRuns();
    void readLayers();
    void refresh();
    void move(int by);
    void place();

    Workspace& workspace_;
    QWidget* window_;
    HelpLibrary library_;
    QLineEdit* search_;
    QListView* list_;
    QLabel* nothing_;
    std::unique_ptr<Model> model_;
    std::vector<PaletteProvider> providers_;
    QHash<QString, QList<PaletteEntry>> runs_;  ///< by store
    QList<PaletteEntry> layers_;
    QList<PaletteEntry> topics_;
};

}  // namespace filigree::ui
