// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QJsonValue>
#include <QObject>
#include <QTimer>

namespace filigree::ui {

/// What survives a restart and a crash: theme, layout, open stores, pages, drafts. One JSON file in the state
/// folder, written half a second after the last change under a temporary name and renamed. A file that cannot
/// be read is left aside (`session.json.bad`) and the program starts fresh.
class Session : public QObject {
    Q_OBJECT
  public:
    /// An empty path keeps nothing (`--safe`).
    explicit Session(const QString& path, QObject* parent = nullptr);
    ~Session() override;

    QJsonValue value(const QString& key) const { return values_.value(key); }
    void setValue(const QString& key, const QJsonValue& value);
    void remove(const QString& key);
    void saveNow();

    /// Why the last session could not be read; empty if it could.
    const QString& problem() const { return problem_; }

    /// The session file of this user.
    static QString defaultPath();

  private:
    QString path_;
    QString problem_;
    QJsonObject values_;
    QTimer timer_;
    bool dirty_ = false;
};

}  // namespace filigree::ui
