// SPDX-License-Identifier: GPL-3.0-or-later
// Vulkan's header before Qt's.
#include "ui/canvas_window/canvas_widget.h"
//
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/base/error_bar.h"
#include "ui/rewiring/rewiring_page.h"
#include "ui/rewiring/rewiring_view.h"
#include "ui/views/render_command.h"

namespace filigree::ui {
namespace {

/// Places of the slider for c: 0, then 10^-5 to 10^2 evenly in logarithms, then infinity.
constexpr int lastPlace = 562;
constexpr double leastDecade = -5, decades = 7;

double tradeOffAt(int place) {
    if (place <= 0) return 0;
    if (place >= lastPlace) return std::numeric_limits<double>::infinity();
    const double exact = std::pow(10, leastDecade + decades * (place - 1) / (lastPlace - 2));
    return QString::number(exact, 'g', 3).toDouble();  // what the field shows is what is tried
}

int placeOf(double c) {
    if (c <= 0) return 0;
    if (std::isinf(c)) return lastPlace;
    const double share = (std::log10(c) - leastDecade) / decades;
    return static_cast<int>(std::lround(1 + std::clamp(share, 0.0, 1.0) * (lastPlace - 2)));
}

}  // namespace

RewiringPage::RewiringPage(Workspace& shared, QWidget* parent)
    : RecordPage(shared, "rewiring", 40, std::make_unique<RewiringView>(), parent),
      view_(static_cast<RewiringView&>(view())),
      painter_(view_.history),
      acquisition_(view_.acquisition) {
    makeBar();
    makeTrialBar();
    body().addWidget(&canvas(), 1);
    addActions();
    painter_.stepChosen = [this](std::int64_t step) {
        // While a picture is being drawn: what listens may draw too.
        QMetaObject::invokeMethod(
            this, [this, step] { workspace().selection.setStep(step); }, Qt::QueuedConnection);
    };
    connect(&shared.selection, &Selection::stepChanged, this, &RewiringPage::showStep);
    begin();
}

void RewiringPage::makeBar() {
    bar().addStretch(1);
    show_ = addChoice("Show", tr("Show"));
    show_->addItems({tr("All rounds"), tr("What a round chose from")});
    connect(show_, &QComboBox::currentIndexChanged, this, [this](int index) { showAcquisition(index == 1); });
    layer_ = addChoice("Layer", tr("Layer"));
    connect(layer_, &QComboBox::currentIndexChanged, this, [this](int index) {
        if (filling_ || index < 0) return;
        wantedLayer_ = layer_->itemData(index).toString();
        if (!wantedLayer_.isEmpty()) workspace().selection.setLayer(wantedLayer_);
        refresh();
    });
    QToolButton* pattern =
        addButton("Pattern", "connectivity", tr("Pattern"), tr("Shows the connections at the chosen step"));
    connect(pattern, &QToolButton::clicked, this, [this] {
        if (!run().isNull()) emit workspace().showConnectivity(run());
    });
    addExport(tr("Saves the picture, or its numbers as CSV"));
}

void RewiringPage::makeTrialBar() {
    trialBar_ = new QWidget(this);
    trialBar_->setObjectName(named("Trial"));
    trialBar_->setProperty("role", "bar");
    trialBar_->setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(trialBar_);
    row->setContentsMargins(12, 6, 12, 6);
    row->setSpacing(8);
    auto* label = new QLabel(tr("What if &c were"), trialBar_);
    row->addWidget(label);
    slider_ = new QSlider(Qt::Horizontal, trialBar_);
    slider_->setObjectName(named("Slider"));
    slider_->setAccessibleName(tr("Trade-off c on trial"));
    slider_->setToolTip(tr("Left: 0, by gradient alone. Right: infinity, fewest rounds active first"));
    slider_->setRange(0, lastPlace);
    slider_->setPageStep(80);  // a decade
    row->addWidget(slider_, 1);
    tradeOff_ = new QLineEdit(trialBar_);
    tradeOff_->setObjectName(named("TradeOff"));
    tradeOff_->setAccessibleName(tr("Trade-off c on trial, a number or inf"));
    tradeOff_->setMaximumWidth(90);
    label->setBuddy(tradeOff_);
    row->addWidget(tradeOff_);
    own_ = new QToolButton(trialBar_);
    own_->setObjectName(named("Own"));
    own_->setToolTip(tr("Back to the c that the run had in this round"));
    own_->setAccessibleName(tr("The run's own c"));
    own_->setFocusPolicy(Qt::StrongFocus);
    row->addWidget(own_);
    auto* note = new QLabel(tr("not applied to the run"), trialBar_);
    note->setProperty("role", "secondary");
    row->addWidget(note);
    connect(slider_, &QSlider::valueChanged, this, [this](int place) { tryTradeOff(tradeOffAt(place)); });
    connect(tradeOff_, &QLineEdit::editingFinished, this, [this] {
        bool number = false;
        const double c = tradeOff_->text().trimmed().toDouble(&number);
        if (number && c >= 0)
            tryTradeOff(c);
        else
            showTrial();
    });
    connect(own_, &QToolButton::clicked, this,
            [this] { tryTradeOff(acquisition_.acquisition().round->rule().c); });
    body().addWidget(trialBar_);
    trialBar_->hide();
}

void RewiringPage::showAcquisition(bool on) {
    if (view_.showsAcquisition == on) return;
    view_.showsAcquisition = on;
    const QSignalBlocker quiet(show_);
    show_->setCurrentIndex(on ? 1 : 0);
    trialBar_->setVisible(on);
    refresh();
}

void RewiringPage::tryTradeOff(double c) {
    trying_ = c != acquisition_.acquisition().round->rule().c;
    acquisition_.setTrial(c);
    showTrial();
    redraw();
}

void RewiringPage::showTrial() {
    const QSignalBlocker quiet(slider_);
    slider_->setValue(placeOf(acquisition_.trial()));
    const auto textOf = [](double c) {
        return std::isinf(c) ? QStringLiteral("inf") : QString::number(c, 'g', 6);
    };
    tradeOff_->setText(textOf(acquisition_.trial()));
    own_->setText(tr("The run's: %1").arg(textOf(acquisition_.acquisition().round->rule().c)));
    own_->setEnabled(trying_);
}

void RewiringPage::emptyClicked() {
    if (view_.showsAcquisition && !run().isNull())
        showAcquisition(false);
    else
        RecordPage::emptyClicked();
}

void RewiringPage::addActions() {
    addAction(&canvas(), QStringLiteral("acquisition"), tr("&What a round chose from"),
              tr("Shows what the chosen round chose from, or all rounds again"), {QKeySequence(Qt::Key_W)},
              [this] { showAcquisition(!view_.showsAcquisition); });
    addAction(&canvas(), QStringLiteral("previous"), tr("Previous round"), tr("Chooses the round before"),
              {QKeySequence(Qt::Key_Comma), QKeySequence(Qt::Key_Left)}, [this] { moveStep(-1); });
    addAction(&canvas(), QStringLiteral("next"), tr("Next round"), tr("Chooses the next round"),
              {QKeySequence(Qt::Key_Period), QKeySequence(Qt::Key_Right)}, [this] { moveStep(1); });
    addExportActions(tr("Export re&wiring\u2026"),
                     tr("Saves the picture of all rounds, or its numbers as CSV"),
                     tr("Copy rewiring as command"));
}

void RewiringPage::forget() {
    painter_.show({});
    acquisition_.show({});
    trying_ = false;
    wantedLayer_.clear();
}

void RewiringPage::read() {
    if (view_.showsAcquisition) {
        const std::optional<qint64> chosen = workspace().selection.step();
        ask([id = run().run, layer = wantedLayer_.toStdString(),
             step = chosen ? std::optional<std::int64_t>(*chosen) : std::nullopt](
                const store::Reader& reader) { return loadAcquisition(reader, id, layer, step); },
            [this](Acquisition acquisition) { takeAcquisition(std::move(acquisition)); });
        return;
    }
    ask([id = run().run, layer = wantedLayer_.toStdString()](
            const store::Reader& reader) { return loadRewiring(reader, id, layer); },
        [this](Rewiring rewiring) { take(std::move(rewiring)); });
}

void RewiringPage::take(Rewiring rewiring) {
    errors().clear();
    runLabel().setText(QString::fromStdString(rewiring.runName));
    if (rewiring.history.empty()) {
        showEmpty(
            tr("The pattern of this run never moved. Choose a preset whose connections are dropped and "
               "grown, for example digits."));
        return;
    }
    fillLayers(rewiring.layers, rewiring.layer, true);
    painter_.show(std::move(rewiring));
    showCanvas();
    showStep();
}

void RewiringPage::takeAcquisition(Acquisition acquisition) {
    errors().clear();
    runLabel().setText(QString::fromStdString(acquisition.runName));
    if (acquisition.empty()) {
        showEmpty(acquisition.layers.empty()
                      ? tr("This run did not record what its rounds chose from. Run it again with "
                           "record.candidates_every = 1; only growth by gradient has such a choice.")
                      : tr("What the rounds of %1 chose from was not recorded.").arg(wantedLayer_),
                  tr("Show all rounds"));
        return;
    }
    fillLayers(acquisition.layers, acquisition.layer, false);
    acquisition_.show(std::move(acquisition), trying_);
    trying_ = acquisition_.trial() != acquisition_.acquisition().round->rule().c;
    showCanvas();
    showTrial();
    redraw();
}

void RewiringPage::fillLayers(const std::vector<std::string>& layers, const std::string& chosen,
                              bool withAll) {
    filling_ = true;
    layer_->clear();
    if (withAll) layer_->addItem(tr("All layers"), QString());
    for (const std::string& layer : layers)
        layer_->addItem(QString::fromStdString(layer), QString::fromStdString(layer));
    layer_->setCurrentIndex(std::max(0, layer_->findData(QString::fromStdString(chosen))));
    filling_ = false;
}

void RewiringPage::showStep() {
    const auto step = workspace().selection.step();
    painter_.setStep(step);
    if (view_.showsAcquisition && step && !acquisition_.acquisition().empty()) {
        const std::vector<std::int64_t>& steps = acquisition_.acquisition().steps;
        const auto after = std::upper_bound(steps.begin(), steps.end(), *step);
        if (*(after == steps.begin() ? after : after - 1) != acquisition_.acquisition().step) refresh();
    }
    redraw();
}

void RewiringPage::moveStep(int rounds) {
    std::vector<std::int64_t> steps;
    if (view_.showsAcquisition)
        steps = acquisition_.acquisition().steps;
    else
        for (const RewiringRound& round : painter_.rewiring().history.rounds) steps.push_back(round.step);
    if (steps.size() < (view_.showsAcquisition ? 1U : 2U)) return;
    const auto chosen = workspace().selection.step();
    const auto now =
        std::upper_bound(steps.begin(), steps.end(), chosen ? std::int64_t{*chosen} : steps.back()) -
        steps.begin() - 1;
    workspace().selection.setStep(steps[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(
        std::max<std::ptrdiff_t>(now, 0) + rounds, 0, static_cast<std::ptrdiff_t>(steps.size()) - 1))]);
}

