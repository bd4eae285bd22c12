// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/figure/figure_page.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPointer>
#include <QPushButton>
#include <QSaveFile>
#include <QStackedLayout>
#include <QToolButton>
#include <QUndoCommand>
#include <algorithm>
#include <utility>

#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/figure/panel_pictures.h"
#include "ui/figure/sheet_view.h"

namespace filigree::ui {
namespace {

constexpr int commandId = 4096;  ///< of undo steps that may become one
constexpr int emptyTextWidth = 480;
constexpr double presets_mm[] = {84, 174, 254};

class ChangeSheet final : public QUndoCommand {
  public:
    ChangeSheet(const QString& text, Sheet before, Sheet after, QString key,
                std::function<void(const Sheet&)> take)
        : QUndoCommand(text),
          before_(std::move(before)),
          after_(std::move(after)),
          key_(std::move(key)),
          take_(std::move(take)) {}
    void undo() override { take_(before_); }
    void redo() override { take_(after_); }
    int id() const override { return key_.isEmpty() ? -1 : commandId; }
    bool mergeWith(const QUndoCommand* other) override {
        const auto* next = dynamic_cast<const ChangeSheet*>(other);
        if (!next || next->key_ != key_) return false;
        after_ = next->after_;
        return true;
    }

  private:
    Sheet before_, after_;
    QString key_;
    std::function<void(const Sheet&)> take_;
};

QString sessionKey() {
    return QStringLiteral("figure");
}

}  // namespace

FigurePage::FigurePage(Workspace& workspace, QWidget* parent)
    : Page(parent),
      workspace_(workspace),
      pictures_(new PanelPictures(workspace.launcher.program(), this)),
      errors_(new ErrorBar(this)),
      view_(new SheetView(workspace.theme, this)) {
    setObjectName(QStringLiteral("figurePage"));
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    outer->addWidget(errors_);
    makeBar(*outer);

    auto* content = new QWidget(this);
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(view_, 1);
    makeCaptions(*column);

    auto* empty = new QWidget(this);
    auto* middle = new QVBoxLayout(empty);
    auto* words =
        new QLabel(tr("No panels yet. On Connectivity, Rewiring, Gates, Landscape, Soup, Predictions "
                      "or over a chart, choose Add to figure (Ctrl+Shift+G)."),
                   empty);
    words->setObjectName(QStringLiteral("figureEmpty"));
    words->setProperty("role", "secondary");
    words->setAlignment(Qt::AlignCenter);
    words->setWordWrap(true);
    words->setFixedWidth(emptyTextWidth);
    auto* open = new QPushButton(tr("Open a figure…"), empty);
    open->setObjectName(QStringLiteral("figureEmptyButton"));
    connect(open, &QPushButton::clicked, this,
            [this] { workspace_.actions.find(QStringLiteral("figure.open"))->trigger(); });
    auto* row = new QHBoxLayout;
    row->addStretch();
    row->addWidget(words);
    row->addStretch();
    middle->addStretch();
    middle->addLayout(row);
    middle->addWidget(open, 0, Qt::AlignCenter);
    middle->addStretch();
    stack_ = new QStackedLayout;
    stack_->addWidget(content);
    stack_->addWidget(empty);
    outer->addLayout(stack_, 1);
    addActions();

    view_->pictureOf = [this](std::size_t panel) {
        return pictures_->picture(sheet_.panels[panel].command, pixelsOf(panel));
    };
    view_->problemOf = [this](std::size_t panel) {
        return pictures_->problem(sheet_.panels[panel].command, pixelsOf(panel));
    };
    connect(pictures_, &PanelPictures::changed, this, &FigurePage::picturesChanged);
    connect(view_, &SheetView::selectionChanged, this, &FigurePage::showPanel);
    connect(view_, &SheetView::swapWanted, this, &FigurePage::swap);
    connect(view_, &SheetView::resizeWanted, this, &FigurePage::resizePanel);
    connect(view_, &SheetView::removeWanted, this, &FigurePage::remove);
    connect(&workspace, &Workspace::addToFigure, this, &FigurePage::add);

    Sheet kept;
    try {
        kept = readSheet(workspace.session.value(sessionKey()).toString(), tr("the last session"));
    } catch (const Error& error) {
        errors_->show(error);
    }
    take(kept);
}

QToolButton* FigurePage::addButton(QLayout& row, const char* name, const char* iconName, const QString& text,
                                   const QString& tip, std::function<void()> act) {
    auto* button = new QToolButton(this);
    button->setObjectName(QLatin1String(name));
    button->setIcon(icon(workspace_.theme, QLatin1String(iconName)));
    button->setText(besideIcon(text));
    button->setToolTip(tip);
    button->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    button->setFocusPolicy(Qt::StrongFocus);
    connect(button, &QToolButton::clicked, this, std::move(act));
    row.addWidget(button);
    return button;
}

void FigurePage::makeBar(QLayout& column) {
    auto* bar = new QWidget(this);
    bar->setProperty("role", "bar");
    bar->setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(12, 6, 12, 6);
    row->setSpacing(8);
    const auto label = [&](const QString& text, QWidget* of) {
        auto* made = new QLabel(text, bar);
        made->setProperty("role", "secondary");
        made->setBuddy(of);
        row->addWidget(made);
        row->addWidget(of);
    };
    const auto real = [&](const char* name, double least, double most, int decimals, const QString& unit,
                          double Sheet::*field) {
        auto* box = new QDoubleSpinBox(bar);
        box->setObjectName(QLatin1String(name));
        box->setRange(least, most);
        box->setDecimals(decimals);
        box->setSuffix(unit);
        box->setKeyboardTracking(false);
        connect(box, &QDoubleSpinBox::valueChanged, this,
                [this, field, key = QLatin1String(name)](double value) {
                    if (filling_) return;
                    Sheet next = sheet_;
                    next.*field = value;
                    change(tr("Change the figure"), next, key);
                });
        return box;
    };
    preset_ = new QComboBox(bar);
    preset_->setObjectName(QStringLiteral("figurePreset"));
    preset_->setAccessibleName(tr("Width"));
    preset_->addItems({tr("One column"), tr("Two columns"), tr("Slide"), tr("Own width")});
    connect(preset_, &QComboBox::activated, this, [this](int index) {
        if (index < static_cast<int>(std::size(presets_mm))) width_->setValue(presets_mm[index]);
    });
    label(tr("Width"), preset_);
    width_ = real("figureWidth", 20, 1000, 0, tr(" mm"), &Sheet::width_mm);
    width_->setAccessibleName(tr("Width in millimetres"));
    row->addWidget(width_);
    columns_ = new QSpinBox(bar);
    columns_->setObjectName(QStringLiteral("figureColumns"));
    columns_->setRange(1, Sheet::mostColumns);
    connect(columns_, &QSpinBox::valueChanged, this, [this](int value) {
        if (filling_) return;
        Sheet next = sheet_;
        next.columns = value;
        change(tr("Change the figure"), next, QStringLiteral("columns"));
    });
    label(tr("Columns"), columns_);
    cellHeight_ = real("figureCellHeight", 0.1, 5, 2, {}, &Sheet::cellHeight);
    cellHeight_->setSingleStep(0.05);
    cellHeight_->setToolTip(tr("Height of a cell's picture over its width"));
    label(tr("Height / width"), cellHeight_);
    font_ = real("figureFont", 4, 72, 1, tr(" pt"), &Sheet::font_pt);
    label(tr("Letters"), font_);
    row->addStretch(1);
    addButton(*row, "figureRedraw", "reset", tr("Draw again"), tr("Draws again what could not be drawn"),
              [this] { pictures_->retry(); });
    addButton(*row, "figureExport", "export", tr("Export"),
              tr("Writes the figure as PDF or PNG, or its description as TOML"), [this] { chooseFile(); });
    column.addWidget(bar);
}

void FigurePage::makeCaptions(QLayout& column) {
    auto* box = new QWidget(this);
    box->setProperty("role", "bar");
    box->setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(12, 6, 12, 6);
    row->setSpacing(8);
    auto* left = new QVBoxLayout;
    panelLabel_ = new QLabel(box);
    panelLabel_->setObjectName(QStringLiteral("figurePanel"));
    panelLabel_->setProperty("role", "secondary");
    panelCaption_ = new QLineEdit(box);
    panelCaption_->setObjectName(QStringLiteral("figurePanelCaption"));
    panelCaption_->setAccessibleName(tr("Caption of the panel"));
    panelCaption_->setPlaceholderText(tr("Caption of the panel"));
    connect(panelCaption_, &QLineEdit::textEdited, this, [this](const QString& text) {
        const int panel = view_->selected();
        if (panel < 0) return;
        Sheet next = sheet_;
        next.panels[static_cast<std::size_t>(panel)].caption = text;
        change(tr("Change a caption"), next, QStringLiteral("caption %1").arg(panel));
    });
    left->addWidget(panelLabel_);
    left->addWidget(panelCaption_);
    row->addLayout(left, 1);
    caption_ = new QPlainTextEdit(box);
    caption_->setObjectName(QStringLiteral("figureCaption"));
    caption_->setAccessibleName(tr("Caption of the figure"));
    caption_->setPlaceholderText(tr("Caption of the figure"));
    caption_->setTabChangesFocus(true);
    caption_->setFixedHeight(56);
    connect(caption_, &QPlainTextEdit::textChanged, this, [this] {
        if (filling_) return;
        Sheet next = sheet_;
        next.caption = caption_->toPlainText();
        change(tr("Change a caption"), next, QStringLiteral("caption"));
    });
    row->addWidget(caption_, 1);
    column.addWidget(box);
}

void FigurePage::addActions() {
    const auto add = [this](const char* id, const QString& text, const QString& tip,
                            const QList<QKeySequence>& keys, std::function<void()> act) {
        workspace_.actions.add(this, {QLatin1String(id), MenuId::File, 45, text, tip, keys}, std::move(act));
    };
    add("figure.export", tr("Export fi&gure page…"),
        tr("Writes the figure of several panels as PDF, PNG or TOML"),
        {QKeySequence(QStringLiteral("Ctrl+Shift+E"))}, [this] { chooseFile(); });
    add("figure.open", tr("Open figure pa&ge…"), tr("Reads a figure of several panels from a TOML file"), {},
        [this] {
            auto* files = new QFileDialog(window(), tr("Open a figure"), {}, tr("Figures (*.toml)"));
            files->setAttribute(Qt::WA_DeleteOnClose);
            files->setFileMode(QFileDialog::ExistingFile);
            connect(files, &QFileDialog::fileSelected, this, &FigurePage::open);
            files->open();
        });
    add("figure.clear", tr("Clear figure page"), tr("Removes all panels of the figure"), {}, [this] {
        if (sheet_.panels.empty()) return;
        Sheet next = sheet_;
        next.panels.clear();
        change(tr("Clear the figure"), next);
        workspace_.sayUndoable(tr("Cleared the figure"));
    });
}

void FigurePage::change(const QString& text, const Sheet& sheet, const QString& key) {
    if (sheet == sheet_) return;
    workspace_.undo.push(
        new ChangeSheet(text, sheet_, sheet, key, [page = QPointer(this)](const Sheet& next) {
            if (page) page->take(next);
        }));
}

void FigurePage::take(const Sheet& sheet) {
    sheet_ = sheet;
    workspace_.session.setValue(sessionKey(), sheetToml(sheet));
    filling_ = true;
    width_->setValue(sheet.width_mm);
    const auto* preset = std::find(std::begin(presets_mm), std::end(presets_mm), sheet.width_mm);
    preset_->setCurrentIndex(static_cast<int>(preset - std::begin(presets_mm)));
    columns_->setValue(sheet.columns);
    cellHeight_->setValue(sheet.cellHeight);
    font_->setValue(sheet.font_pt);
    if (caption_->toPlainText() != sheet.caption) caption_->setPlainText(sheet.caption);
    filling_ = false;
    stack_->setCurrentIndex(sheet.panels.empty() ? 1 : 0);
    view_->show(sheet);
    showPanel();
}

PanelPixels FigurePage::pixelsOf(std::size_t panel) const {
    return panelPixels(sheet_, sheet_.panels[panel], arrangeSheet(sheet_).panels[panel]);
}

void FigurePage::showPanel() {
    const int panel = view_->selected();
    const bool any = panel >= 0 && panel < static_cast<int>(sheet_.panels.size());
    panelCaption_->setEnabled(any);
    if (!any) {
        panelLabel_->setText(tr("Choose a panel to caption it"));
        panelCaption_->clear();
        return;
    }
    const SheetPanel& shown = sheet_.panels[static_cast<std::size_t>(panel)];
    const double letters = pixelsOf(static_cast<std::size_t>(panel)).font_pt;
    const bool small = !shown.command.isEmpty() && letters < sheet_.font_pt - 0.05;
    panelLabel_->setText(
        tr("Panel %1%2: %3")
            .arg(panelLetter(static_cast<std::size_t>(panel)),
                 small ? tr(", letters of %1 pt (wider: Shift+Right)").arg(letters, 0, 'f', 1) : QString(),
                 shown.command.isEmpty() ? tr("a chart") : shown.command));
    panelLabel_->setToolTip(shown.command);
    if (panelCaption_->text() != shown.caption) panelCaption_->setText(shown.caption);
}

void FigurePage::add(const QString& command, const QString& svg) {
    if (sheet_.panels.size() >= Sheet::mostPanels) {
        workspace_.say(tr("A figure has at most %1 panels").arg(Sheet::mostPanels));
        return;
    }
    Sheet next = sheet_;
    next.panels.push_back(command.isEmpty() ? SheetPanel{{}, svg} : fittingPanel(sheet_, command));
    change(tr("Add to the figure"), next);
    workspace_.sayUndoable(tr("Added panel %1 to the figure").arg(panelLetter(sheet_.panels.size() - 1)));
}

void FigurePage::swap(int a, int b) {
    Sheet next = sheet_;
    std::swap(next.panels[static_cast<std::size_t>(a)], next.panels[static_cast<std::size_t>(b)]);
    change(tr("Swap panels"), next);
    view_->select(b);
}

void FigurePage::resizePanel(int panel, int columns, int rows) {
    Sheet next = sheet_;
    SheetPanel& of = next.panels[static_cast<std::size_t>(panel)];
    of.columns = std::clamp(std::min(of.columns, sheet_.columns) + columns, 1, sheet_.columns);
    of.rows = std::clamp(of.rows + rows, 1, Sheet::mostRows);
    change(tr("Resize a panel"), next);
}

void FigurePage::remove(int panel) {
    Sheet next = sheet_;
    next.panels.erase(next.panels.begin() + panel);
    change(tr("Remove a panel"), next);
    workspace_.sayUndoable(tr("Removed a panel from the figure"));
}

void FigurePage::picturesChanged() {
    view_->refresh();
    if (waitingExport_.isEmpty() || pictures_->isBusy()) return;
    write(std::exchange(waitingExport_, {}));
}

void FigurePage::exportTo(const QString& path) {
    errors_->clear();
    if (path.endsWith(QLatin1String(".toml"), Qt::CaseInsensitive)) {
        QSaveFile file(path);
        const QByteArray text = sheetToml(sheet_).toUtf8();
        if (file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit())
            workspace_.say(tr("Saved %1").arg(QFileInfo(path).fileName()));
        else
            errors_->show(Error(ErrorKind::Run,
                                "the file cannot be written: " + file.errorString().toStdString(),
                                path.toStdString(), "choose another folder"));
        return;
    }
    requestPictures(*pictures_, sheet_);
    if (!pictures_->isBusy()) {
        write(path);
        return;
    }
    waitingExport_ = path;
    workspace_.say(tr("Drawing the panels…"));
}

void FigurePage::write(const QString& path) {
    try {
        writeSheet(path, sheet_, *pictures_);
        workspace_.say(tr("Saved %1").arg(QFileInfo(path).fileName()));
    } catch (const Error& error) {
        errors_->show(error);
    }
}

void FigurePage::open(const QString& path) {
    errors_->clear();
    QFile file(path);
    try {
        if (!file.open(QIODevice::ReadOnly))
            throw Error(ErrorKind::Usage, "the file cannot be read: " + file.errorString().toStdString(),
                        path.toStdString(), "choose another file");
        change(tr("Open a figure"), readSheet(QString::fromUtf8(file.readAll()), path));
    } catch (const Error& error) {
        errors_->show(error);
    }
}

void FigurePage::chooseFile() {
    if (sheet_.panels.empty()) return;
    auto* files = new QFileDialog(window(), tr("Export the figure"), {},
                                  tr("Figures (*.pdf);;Pictures (*.png);;Descriptions (*.toml)"));
    files->setAttribute(Qt::WA_DeleteOnClose);
    files->setAcceptMode(QFileDialog::AcceptSave);
    files->setDefaultSuffix(QStringLiteral("pdf"));
    files->selectFile(QStringLiteral("figure.pdf"));
    connect(files, &QFileDialog::fileSelected, this, &FigurePage::exportTo);
    files->open();
}

}  // namespace filigree::ui
