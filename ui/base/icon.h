// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIcon>
#include <QString>

#include "ui/base/theme.h"

namespace filigree::ui {

/// How an icon is inked.
enum class Ink { Text, Secondary, Accent, OnAccent };

/// One of the line icons of assets/icons ("start", "pause", …), drawn in the colour that the theme has when
/// it is painted: it follows a change of theme by itself. `theme` must outlive the icon. An unknown name
/// gives a null icon.
QIcon icon(const Theme& theme, const QString& name, Ink ink = Ink::Text);

/// A button's text with room to the icon before it, which Qt's styles leave out.
inline QString besideIcon(const QString& text) {
    return QChar(0x2004) + text;
}

/// The icons as resources under ":/icons", for style sheets. `icon` does it by itself.
void loadIconResources();

/// The names that `icon` knows, ascending.
QStringList iconNames();

}  // namespace filigree::ui
