// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/toml_panel.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QRegularExpression>
#include <QSignalBlocker>
#include <QTextBlock>
#include <QVBoxLayout>

namespace filigree::ui {
namespace {

constexpr int pause_ms = 300;

}  // namespace

TomlPanel::TomlPanel(const Theme& theme, ExperimentDraft& draft, QWidget* parent)
    : QWidget(parent),
      theme_(theme),
      draft_(draft),
      editor_(new QPlainTextEdit(this)),
      everyKey_(new QCheckBox(tr("Every key, defaults too"), this)),
      message_(new QLabel(this)) {
    setObjectName(QStringLiteral("tomlPanel"));
    editor_->setObjectName(QStringLiteral("tomlEditor"));
    editor_->setAccessibleName(tr("The experiment as TOML"));
    editor_->setFont(theme.monospaced());
    editor_->setLineWrapMode(QPlainTextEdit::NoWrap);
    editor_->setTabChangesFocus(true);
    everyKey_->setObjectName(QStringLiteral("tomlEveryKey"));
    message_->setObjectName(QStringLiteral("tomlProblem"));
    message_->setProperty("role", "error");
    message_->setWordWrap(true);
    message_->hide();
    pause_.setSingleShot(true);
    pause_.setInterval(pause_ms);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(8);
    column->addWidget(editor_, 1);
    column->addWidget(message_);
    column->addWidget(everyKey_);

    connect(editor_, &QPlainTextEdit::textChanged, this, [this] { pause_.start(); });
    connect(&pause_, &QTimer::timeout, this, &TomlPanel::readText);
    connect(everyKey_, &QCheckBox::toggled, this, &TomlPanel::showDraft);
    connect(&draft_, &ExperimentDraft::changed, this, &TomlPanel::showDraft);
    connect(&draft_, &ExperimentDraft::replaced, this, &TomlPanel::showDraft);
    connect(&theme, &Theme::changed, this, [this] {
        editor_->setFont(theme_.monospaced());
        setProblem(problem_, problemLine_);
    });
}

void TomlPanel::flush() {
    if (pause_.isActive()) readText();
}

void TomlPanel::showDraft() {
    if (reading_ || draft_.isEmpty()) return;
    pause_.stop();
    const QString toml = draft_.toToml(everyKey_->isChecked());
    editor_->setEnabled(!toml.isEmpty());
    // While a field is wrong there is no file: the last one stays, dimmed.
    if (!toml.isEmpty() && toml != editor_->toPlainText()) {
        const QSignalBlocker quiet(editor_);
        editor_->setPlainText(toml);
    }
    setProblem({}, 0);
}

void TomlPanel::readText() {
    pause_.stop();
    if (draft_.isEmpty()) return;
    reading_ = true;
    try {
        draft_.readToml(editor_->toPlainText());
        setProblem({}, 0);
    } catch (const Error& error) {
        static const QRegularExpression place(QStringLiteral(":(\\d+):(\\d+)$"));
        const auto match = place.match(QString::fromStdString(error.where()));
        const int line = match.hasMatch() ? match.captured(1).toInt() : 0;
        const QString what = QString::fromStdString(error.message()).section('\n', 0, 0);
        setProblem(line > 0 ? tr("line %1: %2").arg(line).arg(what) : what, line);
        message_->setToolTip(QString::fromStdString(error.advice()));
    }
    reading_ = false;
}

void TomlPanel::setProblem(const QString& problem, int line) {
    const bool other = problem != problem_;
    problem_ = problem;
    problemLine_ = line;
    message_->setText(problem);
    message_->setVisible(!problem.isEmpty());
    QList<QTextEdit::ExtraSelection> marks;
    if (line > 0) {
        QTextEdit::ExtraSelection mark;
        const Palette& palette = theme_.palette();
        mark.format.setBackground(colour(mix(palette.ground, palette.error, 0.18)));
        mark.format.setProperty(QTextFormat::FullWidthSelection, true);
        mark.cursor = QTextCursor(editor_->document()->findBlockByNumber(line - 1));
        marks.append(mark);
    }
    editor_->setExtraSelections(marks);
    if (other) emit problemChanged();
}

}  // namespace filigree::ui
