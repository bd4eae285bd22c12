// SPDX-License-Identifier: GPL-3.0-or-later
#include "data/http_server.h"

#include <QHostAddress>
#include <QTcpServer>
#include <QTcpSocket>
#include <algorithm>
#include <chrono>

namespace filigree::test {

namespace {

/// The request's head, or empty if the client goes away.
QByteArray readHead(QTcpSocket& socket) {
    QByteArray head;
    while (!head.contains("\r\n\r\n")) {
        if (!socket.bytesAvailable() && !socket.waitForReadyRead(2000)) return {};
        head += socket.readAll();
    }
    return head;
}

HttpAsked parse(const QByteArray& head, int number) {
    HttpAsked asked;
    asked.number = number;
    const auto lines = head.split('\n');
    asked.path = lines[0].split(' ').value(1).toStdString();
    for (const QByteArray& line : lines)
        if (line.toLower().startsWith("range: bytes=")) asked.from = line.mid(13).split('-')[0].toLongLong();
    return asked;
}

void send(QTcpSocket& socket, const HttpAsked& asked, const HttpAnswer& answer) {
    const auto size = static_cast<std::int64_t>(answer.body.size());
    std::int64_t first = 0;
    int status = answer.status;
    QByteArray head;
    if (status == 200 && answer.ranges && asked.from >= 0) {
        first = asked.from + answer.shiftRange;
        status = first < size ? 206 : 416;
        head +=
            status == 206
                ? QString("Content-Range: bytes %1-%2/%3\r\n").arg(first).arg(size - 1).arg(size).toLatin1()
                : QString("Content-Range: bytes */%1\r\n").arg(size).toLatin1();
        if (status == 416) first = size;
    }
    if (!answer.location.empty()) head += "Location: " + QByteArray::fromStdString(answer.location) + "\r\n";
    socket.write("HTTP/1.1 " + QByteArray::number(status) + " Made\r\nConnection: close\r\nContent-Length: " +
                 QByteArray::number(static_cast<qlonglong>(size - first)) + "\r\n" + head + "\r\n");
    const std::int64_t length = answer.cutAfter < 0 ? size - first : std::min(answer.cutAfter, size - first);
    socket.write(reinterpret_cast<const char*>(answer.body.data()) + first, length);
    while (socket.bytesToWrite() > 0 && socket.waitForBytesWritten(2000)) {
    }
}

}  // namespace

HttpServer::HttpServer(std::function<HttpAnswer(const HttpAsked&)> handler) : handler_(std::move(handler)) {
    thread_ = std::thread([this] { serve(); });
    while (port_ == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

HttpServer::~HttpServer() {
    stop_ = true;
    thread_.join();
}

std::vector<HttpAsked> HttpServer::asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
}

void HttpServer::serve() {
    QTcpServer server;
    if (!server.listen(QHostAddress::LocalHost)) qFatal("no port to listen on");
    port_ = server.serverPort();
    for (int number = 0; !stop_;) {
        if (!server.waitForNewConnection(20)) continue;
        const std::unique_ptr<QTcpSocket> socket(server.nextPendingConnection());
        const QByteArray head = readHead(*socket);
        if (head.isEmpty()) continue;
        const HttpAsked asked = parse(head, number++);
        {
            const std::lock_guard lock(mutex_);
            asked_.push_back(asked);
        }
        const HttpAnswer answer = handler_(asked);
        if (answer.hang)
            while (!stop_ && !socket->waitForDisconnected(20) &&
                   socket->state() == QAbstractSocket::ConnectedState) {
            }
        else
            send(*socket, asked, answer);
        socket->disconnectFromHost();
        if (socket->state() != QAbstractSocket::UnconnectedState) socket->waitForDisconnected(1000);
    }
}

}  // namespace filigree::test
