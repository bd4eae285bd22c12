// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <functional>
#include <vector>

#include "ui/base/page.h"
#include "ui/model/workspace.h"

namespace filigree::ui {

class BrowserPage;
class CommandPalette;
class ComparePage;
class ConnectivityPage;
class FigurePage;
class FormPage;
class GalleryPage;
class HelpDock;
class LandscapePage;
class GatesPage;
class PredictionsPage;
class RewiringPage;
class SoupPage;
class RunPage;

/// The pages and panels of the window, and which wish brings which of them up. The only place that knows them
/// all.
struct Pages {
    struct Named {
        QString id;
        Page* page;
        QString name;  ///< of the action that shows it
    };

    void make(Workspace& workspace, QWidget* window);
    std::vector<Named> all() const;
    Page* browserPage() const;

    /// `show` brings a page to the front, `showDock` a panel.
    void connectWishes(Workspace& workspace, const std::function<void(Page*)>& show,
                       const std::function<void(const QString&)>& showDock);

    GalleryPage* gallery = nullptr;
    BrowserPage* browser = nullptr;
    FormPage* form = nullptr;
    RunPage* run = nullptr;
    ConnectivityPage* connectivity = nullptr;
    RewiringPage* rewiring = nullptr;
    GatesPage* gates = nullptr;
    PredictionsPage* predictions = nullptr;
    LandscapePage* landscape = nullptr;
    SoupPage* soup = nullptr;
    ComparePage* compare = nullptr;
    FigurePage* figure = nullptr;
    HelpDock* help = nullptr;
    CommandPalette* palette = nullptr;
    QWidget* runsPanel = nullptr;
    QWidget* helpPanel = nullptr;
};

}  // namespace filigree::ui
