// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/start/preset_card.h"

#include <QContextMenuEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QRegularExpression>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "ui/base/icon.h"
#include "ui/base/text.h"
#include "ui/start/clamped_label.h"

namespace filigree::ui {
namespace {

constexpr int margin = 12;
constexpr int radius = 6;
constexpr double pictureShape = 0.48;  // height / width of the pictures

}  // namespace

QString aboutMinutes(double minutes) {
    if (minutes <= 0) return {};
    if (minutes < 1) return PresetCard::tr("~%1 s").arg(std::max(1L, std::lround(minutes * 60)));
    if (minutes < 90) return PresetCard::tr("~%1 min").arg(std::lround(minutes));
    return PresetCard::tr("~%1 h").arg(formatNumber(minutes / 60, 2));
}

QString PresetCard::firstSentence(const QString& description) {
    QString text = description.simplified().remove('`').remove('*');
    // A point that ends a sentence: followed by a space and no digit before ("e.g." is not written in
    // presets).
    static const QRegularExpression end(QStringLiteral("(?<=[^0-9 ])\\. "));
    if (const auto match = end.match(text); match.hasMatch()) text.truncate(match.capturedStart() + 1);
    return text;
}

PresetCard::PresetCard(const Theme& theme, const PresetEntry& entry, QWidget* parent)
    : QFrame(parent),
      theme_(theme),
      entry_(entry),
      title_(new QLabel(entry.title(), this)),
      sentence_(new ClampedLabel(2, this)),
      facts_(new QLabel(this)),
      start_(new QPushButton(besideIcon(tr("Start")), this)),
      edit_(new QToolButton(this)) {
    setProperty("role", "card");
    setObjectName(QStringLiteral("card_") + entry.name());
    setAccessibleName(entry.title());

    title_->setFont(theme.font(1.08, true));
    title_->setObjectName(QStringLiteral("cardTitle"));
    title_->setMinimumWidth(40);
    title_->setWordWrap(true);
    title_->setToolTip(entry.title() + QStringLiteral("\n") + entry.name());
    sentence_->setText(firstSentence(QString::fromStdString(entry.file.description)));
    sentence_->setSecondary(true);

    QStringList facts{entry.methodTitle, aboutMinutes(entry.file.minutes)};
    if (entry.own) facts.append(tr("yours"));
    facts.removeAll(QString());
    facts_->setText(facts.join(QStringLiteral("  ·  ")));
    facts_->setProperty("role", "secondary");
    facts_->setToolTip(tr("Method, and about how long it takes on two cores"));
    if (!entry.missingData.isEmpty()) {
        facts_->setText(tr("needs data that is not here"));
        facts_->setProperty("role", "warning");
        facts_->setToolTip(entry.missingData);
    }

    start_->setObjectName(QStringLiteral("startPreset"));
    start_->setProperty("role", "primary");
    start_->setIcon(icon(theme, QStringLiteral("start"), Ink::OnAccent));
    start_->setAccessibleName(tr("Start %1").arg(entry.title()));
    start_->setToolTip(tr("Train it now, as it is, in a process of its own"));
    edit_->setObjectName(QStringLiteral("editPreset"));
    edit_->setIcon(icon(theme, QStringLiteral("edit")));
    edit_->setIconSize({18, 18});
    edit_->setAccessibleName(tr("Edit %1 first").arg(entry.title()));
    edit_->setToolTip(tr("Open it as a form first"));
    edit_->setFocusPolicy(Qt::StrongFocus);
    connect(start_, &QPushButton::clicked, this, &PresetCard::startWanted);
    connect(edit_, &QToolButton::clicked, this, &PresetCard::editWanted);

    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(4);
    buttons->addWidget(facts_, 1);
    buttons->addWidget(edit_);
    buttons->addWidget(start_);
    auto* column = new QVBoxLayout(this);
    column->setSpacing(6);
    column->addWidget(title_);
    column->addWidget(sentence_, 1);
    column->addLayout(buttons);
    connect(&theme, &Theme::changed, this, [this] {
        title_->setFont(theme_.font(1.08, true));
        loadPicture();
    });
    loadPicture();
}

void PresetCard::setStarting(bool on) {
    start_->setEnabled(!on);
    start_->setText(besideIcon(on ? tr("Starting…") : tr("Start")));
}

int PresetCard::pictureHeight(int width) const {
    return static_cast<int>(std::lround(width * pictureShape));
}

int PresetCard::heightForWidth(int width) const {
    // A title of two lines leaves two for the sentence, one of one line three.
    const int lines = 2 * title_->fontMetrics().lineSpacing() + 6 + sentence_->sizeHint().height() + 12 +
                      std::max(start_->sizeHint().height(), edit_->sizeHint().height());
    return pictureHeight(width) + 2 * margin + lines;
}

void PresetCard::resizeEvent(QResizeEvent* event) {
    QFrame::resizeEvent(event);
    layout()->setContentsMargins(margin, pictureHeight(width()) + margin, margin, margin);
}

void PresetCard::loadPicture() {
    const bool dark = theme_.appearance() == Appearance::Dark;
    const QString path = dark ? entry_.darkPicture : entry_.picture;
    if (path != loadedPicture_) picture_ = QPixmap(path);
    loadedPicture_ = path;
    update();
}

void PresetCard::paintEvent(QPaintEvent* event) {
    QFrame::paintEvent(event);
    QPainter painter(this);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    const QRectF area(1, 1, width() - 2, pictureHeight(width()) - 1);
    QPainterPath shape;
    shape.addRoundedRect(area.adjusted(0, 0, 0, radius), radius - 1, radius - 1);
    painter.setClipPath(shape);
    painter.setClipRect(area, Qt::IntersectClip);
    const Palette& palette = theme_.palette();
    painter.fillRect(area, colour(palette.ground));
    if (picture_.isNull()) {
        painter.setPen(colour(mix(palette.ground, palette.secondaryText, 0.5)));
        painter.setFont(theme_.font(1.5, true));
        painter.drawText(area, Qt::AlignCenter, entry_.methodTitle);
    } else {
        // Fills the width; what is over is cut at top and bottom alike.
        const QSizeF size = QSizeF(picture_.size()).scaled(area.size(), Qt::KeepAspectRatioByExpanding);
        painter.drawPixmap(QRectF(area.center() - QPointF(size.width() / 2, size.height() / 2), size),
                           picture_, QRectF(picture_.rect()));
    }
    painter.setClipping(false);
    painter.setPen(colour(palette.border));
    painter.drawLine(QPointF(1, area.bottom() + 0.5), QPointF(width() - 1, area.bottom() + 0.5));
}

void PresetCard::contextMenuEvent(QContextMenuEvent* event) {
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addAction(icon(theme_, QStringLiteral("start")), tr("Start"), this, &PresetCard::startWanted);
    menu->addAction(icon(theme_, QStringLiteral("edit")), tr("Edit first"), this, &PresetCard::editWanted);
    menu->popup(event->globalPos());
}

void PresetCard::mouseDoubleClickEvent(QMouseEvent*) {
    emit editWanted();
}

}  // namespace filigree::ui
