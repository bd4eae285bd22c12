// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/panel.h"

#include "ui/model/workspace.h"

namespace filigree::ui {

RunPanel::RunPanel(Workspace& workspace, QWidget* parent) : QWidget(parent), workspace_(workspace) {}

void RunPanel::setRun(const RunKey& run) {
    if (run == run_) return;
    request_.cancel();
    loading_ = false;
    run_ = run;
    reset();
    refresh();
}

void RunPanel::refresh() {
    stale_ = true;
    if (isVisible() && !loading_) begin();
}

void RunPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (stale_ && !loading_) begin();
}

void RunPanel::begin() {
    StoreSource* source = run_.isNull() ? nullptr : workspace_.stores.of(run_);
    if (!source) return;
    stale_ = false;
    loading_ = true;
    load(*source);
}

void RunPanel::done() {
    loading_ = false;
    if (stale_ && isVisible()) begin();
}

std::function<void(const Error&)> RunPanel::onError() {
    return [this](const Error& error) {
        loading_ = false;
        emit failed(error);
    };
}

}  // namespace filigree::ui
