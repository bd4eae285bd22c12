// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <optional>
#include <string>
#include <utility>

#include "ui/canvas_page/canvas_page.h"
#include "ui/model/run_key.h"

namespace filigree::ui {

/// A canvas page whose records of the current run are read on a worker, again while the run goes on, and can
/// be saved as a picture or as a table.
class RecordPage : public CanvasPage {
    Q_OBJECT
  public:
    /// The picture (.png, twice as fine as the screen, light) or the numbers (.csv, written by a worker).
    void exportTo(const QString& path);

  protected:
    using CanvasPage::CanvasPage;

    /// The last line of a constructor: takes the current run and follows the selection.
    void begin();
    const RunKey& run() const { return run_; }

    /// Another run is chosen, or none: nothing of the former may be shown.
    virtual void forget() = 0;
    /// Asks for the records of `run()`, by `ask`.
    virtual void read() = 0;
    /// The records as a table, made by a function that owns what it reads; empty if nothing is drawn.
    virtual std::function<std::string()> table() const = 0;
    /// None is chosen.
    virtual void noRun() { showNoRun(); }
    virtual void fail(const Error& error);
    /// How long a change of the store waits: a run that goes on writes several times a second.
    virtual int readAgain_ms() const { return 2000; }

    /// Now, and not again before something changes.
    void refresh();
    /// What is shown is not what was asked for: read when it is seen.
    void outdate() { stale_ = true; }
    /// As StoreSource::read; a former question is dropped.
    template <typename Job, typename Done>
    void ask(Job job, Done done) {
        request_.cancel();
        if (StoreSource* source = this->source())
            request_ = source->read(this, std::move(job), std::move(done),
                                    [this](const Error& error) { fail(error); });
    }
    /// nullptr: no run is chosen.
    StoreSource* source() const;

    /// The line of `filigree render` for a picture of this run as large as the canvas; `what` is one of
    /// ui/views/render_command.h, `run` another run of the same store whose record is drawn.
    template <typename What>
    QString commandLine(What what, std::optional<std::int64_t> run = {}) const {
        what.store = run_.store.toStdString();
        what.run = run.value_or(run_.run);
        const QSize size = pictureSize();
        what.width = size.width();
        what.height = size.height();
        return QString::fromStdString(commandOf(what)) + QStringLiteral(" -o %1.png").arg(named(""));
    }

    /// The button "Export" of the bar.
    QToolButton* addExport(const QString& tip);
    /// Ctrl+Shift+E, and the command.
    void addExportActions(const QString& text, const QString& tip, const QString& copyText);
    void chooseFile();

    void showEvent(QShowEvent* event) override;

  private:
    void takeRun();
    QSize pictureSize() const;

    RunKey run_;
    Request request_, export_;
    QMetaObject::Connection watched_;
    QTimer again_;
    bool stale_ = true;
};

}  // namespace filigree::ui
