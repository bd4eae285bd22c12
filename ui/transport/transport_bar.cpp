// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/transport/transport_bar.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QToolButton>
#include <algorithm>
#include <array>
#include <cmath>

#include "ui/base/icon.h"
#include "ui/base/text.h"

namespace filigree::ui {
namespace {

constexpr int frame_ms = 250;  ///< at speed 1, between frames of the usual distance
constexpr std::array speeds{0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0};

}  // namespace

TransportBar::TransportBar(Theme& theme, QWidget* parent)
    : QWidget(parent),
      theme_(theme),
      track_(new TransportTrack(theme, timeline_, this)),
      first_(button(QStringLiteral("transportFirst"), QStringLiteral("first"), tr("First frame"))),
      back_(button(QStringLiteral("transportBack"), QStringLiteral("step-back"), tr("One frame back"))),
      play_(button(QStringLiteral("transportPlay"), QStringLiteral("start"), tr("Play"))),
      on_(button(QStringLiteral("transportOn"), QStringLiteral("step-on"), tr("One frame on"))),
      last_(button(QStringLiteral("transportLast"), QStringLiteral("last"), tr("Last frame"))),
      loop_(button(QStringLiteral("transportLoop"), QStringLiteral("loop"), tr("Play again from the start"))),
      follow_(
          button(QStringLiteral("transportFollow"), QStringLiteral("follow"), tr("Follow the newest frame"))),
      speed_(new QComboBox(this)),
      where_(new QLabel(this)) {
    setObjectName(QStringLiteral("transport"));
    setProperty("role", "bar");
    setAttribute(Qt::WA_StyledBackground);
    loop_->setCheckable(true);
    follow_->setCheckable(true);
    follow_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    follow_->setText(besideIcon(tr("Follow")));
    speed_->setObjectName(QStringLiteral("transportSpeed"));
    speed_->setAccessibleName(tr("Speed of playing"));
    speed_->setToolTip(tr("Speed of playing"));
    for (const double speed : speeds) speed_->addItem(QStringLiteral("%1\u00D7").arg(speed), speed);
    speed_->setCurrentIndex(2);
    where_->setObjectName(QStringLiteral("transportStep"));
    where_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    where_->setMinimumWidth(where_->fontMetrics().horizontalAdvance(QStringLiteral("step 000 000 000")));

    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 4, 12, 4);
    row->setSpacing(2);
    for (QToolButton* each : {first_, back_, play_, on_, last_}) row->addWidget(each);
    row->addSpacing(6);
    row->addWidget(speed_);
    row->addWidget(loop_);
    row->addSpacing(6);
    row->addWidget(track_, 1);
    row->addSpacing(6);
    row->addWidget(where_);
    row->addSpacing(6);
    row->addWidget(follow_);

    connect(first_, &QToolButton::clicked, this, &TransportBar::first);
    connect(back_, &QToolButton::clicked, this, [this] { move(-1); });
    connect(play_, &QToolButton::clicked, this, &TransportBar::togglePlay);
    connect(on_, &QToolButton::clicked, this, [this] { move(1); });
    connect(last_, &QToolButton::clicked, this, &TransportBar::last);
    connect(follow_, &QToolButton::clicked, this, &TransportBar::setFollowing);
    connect(track_, &TransportTrack::wanted, this, [this](qint64 step, bool resting) {
        play(false);
        changed(timeline_.goTo(step) || resting, resting);
    });
    timer_.setSingleShot(true);
    connect(&timer_, &QTimer::timeout, this, [this] {
        due_ = true;
        advance();
    });
    refresh();
}

QToolButton* TransportBar::button(const QString& name, const QString& iconName, const QString& text) {
    auto* made = new QToolButton(this);
    made->setObjectName(name);
    made->setIcon(icon(theme_, iconName));
    made->setToolTip(text);
    made->setAccessibleName(text);
    made->setFocusPolicy(Qt::StrongFocus);
    return made;
}

void TransportBar::setFrames(std::vector<qint64> steps) {
    if (steps == timeline_.frames()) return;
    const qint64 before = timeline_.step();
    const bool had = !timeline_.isEmpty();
    timeline_.setFrames(std::move(steps));
    changed(timeline_.step() != before || had != !timeline_.isEmpty());
}

