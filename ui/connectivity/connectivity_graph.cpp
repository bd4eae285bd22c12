// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QSaveFile>
#include <QToolButton>

#include "ui/base/error_bar.h"
#include "ui/connectivity/connectivity_page.h"
#include "ui/connectivity/graph_source.h"
#include "ui/connectivity/layer_list.h"
#include "ui/connectivity/matrix_bar.h"
#include "ui/connectivity/network_view.h"
#include "ui/transport/transport_bar.h"

/// The graph on the connectivity page.
namespace filigree::ui {

void ConnectivityPage::connectGraph() {
    GraphModel& model = graph_.model();
    model.onChange = [this] { canvas().update(); };
    model.onSelect = [this] { wantGraph(); };
    graph_.setOnFiner([this] {
        // The painter waits for its thread before the page is gone, and what is queued goes with the page.
        QMetaObject::invokeMethod(
            this, [this] { canvas().update(); }, Qt::QueuedConnection);
    });
    connect(graphSource_, &GraphSource::shown, this,
            [this](const std::shared_ptr<const GraphPicture>& picture,
                   const std::shared_ptr<const GraphEdges>& edges) {
                errors().clear();
                graph_.setMessage({});
                graph_.model().show(picture, edges);
                if (graphIsShown()) canvas().describe(QString::fromStdString(graph_.summary()));
            });
    connect(graphSource_, &GraphSource::failed, this, [this](const Error& error) { errors().show(error); });
    connect(graphSource_, &GraphSource::busyChanged, this, [this](bool busy) {
        if (busy) {
            late_.start();
        } else {
            late_.stop();
            graph_.setDimmed(false);
            canvas().update();
        }
        transport_->setBusy(busy || source_->isBusy());
    });
}

bool ConnectivityPage::graphIsShown() const {
    return network_.showsGraph;
}

void ConnectivityPage::showGraph(bool on) {
    network_.showsGraph = on;
    arrangement_->setVisible(!on);
    // The bar has no room for what the other view alone has.
    for (const auto& [box, shown] : {std::pair(colouring_, !on), std::pair(edges_, on)}) {
        box->setVisible(shown);
        bar().itemAt(bar().indexOf(box) - 1)->widget()->setVisible(shown);  // its name
    }
    changes_->setVisible(!on);
    showRange();
    watchOrNot();
    want();
    redraw();
}

void ConnectivityPage::wantGraph() {
    if (transport_->timeline().isEmpty()) return;
    graphSource_->want({transport_->timeline().step(),
                        static_cast<std::size_t>(edges_->currentData().toInt()), graph_.model().selected()});
}

QString ConnectivityPage::description() const {
    if (graphIsShown()) {
        const auto node = graph_.model().selected();
        QStringList lines;
        if (node)
            for (const std::string& line : graph_.model().describe(*node))
                lines.append(QString::fromStdString(line));
        return lines.join(QLatin1Char('\n'));
    }
    const auto cell = painter_.model().selected();
    return cell ? QString::fromStdString(painter_.model().describe(*cell)) : QString();
}

void ConnectivityPage::chooseEdgesFile() {
    if (!graphIsShown() || !graph_.model().picture()) return;
    auto* files = new QFileDialog(window(), tr("Export edges"), {}, tr("Tables (*.csv)"));
    files->setAttribute(Qt::WA_DeleteOnClose);
    files->setAcceptMode(QFileDialog::AcceptSave);
    files->setDefaultSuffix(QStringLiteral("csv"));
    files->selectFile(QStringLiteral("run-%1-edges-step-%2.csv")
                          .arg(source_->run().run)
                          .arg(graph_.model().picture()->graph.step));
    connect(files, &QFileDialog::fileSelected, this, &ConnectivityPage::exportEdges);
    files->open();
}

void ConnectivityPage::exportEdges(const QString& path) {
    StoreSource* store = workspace().stores.of(source_->run());
    const auto picture = graph_.model().sharedPicture();
    if (!store || !picture) return;
    exportedEdges_ = store->read(
        this,
        [path, picture, edges = graph_.model().sharedEdges()](const store::Reader&) {
            QSaveFile file(path);
            const QByteArray text = QByteArray::fromStdString(graphCsv(picture->graph, *edges));
            const bool saved =
                file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit();
            return saved ? QString() : file.errorString();
        },
        [this, path](const QString& reason) { tellSaved(path, reason); },
        [this](const Error& error) { errors().show(error); });
}

}  // namespace filigree::ui
