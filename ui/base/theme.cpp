// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/base/theme.h"

#include <QApplication>
#include <QEvent>
#include <QFontDatabase>
#include <QPalette>
#include <QProxyStyle>
#include <QStyleFactory>
#include <algorithm>

#include "ui/base/icon.h"
#include "ui/base/style_sheet.h"

namespace filigree::ui {
namespace {

/// Fusion, but for what it draws in fixed colours: the buttons of panels.
class Style : public QProxyStyle {
  public:
    explicit Style(const Theme& theme) : QProxyStyle(QStringLiteral("Fusion")), theme_(theme) {}

    QIcon standardIcon(StandardPixmap which, const QStyleOption* option,
                       const QWidget* widget) const override {
        if (which == SP_TitleBarCloseButton) return icon(theme_, QStringLiteral("close"), Ink::Secondary);
        if (which == SP_TitleBarNormalButton) return icon(theme_, QStringLiteral("float"), Ink::Secondary);
        return QProxyStyle::standardIcon(which, option, widget);
    }

  private:
    const Theme& theme_;
};

QPalette paletteFor(const Palette& colours) {
    QPalette result;
    result.setColor(QPalette::Window, colour(colours.panel));
    result.setColor(QPalette::WindowText, colour(colours.text));
    result.setColor(QPalette::Base, colour(colours.ground));
    result.setColor(QPalette::AlternateBase, colour(mix(colours.ground, colours.panel, 0.6)));
    result.setColor(QPalette::Text, colour(colours.text));
    result.setColor(QPalette::PlaceholderText, colour(colours.secondaryText));
    result.setColor(QPalette::Button, colour(colours.raised));
    result.setColor(QPalette::ButtonText, colour(colours.text));
    result.setColor(QPalette::BrightText, colour(colours.error));
    result.setColor(QPalette::Highlight, colour(colours.accent));
    result.setColor(QPalette::HighlightedText, colour(colours.accentText));
    result.setColor(QPalette::Link, colour(colours.accent));
    result.setColor(QPalette::LinkVisited, colour(colours.accent));
    result.setColor(QPalette::ToolTipBase, colour(colours.raised));
    result.setColor(QPalette::ToolTipText, colour(colours.text));
    result.setColor(QPalette::Light, colour(mix(colours.raised, colours.ground, 0.5)));
    result.setColor(QPalette::Midlight, colour(colours.hover));
    result.setColor(QPalette::Mid, colour(colours.border));
    result.setColor(QPalette::Dark, colour(mix(colours.border, colours.text, 0.2)));
    result.setColor(QPalette::Shadow, colour(mix(colours.panel, rgb(0x000000), 0.6)));
    const QColor faint = colour(mix(colours.panel, colours.secondaryText, 0.6));
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        result.setColor(QPalette::Disabled, role, faint);
    result.setColor(QPalette::Disabled, QPalette::Highlight, colour(colours.border));
    return result;
}

}  // namespace

Theme::Theme(QObject* parent) : QObject(parent) {
    systemIsDark_ = QApplication::palette().color(QPalette::Window).lightness() < 128;
    systemSize_ = std::max(QApplication::font().pointSize(), 9);
    qApp->installEventFilter(this);
    apply();
}

Theme::~Theme() {
    // The style of the application asks this theme for colours.
    if (qApp) QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
}

void Theme::setMode(Mode mode) {
    if (mode == mode_) return;
    mode_ = mode;
    apply();
}

void Theme::setBaseSize(int points) {
    if (points != 0) points = std::clamp(points, 9, 16);
    if (points == baseSize_) return;
    baseSize_ = points;
    apply();
}

QFont Theme::font(double scale, bool semibold) const {
    QFont result = QApplication::font();
    result.setPointSizeF(std::max(8.0, result.pointSizeF() * scale));
    if (semibold) result.setWeight(QFont::DemiBold);
    return result;
}

QFont Theme::monospaced() const {
    QFont result = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    result.setPointSizeF(QApplication::font().pointSizeF());
    return result;
}

bool Theme::eventFilter(QObject* watched, QEvent* event) {
    // Only what comes from the system counts, not our own change.
    if (watched == qApp && event->type() == QEvent::ApplicationPaletteChange && !applying_) {
        const bool dark = QApplication::palette().color(QPalette::Window).lightness() < 128;
        if (dark != systemIsDark_ && mode_ == Mode::System) {
            systemIsDark_ = dark;
            apply();
        }
    }
    return QObject::eventFilter(watched, event);
}

void Theme::apply() {
    applying_ = true;
    const bool dark = mode_ == Mode::Dark || (mode_ == Mode::System && systemIsDark_);
    appearance_ = dark ? Appearance::Dark : Appearance::Light;
    if (!styled_) QApplication::setStyle(new Style(*this));
    styled_ = true;
    QFont font = QApplication::font();
    font.setPointSize(baseSize_ > 0 ? baseSize_ : systemSize_);
    QApplication::setFont(font);
    QApplication::setPalette(paletteFor(palette()));
    qApp->setStyleSheet(styleSheet(palette()));
    applying_ = false;
    emit changed();
}

}  // namespace filigree::ui