void TransportBar::setEvents(std::vector<TrackEvent> events) {
    track_->setEvents(std::move(events));
}

void TransportBar::setLastStep(qint64 step) {
    track_->setLastStep(step);
}

void TransportBar::setLive(bool live) {
    live_ = live;
    refresh();
}

void TransportBar::goTo(qint64 step) {
    changed(timeline_.goTo(step));
}

void TransportBar::setFollowing(bool on) {
    const qint64 before = timeline_.step();
    timeline_.setFollowing(on);
    if (on) play(false);
    emit followingChanged(on);
    changed(timeline_.step() != before);
}

void TransportBar::setBusy(bool busy) {
    busy_ = busy;
    if (!busy) advance();
}

void TransportBar::play(bool on) {
    if (on == playing_ || (on && timeline_.frames().size() < 2)) return;
    playing_ = on;
    due_ = false;
    if (on) {
        if (timeline_.atEnd()) changed(timeline_.first());
        schedule();
    } else {
        timer_.stop();
    }
    emit playingChanged(on);
    refresh();
}

void TransportBar::schedule() {
    timer_.start(std::max(15, static_cast<int>(timeline_.pause_ms(timeline_.index(), frame_ms) / speed())));
}

void TransportBar::advance() {
    if (!playing_ || !due_ || busy_) return;
    due_ = false;
    const auto next = timeline_.next(loops());
    if (!next) {
        play(false);
        return;
    }
    changed(timeline_.moveTo(*next));
    schedule();
}

void TransportBar::move(int frames) {
    play(false);
    changed(timeline_.move(frames));
}

void TransportBar::first() {
    play(false);
    changed(timeline_.first());
}

void TransportBar::last() {
    play(false);
    changed(timeline_.last());
}

double TransportBar::speed() const {
    return speed_->currentData().toDouble();
}

void TransportBar::setSpeed(double speed) {
    for (int i = 0; i < speed_->count(); ++i)
        if (speed_->itemData(i).toDouble() <= speed) speed_->setCurrentIndex(i);
}

void TransportBar::setLoop(bool on) {
    loop_->setChecked(on);
}

bool TransportBar::loops() const {
    return loop_->isChecked();
}

void TransportBar::changed(bool moved, bool resting) {
    const bool followed = follow_->isChecked();
    refresh();
    if (followed && !timeline_.follows()) emit followingChanged(false);
    if (moved && !timeline_.isEmpty()) emit stepChanged(timeline_.step(), resting);
}

void TransportBar::refresh() {
    const bool any = !timeline_.isEmpty();
    const bool several = timeline_.frames().size() > 1;
    first_->setEnabled(any && timeline_.index() > 0);
    back_->setEnabled(any && timeline_.index() > 0);
    play_->setEnabled(several);
    on_->setEnabled(any && !timeline_.atEnd());
    last_->setEnabled(any && !timeline_.atEnd());
    track_->setEnabled(any);
    follow_->setEnabled(any);
    follow_->setChecked(timeline_.follows());
    follow_->setToolTip(live_ ? tr("Follow the newest frame while the run goes on")
                              : tr("Stay at the newest frame"));
    play_->setIcon(icon(theme_, playing_ ? QStringLiteral("pause") : QStringLiteral("start")));
    play_->setToolTip(playing_ ? tr("Pause") : tr("Play"));
    play_->setAccessibleName(play_->toolTip());
    where_->setText(any ? tr("step %1").arg(formatCount(timeline_.step())) : tr("no frames"));
    track_->setAccessibleDescription(
        any ? tr("frame %1 of %2, step %3")
                  .arg(formatCount(static_cast<qint64>(timeline_.index()) + 1),
                       formatCount(static_cast<qint64>(timeline_.frames().size())),
                       formatCount(timeline_.step()))
            : QString());
    track_->update();
}

void TransportBar::hideEvent(QHideEvent* event) {
    // What nobody sees does not play.
    play(false);
    QWidget::hideEvent(event);
}

}  // namespace filigree::ui
