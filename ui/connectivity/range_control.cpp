// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/connectivity/range_control.h"

#include <QHBoxLayout>
#include <QImage>
#include <QKeyEvent>
#include <QLineEdit>
#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "ui/base/text.h"

namespace filigree::ui {

/// The histogram with its two handles.
class RangeControl::Strip : public QWidget {
  public:
    explicit Strip(RangeControl& owner) : QWidget(&owner), owner_(owner) {
        setObjectName(QStringLiteral("rangeStrip"));
        setAccessibleName(RangeControl::tr("Range of values"));
        setFocusPolicy(Qt::StrongFocus);
        setMinimumSize(160, 40);
        setToolTip(
            RangeControl::tr("Drag the ends. Arrow keys move the upper end, with Shift the lower one."));
    }

  protected:
    void paintEvent(QPaintEvent*) override {
        QPainter painter(this);
        painter.setRenderHint(QPainter::Antialiasing);
        const Palette& colours = owner_.theme_.palette();
        const double base = height() - 10;
        const double bottom = height() - 4;
        // Counts span orders of magnitude: the root keeps the rare ones visible.
        qint64 most = 1;
        for (const qint64 count : owner_.bins_) most = std::max(most, count);
        const double span = owner_.greatest_ - owner_.least_;
        painter.setPen(Qt::NoPen);
        for (std::size_t i = 0; i < owner_.bins_.size(); ++i) {
            if (owner_.bins_[i] == 0) continue;
            const double from =
                owner_.least_ + span * static_cast<double>(i) / static_cast<double>(owner_.bins_.size());
            const double to = from + span / static_cast<double>(owner_.bins_.size());
            const double high =
                (base - 4) * std::sqrt(static_cast<double>(owner_.bins_[i]) / static_cast<double>(most));
            const bool inside = to >= owner_.low_ && from <= owner_.high_;
            painter.setBrush(colour(colours.secondaryText, inside ? 0.55 : 0.22));
            painter.drawRect(QRectF(xOf(from), base - high, std::max(1.0, xOf(to) - xOf(from)), high));
        }
        // The map between the ends; what lies outside is clipped to the end's colour.
        if (owner_.map_) {
            const QRectF bar(edge, base + 1, width() - 2 * edge, bottom - base - 1);
            const double left = xOf(owner_.low_);
            const double right = xOf(owner_.high_);
            painter.fillRect(bar, colour(owner_.map_->front()));
            painter.fillRect(QRectF(right, bar.top(), bar.right() - right, bar.height()),
                             colour(owner_.map_->back()));
            QImage map(256, 1, QImage::Format_RGB32);
            for (int i = 0; i < 256; ++i)
                map.setPixel(i, 0, colour((*owner_.map_)[static_cast<std::size_t>(i)]).rgb());
            painter.drawImage(QRectF(left, bar.top(), right - left, bar.height()), map);
        }
        for (const double value : {owner_.low_, owner_.high_}) {
            const double x = xOf(value);
            painter.setBrush(colour(colours.accent));
            painter.setPen(QPen(colour(colours.ground), 1));
            painter.drawRoundedRect(QRectF(x - 3, 2, 6, height() - 4), 3, 3);
        }
        if (hasFocus()) {
            painter.setBrush(Qt::NoBrush);
            painter.setPen(QPen(colour(colours.accent), 2));
            painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 4, 4);
        }
    }

    void mousePressEvent(QMouseEvent* event) override {
        if (event->button() != Qt::LeftButton) return;
        const double x = event->position().x();
        upper_ = std::abs(x - xOf(owner_.high_)) <= std::abs(x - xOf(owner_.low_));
        dragging_ = true;
        drag(x);
    }
    void mouseMoveEvent(QMouseEvent* event) override {
        if (dragging_) drag(event->position().x());
    }
    void mouseReleaseEvent(QMouseEvent*) override { dragging_ = false; }

    void keyPressEvent(QKeyEvent* event) override {
        const int direction = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
        if (direction == 0) return QWidget::keyPressEvent(event);
        const double step = (shownTo() - shownFrom()) / 100 * direction;
        if (event->modifiers().testFlag(Qt::ShiftModifier))
            owner_.edited(owner_.low_ + step, owner_.signed_ ? -(owner_.low_ + step) : owner_.high_);
        else
            owner_.edited(owner_.signed_ ? -(owner_.high_ + step) : owner_.low_, owner_.high_ + step);
    }
    void focusInEvent(QFocusEvent* event) override {
        QWidget::focusInEvent(event);
        update();
    }
    void focusOutEvent(QFocusEvent* event) override {
        QWidget::focusOutEvent(event);
        update();
    }

