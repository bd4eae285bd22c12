// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/inspector.h"

#include <QScrollBar>
#include <algorithm>
#include <limits>

#include "ui/base/text.h"
#include "ui/model/run_style.h"

namespace filigree::ui {
namespace {

using store::Reader;

struct Facts {
    store::RunInfo run;
    std::vector<store::NamedScalar> scalars;
    std::optional<store::MaskLayer> layer;
    std::optional<store::MaskFrameInfo> frame;
    std::optional<EdgeRef> edge;
    bool edgeActive = false;
    std::vector<std::pair<std::string, float>> edgeValues;
    std::int64_t fanIn = 0, fanOut = 0;
};

void readEdge(const Reader& reader, Facts& facts, std::int64_t step) {
    const store::MaskLayer& layer = *facts.layer;
    const auto mask = reader.mask(facts.run.id, layer.layer, step);
    if (!mask) return;
    const auto& active = mask->record.active;
    const auto position = static_cast<std::uint32_t>(facts.edge->row * layer.columns + facts.edge->column);
    const auto at = std::lower_bound(active.begin(), active.end(), position);
    facts.edgeActive = at != active.end() && *at == position;
    for (const std::uint32_t p : active) {
        if (p / layer.columns == facts.edge->row) ++facts.fanIn;
        if (p % layer.columns == facts.edge->column) ++facts.fanOut;
    }
    if (!facts.edgeActive) return;
    const auto index = static_cast<std::size_t>(at - active.begin());
    for (const store::RecordSteps& field : reader.recordSteps(facts.run.id, store::RecordKind::EdgeValues)) {
        if (field.tag != layer.layer) continue;
        const auto values = reader.edgeValues(facts.run.id, layer.layer, field.field, step);
        // Values of another step belong to another pattern.
        if (values && values->step == mask->step && index < values->record.values.size())
            facts.edgeValues.emplace_back(field.field, values->record.values[index]);
    }
}

Facts readFacts(const Reader& reader, std::int64_t run, const std::string& layerName,
                std::optional<EdgeRef> edge, std::int64_t step) {
    Facts facts;
    facts.run = reader.run(run);
    facts.scalars = reader.lastScalars(run);
    for (const store::MaskLayer& layer : reader.maskLayers(run))
        if (layer.layer == layerName) facts.layer = layer;
    if (!facts.layer) return facts;
    for (const store::MaskFrameInfo& frame : reader.maskSteps(run, layerName))
        if (frame.step <= step) facts.frame = frame;
    if (edge && edge->row < facts.layer->rows && edge->column < facts.layer->columns) {
        facts.edge = edge;
        readEdge(reader, facts, step);
    }
    return facts;
}

QString section(const QString& title) {
    return QStringLiteral("<h4>%1</h4>").arg(title.toHtmlEscaped());
}

class Rows {
  public:
    void add(const QString& key, const QString& value) {
        html_ += QStringLiteral("<tr><td class='k'>%1</td><td>%2</td></tr>")
                     .arg(key.toHtmlEscaped(), value.toHtmlEscaped());
    }
    QString html() const { return QStringLiteral("<table cellspacing='0'>%1</table>").arg(html_); }

