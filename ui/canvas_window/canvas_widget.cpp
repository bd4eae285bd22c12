// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/canvas_window/canvas_widget.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QImage>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QStackedLayout>
#include <QThreadPool>
#include <QVBoxLayout>

#include "ui/canvas/offscreen.h"

namespace filigree::ui {

CanvasWidget::CanvasWidget(Theme& theme, View& view, QWidget* parent)
    : QWidget(parent),
      theme_(theme),
      window_(new CanvasWindow),
      container_(QWidget::createWindowContainer(window_, this)),
      message_(new QWidget(this)),
      reason_(new QLabel(message_)),
      retry_(new QPushButton(tr("Try again"), message_)),
      software_(new QPushButton(tr("Use software device"), message_)),
      stack_(new QStackedLayout(this)) {
    setObjectName(QStringLiteral("canvas"));
    setMinimumSize(200, 160);
    setAccessibleName(tr("Canvas"));
    container_->setObjectName(QStringLiteral("canvasContainer"));
    container_->setFocusPolicy(Qt::StrongFocus);
    container_->setAccessibleName(tr("Canvas"));
    container_->installEventFilter(this);
    setFocusPolicy(Qt::StrongFocus);

    auto* column = new QVBoxLayout(message_);
    auto* buttons = new QHBoxLayout;
    reason_->setObjectName(QStringLiteral("canvasProblem"));
    reason_->setAlignment(Qt::AlignCenter);
    reason_->setWordWrap(true);
    reason_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    retry_->setObjectName(QStringLiteral("canvasRetry"));
    retry_->setProperty("role", "primary");
    software_->setObjectName(QStringLiteral("canvasSoftware"));
    buttons->addStretch();
    buttons->addWidget(retry_);
    buttons->addWidget(software_);
    buttons->addStretch();
    buttons->setSpacing(8);
    column->setContentsMargins(32, 32, 32, 32);
    column->setSpacing(16);
    column->addStretch();
    column->addWidget(reason_);
    column->addLayout(buttons);
    column->addStretch();
    stack_->addWidget(container_);
    stack_->addWidget(message_);
    stack_->setContentsMargins(0, 0, 0, 0);

    window_->setView(&view);
    window_->setAppearance(theme.appearance());
    setFocusProxy(container_);
    connect(&theme, &Theme::changed, this, [this] { window_->setAppearance(theme_.appearance()); });
    connect(window_, &CanvasWindow::failed, this, &CanvasWidget::showProblem);
    connect(window_, &CanvasWindow::frameShown, this, [this] {
        if (!problem_.isEmpty()) showCanvas();
    });
    connect(window_, &CanvasWindow::keyPressed, this, &CanvasWidget::forward);
    // Clicks reach the native window alone; widgets learn of the focus here.
    connect(window_, &CanvasWindow::pressed, this, [this] { container_->setFocus(Qt::MouseFocusReason); });
    connect(retry_, &QPushButton::clicked, this, [this] {
        showCanvas();
        window_->restart();
    });
    connect(software_, &QPushButton::clicked, this, [this] {
        showCanvas();
        window_->restart(QStringLiteral("software"));
    });
}

CanvasWidget::~CanvasWidget() = default;

void CanvasWidget::update() {
    window_->requestFrame();
}

void CanvasWidget::describe(const QString& summary) {
    if (summary == container_->accessibleDescription()) return;
    container_->setAccessibleDescription(summary);
    setAccessibleDescription(summary);
}

void CanvasWidget::showProblem(const Error& error) {
    problem_ = QString::fromStdString(error.message());
    QString text = tr("Nothing can be drawn: %1.").arg(problem_);
    if (!error.advice().empty()) {
        QString advice = QString::fromStdString(error.advice());
        advice[0] = advice[0].toUpper();
        text += QStringLiteral("\n") + advice + QStringLiteral(".");
    }
    reason_->setText(text + QStringLiteral("\n") + tr("All other pages go on working."));
    reason_->setToolTip(QString::fromStdString(error.where()));
    const bool focused = container_->hasFocus();
    setFocusProxy(retry_);
    stack_->setCurrentWidget(message_);
    if (focused) retry_->setFocus();
}

void CanvasWidget::showCanvas() {
    problem_.clear();
    setFocusProxy(container_);
    stack_->setCurrentWidget(container_);
}

bool CanvasWidget::triggerAction(const QKeyEvent& event) {
    // Qt matches shortcuts of a widget against the widget with the focus, of which there is none while a
    // native window has it.
    const QKeySequence pressed(
        QKeyCombination(event.modifiers() & ~Qt::KeypadModifier, static_cast<Qt::Key>(event.key())));
    for (QWidget* at = this; at && !at->isWindow(); at = at->parentWidget())
        for (QAction* action : at->actions()) {
            const bool reaches = action->shortcutContext() == Qt::WidgetWithChildrenShortcut ||
                                 (at == this && action->shortcutContext() == Qt::WidgetShortcut);
            if (!reaches || !action->isEnabled() || !action->shortcuts().contains(pressed)) continue;
            if (event.isAutoRepeat() && !action->autoRepeat()) return true;
            action->trigger();
            return true;
        }
    return false;
}

void CanvasWidget::forward(QKeyEvent* event) {
    // The container would eat these for the focus of widgets inside it, of which it has none.
    if (event->key() == Qt::Key_Tab || event->key() == Qt::Key_Backtab) {
        const bool back = event->key() == Qt::Key_Backtab || event->modifiers().testFlag(Qt::ShiftModifier);
        QWidget* next = container_;
        do {
            next = back ? next->previousInFocusChain() : next->nextInFocusChain();
        } while (next != container_ &&
                 (!next->isVisible() || !next->isEnabled() || !(next->focusPolicy() & Qt::TabFocus) ||
                  next == this || next->focusProxy() == container_));
        QWidget::window()->activateWindow();
        next->setFocus(back ? Qt::BacktabFocusReason : Qt::TabFocusReason);
        event->accept();
        return;
    }
    if (event->type() == QEvent::KeyPress && triggerAction(*event)) {
        event->accept();
        return;
    }
    emit keyPressed(event);
    if (event->isAccepted()) return;
    QKeyEvent copy(event->type(), event->key(), event->modifiers(), event->text(), event->isAutoRepeat());
    QApplication::sendEvent(parentWidget() ? parentWidget() : this, &copy);
    event->setAccepted(copy.isAccepted());
}

void CanvasWidget::paintEvent(QPaintEvent*) {
    // Seen until the first frame comes, and around the message.
    QPainter(this).fillRect(rect(), colour(theme_.palette().ground));
}

bool CanvasWidget::eventFilter(QObject* watched, QEvent* event) {
    // On some systems (Wayland) keys reach the container instead of the window in it.
    if (watched == container_ && (event->type() == QEvent::KeyPress || event->type() == QEvent::KeyRelease)) {
        QCoreApplication::sendEvent(window_, event);
        return event->isAccepted();
    }
    return QWidget::eventFilter(watched, event);
}

void CanvasWidget::exportPicture(QSize pixels, float scale, Appearance appearance,
                                 std::function<void(const QImage&, const QString&)> done) {
    Frame frame = window_->buildFrame(pixels.width(), pixels.height(), scale, appearance);
    QThreadPool::globalInstance()->start(
        [guard = QPointer<CanvasWidget>(this), frame = std::move(frame), done = std::move(done)] {
            QImage image;
            QString error;
            try {
                Offscreen target(Device::open(Instance::shared()));
                const Picture picture = target.draw(frame);
                image = QImage(reinterpret_cast<const uchar*>(picture.pixels.data()), picture.width,
                               picture.height, QImage::Format_RGBX8888)
                            .copy();
            } catch (const Error& failure) {
                error = QString::fromStdString(failure.message());
            }
            QMetaObject::invokeMethod(
                qApp,
                [guard, image, error, done] {
                    if (guard) done(image, error);
                },
                Qt::QueuedConnection);
        });
}

}  // namespace filigree::ui
