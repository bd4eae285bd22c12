// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHash>
#include <QTimer>
#include <map>
#include <optional>

#include "store/reader.h"
#include "ui/base/page.h"
#include "ui/model/run_key.h"
#include "ui/model/store_source.h"

class QLabel;
class QSplitter;
class QStackedWidget;
class QTabWidget;

namespace filigree::ui {

class ChartGrid;
class ConfigPanel;
class ErrorBar;
class RunBanner;
class RunCommands;
class RunHeader;
class RunPanel;
class Workspace;

/// One run: how far it is, its charts, what is known of it, and the means to steer it. Shows
/// Selection::current and follows it while the run goes on.
class RunPage : public Page {
    Q_OBJECT
  public:
    RunPage(Workspace& workspace, QWidget* parent = nullptr);
    ~RunPage() override;

    QString title() const override;
    QString helpTopic() const override { return QStringLiteral("charts"); }
    QJsonObject save() const override;
    void restore(const QJsonObject& state) override;
    void focusSearch() override;

    const RunKey& run() const { return run_; }
    ChartGrid& charts() const { return *charts_; }
    /// What the page shows now.
    const store::RunInfo& info() const { return info_; }

  protected:
    void showEvent(QShowEvent* event) override;
    void hideEvent(QHideEvent* event) override;

  private:
    struct Loaded {
        store::RunInfo run;
        std::vector<std::string> tags;
        std::optional<std::int64_t> checkpoint;
        std::map<std::string, double> settings;  ///< schedulable values as they are now
    };
    static Loaded read(const store::Reader& reader, std::int64_t run);

    void addActions();
    void build();
    void setRun(const RunKey& run);
    void refresh();
    void apply(const Loaded& loaded);
    void showState();
    void allowActions();
    void send(const QString& verb, const QString& argument = {});
    void answered(const RunKey& run, const QString& verb, const QString& answer);
    void pauseOrContinue();
    void resume();
    void stepMany();
    void setValue();
    void bookmark();
    void rename(const QString& name);
    void changeTag(const QString& tag, bool add);
    void duplicate();

    Workspace& workspace_;
    RunCommands* commands_;
    RunKey run_;
    store::RunInfo info_;
    std::map<std::string, double> settings_;
    std::optional<std::int64_t> checkpoint_;
    QHash<RunKey, QString> lastWords_;
    bool known_ = false;  ///< info_ is of run_
    bool stale_ = true, loading_ = false;
    bool starting_ = false;
    QString missing_;
    Request request_;
    QMetaObject::Connection storeChanged_;
    QTimer look_, patience_;

    QStackedWidget* stack_;
    QLabel* message_;
    ErrorBar* error_;
    RunHeader* header_;
    RunBanner* banner_;
    ChartGrid* charts_;
    QSplitter* splitter_;
    QTabWidget* tabs_;
    ConfigPanel* config_;
    std::vector<RunPanel*> panels_;
};

}  // namespace filigree::ui
