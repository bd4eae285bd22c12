// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help/personal_file.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

#include "base/error.h"
#include "base/platform.h"
#include "config/config.h"

namespace filigree::ui {
namespace {

constexpr qint64 largest_bytes = 1 << 20;

/// What the command line takes from the file.
config::Schema schema() {
    config::Schema s;
    s.text("store", "", "The store that is used when none is named.");
    s.integer("threads", 0, "Threads of commands.").range(0, 1024);
    s.text("data_dir", "", "Where data sets are looked for first.");
    s.text("device", "cpu", "What computes.");
    return s;
}

}  // namespace

QString PersonalFile::defaultPath() {
    return QDir(QString::fromStdU16String(platform::folders().settings.u16string()))
        .absoluteFilePath(QStringLiteral("filigree.toml"));
}

QString PersonalFile::read() const {
    QFile file(path_);
    if (!file.exists()) return {};
    if (!file.open(QIODevice::ReadOnly) || file.size() > largest_bytes)
        throw Error(ErrorKind::Usage, "cannot read the settings file", path_.toStdString());
    return QString::fromUtf8(file.readAll());
}

QString PersonalFile::text(const QString& key) const {
    const config::Config config = config::Config::parse(schema(), read().toStdString(), path_.toStdString());
    return QString::fromStdString(config.text(key.toStdString()));
}

void PersonalFile::setText(const QString& key, const QString& text) {
    QString content = read();
    // A file that is broken is not made worse.
    config::Config::parse(schema(), content.toStdString(), path_.toStdString());
    const QString line =
        text.isEmpty() ? QString()
                       : key + QStringLiteral(" = ") +
                             QString::fromStdString(config::toToml(config::Value(text.toStdString()))) + '\n';
    const QRegularExpression there(
        QStringLiteral("^[ \\t]*%1[ \\t]*=.*(\\n|$)").arg(QRegularExpression::escape(key)),
        QRegularExpression::MultilineOption);
    if (const auto match = there.match(content); match.hasMatch())
        content.replace(match.capturedStart(), match.capturedLength(), line);
    else
        content.prepend(line);
    config::Config::parse(schema(), content.toStdString(), path_.toStdString());
    QDir().mkpath(QFileInfo(path_).absolutePath());
    const QByteArray bytes = content.toUtf8();
    platform::writeFileDurably(path_.toStdU16String(), bytes.constData(),
                               static_cast<std::size_t>(bytes.size()));
}

}  // namespace filigree::ui
