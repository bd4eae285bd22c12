// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/run/note_panel.h"

#include <QPlainTextEdit>
#include <QPushButton>
#include <QStackedWidget>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "store/annotations.h"
#include "ui/model/workspace.h"
#include "ui/run/annotation_command.h"

namespace filigree::ui {
namespace {

constexpr int debounce_ms = 500;

}  // namespace

NotePanel::NotePanel(Workspace& workspace, QWidget* parent)
    : RunPanel(workspace, parent),
      stack_(new QStackedWidget(this)),
      view_(new QTextBrowser(this)),
      editor_(new QPlainTextEdit(this)),
      button_(new QPushButton(this)) {
    view_->setObjectName(QStringLiteral("noteView"));
    view_->setAccessibleName(tr("Note"));
    view_->setOpenExternalLinks(true);
    view_->setPlaceholderText(tr("No note yet."));
    editor_->setObjectName(QStringLiteral("noteEditor"));
    editor_->setAccessibleName(tr("Edit the note"));
    editor_->setPlaceholderText(tr("Markdown: *emphasis*, **strong**, - lists, [links](https://…)"));
    editor_->setTabChangesFocus(true);
    button_->setObjectName(QStringLiteral("noteEdit"));
    stack_->addWidget(view_);
    stack_->addWidget(editor_);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 8);
    column->setSpacing(8);
    column->addWidget(stack_, 1);
    column->addWidget(button_, 0, Qt::AlignLeft);
    timer_.setSingleShot(true);
    timer_.setInterval(debounce_ms);
    connect(&timer_, &QTimer::timeout, this, &NotePanel::keep);
    connect(editor_, &QPlainTextEdit::textChanged, &timer_, qOverload<>(&QTimer::start));
    connect(button_, &QPushButton::clicked, this, [this] { edit(stack_->currentWidget() == view_); });
    edit(false);
}

NotePanel::~NotePanel() {
    keep();
}

void NotePanel::hideEvent(QHideEvent* event) {
    keep();
    RunPanel::hideEvent(event);
}

void NotePanel::edit(bool on) {
    if (on) {
        editor_->setPlainText(stored_);
        owner_ = run_;
    } else {
        keep();
        owner_ = {};
        view_->setMarkdown(stored_);
    }
    timer_.stop();
    stack_->setCurrentWidget(on ? static_cast<QWidget*>(editor_) : view_);
    button_->setText(on ? tr("Done") : tr("Edit note"));
    if (on) editor_->setFocus();
}

void NotePanel::keep() {
    timer_.stop();
    const QString text = editor_->toPlainText();
    if (owner_.isNull() || text == stored_) return;
    const auto setter = [run = owner_.run](const QString& note) {
        return [run, note = note.toStdString()](store::Store& store) { store::setNote(store, run, note); };
    };
    workspace_.undo.push(new AnnotationCommand(workspace_, owner_, tr("Edit note"), setter(text),
                                               setter(stored_), QStringLiteral("note %1").arg(owner_.run)));
    stored_ = text;
}

void NotePanel::reset() {
    // The page sets the new run before this is called; what was typed belongs to the one before.
    keep();
    owner_ = {};
    stored_.clear();
    edit(false);
}

void NotePanel::load(StoreSource& source) {
    request_ = source.read(
        this, [run = run_.run](const store::Reader& reader) { return reader.run(run).note; },
        [this](const std::string& note) {
            take(QString::fromStdString(note));
            done();
        },
        onError());
}

void NotePanel::take(const QString& note) {
    // Somebody types: his text is newer than what was read.
    if (stack_->currentWidget() == editor_ || note == stored_) return;
    stored_ = note;
    view_->setMarkdown(stored_);
}

}  // namespace filigree::ui
