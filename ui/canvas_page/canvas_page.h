// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QVBoxLayout>
#include <functional>
#include <memory>

#include "ui/base/page.h"
#include "ui/model/workspace.h"

class QComboBox;
class QHBoxLayout;
class QLabel;
class QPushButton;
class QStackedLayout;
class QToolButton;

namespace filigree::ui {

class CanvasWidget;
class ErrorBar;
class View;
enum class Appearance;

/// A page around one canvas: errors at the top, a bar that begins with the name of the run, the canvas, and
/// in their place a sentence with a button while there is nothing to draw. Its pictures can be saved and told
/// as a command.
class CanvasPage : public Page {
    Q_OBJECT
  public:
    ~CanvasPage() override;

    /// The line that makes the same picture; empty if there is none.
    virtual QString command() const = 0;

  protected:
    /// `name` ("gates") begins the names of the page, its widgets, actions and files. Actions stand in the
    /// group `menuGroup` of the menu Analyse.
    CanvasPage(Workspace& workspace, const char* name, int menuGroup, std::unique_ptr<View> view,
               QWidget* parent);

    Workspace& workspace() const { return workspace_; }
    View& view() { return *view_; }
    CanvasWidget& canvas() const { return *canvas_; }
    ErrorBar& errors() const { return *errors_; }
    QLabel& runLabel() const { return *runLabel_; }
    /// "gates" and `end`.
    QString named(const char* end) const;

    /// The column under the bar: the page adds the canvas to it, alone or among others.
    QVBoxLayout& body() { return *body_; }
    /// The bar stays while there is nothing to draw, above errors.
    void keepBar();
    QHBoxLayout& bar() { return *bar_; }
    /// At the end of the bar.
    QToolButton* addButton(const char* end, const char* iconName, const QString& text, const QString& tip);
    QComboBox* addChoice(const char* end, const QString& text);

    QAction* addAction(QWidget* context, const QString& end, const QString& text, const QString& tip,
                       const QList<QKeySequence>& keys, std::function<void()> function, int group = 0);
    /// Ctrl+Shift+C copies the command.
    void addCopyCommand(const QString& text, int group = 0);

    /// The sentence in the place of bar and canvas.
    void showEmpty(const QString& sentence, const QString& button = tr("Show presets"));
    void showNoRun();
    void showCanvas();
    /// The button under the sentence: presets, if the page has no better idea.
    virtual void emptyClicked();

    /// Draws again and tells those who do not see it.
    void redraw();
    /// What is drawn, as a PNG file that holds its command; says how it went.
    void savePicture(const QString& path, QSize pixels, double scale, Appearance appearance);
    /// Says that the file was saved, or why not if there is a reason.
    void tellSaved(const QString& path, const QString& reason);

  private:
    QWidget* makeBar();
    QWidget* makeEmpty();

    Workspace& workspace_;
    const QString name_;
    const int menuGroup_;
    std::unique_ptr<View> view_;
    CanvasWidget* canvas_;
    ErrorBar* errors_;
    QLabel* runLabel_ = nullptr;
    QWidget* barWidget_ = nullptr;
    QHBoxLayout* bar_ = nullptr;
    QVBoxLayout* body_ = nullptr;
    QLabel* emptyText_ = nullptr;
    QPushButton* emptyButton_ = nullptr;
    QStackedLayout* stack_ = nullptr;
};

}  // namespace filigree::ui
