// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>

#include "ui/base/page.h"
#include "ui/figure/sheet_drawing.h"
#include "ui/model/workspace.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QSpinBox;
class QStackedLayout;
class QToolButton;

namespace filigree::ui {

class ErrorBar;
class PanelPictures;
class SheetView;

/// Views and charts that were collected from other pages, on a grid as they go into a paper: panels are
/// swapped and resized, captioned, lettered, and written as one PDF or PNG. The figure is kept in the
/// session, and can be saved as a TOML file that `filigree render figure` draws too.
class FigurePage : public Page {
    Q_OBJECT
  public:
    FigurePage(Workspace& workspace, QWidget* parent);

    QString title() const override { return tr("Figure"); }
    QString helpTopic() const override { return QStringLiteral("figure"); }

    const Sheet& sheet() const { return sheet_; }
    /// Adds a panel behind the others: see Workspace::addToFigure.
    void add(const QString& command, const QString& svg);
    /// Writes the figure (.pdf, .png) when all of its pictures are drawn, or its description (.toml) at once.
    void exportTo(const QString& path);
    void open(const QString& path);

  private:
    void makeBar(QLayout& column);
    void makeCaptions(QLayout& column);
    void addActions();
    QToolButton* addButton(QLayout& row, const char* name, const char* iconName, const QString& text,
                           const QString& tip, std::function<void()> act);
    /// Changes the figure as one step that can be undone; steps with the same `key` (not empty) become one.
    void change(const QString& text, const Sheet& sheet, const QString& key = {});
    void take(const Sheet& sheet);
    void showPanel();
    PanelPixels pixelsOf(std::size_t panel) const;
    void swap(int a, int b);
    void resizePanel(int panel, int columns, int rows);
    void remove(int panel);
    void picturesChanged();
    void write(const QString& path);
    void chooseFile();

    Workspace& workspace_;
    Sheet sheet_;
    PanelPictures* pictures_;
    ErrorBar* errors_;
    SheetView* view_;
    QStackedLayout* stack_ = nullptr;
    QComboBox* preset_ = nullptr;
    QDoubleSpinBox *width_ = nullptr, *font_ = nullptr, *cellHeight_ = nullptr;
    QSpinBox* columns_ = nullptr;
    QLabel* panelLabel_ = nullptr;
    QLineEdit* panelCaption_ = nullptr;
    QPlainTextEdit* caption_ = nullptr;
    bool filling_ = false;
    QString waitingExport_;  ///< to be written when all pictures are there
};

}  // namespace filigree::ui
