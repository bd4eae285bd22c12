// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/base/toast.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTimer>
#include <utility>

namespace filigree::ui {
namespace {
constexpr int visible_ms = 8000;
}

Toast::Toast(QWidget* window)
    : QFrame(window, Qt::Tool | Qt::FramelessWindowHint | Qt::WindowDoesNotAcceptFocus),
      window_(window),
      label_(new QLabel(this)),
      button_(new QPushButton(this)),
      timer_(new QTimer(this)) {
    setObjectName(QStringLiteral("toast"));
    setProperty("role", "toast");
    setAttribute(Qt::WA_ShowWithoutActivating);
    auto* layout = new QHBoxLayout(this);
    layout->setContentsMargins(16, 8, 8, 8);
    layout->setSpacing(12);
    layout->addWidget(label_);
    layout->addWidget(button_);
    button_->setObjectName(QStringLiteral("toastButton"));
    label_->setObjectName(QStringLiteral("toastText"));
    timer_->setSingleShot(true);
    connect(timer_, &QTimer::timeout, this, &QWidget::hide);
    connect(button_, &QPushButton::clicked, this, [this] {
        hide();
        if (const auto action = std::exchange(action_, {})) action();
    });
    window_->installEventFilter(this);
}

void Toast::show(const QString& text, const QString& button, std::function<void()> action) {
    label_->setText(text);
    button_->setText(button);
    button_->setVisible(!button.isEmpty());
    action_ = std::move(action);
    adjustSize();
    place();
    QFrame::show();
    timer_->start(visible_ms);
}

QString Toast::text() const {
    return label_->text();
}

bool Toast::eventFilter(QObject* watched, QEvent* event) {
    if (isVisible() && (event->type() == QEvent::Move || event->type() == QEvent::Resize)) place();
    if (event->type() == QEvent::Hide || event->type() == QEvent::Close) hide();
    return QFrame::eventFilter(watched, event);
}

void Toast::enterEvent(QEnterEvent* event) {
    timer_->stop();
    QFrame::enterEvent(event);
}

void Toast::leaveEvent(QEvent* event) {
    timer_->start(visible_ms);
    QFrame::leaveEvent(event);
}

void Toast::place() {
    const QPoint corner =
        window_->mapToGlobal(QPoint((window_->width() - width()) / 2, window_->height() - height() - 48));
    move(corner);
}

}  // namespace filigree::ui
