// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/model/session.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QSaveFile>

#include "base/platform.h"

namespace filigree::ui {
namespace {

constexpr int version = 1;
constexpr int debounce_ms = 500;
constexpr qint64 largest_bytes = 8 << 20;

}  // namespace

QString Session::defaultPath() {
    return QDir(QString::fromStdU16String(platform::folders().state.u16string()))
        .absoluteFilePath(QStringLiteral("session.json"));
}

Session::Session(const QString& path, QObject* parent) : QObject(parent), path_(path) {
    timer_.setSingleShot(true);
    timer_.setInterval(debounce_ms);
    connect(&timer_, &QTimer::timeout, this, &Session::saveNow);
    QFile file(path_);
    if (path_.isEmpty() || !file.open(QIODevice::ReadOnly)) return;
    QJsonParseError error{};
    const QJsonDocument document = QJsonDocument::fromJson(file.read(largest_bytes), &error);
    file.close();
    const QJsonObject object = document.object();
    if (document.isObject() && object.value(QLatin1String("version")).toInt() == version) {
        values_ = object.value(QLatin1String("values")).toObject();
        return;
    }
    problem_ = document.isObject() ? tr("it is of another version") : error.errorString();
    QFile::remove(path_ + QStringLiteral(".bad"));
    QFile::rename(path_, path_ + QStringLiteral(".bad"));
}

Session::~Session() {
    saveNow();
}

void Session::setValue(const QString& key, const QJsonValue& value) {
    if (values_.contains(key) && values_.value(key) == value) return;
    values_.insert(key, value);
    dirty_ = true;
    timer_.start();
}

void Session::remove(const QString& key) {
    if (!values_.contains(key)) return;
    values_.remove(key);
    dirty_ = true;
    timer_.start();
}

void Session::saveNow() {
    timer_.stop();
    if (!dirty_ || path_.isEmpty()) return;
    QDir().mkpath(QFileInfo(path_).absolutePath());
    QSaveFile file(path_);
    if (!file.open(QIODevice::WriteOnly)) return;
    file.write(
        QJsonDocument(QJsonObject{{QStringLiteral("version"), version}, {QStringLiteral("values"), values_}})
            .toJson(QJsonDocument::Indented));
    if (file.commit()) dirty_ = false;
}

}  // namespace filigree::ui
