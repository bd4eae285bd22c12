// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/browser/filter_edit.h"

#include <QAbstractItemView>
#include <QAction>
#include <QCompleter>
#include <QInputMethodEvent>
#include <QKeyEvent>
#include <QScopedValueRollback>
#include <QStandardItemModel>
#include <QStyle>
#include <QTextCharFormat>
#include <algorithm>
#include <set>
#include <utility>

#include "ui/base/icon.h"
#include "ui/model/workspace.h"

namespace filigree::ui {
namespace {

constexpr std::size_t mostValues = 200;
/// Half a field name is a word like any other, and would empty the table: the query waits for a rest in
/// typing, longer while something is proposed.
constexpr int rest_ms = 120, restWithProposals_ms = 600;
constexpr int beginRole = Qt::UserRole + 1, endRole = Qt::UserRole + 2, textRole = Qt::UserRole + 3;

/// Position in a QString of a byte of its UTF-8 text.
int position(const QByteArray& utf8, std::size_t byte) {
    return static_cast<int>(QString::fromUtf8(utf8.left(static_cast<qsizetype>(byte))).size());
}

}  // namespace

FilterEdit::FilterEdit(Workspace& workspace, RunIndex& index, QWidget* parent)
    : QLineEdit(parent),
      workspace_(workspace),
      index_(index),
      completer_(new QCompleter(this)),
      proposals_(new QStandardItemModel(this)) {
    setObjectName(QStringLiteral("filter"));
    setAccessibleName(tr("Filter"));
    setAccessibleDescription(tr("Query that chooses the runs to show"));
    setPlaceholderText(tr("Filter runs: method:rigl best(test/acc)>0.9 tag:paper"));
    setClearButtonEnabled(true);
    addAction(icon(workspace.theme, QStringLiteral("search"), Ink::Secondary), LeadingPosition);
    completer_->setModel(proposals_);
    completer_->setWidget(this);
    completer_->setCompletionMode(QCompleter::UnfilteredPopupCompletion);
    typing_.setSingleShot(true);
    connect(&typing_, &QTimer::timeout, this, &FilterEdit::parse);
    connect(this, &QLineEdit::textEdited, this, [this] { typed_ = true; });
    connect(this, &QLineEdit::textChanged, this, &FilterEdit::parseSoon);
    connect(this, &QLineEdit::returnPressed, this, &FilterEdit::parse);
    connect(completer_, QOverload<const QModelIndex&>::of(&QCompleter::activated), this,
            [this](const QModelIndex& chosen) {
                const int begin = chosen.data(beginRole).toInt(), end = chosen.data(endRole).toInt();
                QString whole = text();
                const QString insert = chosen.data(textRole).toString();
                whole.replace(begin, end - begin, insert);
                setText(whole);
                setCursorPosition(begin + static_cast<int>(insert.size()));
                // After "state:" come the states.
                QTimer::singleShot(0, this, &FilterEdit::propose);
            });
    // A key or metric that just came may make a query right.
    connect(&index_, &RunIndex::changed, this, [this] {
        const auto table = index_.table();
        if (table->keys == knownKeys_ && table->metrics == knownMetrics_) return;
        knownKeys_ = table->keys;
        knownMetrics_ = table->metrics;
        if (!text().isEmpty()) parse();
    });
}

store::QueryFields FilterEdit::fields() const {
    const auto table = index_.table();
    store::QueryFields fields;
    for (const RunDictionary::Key& key : *table->keys) fields.configKeys.push_back({key.name, key.isNumber});
    std::sort(fields.configKeys.begin(), fields.configKeys.end(),
              [](const auto& left, const auto& right) { return left.name < right.name; });
    fields.metrics = *table->metrics;
    std::sort(fields.metrics.begin(), fields.metrics.end());
    fields.valuesOf = [this](const std::string& field) { return valuesOf(field); };
    return fields;
}

std::vector<std::string> FilterEdit::valuesOf(const std::string& field) const {
    const auto table = index_.table();
    std::size_t key = table->keyNumber(field);
    for (std::size_t i = 0; key == RunTable::npos && i < table->keys->size(); ++i)
        if ((*table->keys)[i].name.ends_with("." + field)) key = i;
    std::set<std::string> values;
    for (const auto& store : table->stores)
        for (const RowPointer& row : store->rows) {
            const store::RunInfo& run = row->info;
            if (values.size() >= mostValues) break;
            if (field == "method")
                values.insert(run.method);
            else if (field == "preset")
                values.insert(run.preset);
            else if (field == "host")
                values.insert(run.process.host);
            else if (field == "name")
                values.insert(run.name);
            else if (field == "tag")
                values.insert(run.tags.begin(), run.tags.end());
            else if (const ConfigCell* cell = row->cell(key))
                values.insert(cell->text);
        }
    values.erase(std::string());
    return {values.begin(), values.end()};
}

void FilterEdit::parseSoon() {
    if (underlining_) return;
    if (!std::exchange(typed_, false)) return parse();
    propose();
    typing_.start(completer_->popup()->isVisible() ? restWithProposals_ms : rest_ms);
}

void FilterEdit::parse() {
    typing_.stop();
    const auto parsed = store::Query::parse(text().toStdString(), fields());
    if (const auto* right = std::get_if<store::Query>(&parsed)) {
        error_.reset();
        query_ = *right;
        emit queryChanged();
    } else {
        error_ = std::get<store::QueryError>(parsed);
    }
    underline();
    setProperty("invalid", error_.has_value());
    style()->unpolish(this);
    style()->polish(this);
    setToolTip(problem());
    emit problemChanged();
}

/// A line edit formats text only as an input method would.
void FilterEdit::underline() {
    const QScopedValueRollback guard(underlining_, true);
    QList<QInputMethodEvent::Attribute> attributes;
    if (error_) {
        const QByteArray utf8 = text().toUtf8();
        const int begin = position(utf8, error_->begin);
        const int end = std::max(begin + 1, position(utf8, error_->end));
        QTextCharFormat format;
        format.setUnderlineStyle(QTextCharFormat::WaveUnderline);
        format.setUnderlineColor(colour(workspace_.theme.palette().error));
        attributes.append({QInputMethodEvent::TextFormat, begin - cursorPosition(), end - begin,
                           QVariant::fromValue(format)});
    }
    QInputMethodEvent event({}, attributes);
    inputMethodEvent(&event);
}

void FilterEdit::propose() {
    if (!hasFocus()) return;
    const QByteArray utf8 = text().toUtf8();
    const auto cursor = static_cast<std::size_t>(text().left(cursorPosition()).toUtf8().size());
    const auto found = store::proposals(text().toStdString(), cursor, fields());
    proposals_->clear();
    for (const store::QueryProposal& proposal : found) {
        const QString text = QString::fromStdString(proposal.text);
        const QString detail = QString::fromStdString(proposal.detail);
        auto* item =
            new QStandardItem(detail.isEmpty() ? text : QStringLiteral("%1   –  %2").arg(text, detail));
        item->setData(position(utf8, proposal.begin), beginRole);
        item->setData(position(utf8, proposal.end), endRole);
        item->setData(text, textRole);
        proposals_->appendRow(item);
    }
    if (found.empty()) {
        completer_->popup()->hide();
        return;
    }
    completer_->popup()->setMinimumWidth(360);
    completer_->complete();
}

void FilterEdit::keyPressEvent(QKeyEvent* event) {
    const bool popup = completer_->popup()->isVisible();
    if (popup && (event->key() == Qt::Key_Tab || event->key() == Qt::Key_Return ||
                  event->key() == Qt::Key_Enter || event->key() == Qt::Key_Escape)) {
        event->ignore();  // the popup's
        return;
    }
    if (event->key() == Qt::Key_Escape && !text().isEmpty()) {
        clear();
        return;
    }
    QLineEdit::keyPressEvent(event);
}

}  // namespace filigree::ui
