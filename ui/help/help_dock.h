// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTextDocument>
#include <QThreadPool>
#include <memory>
#include <vector>

#include "ui/help/help_library.h"
#include "ui/model/workspace.h"

class QLineEdit;
class QListWidget;
class QStackedWidget;
class QTextBrowser;
class QToolButton;

namespace filigree::ui {

/// The manual inside the window: pages with links and anchors, back and forward, an index, a search over all
/// pages. A panel; the window puts it into a dock.
class HelpDock : public QWidget {
    Q_OBJECT
  public:
    HelpDock(Workspace& workspace, QWidget* parent);
    ~HelpDock() override;

    /// "connectivity", "config#sparsity", "methods/dst_ee". A topic without a page is answered by a sentence.
    void open(const QString& topic);
    void showIndex();
    void back();
    void forward();
    void focusSearch();

    /// What is shown: "config#sparsity"; empty while the index or a search is.
    QString current() const;
    HelpLibrary& library() { return library_; }

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    struct Place {
        QString topic, anchor;
        int scroll = -1;  ///< where the reader had got to; -1: at the anchor
        bool operator==(const Place& other) const { return topic == other.topic && anchor == other.anchor; }
    };
    void go(const Place& place, bool remember);
    void visit(const Place& place);
    void render(const Place& place);
    void showMissing(const QString& topic);
    void arrive(const Place& place);
    void list();
    void chooseRow(int row);
    void refreshButtons();
    void keepScroll();

    Workspace& workspace_;
    HelpLibrary library_;
    QToolButton* back_;
    QToolButton* forward_;
    QToolButton* index_;
    QLineEdit* search_;
    QStackedWidget* stack_;
    QTextBrowser* browser_;
    QListWidget* results_;
    std::shared_ptr<QTextDocument> shown_;  ///< what the browser shows; it keeps only a pointer
    QString shownTopic_;                    ///< of `shown_`; empty: none
    std::vector<Place> history_;
    int at_ = -1;
    QString pending_;      ///< asked for before the pages were read
    QString highlighted_;  ///< words to mark in the page that is shown next
    int rendering_ = 0;    ///< number of the newest page that is being made
    QThreadPool worker_;
};

}  // namespace filigree::ui
