// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/command_panel.h"

#include <QLabel>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include "ui/base/theme.h"

namespace filigree::ui {

CommandPanel::CommandPanel(const Theme& theme, QWidget* parent)
    : QWidget(parent), text_(new QPlainTextEdit(this)) {
    text_->setObjectName(QStringLiteral("commandText"));
    text_->setAccessibleName(tr("The command that starts the same"));
    text_->setReadOnly(true);
    text_->setTabChangesFocus(true);
    text_->setFont(theme.monospaced());
    connect(&theme, &Theme::changed, text_, [this, &theme] { text_->setFont(theme.monospaced()); });
    auto* note = new QLabel(tr("Starts the same from a terminal: the same configuration and seed give "
                               "the same weights, bit for bit, "
                               "with the same number of threads."),
                            this);
    note->setProperty("role", "secondary");
    note->setWordWrap(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(8);
    column->addWidget(text_, 1);
    column->addWidget(note);
}

void CommandPanel::setCommands(const QString& commands, bool valid) {
    // Room between the runs, since long lines wrap; what is copied has none.
    const QString shown = QString(commands).replace('\n', QLatin1String("\n\n"));
    if (shown != text_->toPlainText()) text_->setPlainText(shown);
    text_->setEnabled(valid);
}

}  // namespace filigree::ui
