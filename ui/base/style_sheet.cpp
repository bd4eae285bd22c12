// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/base/style_sheet.h"

#include <utility>
#include <vector>

#include "ui/base/icon.h"

namespace filigree::ui {
namespace {

QString code(Rgb value) {
    return QStringLiteral("#%1%2%3")
        .arg(value.red, 2, 16, QLatin1Char('0'))
        .arg(value.green, 2, 16, QLatin1Char('0'))
        .arg(value.blue, 2, 16, QLatin1Char('0'));
}

// @words are replaced by colours. Sizes follow the grid of 4 px.
constexpr const char* sheet = R"css(
QToolTip { background: @raised; color: @text; border: 1px solid @border; padding: 4px 6px; }
QMainWindow, QDialog { background: @panel; }
QMainWindow::separator { background: @border; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: @accent; }
QMenuBar { background: @panel; border-bottom: 1px solid @border; padding: 2px 4px; }
QMenuBar::item { padding: 4px 10px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: @hover; }
QMenu { background: @raised; border: 1px solid @border; padding: 4px; }
QMenu::item { padding: 5px 28px 5px 24px; border-radius: 4px; }
QMenu::item:selected { background: @selection; color: @text; }
QMenu::item:disabled { color: @faint; }
QMenu::separator { height: 1px; background: @border; margin: 4px 8px; }
QToolBar { background: @panel; border: none; border-bottom: 1px solid @border; padding: 4px 8px; spacing: 4px; }
QToolBar::separator { width: 1px; background: @border; margin: 4px 6px; }
QToolButton { border: 1px solid transparent; border-radius: 4px; padding: 4px 8px; background: transparent; }
QToolButton:hover { background: @hover; }
QToolButton:pressed, QToolButton:checked { background: @selection; }
QToolButton:focus { border-color: @accent; }
QToolButton:disabled { color: @faint; }
QToolButton::menu-indicator { image: none; }
QPushButton { background: @raised; border: 1px solid @border; border-radius: 4px; padding: 5px 14px; min-height: 18px; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @selection; }
QPushButton:focus { border: 2px solid @accent; padding: 4px 13px; }
QPushButton:disabled { color: @faint; background: @panel; }
QPushButton[role="primary"] { background: @accent; color: @accentText; border-color: @accent; font-weight: 600; }
QPushButton[role="primary"]:hover { background: @accentHover; }
QPushButton[role="primary"]:focus { border: 2px solid @text; }
QPushButton[role="primary"]:disabled { background: @border; color: @faint; border-color: @border; }
QPushButton[role="danger"] { color: @error; border-color: @error; }
QPushButton[role="link"], QToolButton[role="link"] { background: transparent; border: 1px solid transparent; color: @accent; padding: 2px 4px; text-align: left; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { border: 1px solid @accent; }
QPushButton[role="chip"] { border-radius: 11px; padding: 2px 12px; min-height: 18px; }
QPushButton[role="chip"]:checked { background: @selection; border-color: @accent; }
QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox { background: @ground; border: 1px solid @border; border-radius: 4px; padding: 4px 6px; selection-background-color: @accent; selection-color: @accentText; }
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox { min-height: 18px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus { border: 2px solid @accent; padding: 3px 5px; }
QLineEdit[invalid="true"], QPlainTextEdit[invalid="true"] { border: 2px solid @error; padding: 3px 5px; }
QComboBox::drop-down { border: none; width: 20px; }
QAbstractSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right; border: none; width: 18px; }
QAbstractSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right; border: none; width: 18px; }
QAbstractSpinBox::up-arrow { image: url(:/icons/spin-up.svg); width: 9px; height: 9px; }
QAbstractSpinBox::down-arrow { image: url(:/icons/combo-arrow.svg); width: 9px; height: 9px; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @border; selection-background-color: @selection; selection-color: @text; }
QAbstractItemView { background: @ground; border: none; alternate-background-color: @stripe; selection-background-color: @selection; selection-color: @text; gridline-color: @border; outline: 0; }
QAbstractItemView::item { padding: 2px 6px; }
QAbstractItemView::item:hover { background: @hover; }
QAbstractItemView::item:selected { background: @selection; color: @text; }
QTableView:focus, QTreeView:focus, QListView:focus { border: 1px solid @accent; }
QHeaderView { background: @panel; }
QHeaderView::section { background: @panel; color: @secondary; border: none; border-right: 1px solid @border; border-bottom: 1px solid @border; padding: 4px 8px; }
QHeaderView::section:hover { color: @text; background: @hover; }
QTableCornerButton::section { background: @panel; border: none; }
QTabWidget::pane { border: none; border-top: 1px solid @border; }
QTabBar { background: @panel; }
QTabBar::tab { background: transparent; color: @secondary; padding: 7px 16px; border: none; border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: @text; background: @hover; }
QTabBar::tab:selected { color: @text; border-bottom: 2px solid @accent; }
QTabBar::tab:focus { color: @accent; }
QDockWidget { color: @secondary; }
QDockWidget::title { background: @panel; padding: 6px 8px; border-bottom: 1px solid @border; }
QStatusBar { background: @panel; border-top: 1px solid @border; color: @secondary; }
QStatusBar::item { border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @handle; border-radius: 4px; margin: 1px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: @secondary; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QScrollArea { border: none; background: transparent; }
QProgressBar { background: @border; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; text-align: center; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QSplitter::handle { background: @border; }
QSplitter::handle:hover { background: @accent; }
QGroupBox { border: 1px solid @border; border-radius: 4px; margin-top: 10px; padding-top: 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; padding: 0 4px; color: @secondary; }
QComboBox::down-arrow { image: url(:/icons/combo-arrow.svg); width: 12px; height: 12px; }
QCheckBox, QRadioButton { spacing: 6px; }
QCheckBox::indicator, QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid @mark; background: @ground; }
QCheckBox::indicator { border-radius: 3px; }
QRadioButton::indicator { border-radius: 7px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: @accent; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border: 2px solid @accent; width: 12px; height: 12px; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent; image: url(:/icons/check-@check.svg); }
QCheckBox::indicator:disabled { border-color: @border; }
QCheckBox::indicator:checked:disabled { background: @border; }
QRadioButton::indicator:checked { border: 4px solid @accent; width: 8px; height: 8px; }
QCheckBox:focus, QRadioButton:focus { color: @accent; }
QSlider::groove:horizontal { height: 4px; background: @border; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QSlider::handle:horizontal { background: @accent; width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; }
QFrame[role="card"], QWidget[role="card"] { background: @raised; border: 1px solid @border; border-radius: 6px; }
QFrame[role="chartcard"] { background: @ground; border: 1px solid @border; border-radius: 6px; }
QFrame[role="chartcard"][dragged="true"] { border-color: @accent; }
QFrame[role="card"]:hover { border-color: @secondary; }
QWidget[role="page"] { background: @ground; }
QFrame[role="bar"], QWidget[role="bar"] { background: @panel; border: none; border-bottom: 1px solid @border; }
QFrame[role="palette"] { background: @raised; border: 1px solid @border; border-radius: 6px; }
QFrame[role="palette"] QListView { background: @raised; }
QWidget[role="footer"] { background: @panel; border: none; border-top: 1px solid @border; }
QFrame[role="errorbar"] { background: @errorGround; border: none; border-bottom: 1px solid @error; }
QFrame[role="toast"] { background: @toast; border: none; border-radius: 6px; }
QFrame[role="toast"] QLabel { color: @toastText; background: transparent; }
QFrame[role="toast"] QPushButton { color: @toastAccent; background: transparent; border: 1px solid transparent; font-weight: 600; }
QFrame[role="toast"] QPushButton:focus { border: 1px solid @toastAccent; }
QLabel[role="secondary"] { color: @secondary; }
QLabel[role="error"] { color: @error; }
QLabel[role="warning"] { color: @warning; }
QLabel[role="success"] { color: @success; }
)css";

}  // namespace

QString styleSheet(const Palette& p) {
    const bool dark = p.ground.red < 128;
    // Longest words first, so that @accentText is not taken for @accent.
    const std::vector<std::pair<const char*, Rgb>> words{
        {"@errorGround", mix(p.ground, p.error, dark ? 0.18 : 0.1)},
        {"@toastAccent", palette(dark ? Appearance::Light : Appearance::Dark).accent},
        {"@accentHover", mix(p.accent, p.text, 0.15)},
        {"@accentText", p.accentText},
        {"@toastText", dark ? rgb(0x1F2328) : rgb(0xF2F4F6)},
        {"@secondary", p.secondaryText},
        {"@selection", p.selection},
        {"@warning", p.warning},
        {"@success", p.success},
        {"@accent", p.accent},
        {"@border", p.border},
        {"@ground", p.ground},
        {"@mark", mix(p.ground, p.secondaryText, 0.7)},
        {"@handle", mix(p.border, p.secondaryText, 0.35)},
        {"@raised", p.raised},
        {"@stripe", mix(p.ground, p.panel, 0.6)},
        {"@toast", dark ? rgb(0xE6E8EB) : rgb(0x2B2F36)},
        {"@error", p.error},
        {"@faint", mix(p.panel, p.secondaryText, 0.6)},
        {"@hover", p.hover},
        {"@panel", p.panel},
        {"@text", p.text},
    };
    loadIconResources();
    QString result = QString::fromLatin1(sheet);
    for (const auto& [word, value] : words) result.replace(QLatin1String(word), code(value));
    // The tick on the accent colour: white on the dark blue of the light theme, nearly black on the light
    // blue.
    return result.replace(QLatin1String("@check"), QLatin1String(dark ? "dark" : "light"));
}

}  // namespace filigree::ui
