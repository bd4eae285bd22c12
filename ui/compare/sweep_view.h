// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "ui/base/theme.h"
#include "ui/compare/sweep_table.h"
#include "ui/model/selection.h"

namespace filigree::ui {

/// What the two pictures of a sweep share: the table, the filter, the colours, and that an entry under the
/// pointer shows everywhere and a click selects its runs (Ctrl adds them).
class SweepView : public QWidget {
    Q_OBJECT
  public:
    SweepView(const Theme& theme, Selection& selection, SweepFilter& filter, QWidget* parent);

    /// `table` is kept by reference and must outlive the view or be replaced. Colours follow the axis
    /// `colouredBy`, greatest brightest or darkest as the theme's map has it.
    void setTable(const SweepTable& table, const QString& colouredBy);
    /// Entry at a place, none if nothing is near.
    virtual std::optional<std::size_t> entryAt(QPointF place) const = 0;
    /// Draws onto any device; `rect` in its units, fonts as given.
    virtual void draw(QPainter& painter, const QRectF& rect, const Palette& palette, Appearance appearance,
                      const QFont& font) const = 0;

  signals:
    void filterChanged();

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool event(QEvent* event) override;
    /// A click that was no drag.
    void select(QPointF place, bool add);

    const SweepTable& table() const { return *table_; }
    const SweepAxis* colourAxis() const;
    QColor inkOf(std::size_t entry, Appearance appearance, const Palette& palette) const;
    bool isLit(std::size_t entry) const;  ///< hovered anywhere, or selected
    QString describe(std::size_t entry) const;

    const Theme& theme_;
    Selection& selection_;
    SweepFilter& filter_;

  private:
    SweepTable none_;
    const SweepTable* table_ = &none_;
    QString colouredBy_;
};

/// An upright axis for each parameter and metric, a line for each run: which settings led where. Dragging
/// along an axis keeps only the runs that pass there, a click beside the range lets all pass again.
class ParallelCoordinates : public SweepView {
    Q_OBJECT
  public:
    using SweepView::SweepView;
    std::optional<std::size_t> entryAt(QPointF place) const override;
    void draw(QPainter& painter, const QRectF& rect, const Palette& palette, Appearance appearance,
              const QFont& font) const override;
    QSize sizeHint() const override { return {640, 320}; }
    QSize minimumSizeHint() const override { return {280, 180}; }
    /// Where the axis stands and where along it a position lies, in pixels of the widget.
    QPointF placeOf(std::size_t axis, double position) const;

  protected:
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

  private:
    std::optional<std::size_t> axisAt(QPointF place) const;

    struct Drag {
        std::size_t axis;
        double from;
        QPointF pressed;
        bool moved = false;
    };
    std::optional<Drag> drag_;
};

/// One axis against another, a point for each run or, with bars of one standard deviation, each group. With
/// the front, a line of steps joins the entries that no other one beats on both axes, and names them.
class SweepScatter : public SweepView {
    Q_OBJECT
  public:
    using SweepView::SweepView;
    void setAxes(const QString& x, const QString& y);
    void setFront(bool shown);
    std::optional<std::size_t> entryAt(QPointF place) const override;
    void draw(QPainter& painter, const QRectF& rect, const Palette& palette, Appearance appearance,
              const QFont& font) const override;
    QSize sizeHint() const override { return {360, 320}; }
    QSize minimumSizeHint() const override { return {220, 180}; }
    /// Of an entry's point in the widget; none if it has no value.
    std::optional<QPointF> placeOf(std::size_t entry) const;

  protected:
    void mousePressEvent(QMouseEvent* event) override;

  private:
    struct Frame;
    std::optional<Frame> frame(const QRectF& rect, const QFont& font) const;
    void drawFront(QPainter& painter, const Frame& where, const Palette& palette, const QFont& font) const;
    /// What tells entries apart: the values of the keys with texts (an algorithm), else the title.
    QString nameOf(std::size_t entry) const;
    QString x_, y_;
    bool front_ = false;
};

}  // namespace filigree::ui
