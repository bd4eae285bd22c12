// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "base/error.h"
#include "ui/model/run_key.h"
#include "ui/model/store_source.h"

namespace filigree::ui {

class Workspace;

/// A tab beside the charts. It reads only while it is seen, and again when the store has changed.
class RunPanel : public QWidget {
    Q_OBJECT
  public:
    RunPanel(Workspace& workspace, QWidget* parent);
    ~RunPanel() override { request_.cancel(); }

    void setRun(const RunKey& run);
    /// The store has changed.
    void refresh();

  signals:
    void failed(const filigree::Error& error);

  protected:
    void showEvent(QShowEvent* event) override;
    /// Another run: forget what is shown.
    virtual void reset() = 0;
    /// Read what is to be shown; end with `done()`.
    virtual void load(StoreSource& source) = 0;
    void done();
    std::function<void(const Error&)> onError();

    Workspace& workspace_;
    RunKey run_;
    Request request_;

  private:
    void begin();
    bool stale_ = true;
    bool loading_ = false;
};

}  // namespace filigree::ui
