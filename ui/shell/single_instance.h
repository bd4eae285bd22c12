// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QStringList>

class QLocalServer;

namespace filigree::ui {

/// One window per person and session file: a second start hands its files to the first window and ends.
class SingleInstance : public QObject {
    Q_OBJECT
  public:
    /// `name`: what the instances have in common.
    explicit SingleInstance(const QString& name, QObject* parent = nullptr);

    /// True if another instance took the files (absolute paths); then this one should end.
    bool handOver(const QStringList& files);
    /// From now on this is the first instance.
    void listen();

    static QString nameFor(const QString& sessionPath);

  signals:
    void received(const QStringList& files);

  private:
    QString name_;
    QLocalServer* server_;
};

}  // namespace filigree::ui
