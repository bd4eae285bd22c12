// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/connectivity/lesion_bench.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "base/process.h"

namespace filigree::ui {
namespace {

Lesion::Side sideOf(const QJsonObject& object) {
    return {object[QLatin1String("loss")].toDouble(), object[QLatin1String("accuracy")].toDouble()};
}

Lesion::Side classSide(const QJsonObject& object) {
    const double samples = object[QLatin1String("samples")].toDouble();
    return {object[QLatin1String("loss")].toDouble(),
            samples > 0 ? object[QLatin1String("correct")].toDouble() / samples : 0};
}

}  // namespace

qint64 Lesion::removed() const {
    qint64 sum = 0;
    for (const Layer& one : layers) sum += one.removed;
    return sum;
}

qint64 Lesion::connections() const {
    qint64 sum = 0;
    for (const Layer& one : layers) sum += one.connections;
    return sum;
}

Lesion parseLesion(const std::string& line) {
    const QJsonObject all = QJsonDocument::fromJson(QByteArray::fromStdString(line)).object();
    if (all.contains(QLatin1String("error"))) {
        const QJsonObject error = all[QLatin1String("error")].toObject();
        const auto text = [&](const char* key) { return error[QLatin1String(key)].toString().toStdString(); };
        throw Error(ErrorKind::Usage, text("message"), text("where"), text("advice"));
    }
    if (!all.contains(QLatin1String("cut")))
        throw Error(ErrorKind::Run, "the answer about the lesion cannot be read", line.substr(0, 80),
                    "try again; the log of the program may say more");
    Lesion lesion;
    lesion.where = all[QLatin1String("where")].toString();
    lesion.step = all[QLatin1String("step")].toInteger();
    lesion.samples = all[QLatin1String("samples")].toInteger();
    lesion.seconds = all[QLatin1String("seconds")].toDouble();
    const QJsonArray layers = all[QLatin1String("layers")].toArray();
    for (const QJsonValue& value : layers) {
        const QJsonObject object = value.toObject();
        Lesion::Layer layer{object[QLatin1String("layer")].toString(),
                            object[QLatin1String("removed")].toInteger(),
                            object[QLatin1String("connections")].toInteger(),
                            {}};
        const QJsonArray positions = object[QLatin1String("positions")].toArray();
        for (const QJsonValue& position : positions)
            layer.positions.push_back(static_cast<std::uint32_t>(position.toInteger()));
        lesion.layers.push_back(std::move(layer));
    }
    const QJsonObject intact = all[QLatin1String("intact")].toObject();
    const QJsonObject cut = all[QLatin1String("cut")].toObject();
    lesion.before = sideOf(intact);
    lesion.after = sideOf(cut);
    const QJsonArray names = all[QLatin1String("class_names")].toArray();
    const QJsonArray before = intact[QLatin1String("classes")].toArray();
    const QJsonArray after = cut[QLatin1String("classes")].toArray();
    for (qsizetype c = 0; c < before.size() && c < after.size(); ++c)
        lesion.classes.push_back({c < names.size() ? names[c].toString() : QString::number(c),
                                  before[c].toObject()[QLatin1String("samples")].toInteger(),
                                  classSide(before[c].toObject()), classSide(after[c].toObject())});
    return lesion;
}

LesionBench::LesionBench(QObject* parent) : QObject(parent) {
    pool_.setMaxThreadCount(1);
}

LesionBench::~LesionBench() {
    pool_.waitForDone();
}

void LesionBench::setNetwork(const Network& network) {
    network_ = network;
}

void LesionBench::apply(const QString& layer, const QString& where, const QString& save) {
    wish_ = Wish{network_, layer, where, save};
    if (!busy_) next();
}

void LesionBench::next() {
    const bool was = busy_;
    busy_ = wish_.has_value();
    if (was != busy_) emit busyChanged(busy_);
    if (!wish_) return;
    const Wish wish = *wish_;
    wish_.reset();
    pool_.start([this, wish] {
        std::optional<Lesion> lesion;
        std::optional<Error> error;
        try {
            if (!running_ || *running_ != wish.network) {
                process_.reset();
                process_ = std::make_unique<platform::ChildProcess>(std::vector<std::string>{
                    wish.network.program.toStdString(), "analyze", "lesion",
                    std::to_string(wish.network.run) + "@" + std::to_string(wish.network.step), "--stdin",
                    "--store", wish.network.store.toStdString()});
                running_ = wish.network;
            }
            QJsonObject object{{QStringLiteral("where"), wish.where}, {QStringLiteral("save"), wish.save}};
            if (!wish.layer.isEmpty()) object[QStringLiteral("layers")] = QJsonArray{wish.layer};
            process_->writeLine(QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString());
            const std::optional<std::string> answer = process_->readLine();
            if (!answer) {
                running_.reset();
                throw Error(ErrorKind::Run, "the program that evaluates lesions has ended",
                            wish.network.program.toStdString(), "try again");
            }
            lesion = parseLesion(*answer);
            lesion->layer = wish.layer;
        } catch (const Error& caught) {
            error = caught;
        }
        QMetaObject::invokeMethod(
            this,
            [this, lesion, error, wish] {
                // What belongs to a network that is not shown any more is not told.
                if (wish.network == network_) {
                    if (lesion) emit evaluated(*lesion, wish.save);
                    if (error) emit failed(*error);
                }
                next();
            },
            Qt::QueuedConnection);
    });
}

}  // namespace filigree::ui
