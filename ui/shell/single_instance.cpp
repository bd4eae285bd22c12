// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/single_instance.h"

#include <QCryptographicHash>
#include <QDataStream>
#include <QLocalServer>
#include <QLocalSocket>

namespace filigree::ui {
namespace {

constexpr int patience_ms = 1000;
constexpr quint32 magic = 0x46696c69;
constexpr qint64 largest_bytes = 1 << 20;

}  // namespace

SingleInstance::SingleInstance(const QString& name, QObject* parent)
    : QObject(parent), name_(name), server_(new QLocalServer(this)) {
    server_->setSocketOptions(QLocalServer::UserAccessOption);
    connect(server_, &QLocalServer::newConnection, this, [this] {
        QLocalSocket* socket = server_->nextPendingConnection();
        connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
        connect(socket, &QLocalSocket::readyRead, this, [this, socket] {
            if (socket->bytesAvailable() > largest_bytes) {
                socket->abort();
                return;
            }
            QDataStream stream(socket);
            stream.startTransaction();
            quint32 word = 0;
            QStringList files;
            stream >> word >> files;
            if (!stream.commitTransaction()) return;
            if (word == magic) {
                socket->write("ok");
                socket->flush();
                emit received(files);
            }
            socket->disconnectFromServer();
        });
    });
}

QString SingleInstance::nameFor(const QString& sessionPath) {
    const QByteArray digest =
        QCryptographicHash::hash(sessionPath.toUtf8(), QCryptographicHash::Sha1).toHex();
    return QStringLiteral("filigree-") + QString::fromLatin1(digest.left(16));
}

bool SingleInstance::handOver(const QStringList& files) {
    QLocalSocket socket;
    socket.connectToServer(name_);
    if (!socket.waitForConnected(patience_ms)) return false;
    QDataStream stream(&socket);
    stream << magic << files;
    socket.flush();
    // A window that hangs does not answer: then this one opens.
    return socket.waitForReadyRead(patience_ms) && socket.readAll() == "ok";
}

void SingleInstance::listen() {
    if (server_->listen(name_)) return;
    // The rest of an instance that crashed.
    QLocalServer::removeServer(name_);
    server_->listen(name_);
}

}  // namespace filigree::ui
