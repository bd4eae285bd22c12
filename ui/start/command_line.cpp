// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/command_line.h"

#include <QRegularExpression>

#include "ui/start/field_text.h"

namespace filigree::ui {
namespace {

/// What stands after "key=": without TOML's quotes and brackets where `--set` does without them, since every
/// quote has to be quoted again for the shell.
QString assigned(const config::Field& field, const config::Value& value) {
    const QString toml = QString::fromStdString(config::toToml(value));
    switch (field.type) {
        case config::Type::Choice:
            return writeField(value);
        case config::Type::Text: {
            const QString text = writeField(value);
            static const QRegularExpression plain(
                QStringLiteral("^[^\\s\"'][^\\x00-\\x1f]*[^\\s]$|^[^\\s\"']$"));
            return plain.match(text).hasMatch() ? text : toml;
        }
        case config::Type::Integers:
        case config::Type::Reals:
            return toml == QLatin1String("[]") ? toml : toml.mid(1, toml.size() - 2).remove(' ');
        default:
            return toml;
    }
}

}  // namespace

Shell usualShell() {
#ifdef Q_OS_WIN
    return Shell::PowerShell;
#else
    return Shell::Posix;
#endif
}

QString quoted(const QString& argument, Shell shell) {
    static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_+=:./,-]+$"));
    // A comma makes a list in PowerShell.
    const bool safe = plain.match(argument).hasMatch() && (shell == Shell::Posix || !argument.contains(','));
    if (safe) return argument;
    QString text = argument;
    if (shell == Shell::Posix) return '\'' + text.replace('\'', QLatin1String("'\\''")) + '\'';
    // Double quotes are lost on the way to a program unless escaped.
    return '\'' + text.replace('"', QLatin1String("\\\"")).replace('\'', QLatin1String("''")) + '\'';
}

QStringList runArguments(const config::RunFile& preset, const config::RunFile& wanted) {
    QStringList arguments{QStringLiteral("run"), QString::fromStdString(preset.preset)};
    for (const config::Field& field : wanted.config.schema().fields()) {
        const config::Value& value = wanted.config.value(field.key);
        if (value == preset.config.value(field.key)) continue;
        arguments << QStringLiteral("--set")
                  << QString::fromStdString(field.key) + '=' + assigned(field, value);
    }
    // Without the option the preset's own counts.
    const std::uint64_t seed = wanted.seed.value_or(0);
    if (seed != preset.seed.value_or(0)) arguments << QStringLiteral("--seed") << QString::number(seed);
    if (!wanted.name.empty() && wanted.name != preset.name)
        arguments << QStringLiteral("--name") << QString::fromStdString(wanted.name);
    return arguments;
}

QString commandLine(const config::RunFile& preset, const config::RunFile& wanted, Shell shell) {
    QStringList words{QStringLiteral("filigree")};
    for (const QString& argument : runArguments(preset, wanted)) words.append(quoted(argument, shell));
    return words.join(' ');
}

}  // namespace filigree::ui