  private:
    static constexpr int edge = 6;

    double shownFrom() const { return std::min(owner_.least_, owner_.low_); }
    double shownTo() const { return std::max({owner_.greatest_, owner_.high_, shownFrom() + 1e-12}); }
    double xOf(double value) const {
        return edge + (width() - 2 * edge) * (value - shownFrom()) / (shownTo() - shownFrom());
    }
    void drag(double x) {
        const double value =
            std::clamp(shownFrom() + (x - edge) / (width() - 2 * edge) * (shownTo() - shownFrom()),
                       shownFrom(), shownTo());
        if (owner_.signed_)
            owner_.edited(-std::abs(value), std::abs(value));
        else if (upper_)
            owner_.edited(owner_.low_, value);
        else
            owner_.edited(value, owner_.high_);
    }

    RangeControl& owner_;
    bool upper_ = true;
    bool dragging_ = false;
};

RangeControl::RangeControl(Theme& theme, QWidget* parent)
    : QWidget(parent),
      theme_(theme),
      strip_(new Strip(*this)),
      lowField_(new QLineEdit(this)),
      highField_(new QLineEdit(this)),
      automatic_(new QToolButton(this)) {
    setObjectName(QStringLiteral("rangeControl"));
    lowField_->setObjectName(QStringLiteral("rangeLow"));
    lowField_->setAccessibleName(tr("Least value of the colours"));
    highField_->setObjectName(QStringLiteral("rangeHigh"));
    highField_->setAccessibleName(tr("Greatest value of the colours"));
    for (QLineEdit* field : {lowField_, highField_}) {
        field->setFixedWidth(84);
        field->setAlignment(Qt::AlignRight);
        connect(field, &QLineEdit::editingFinished, this, &RangeControl::typed);
    }
    automatic_->setObjectName(QStringLiteral("rangeAutomatic"));
    automatic_->setText(tr("Auto"));
    automatic_->setToolTip(tr("Let the values decide: up to the 99.5 % quantile"));
    automatic_->setCheckable(true);
    automatic_->setFocusPolicy(Qt::StrongFocus);
    connect(automatic_, &QToolButton::clicked, this, [this] {
        automatic_->setChecked(true);
        emit automaticWanted();
    });
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 4, 12, 4);
    row->setSpacing(8);
    row->addWidget(lowField_);
    row->addWidget(strip_, 1);
    row->addWidget(highField_);
    row->addWidget(automatic_);
    connect(&theme, &Theme::changed, strip_, qOverload<>(&QWidget::update));
}

void RangeControl::setHistogram(std::vector<qint64> bins, double least, double greatest, bool isSigned) {
    bins_ = std::move(bins);
    least_ = least;
    greatest_ = greatest;
    signed_ = isSigned;
    strip_->update();
}

void RangeControl::setRange(double low, double high, bool automatic) {
    low_ = low;
    high_ = high;
    automatic_->setChecked(automatic);
    showNumbers();
    strip_->update();
}

void RangeControl::setMap(const ColourMap* map) {
    map_ = map;
    strip_->update();
}

void RangeControl::showNumbers() {
    // Not while somebody types.
    if (!lowField_->hasFocus() || !lowField_->isModified()) lowField_->setText(formatNumber(low_));
    if (!highField_->hasFocus() || !highField_->isModified()) highField_->setText(formatNumber(high_));
}

void RangeControl::edited(double low, double high) {
    if (!(low < high)) return;
    setRange(low, high, false);
    emit rangeEdited(low, high);
}

void RangeControl::typed() {
    if (!lowField_->isModified() && !highField_->isModified()) return;
    const auto number = [](const QLineEdit* field, double otherwise) {
        QString text = field->text();
        text.remove(QChar(0x2009)).replace(QChar(0x2212), '-');
        bool ok = false;
        const double value = QLocale::c().toDouble(text.replace(',', '.'), &ok);
        return ok && std::isfinite(value) ? value : otherwise;
    };
    double low = lowField_->isModified() ? number(lowField_, low_) : low_;
    double high = highField_->isModified() ? number(highField_, high_) : high_;
    if (signed_) {
        const double limit = std::abs(sender() == lowField_ ? low : high);
        low = -limit;
        high = limit;
    }
    lowField_->setModified(false);
    highField_->setModified(false);
    if (low < high && (low != low_ || high != high_)) edited(low, high);
    lowField_->setText(formatNumber(low_));
    highField_->setText(formatNumber(high_));
}

}  // namespace filigree::ui
