// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model/run_style.h"

#include <QCoreApplication>
#include <QDateTime>
#include <array>

#include "ui/base/text.h"

namespace filigree::ui {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("filigree::ui::RunStyle", text);
}

}  // namespace

RunStyle runStyle(std::int64_t id, const std::string& chosenColour, const Palette& palette) {
    constexpr std::array dashes{Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};
    const auto number = static_cast<std::size_t>(id > 0 ? id - 1 : 0);
    RunStyle style;
    style.dash = dashes[number / palette.runs.size() % dashes.size()];
    const Rgb own = palette.runs[number % palette.runs.size()];
    style.colour = QColor(own.red, own.green, own.blue);
    if (const QColor chosen(QString::fromStdString(chosenColour)); chosen.isValid()) {
        style.colour = chosen;
        style.dash = Qt::SolidLine;
    }
    return style;
}

QString runName(const store::RunInfo& run) {
    return run.name.empty() ? tr("run %1").arg(run.id) : QString::fromStdString(run.name);
}

QString runCount(qsizetype count) {
    return count == 1 ? tr("1 run") : tr("%1 runs").arg(formatCount(count));
}

QString stateText(const store::RunInfo& run) {
    if (run.noContact)
        return tr("no contact since %1")
            .arg(QDateTime::fromSecsSinceEpoch(static_cast<qint64>(run.process.heartbeat))
                     .toString(QStringLiteral("hh:mm")));
    switch (run.state) {
        case store::RunState::Queued:
            return tr("queued");
        case store::RunState::Running:
            return tr("running");
        case store::RunState::Paused:
            return tr("paused");
        case store::RunState::Finished:
            return tr("finished");
        case store::RunState::Failed:
            return tr("failed");
        case store::RunState::Stopped:
            return tr("stopped");
        case store::RunState::Interrupted:
            return tr("interrupted");
    }
    return {};
}

Rgb stateColour(const store::RunInfo& run, const Palette& palette) {
    if (run.noContact) return palette.secondaryText;
    switch (run.state) {
        case store::RunState::Queued:
            return palette.secondaryText;
        case store::RunState::Running:
            return palette.accent;
        case store::RunState::Paused:
            return palette.accent;
        case store::RunState::Finished:
            return palette.success;
        case store::RunState::Failed:
            return palette.error;
        case store::RunState::Stopped:
            return palette.secondaryText;
        case store::RunState::Interrupted:
            return palette.warning;
    }
    return palette.text;
}

QString stateGlyph(const store::RunInfo& run) {
    if (run.noContact) return QStringLiteral("?");
    switch (run.state) {
        case store::RunState::Queued:
            return QStringLiteral("○");
        case store::RunState::Running:
            return QStringLiteral("▶");
        case store::RunState::Paused:
            return QStringLiteral("❚❚");
        case store::RunState::Finished:
            return QStringLiteral("●");
        case store::RunState::Failed:
            return QStringLiteral("✕");
        case store::RunState::Stopped:
            return QStringLiteral("■");
        case store::RunState::Interrupted:
            return QStringLiteral("!");
    }
    return {};
}

}  // namespace filigree::ui
