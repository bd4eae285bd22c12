// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QObject>

#include "ui/theme/palette.h"

namespace filigree::ui {

inline QColor colour(Rgb value) {
    return {value.red, value.green, value.blue};
}
inline QColor colour(Rgb value, double alpha) {
    QColor result = colour(value);
    result.setAlphaF(static_cast<float>(alpha));
    return result;
}

/// Which of the two palettes holds, and the size of text. Applies both to the application.
class Theme : public QObject {
    Q_OBJECT
  public:
    enum class Mode { System, Light, Dark };
    Q_ENUM(Mode)

    explicit Theme(QObject* parent = nullptr);
    ~Theme() override;

    Mode mode() const { return mode_; }
    void setMode(Mode mode);
    /// What the mode means now: the system's choice is judged by the lightness of its window colour.
    Appearance appearance() const { return appearance_; }
    const Palette& palette() const { return ui::palette(appearance_); }

    /// Points, 9 to 16; 0: the system's.
    int baseSize() const { return baseSize_; }
    void setBaseSize(int points);

    /// No easing, nothing plays by itself.
    bool reducedMotion() const { return reducedMotion_; }
    void setReducedMotion(bool on) { reducedMotion_ = on; }

    /// The base font times `scale` (secondary text 0.9, section 1.15, page title 1.5), never below 8 pt.
    QFont font(double scale, bool semibold = false) const;
    QFont monospaced() const;

  signals:
    /// Everything painted by hand must be painted again.
    void changed();

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void apply();

    Mode mode_ = Mode::System;
    Appearance appearance_ = Appearance::Light;
    int baseSize_ = 0;
    int systemSize_ = 10;
    bool systemIsDark_ = false;
    bool reducedMotion_ = false;
    bool applying_ = false;
    bool styled_ = false;
};

}  // namespace filigree::ui
