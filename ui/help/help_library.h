// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QObject>
#include <QString>
#include <QThreadPool>
#include <vector>

namespace filigree::ui {

/// One heading of a help page.
struct HelpHeading {
    QString text;
    QString anchor;  ///< as GitHub makes it: lower case, spaces to '-', punctuation left out
    int level = 1;
    qsizetype offset = 0;  ///< of its line in the Markdown
};

struct HelpPage {
    QString topic;   ///< "connectivity", "methods/dst_ee": the path without ".md"
    QString title;   ///< the first heading
    QString folder;  ///< of the file, where its pictures are looked for
    QString markdown;
    std::vector<HelpHeading> headings;
};

struct HelpHit {
    QString topic, title;
    QString section;  ///< heading above the words; empty for the page's own
    QString anchor;
    QString snippet;  ///< a line around the words
    int score = 0;
};

/// Where a link leads: a topic with or without an anchor, or out of the help.
struct HelpTarget {
    QString topic;
    QString anchor;
    QString external;  ///< an address for the browser; then `topic` is empty
};

/// The pages of assets/help, read once on a worker.
class HelpLibrary : public QObject {
    Q_OBJECT
  public:
    explicit HelpLibrary(QObject* parent = nullptr);
    ~HelpLibrary() override;

    /// Reads the pages unless that was done; `loaded` follows.
    void need();
    bool isLoaded() const { return loaded_; }
    /// Ordered for an index: what to read first comes first.
    const std::vector<HelpPage>& pages() const { return pages_; }
    const HelpPage* find(const QString& topic) const;  ///< nullptr if there is none
    const QString& problem() const { return problem_; }

    /// Every word must be in the page or heading; titles count more than text. Best first.
    std::vector<HelpHit> search(const QString& text) const;

    /// What `link` on page `topic` means: "config.md#sparsity", "#states", "https://…".
    static HelpTarget resolve(const QString& topic, const QString& link);
    static QString anchorOf(const QString& heading);
    /// Reads a folder of pages; `loaded` is not involved.
    static std::vector<HelpPage> readFolder(const QString& folder);

  signals:
    void loaded();

  private:
    bool loading_ = false;
    bool loaded_ = false;
    QString problem_;
    std::vector<HelpPage> pages_;
    QThreadPool worker_;
};

}  // namespace filigree::ui
