// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QThreadPool>
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace filigree::platform {
class ChildProcess;
}

namespace filigree::ui {

/// What a lesion does to a network.
struct Lesion {
    struct Side {
        double loss = 0;
        double accuracy = 0;
    };
    struct Class {
        QString name;
        qint64 samples = 0;
        Side before, after;
    };
    struct Layer {
        QString name;
        qint64 removed = 0;
        qint64 connections = 0;
        std::vector<std::uint32_t> positions;  ///< removed: row * columns + column, ascending
    };

    QString where;
    QString layer;  ///< empty: all
    qint64 step = 0;
    qint64 samples = 0;
    std::vector<Layer> layers;
    std::vector<Class> classes;
    Side before, after;
    double seconds = 0;

    qint64 removed() const;
    qint64 connections() const;
};

/// The answer of `filigree analyze lesion --stdin`. Throws the Error that it tells, or Error (Run) if it
/// cannot be read.
Lesion parseLesion(const std::string& line);

/// Evaluates lesions of one checkpoint in a process of its own, which reads the network once and then answers
/// query after query. Of several wishes only the newest is fulfilled.
class LesionBench : public QObject {
    Q_OBJECT
  public:
    explicit LesionBench(QObject* parent = nullptr);
    /// Waits for the lesion that is being evaluated.
    ~LesionBench() override;

    struct Network {
        QString program;
        QString store;
        qint64 run = 0;
        qint64 step = 0;
        bool operator==(const Network&) const = default;
    };
    /// The network of the wishes from now on; its process starts with the first one.
    void setNetwork(const Network& network);
    /// `layer`: empty for all. `save`: the name to keep it under, or empty.
    void apply(const QString& layer, const QString& where, const QString& save = {});
    bool isBusy() const { return busy_; }

  signals:
    void busyChanged(bool busy);
    void evaluated(const filigree::ui::Lesion& lesion, const QString& savedAs);
    void failed(const filigree::Error& error);

  private:
    struct Wish {
        Network network;
        QString layer, where, save;
    };
    void next();

    QThreadPool pool_;  ///< one thread; it alone uses the process
    std::unique_ptr<platform::ChildProcess> process_;
    std::optional<Network> running_;  ///< what the process has; used by that thread alone
    Network network_;
    std::optional<Wish> wish_;
    bool busy_ = false;
};

}  // namespace filigree::ui
