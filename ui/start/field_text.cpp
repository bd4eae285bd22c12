// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/field_text.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringList>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "config/config.h"
#include "ui/base/text.h"

namespace filigree::ui {
namespace {

using config::Type;
using config::Value;

QString tr(const char* text) {
    return QCoreApplication::translate("filigree::ui::Form", text);
}

FieldReading refuse(const QString& problem) {
    return {std::nullopt, problem};
}

/// The whole text as a number, without regard to the system's language.
template <typename Number>
std::optional<Number> number(QString text) {
    if (text.startsWith('+')) text.remove(0, 1);
    const std::string bytes = text.toStdString();
    Number value{};
    const auto [end, code] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), value);
    if (code != std::errc() || end != bytes.data() + bytes.size() || bytes.empty()) return std::nullopt;
    return value;
}

QString objectionToInteger(const QString& text) {
    if (text.isEmpty()) return tr("A whole number is missing.");
    const auto real = number<double>(text);
    return real && std::isfinite(*real) ? tr("“%1” is not a whole number, or too large for one.").arg(text)
                                        : tr("“%1” is not a whole number.").arg(text);
}

QString objectionToReal(const QString& text) {
    if (text.isEmpty()) return tr("A number is missing.");
    if (text.contains(',') && number<double>(QString(text).replace(',', '.')))
        return tr("Write the decimal point as “.”: %1").arg(QString(text).replace(',', '.'));
    return tr("“%1” is not a number.").arg(text);
}

/// The words between commas; brackets around them may be there.
QStringList elements(QString text) {
    text = text.trimmed();
    if (text.startsWith('[') && text.endsWith(']')) text = text.mid(1, text.size() - 2).trimmed();
    if (text.isEmpty()) return {};
    QStringList words;
    for (const QString& word : text.split(',')) words.append(word.trimmed());
    return words;
}

template <typename Number, typename Objection>
FieldReading readList(const QString& text, Objection objection) {
    std::vector<Number> values;
    for (const QString& word : elements(text)) {
        const auto value = number<Number>(word);
        if (!value)
            return refuse(word.isEmpty() ? tr("There is an empty place between commas.") : objection(word));
        values.push_back(*value);
    }
    return {Value(values), {}};
}

/// As TOML: for what cannot be split at commas.
FieldReading readTexts(const config::Field& field, const QString& text) {
    const QString trimmed = text.trimmed();
    if (!trimmed.startsWith('[')) {
        std::vector<std::string> words;
        for (const QString& word : elements(text)) words.push_back(word.toStdString());
        return {Value(words), {}};
    }
    try {
        config::Schema schema;
        schema.texts("value", {}, field.help);
        config::Config config = config::Config::defaults(schema);
        config.set("value=" + trimmed.toStdString());
        return {config.value("value"), {}};
    } catch (const Error&) {
        return refuse(tr("Write texts as [\"a\", \"b\"]."));
    }
}

FieldReading readUnchecked(const config::Field& field, const QString& text) {
    const QString trimmed = text.trimmed();
    switch (field.type) {
        case Type::Boolean:
            if (trimmed == QLatin1String("true")) return {Value(true), {}};
            if (trimmed == QLatin1String("false")) return {Value(false), {}};
            return refuse(tr("It must be true or false."));
        case Type::Integer: {
            const auto value = number<std::int64_t>(trimmed);
            return value ? FieldReading{Value(*value), {}} : refuse(objectionToInteger(trimmed));
        }
        case Type::Real: {
            const auto value = number<double>(trimmed);
            return value ? FieldReading{Value(*value), {}} : refuse(objectionToReal(trimmed));
        }
        case Type::Text:
        case Type::Choice:
            return {Value(text.toStdString()), {}};
        case Type::Integers:
            return readList<std::int64_t>(text, objectionToInteger);
        case Type::Reals:
            return readList<double>(text, objectionToReal);
        case Type::Texts:
            return readTexts(field, text);
    }
    return refuse(tr("This kind of value is not known."));
}

/// An objection of the schema as a sentence: "it must be at most 1" -> "It must be at most 1."
QString sentence(const std::string& objection) {
    QString text = QString::fromStdString(objection);
    if (!text.isEmpty()) text[0] = text[0].toUpper();
    return text + '.';
}

QString write(bool value) {
    return value ? QStringLiteral("true") : QStringLiteral("false");
}
QString write(std::int64_t value) {
    return QString::number(value);
}
QString write(double value) {
    return exactNumber(value);
}
QString write(const std::string& value) {
    return QString::fromStdString(value);
}
template <typename Number>
QString write(const std::vector<Number>& values) {
    QStringList words;
    for (const Number value : values) words.append(write(value));
    return words.join(QStringLiteral(", "));
}
QString write(const std::vector<std::string>& values) {
    static const QRegularExpression plain(QStringLiteral("^[^\\s\\[\\],\"']([^,\\[\\]]*[^\\s,\\[\\]])?$"));
    QStringList words;
    for (const std::string& value : values) {
        words.append(QString::fromStdString(value));
        if (!plain.match(words.last()).hasMatch())
            return QString::fromStdString(config::toToml(Value(values)));
    }
    return words.join(QStringLiteral(", "));
}

}  // namespace

FieldReading readField(const config::Field& field, const QString& text) {
    FieldReading reading = readUnchecked(field, text);
    if (!reading.value) return reading;
    if (const std::string why = field.objection(*reading.value); !why.empty()) return refuse(sentence(why));
    return reading;
}

QString writeField(const config::Value& value) {
    return std::visit([](const auto& v) { return write(v); }, value);
}

QString fieldLabel(const config::Field& field) {
    return QString::fromStdString(field.name()).replace('_', ' ');
}

QString fieldHint(const config::Field& field) {
    QStringList parts;
    if (!field.unit.empty()) parts.append(QString::fromStdString(field.unit));
    if (field.type != Type::Choice && !field.allowed().empty())
        parts.append(QString::fromStdString(field.allowed()));
    const QString standard = writeField(field.defaultValue);
    parts.append(standard.isEmpty() ? tr("default empty") : tr("default %1").arg(standard));
    return parts.join(QStringLiteral(" · "));
}

}  // namespace filigree::ui
