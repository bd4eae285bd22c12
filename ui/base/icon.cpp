// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/base/icon.h"

#include <QDir>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>
#include <QSvgRenderer>

// Outside any namespace, as Qt asks: a static library's resources are linked only where they are named.
static void initIconResources() {
    Q_INIT_RESOURCE(icons);
}

namespace filigree::ui {
namespace {

QString pathOf(const QString& name) {
    return QStringLiteral(":/icons/%1.svg").arg(name);
}

class LineIcon : public QIconEngine {
  public:
    LineIcon(const Theme& theme, const QString& name, Ink ink) : theme_(theme), name_(name), ink_(ink) {
        QFile file(pathOf(name));
        if (file.open(QIODevice::ReadOnly)) svg_ = file.readAll();
    }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        QByteArray inked = svg_;
        inked.replace("currentColor", colourFor(mode).name(QColor::HexRgb).toLatin1());
        QSvgRenderer(inked).render(painter, QRectF(rect));
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
        return scaledPixmap(size, mode, state, 1);
    }

    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state, qreal scale) override {
        if (size.isEmpty()) return {};  // a label or a header squeezed to nothing asks for that
        const QString key = QStringLiteral("filigree/%1/%2/%3x%4")
                                .arg(name_, colourFor(mode).name())
                                .arg(size.width())
                                .arg(size.height());
        QPixmap drawn;
        if (!QPixmapCache::find(key, &drawn)) {
            drawn = QPixmap(size);
            drawn.fill(Qt::transparent);
            QPainter painter(&drawn);
            painter.setRenderHint(QPainter::Antialiasing);
            paint(&painter, QRect(QPoint(), size), mode, state);
            painter.end();
            QPixmapCache::insert(key, drawn);
        }
        drawn.setDevicePixelRatio(scale);
        return drawn;
    }

    QIconEngine* clone() const override { return new LineIcon(*this); }
    QString key() const override { return QStringLiteral("filigree-line"); }
    bool isNull() override { return svg_.isEmpty(); }
    // Without sizes of its own Qt takes it for scalable.
    QList<QSize> availableSizes(QIcon::Mode, QIcon::State) override {
        return {QSize(16, 16), QSize(20, 20), QSize(32, 32), QSize(40, 40), QSize(64, 64)};
    }

  private:
    QColor colourFor(QIcon::Mode mode) const {
        const Palette& palette = theme_.palette();
        if (mode == QIcon::Disabled) return colour(mix(palette.panel, palette.secondaryText, 0.5));
        switch (ink_) {
            case Ink::Text:
                break;
            case Ink::Secondary:
                return colour(palette.secondaryText);
            case Ink::Accent:
                return colour(palette.accent);
            case Ink::OnAccent:
                return colour(palette.accentText);
        }
        return colour(palette.text);
    }

    const Theme& theme_;
    QString name_;
    Ink ink_;
    QByteArray svg_;
};

}  // namespace

QIcon icon(const Theme& theme, const QString& name, Ink ink) {
    initIconResources();
    return QFile::exists(pathOf(name)) ? QIcon(new LineIcon(theme, name, ink)) : QIcon();
}

void loadIconResources() {
    initIconResources();
}

QStringList iconNames() {
    initIconResources();
    QStringList names;
    for (const QString& file : QDir(QStringLiteral(":/icons")).entryList(QDir::Files, QDir::Name))
        names.append(file.chopped(4));
    return names;
}

}  // namespace filigree::ui
