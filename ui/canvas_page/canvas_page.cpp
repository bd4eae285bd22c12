// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QClipboard>
#include <QComboBox>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QImage>
#include <QLabel>
#include <QPushButton>
#include <QStackedLayout>
#include <QToolButton>

#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/canvas_page/canvas_page.h"

namespace filigree::ui {
namespace {

constexpr int emptyTextWidth = 480;

}  // namespace

CanvasPage::CanvasPage(Workspace& workspace, const char* name, int menuGroup, std::unique_ptr<View> view,
                       QWidget* parent)
    : Page(parent),
      workspace_(workspace),
      name_(QString::fromLatin1(name)),
      menuGroup_(menuGroup),
      view_(std::move(view)),
      canvas_(new CanvasWidget(workspace.theme, *view_, this)),
      errors_(new ErrorBar(this)) {
    setObjectName(named("Page"));
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->setSpacing(0);
    outer->addWidget(errors_);
    auto* content = new QWidget(this);
    body_ = new QVBoxLayout(content);
    body_->setContentsMargins(0, 0, 0, 0);
    body_->setSpacing(0);
    body_->addWidget(makeBar());
    stack_ = new QStackedLayout;
    stack_->addWidget(content);
    stack_->addWidget(makeEmpty());
    outer->addLayout(stack_, 1);
    addAction(this, QStringLiteral("addToFigure"), tr("Add to &figure"),
              tr("Adds what is drawn to the page Figure, as a panel"),
              {QKeySequence(QStringLiteral("Ctrl+Shift+G"))}, [this] {
                  const QString line = command();
                  if (!line.isEmpty()) emit workspace_.addToFigure(line, {});
              });
}

CanvasPage::~CanvasPage() {
    // The canvas draws the view: it goes first.
    delete canvas_;
}

QString CanvasPage::named(const char* end) const {
    return name_ + QLatin1String(end);
}

QWidget* CanvasPage::makeBar() {
    barWidget_ = new QWidget(this);
    barWidget_->setProperty("role", "bar");
    barWidget_->setAttribute(Qt::WA_StyledBackground);
    bar_ = new QHBoxLayout(barWidget_);
    bar_->setContentsMargins(12, 6, 12, 6);
    bar_->setSpacing(8);
    runLabel_ = new QLabel(barWidget_);
    runLabel_->setObjectName(named("Run"));
    runLabel_->setFont(workspace_.theme.font(1.0, true));
    connect(&workspace_.theme, &Theme::changed, runLabel_,
            [this] { runLabel_->setFont(workspace_.theme.font(1.0, true)); });
    bar_->addWidget(runLabel_);
    return barWidget_;
}

void CanvasPage::keepBar() {
    static_cast<QVBoxLayout*>(layout())->insertWidget(0, barWidget_);
}

QToolButton* CanvasPage::addButton(const char* end, const char* iconName, const QString& text,
                                   const QString& tip) {
    auto* made = new QToolButton(barWidget_);
    made->setObjectName(named(end));
    made->setIcon(icon(workspace_.theme, QLatin1String(iconName)));
    made->setText(besideIcon(text));
    made->setToolTip(tip);
    made->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    made->setFocusPolicy(Qt::StrongFocus);
    bar_->addWidget(made);
    return made;
}

QComboBox* CanvasPage::addChoice(const char* end, const QString& text) {
    auto* label = new QLabel(text, barWidget_);
    label->setProperty("role", "secondary");
    auto* box = new QComboBox(barWidget_);
    box->setObjectName(named(end));
    box->setAccessibleName(text);
    box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    label->setBuddy(box);
    bar_->addWidget(label);
    bar_->addWidget(box);
    return box;
}

QWidget* CanvasPage::makeEmpty() {
    auto* empty = new QWidget(this);
    auto* column = new QVBoxLayout(empty);
    emptyText_ = new QLabel(empty);
    emptyText_->setObjectName(named("Empty"));
    emptyText_->setAlignment(Qt::AlignCenter);
    emptyText_->setWordWrap(true);
    emptyText_->setProperty("role", "secondary");
    emptyText_->setFixedWidth(emptyTextWidth);
    emptyButton_ = new QPushButton(tr("Show presets"), empty);
    emptyButton_->setObjectName(named("EmptyButton"));
    emptyButton_->setProperty("role", "primary");
    connect(emptyButton_, &QPushButton::clicked, this, [this] { emptyClicked(); });
    column->setContentsMargins(32, 32, 32, 32);
    column->setSpacing(16);
    column->addStretch();
    // In a row of its own: an aligned widget gets no height for its width.
    auto* row = new QHBoxLayout;
    row->addStretch();
    row->addWidget(emptyText_);
    row->addStretch();
    column->addLayout(row);
    column->addWidget(emptyButton_, 0, Qt::AlignCenter);
    column->addStretch();
    return empty;
}

QAction* CanvasPage::addAction(QWidget* context, const QString& end, const QString& text, const QString& tip,
                               const QList<QKeySequence>& keys, std::function<void()> function, int group) {
    return workspace_.actions.add(
        context, {name_ + QLatin1Char('.') + end, MenuId::Analyse, menuGroup_ + group, text, tip, keys},
        std::move(function));
}

void CanvasPage::addCopyCommand(const QString& text, int group) {
    addAction(
        this, QStringLiteral("copyCommand"), text,
        tr("Copies the line of filigree render that makes this picture"),
        {QKeySequence(QStringLiteral("Ctrl+Shift+C"))},
        [this] {
            const QString line = command();
            if (line.isEmpty()) return;
            QGuiApplication::clipboard()->setText(line);
            workspace_.say(tr("Copied the command"));
        },
        group);
}

void CanvasPage::showEmpty(const QString& sentence, const QString& button) {
    emptyText_->setText(sentence);
    emptyButton_->setText(button);
    stack_->setCurrentIndex(1);
}

void CanvasPage::showNoRun() {
    showEmpty(tr("No run is chosen. Choose one in the table of runs, or start one."));
}

void CanvasPage::showCanvas() {
    stack_->setCurrentIndex(0);
}

void CanvasPage::emptyClicked() {
    emit workspace_.showGallery();
}

void CanvasPage::redraw() {
    canvas_->update();
    canvas_->describe(QString::fromStdString(view_->summary()));
}

void CanvasPage::savePicture(const QString& path, QSize pixels, double scale, Appearance appearance) {
    canvas_->exportPicture(pixels, static_cast<float>(scale), appearance,
                           [this, path, line = command()](QImage image, const QString& error) {
                               image.setText(QStringLiteral("Source"), line);
                               if (!error.isEmpty())
                                   tellSaved(path, error);
                               else
                                   tellSaved(path,
                                             image.save(path, "PNG") ? QString() : tr("cannot be written"));
                           });
}

void CanvasPage::tellSaved(const QString& path, const QString& reason) {
    if (reason.isEmpty())
        workspace_.say(tr("Saved %1").arg(QFileInfo(path).fileName()));
    else
        errors_->show(Error(ErrorKind::Run, "the file was not saved", (path + ": " + reason).toStdString(),
                            "choose a folder that can be written"));
}

}  // namespace filigree::ui
