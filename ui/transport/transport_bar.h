// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>
#include <vector>

#include "ui/base/theme.h"
#include "ui/transport/timeline.h"
#include "ui/transport/transport_track.h"

class QComboBox;
class QLabel;
class QToolButton;

namespace filigree::ui {

/// The one transport bar of everything with history: first, step back, play or pause, step on, last, speed,
/// loop, follow live, and the track. Whoever shows the frames tells it when one is on the screen, so that
/// playing never runs ahead of what can be shown.
class TransportBar : public QWidget {
    Q_OBJECT
  public:
    explicit TransportBar(Theme& theme, QWidget* parent = nullptr);

    const Timeline& timeline() const { return timeline_; }
    /// Ascending steps; where one stands does not change, unless one follows.
    void setFrames(std::vector<qint64> steps);
    void setEvents(std::vector<TrackEvent> events);
    void setLastStep(qint64 step);
    /// The run may still record more.
    void setLive(bool live);
    void goTo(qint64 step);
    void setFollowing(bool on);
    bool isPlaying() const { return playing_; }

    /// A frame was asked for and is not shown yet.
    void setBusy(bool busy);

    void play(bool on);
    void togglePlay() { play(!playing_); }
    void move(int frames);
    void first();
    void last();
    double speed() const;
    void setSpeed(double speed);
    void setLoop(bool on);
    bool loops() const;

  signals:
    /// `resting` is false while the track is dragged.
    void stepChanged(qint64 step, bool resting);
    void followingChanged(bool on);
    void playingChanged(bool on);

  protected:
    void hideEvent(QHideEvent* event) override;

  private:
    QToolButton* button(const QString& name, const QString& iconName, const QString& text);
    void changed(bool moved, bool resting = true);
    void refresh();
    void advance();
    void schedule();

    Theme& theme_;
    Timeline timeline_;
    TransportTrack* track_;
    QToolButton* first_;
    QToolButton* back_;
    QToolButton* play_;
    QToolButton* on_;
    QToolButton* last_;
    QToolButton* loop_;
    QToolButton* follow_;
    QComboBox* speed_;
    QLabel* where_;
    QTimer timer_;
    bool playing_ = false;
    bool busy_ = false;
    bool due_ = false;
    bool live_ = false;
};

}  // namespace filigree::ui