  private:
    QString html_;
};

QString htmlOf(const Facts& facts) {
    const store::RunInfo& run = facts.run;
    QString html = section(runName(run));
    Rows rows;
    rows.add(Inspector::tr("state"), stateText(run));
    rows.add(Inspector::tr("run"), QString::number(run.id));
    rows.add(Inspector::tr("method"), QString::fromStdString(run.method));
    if (!run.preset.empty()) rows.add(Inspector::tr("preset"), QString::fromStdString(run.preset));
    rows.add(Inspector::tr("seed"), QString::number(run.seed));
    rows.add(Inspector::tr("step"),
             run.progress.totalSteps > 0
                 ? Inspector::tr("%1 of %2")
                       .arg(formatCount(run.progress.step), formatCount(run.progress.totalSteps))
                 : formatCount(run.progress.step));
    rows.add(Inspector::tr("started"), run.started ? formatTime(*run.started) : Inspector::tr("not yet"));
    rows.add(Inspector::tr("active"), formatDuration(run.activeSeconds));
    html += rows.html();
    if (facts.layer) {
        Rows layer;
        layer.add(Inspector::tr("shape"),
                  QStringLiteral("%1 × %2").arg(facts.layer->rows).arg(facts.layer->columns));
        if (facts.frame) {
            const double places =
                static_cast<double>(facts.layer->rows) * static_cast<double>(facts.layer->columns);
            layer.add(Inspector::tr("connections"), formatCount(facts.frame->nonZeros));
            layer.add(Inspector::tr("density"),
                      formatNumber(static_cast<double>(facts.frame->nonZeros) / places));
            layer.add(Inspector::tr("pattern of step"), formatCount(facts.frame->step));
            layer.add(Inspector::tr("added, removed"),
                      QStringLiteral("+%1, −%2")
                          .arg(formatCount(facts.frame->added), formatCount(facts.frame->removed)));
        }
        html +=
            section(Inspector::tr("Layer %1").arg(QString::fromStdString(facts.layer->layer))) + layer.html();
    }
    if (facts.edge) {
        Rows edge;
        edge.add(Inspector::tr("output unit"),
                 Inspector::tr("%1 (fan-in %2)").arg(facts.edge->row).arg(facts.fanIn));
        edge.add(Inspector::tr("input unit"),
                 Inspector::tr("%1 (fan-out %2)").arg(facts.edge->column).arg(facts.fanOut));
        edge.add(Inspector::tr("exists"), facts.edgeActive ? Inspector::tr("yes") : Inspector::tr("no"));
        for (const auto& [field, value] : facts.edgeValues)
            edge.add(QString::fromStdString(field), formatNumber(static_cast<double>(value)));
        html += section(Inspector::tr("Connection %1 → %2").arg(facts.edge->column).arg(facts.edge->row)) +
                edge.html();
    }
    // "layers/density/fc1" tells about a layer: shown with that layer, under its short name.
    Rows metrics, layerMetrics;
    int shown = 0, shownOfLayer = 0;
    for (const store::NamedScalar& scalar : facts.scalars) {
        const QString tag = QString::fromStdString(scalar.tag);
        if (!tag.startsWith(QLatin1String("layers/"))) {
            metrics.add(tag, formatNumber(scalar.point.value));
            ++shown;
        } else if (facts.layer && tag.section('/', 2) == QString::fromStdString(facts.layer->layer)) {
            layerMetrics.add(tag.section('/', 1, 1).replace('_', ' '), formatNumber(scalar.point.value));
            ++shownOfLayer;
        }
    }
    if (shown > 0) html += section(Inspector::tr("Last values")) + metrics.html();
    if (shownOfLayer > 0)
        html += section(Inspector::tr("Last values of %1").arg(QString::fromStdString(facts.layer->layer))) +
                layerMetrics.html();
    return html;
}

}  // namespace

Inspector::Inspector(Workspace& workspace, QWidget* parent) : QTextBrowser(parent), workspace_(workspace) {
    setObjectName(QStringLiteral("inspector"));
    setAccessibleName(tr("Inspector"));
    setOpenLinks(false);
    setFrameShape(QFrame::NoFrame);
    // Narrower, its words are broken into letters.
    setMinimumWidth(180);
    // Many signals come together; one reading answers all.
    delay_.setSingleShot(true);
    delay_.setInterval(60);
    connect(&delay_, &QTimer::timeout, this, &Inspector::refresh);
    const auto soon = [this] {
        if (!delay_.isActive()) delay_.start();
    };
    connect(&workspace.selection, &Selection::currentChanged, this, soon);
    connect(&workspace.selection, &Selection::layerChanged, this, soon);
    connect(&workspace.selection, &Selection::edgeChanged, this, soon);
    connect(&workspace.selection, &Selection::stepChanged, this, soon);
    connect(&workspace.theme, &Theme::changed, this, soon);
    connect(&workspace.stores, &StoreSet::opened, this,
            [this, soon](StoreSource* source) { connect(source, &StoreSource::changed, this, soon); });
    for (const auto& source : workspace.stores.sources())
        connect(source.get(), &StoreSource::changed, this, soon);
    refresh();
}

void Inspector::refresh() {
    request_.cancel();
    const RunKey key = workspace_.selection.current();
    StoreSource* source = workspace_.stores.of(key);
    const Palette& colours = workspace_.theme.palette();
    document()->setDefaultStyleSheet(QStringLiteral("h4 { margin: 10px 0 2px 0; } td { padding: 1px 0; }"
                                                    " td.k { color: %1; padding-right: 12px; }")
                                         .arg(colour(colours.secondaryText).name()));
    if (key.isNull() || !source) {
        setHtml(QStringLiteral("<p style='color:%1'>%2</p>")
                    .arg(colour(colours.secondaryText).name(),
                         tr("Select a run, a layer or a connection: what is known of it stands here.")));
        return;
    }
    const Selection& selection = workspace_.selection;
    request_ = source->read(
        this,
        [run = key.run, layer = selection.layer().toStdString(), edge = selection.edge(),
         step = selection.step().value_or(std::numeric_limits<qint64>::max())](const Reader& reader) {
            return htmlOf(readFacts(reader, run, layer, edge, step));
        },
        [this](const QString& html) {
            const int scroll = verticalScrollBar()->value();
            setHtml(html);
            verticalScrollBar()->setValue(scroll);
        },
        [this](const Error& error) { setPlainText(QString::fromUtf8(error.what())); });
}

}  // namespace filigree::ui