QString RewiringPage::command() const {
    if (view_.showsAcquisition) {
        const Acquisition& shown = acquisition_.acquisition();
        if (shown.empty()) return {};
        AcquisitionPictureRequest request;
        request.layer = shown.layer;
        request.step = shown.step;
        if (trying_) request.c = acquisition_.trial();
        return commandLine(request);
    }
    if (painter_.rewiring().history.empty()) return {};
    RewiringPictureRequest request;
    request.layer = painter_.rewiring().layer;
    request.step = workspace().selection.step();
    return commandLine(request);
}

std::function<std::string()> RewiringPage::table() const {
    if (view_.showsAcquisition) {
        if (acquisition_.acquisition().empty()) return {};
        return [round = acquisition_.acquisition().round, choice = acquisition_.choice()] {
            return round->csv(choice);
        };
    }
    if (painter_.rewiring().history.empty()) return {};
    return [history = painter_.rewiring().history] { return history.csv(); };
}

QJsonObject RewiringPage::save() const {
    return {{QStringLiteral("layer"), wantedLayer_}, {QStringLiteral("acquisition"), view_.showsAcquisition}};
}

void RewiringPage::restore(const QJsonObject& state) {
    wantedLayer_ = state[QStringLiteral("layer")].toString();
    showAcquisition(state[QStringLiteral("acquisition")].toBool());
    outdate();
}

}  // namespace filigree::ui
