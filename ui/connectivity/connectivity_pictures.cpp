// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QClipboard>
#include <QFileDialog>
#include <QGuiApplication>
#include <QImage>

#include "ui/base/error_bar.h"
#include "ui/connectivity/connectivity_page.h"
#include "ui/connectivity/export_dialog.h"
#include "ui/connectivity/network_view.h"
#include "ui/views/render_command.h"

/// Pictures that leave the connectivity page: saved, copied, as a command.
namespace filigree::ui {

QString ConnectivityPage::command() const {
    if (graphIsShown()) {
        const GraphModel& model = graph_.model();
        if (!model.picture()) return {};
        GraphPictureRequest request;
        request.store = source_->run().store.toStdString();
        request.run = source_->run().run;
        request.step = model.picture()->graph.step;
        request.edges = model.edges()->budget;
        if (model.edges()->node) request.neuron = nameOf(model.picture()->graph, *model.edges()->node);
        request.width = std::max(64, canvas().width());
        request.height = std::max(64, canvas().height());
        return QString::fromStdString(commandOf(request)) + QStringLiteral(" -o graph.png");
    }
    const ConnectivityData* drawn = painter_.model().data();
    if (!drawn) return {};
    ConnectivityRequest request;
    request.store = source_->run().store.toStdString();
    request.run = source_->run().run;
    request.layer = drawn->pattern->layer;
    request.step = drawn->pattern->step;
    request.colouring = drawn->colouring;
    request.rows = source_->order().rows;
    request.columns = source_->order().columns;
    request.orderStep = source_->order().step;
    if (drawn->pattern->against) request.against = against();
    request.width = std::max(64, canvas().width());
    request.height = std::max(64, canvas().height());
    return QString::fromStdString(commandOf(request)) + QStringLiteral(" -o connectivity.png");
}

void ConnectivityPage::exportPicture() {
    if (command().isEmpty()) return;
    auto* dialog = new ExportDialog(canvas().size(), window());
    connect(dialog, &ExportDialog::copyWanted, this, [this, dialog] {
        copyPicture(dialog->pixels(), dialog->scale(), dialog->appearance());
        dialog->accept();
    });
    connect(dialog, &ExportDialog::saveWanted, this, [this, dialog] {
        if (command().isEmpty()) return;
        auto* files = new QFileDialog(dialog, tr("Save picture"), {}, tr("Pictures (*.png)"));
        files->setAttribute(Qt::WA_DeleteOnClose);
        files->setAcceptMode(QFileDialog::AcceptSave);
        files->setDefaultSuffix(QStringLiteral("png"));
        files->selectFile(QStringLiteral("run-%1-%2-step-%3.png")
                              .arg(source_->run().run)
                              .arg(graphIsShown()
                                       ? QStringLiteral("graph")
                                       : QString::fromStdString(painter_.model().data()->pattern->layer))
                              .arg(graphIsShown() ? graph_.model().picture()->graph.step
                                                  : painter_.model().data()->pattern->step));
        connect(files, &QFileDialog::fileSelected, this, [this, dialog](const QString& path) {
            exportTo(path, dialog->pixels(), dialog->scale(), dialog->appearance());
            dialog->accept();
        });
        files->open();
    });
    dialog->open();
}

void ConnectivityPage::exportTo(const QString& path, QSize pixels, double scale, Appearance appearance) {
    savePicture(path, pixels, scale, appearance);
}

void ConnectivityPage::copyPicture(QSize pixels, double scale, Appearance appearance) {
    canvas().exportPicture(
        pixels, static_cast<float>(scale), appearance, [this](const QImage& image, const QString& error) {
            if (!error.isEmpty()) {
                errors().show(Error(ErrorKind::Device, "the picture was not copied", error.toStdString()));
                return;
            }
            QGuiApplication::clipboard()->setImage(image);
            workspace().say(tr("Copied the picture"));
        });
}

}  // namespace filigree::ui
