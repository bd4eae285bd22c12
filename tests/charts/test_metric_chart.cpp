// SPDX-License-Identifier: GPL-3.0-or-later
#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QMouseEvent>
#include <QPdfWriter>
#include <QPushButton>
#include <QToolButton>
#include <QWheelEvent>
#include <QtTest>
#include <cmath>
#include <limits>

#include "store_fixture.h"
#include "ui/base/watchdog.h"
#include "ui/charts/chart_plot.h"
#include "ui/charts/chart_settings.h"
#include "ui/charts/figure_dialog.h"
#include "ui/charts/figure_tex.h"
#include "ui/charts/metric_chart.h"
#include "ui/model/workspace.h"

using namespace filigree;
using namespace filigree::ui;

/// The chart as a person meets it.
class MetricChartTest : public QObject {
    Q_OBJECT

    StoreFixture fixture_;
    std::int64_t first_ = 0, second_ = 0, strange_ = 0;
    std::unique_ptr<Workspace> workspace_;
    QString store_;

    RunKey key(std::int64_t run) const { return {store_, run}; }

    std::unique_ptr<MetricChart> chart(const QList<RunKey>& runs, const QString& metric = "test/acc") {
        auto result = std::make_unique<MetricChart>(*workspace_);
        result->resize(640, 360);
        result->setMetric(metric);
        result->setRuns(runs);
        result->show();
        return result;
    }
    static bool settled(const MetricChart& chart) {
        return QTest::qWaitFor([&] { return !chart.isLoading(); }, 10000);
    }
    /// Pixel of a point, from the picture's own ranges.
    static QPointF at(const MetricChart& chart, double x, double y) {
        const QRectF area = chart.plot().area();
        const Interval xs = chart.link().range(), ys = chart.yRange();
        return {area.left() + (x - xs.low) / xs.size() * area.width(),
                area.bottom() - (y - ys.low) / ys.size() * area.height()};
    }
    static void mouse(ChartPlot& plot, QEvent::Type type, QPointF pos, Qt::MouseButton button,
                      Qt::KeyboardModifiers modifiers = {}) {
        const bool held = type != QEvent::MouseButtonRelease;
        QMouseEvent event(type, pos, plot.mapToGlobal(pos), type == QEvent::MouseMove ? Qt::NoButton : button,
                          held ? Qt::MouseButtons(button) : Qt::MouseButtons(), modifiers);
        QCoreApplication::sendEvent(&plot, &event);
    }
    static void drag(ChartPlot& plot, QPointF from, QPointF to, Qt::KeyboardModifiers modifiers = {},
                     Qt::MouseButton button = Qt::LeftButton) {
        mouse(plot, QEvent::MouseButtonPress, from, button, modifiers);
        for (int i = 1; i <= 8; ++i)
            mouse(plot, QEvent::MouseMove, from + (to - from) * i / 8.0, button, modifiers);
        mouse(plot, QEvent::MouseButtonRelease, to, button, modifiers);
    }
    static void wheel(ChartPlot& plot, QPointF pos, int delta, Qt::KeyboardModifiers modifiers = {}) {
        QWheelEvent event(pos, plot.mapToGlobal(pos), {}, {0, delta}, Qt::NoButton, modifiers,
                          Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(&plot, &event);
    }

    /// Pixels of the first curve's colour.
    static int inkedPixels(const MetricChart& chart) {
        chart.plot().replot();
        const QImage image = chart.plot().grab().toImage();
        const QColor ink = chart.picture().curves[0].ink.light, dark = chart.picture().curves[0].ink.dark;
        int inked = 0;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x)
                inked += image.pixelColor(x, y) == ink || image.pixelColor(x, y) == dark;
        return inked;
    }

  private slots:
    void initTestCase() {
        const auto fill = [](double offset) {
            return [offset](store::RunWriter& writer) {
                for (int step = 0; step <= 1000; step += 10)
                    writer.scalar("test/acc", offset + step / 1000.0, {step, step / 100.0});
            };
        };
        first_ = fixture_.add("first", fill(0));
        second_ = fixture_.add("second", fill(0.5));
        strange_ = fixture_.add("strange", [](store::RunWriter& writer) {
            for (int step = 0; step < 100; ++step)
                writer.scalar("train/loss",
                              step == 40 ? std::numeric_limits<double>::quiet_NaN() : step - 50.0, {step, 0});
        });
    }
    void init() {
        workspace_ = std::make_unique<Workspace>(Workspace::Options{});
        store_ = workspace_->stores.open(fixture_.file())->path();
    }
    void cleanup() { workspace_.reset(); }

    void showsEveryPointOfItsRuns() {
        const auto shown = chart({key(first_), key(second_)});
        QVERIFY(settled(*shown));
        const Picture& picture = shown->picture();
        QCOMPARE(picture.curves.size(), std::size_t{2});
        QCOMPARE(picture.curves[0].vertices.size(), std::size_t{101});
        QCOMPARE(picture.curves[1].vertices.back().y, 1.5);
        QCOMPARE(picture.curves[0].label, QString("first"));
        QVERIFY(picture.curves[0].ink.light != picture.curves[1].ink.light);
        QCOMPARE(shown->link().range(), (Interval{0, 1000}));
        QVERIFY(shown->yRange().low <= 0 && shown->yRange().high >= 1.5);
        QVERIFY(shown->isFollowing());
        QVERIFY(shown->plot().accessibleDescription().contains("first"));
    }

    void hoveringHighlightsARunAndClickingSelectsIt() {
        const auto shown = chart({key(first_), key(second_)});
        QVERIFY(settled(*shown));
        const QPointF onSecond = at(*shown, 500, 1.0), nowhere = at(*shown, 100, 1.3);
        mouse(shown->plot(), QEvent::MouseMove, onSecond, Qt::NoButton);
        QCOMPARE(workspace_->selection.hovered(), key(second_));
        QVERIFY(shown->link().cursor() && std::abs(*shown->link().cursor() - 500) < 5);
        mouse(shown->plot(), QEvent::MouseMove, nowhere, Qt::NoButton);
        QVERIFY(workspace_->selection.hovered().isNull());
        QTest::mouseClick(&shown->plot(), Qt::LeftButton, {}, onSecond.toPoint());
        QCOMPARE(workspace_->selection.runs(), QList<RunKey>{key(second_)});
        QTest::mouseClick(&shown->plot(), Qt::LeftButton, Qt::ControlModifier,
                          at(*shown, 500, 0.5).toPoint());
        QCOMPARE(workspace_->selection.runs(), (QList<RunKey>{key(second_), key(first_)}));
        // A brush over the lower half catches the first run only.
        drag(shown->plot(), at(*shown, 50, 0.02), at(*shown, 300, 0.35), Qt::ShiftModifier);
        QCOMPARE(workspace_->selection.runs(), QList<RunKey>{key(first_)});
    }

    void gesturesMoveTheAxesAsTheTableSays() {
        const auto shown = chart({key(first_)});
        QVERIFY(settled(*shown));
        ChartPlot& plot = shown->plot();
        const QPointF middle = plot.area().center();
        const Interval y = shown->yRange();
        drag(plot, middle, middle + QPointF(plot.area().width() / 4, 3));
        QVERIFY(!shown->isFollowing());
        const Interval moved = shown->link().range();
        QVERIFY(std::abs(moved.low + 250) < 5 && std::abs(moved.high - 750) < 5);
        // A sideways drag leaves the y axis to the data.
        QVERIFY(shown->yRange().high < y.high);
        QTest::mouseDClick(&plot, Qt::LeftButton, {}, middle.toPoint());
        QTest::mouseRelease(&plot, Qt::LeftButton, {}, middle.toPoint());
        QVERIFY(shown->isFollowing());
        QCOMPARE(shown->link().range(), (Interval{0, 1000}));

        wheel(plot, middle, 120, Qt::ShiftModifier);
        QVERIFY(std::abs(shown->link().range().size() - 800) < 1);
        QVERIFY(std::abs(shown->link().range().low - 100) < 5);
        shown->fitAll();
        wheel(plot, middle, 120);
        QVERIFY(shown->yRange().size() < y.size() * 0.85);
        shown->fitAll();
        QCOMPARE(shown->yRange(), y);
        drag(plot, at(*shown, 200, 0.2), at(*shown, 400, 0.6), Qt::ControlModifier);
        QVERIFY(std::abs(shown->link().range().low - 200) < 5 &&
                std::abs(shown->link().range().high - 400) < 5);
        QVERIFY(std::abs(shown->yRange().low - 0.2) < 0.02 && std::abs(shown->yRange().high - 0.6) < 0.02);
        QTest::keyClick(&plot, Qt::Key_A);
        QVERIFY(shown->isFollowing());
        QTest::keyClick(&plot, Qt::Key_Plus);
        QVERIFY(std::abs(shown->link().range().size() - 800) < 1);
    }

    void linkedChartsShareTheAxisAndTheCrossHair() {
        AxisLink link;
        const auto one = chart({key(first_)}), two = chart({key(second_)});
        one->setLink(&link);
        two->setLink(&link);
        QVERIFY(settled(*one) && settled(*two));
        one->zoomX({100, 300});
        QCOMPARE(two->picture().x, (Interval{100, 300}));
        QVERIFY(!two->isFollowing());
        // The other chart fits its values to the part that is seen: 0.6 to 0.8.
        QVERIFY(two->yRange().low > 0.5 && two->yRange().high < 0.9);
        mouse(one->plot(), QEvent::MouseMove, one->plot().area().center(), Qt::NoButton);
        QVERIFY(std::abs(*two->link().cursor() - 200) < 2);
        two->fitAll();
        QVERIFY(one->isFollowing());
    }

    void newDataMoveOnlyAFollowedChart() {
        StoreFixture fixture;
        auto writer = store::RunWriter::createRun(fixture.path(), {});
        for (int step = 0; step <= 100; ++step) writer->scalar("test/acc", step, {step, 0});
        writer->flush();
        const QString file = workspace_->stores.open(fixture.file())->path();
        const auto shown = chart({{file, writer->run()}});
        auto* chip = shown->findChild<QPushButton*>("chartFollow");
        QTRY_COMPARE(shown->link().range(), (Interval{0, 100}));
        for (int step = 101; step <= 200; ++step) writer->scalar("test/acc", step, {step, 0});
        writer->flush();
        QTRY_COMPARE(shown->link().range(), (Interval{0, 200}));
        QVERIFY(!chip->isVisible());
        shown->zoomX({20, 60});
        QVERIFY(settled(*shown));
        const Interval y = shown->yRange();
        for (int step = 201; step <= 300; ++step) writer->scalar("test/acc", step, {step, 0});
        writer->flush();
        QTRY_VERIFY(chip->isVisible());
        QCOMPARE(shown->link().range(), (Interval{20, 60}));
        QCOMPARE(shown->yRange(), y);
        QTest::mouseClick(chip, Qt::LeftButton);
        QTRY_COMPARE(shown->link().range(), (Interval{0, 300}));
        QVERIFY(!chip->isVisible());
        writer->finish({});
    }

    void logBecomesSymlogWhereValuesAreNotPositiveAndSaysSo() {
        const auto shown = chart({key(strange_)}, "train/loss");
        shown->setYScale(Scale::Log);
        QVERIFY(settled(*shown));
        QCOMPARE(shown->picture().yScale.scale(), Scale::Symlog);
        QVERIFY(shown->findChild<QLabel*>("chartNote")->text().contains("symlog"));
        auto* badge = shown->findChild<QToolButton*>("chartNonFinite");
        QVERIFY(badge->isVisible() && badge->text().contains("1"));
        QTest::mouseClick(badge, Qt::LeftButton);
        QVERIFY(shown->link().range().low < 40 && shown->link().range().high > 40);
        QVERIFY(shown->link().range().size() < 20);
        shown->setMetric("test/acc");
        shown->setRuns({key(second_)});
        QVERIFY(settled(*shown));
        QCOMPARE(shown->picture().yScale.scale(), Scale::Log);
    }

    void groupsShowTheirMeanWithN() {
        const auto shown = chart({});
        shown->setGroups({{"both", {key(first_), key(second_)}, {}}});
        shown->setBand(Band::MinMax);
        QVERIFY(settled(*shown));
        const Picture& picture = shown->picture();
        QCOMPARE(picture.curves.size(), std::size_t{3});
        const PictureCurve& mean = picture.curves[2];
        QCOMPARE(mean.kind, PictureCurve::Kind::Mean);
        QCOMPARE(mean.vertices[50].y, 0.75);
        QCOMPARE(mean.counts[50], std::size_t{2});
        QVERIFY(mean.label.contains("n = 2"));
        QCOMPARE(picture.curves[0].vertices[50].y, 0.5);
        QCOMPARE(picture.curves[1].vertices[50].y, 1.0);
        QVERIFY(shown->csv().contains("both,test/acc,mean,,500,0.75,2"));
    }

    void smoothingKeepsTheRawCurveBehind() {
        const auto shown = chart({key(first_)});
        shown->setSmoothing(50);
        QVERIFY(settled(*shown));
        const Picture& picture = shown->picture();
        QCOMPARE(picture.curves.size(), std::size_t{2});
        QVERIFY(picture.curves[0].faint && !picture.curves[1].faint);
        QCOMPARE(picture.curves[1].kind, PictureCurve::Kind::Smoothed);
        QVERIFY(picture.curves[1].vertices.back().y < picture.curves[0].vertices.back().y);
        QVERIFY(shown->csv().contains("first,test/acc,raw,1000,1000,1,"));
        QVERIFY(shown->csv().contains("first,test/acc,smoothed,1000,1000,0.9"));
        shown->setSmoothing(0);
        QVERIFY(settled(*shown));
        QCOMPARE(shown->picture().curves.size(), std::size_t{1});
    }

    void aZoomedChartExportsWhatIsSeen() {
        const auto shown = chart({key(first_)});
        QVERIFY(settled(*shown));
        shown->zoomX({100, 150});
        QCOMPARE(shown->csv().count("\r\n"), 1 + 6);
        QVERIFY(shown->csv().startsWith("run,metric,curve,step,x,value,n\r\n"));
    }

    void aFigureIsWrittenForLatex() {
        const auto shown = chart({key(first_), key(second_)});
        QVERIFY(settled(*shown));
        shown->setStyle({"50 % & more_", 1.4, true});
        shown->zoomX({100, 125});
        FigureDialog dialog(*workspace_, shown->picture(), {}, nullptr);
        QVERIFY(dialog.exportTo(fixture_.other("f.tex")));
        QFile file(fixture_.other("f.tex"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString tex = file.readAll();
        QVERIFY(tex.startsWith("\\documentclass[border=1pt]{standalone}") &&
                tex.endsWith("\\end{document}\n"));
        QVERIFY(tex.contains("title={50 \\% \\& more\\_}") && tex.contains("width=84mm, height=60mm"));
        QVERIFY(tex.contains("xmin=100, xmax=125"));
        // What is seen, and the next point on either side: 90 to 130.
        QVERIFY(
            tex.contains("x y\\\\\n90 0.09\\\\\n100 0.1\\\\\n110 0.11\\\\\n120 0.12\\\\\n130 0.13\\\\\n};"));
        QCOMPARE(tex.count("\\addlegendentry"), 2);
        QCOMPARE(tex.count('{') - tex.count("\\{"), tex.count('}') - tex.count("\\}"));
        FigureSettings bare;
        bare.legend = false;
        Picture picture = shown->picture();
        picture.yScale = ScaleMap(Scale::Log);
        picture.y = {-2, 0};
        QVERIFY(pictureTex(picture, bare).contains("ymin=0.01, ymax=1,\n  ymode=log"));
        QVERIFY(!pictureTex(picture, bare).contains("addlegendentry"));
        // pgfplots has no such scale: positions, and ticks in words.
        picture.yScale = ScaleMap(Scale::Symlog, 1);
        QVERIFY(pictureTex(picture, bare).contains("yticklabels={"));
        QVERIFY(pictureTex(picture, bare).contains("\n90 0.0374"));  // log10(1.09)
        QCOMPARE(texText("a\\b{c}^~#$"),
                 QString("a\\textbackslash{}b\\{c\\}\\textasciicircum{}\\textasciitilde{}\\#\\$"));
        // A band is one area: along its upper edge and back along the lower one.
        const auto group = chart({});
        group->setBand(Band::MinMax);
        group->setGroups({{"both", {key(first_), key(second_)}, {}}});
        QVERIFY(settled(*group));
        group->zoomX({100, 105});
        QVERIFY(
            pictureTex(group->picture(), bare)
                .contains("fill opacity=0.18] table[row sep=\\\\] {\nx y\\\\\n90 0.59\\\\\n100 0.6\\\\\n110 "
                          "0.61\\\\\n110 0.11\\\\\n100 0.1\\\\\n90 0.09\\\\\n} -- cycle;"));
        const auto strange = chart({key(strange_)}, "train/loss");
        QVERIFY(settled(*strange));
        QVERIFY(pictureTex(strange->picture(), bare).contains("mark=triangle] coordinates {(40,"));
    }

    void figuresHaveTheSizeThatWasAskedFor() {
        const auto shown = chart({key(first_), key(second_)});
        QVERIFY(settled(*shown));
        FigureDialog dialog(*workspace_, shown->picture(), shown->csv(), nullptr);
        QVERIFY(dialog.exportTo(fixture_.other("f.png")));
        const QImage image(fixture_.other("f.png"));
        QCOMPARE(image.width(), 992);  // 84 mm at 300 dpi
        QCOMPARE(image.height(), 709);
        QCOMPARE(image.pixelColor(2, 2), QColor(Qt::white));
        int inked = 0;
        const QColor ink = shown->picture().curves[0].ink.light;
        for (int y = 0; y < image.height(); ++y)
            for (int x = 0; x < image.width(); ++x) inked += image.pixelColor(x, y) == ink;
        QVERIFY(inked > 500);
        QSignalSpy added(workspace_.get(), &Workspace::addToFigure);
        shown->addToFigure();
        QCOMPARE(added.size(), 1);
        QVERIFY(added[0][0].toString().isEmpty() && added[0][1].toString().contains("<svg"));
        QVERIFY(dialog.exportTo(fixture_.other("f.svg")));
        QFile svg(fixture_.other("f.svg"));
        QVERIFY(svg.open(QIODevice::ReadOnly));
        const QByteArray text = svg.readAll();
        QVERIFY(text.contains("width=\"84mm\"") || text.contains("width=\"83.9"));
        QVERIFY(text.contains("<text") && text.contains("second"));
        QVERIFY(dialog.exportTo(fixture_.other("f.pdf")));
        QFile pdf(fixture_.other("f.pdf"));
        QVERIFY(pdf.open(QIODevice::ReadOnly) && pdf.readAll().startsWith("%PDF"));
        QVERIFY(dialog.exportTo(fixture_.other("f.csv")));
        QFile table(fixture_.other("f.csv"));
        QVERIFY(table.open(QIODevice::ReadOnly));
        QCOMPARE(table.readAll(), shown->csv().toUtf8());
        QVERIFY(!dialog.exportTo(fixture_.other("f.bmp")));
        QVERIFY(!dialog.exportTo(fixture_.other("none/f.pdf")));
    }

    void stateSurvivesARestart() {
        QJsonObject state;
        {
            const auto shown = chart({key(first_)});
            QVERIFY(settled(*shown));
            shown->setYScale(Scale::Symlog);
            shown->setXAxis(XAxis::Epoch);
            QVERIFY(settled(*shown));
            shown->zoomX({2, 4});
            shown->zoomY({0.1, 0.5});
            state = shown->save();
        }
        const auto again = chart({key(first_)});
        again->restore(state);
        QVERIFY(settled(*again));
        QCOMPARE(again->xAxis(), XAxis::Epoch);
        QCOMPARE(again->yScale(), Scale::Symlog);
        QCOMPARE(again->link().range(), (Interval{2, 4}));
        again->restore({{"yScale", "nonsense"}, {"smoothing", -4}, {"x", 7}});
        QCOMPARE(again->smoothing(), 0.0);
    }

    void settingsAreTypedKeptAndTakenBack() {
        QJsonObject state;
        {
            const auto shown = chart({key(first_), key(second_)});
            QVERIFY(settled(*shown));
            shown->editSettings();
            auto* dialog = shown->findChild<ChartSettingsDialog*>();
            QVERIFY(dialog);
            QVERIFY(QTest::qWaitForWindowActive(dialog));
            const auto field = [&](const char* name) {
                return dialog->findChild<QLineEdit*>(QLatin1String(name));
            };
            const auto type = [&](const char* name, const QString& text) {
                field(name)->setFocus();
                field(name)->selectAll();
                QTest::keyClick(field(name), Qt::Key_Delete);
                QTest::keyClicks(field(name), text);
                QTest::keyClick(field(name), Qt::Key_Return);
            };
            type("settingsXLow", "100");
            type("settingsXHigh", "500");
            QCOMPARE(shown->link().range(), (Interval{100, 500}));
            type("settingsYHigh", "2");
            type("settingsYLow", "0.25");
            QCOMPARE(shown->yRange(), (Interval{0.25, 2}));
            QVERIFY(dialog->isVisible());
            // What is no range says so, and the chart stays.
            auto* problem = dialog->findChild<QLabel*>("settingsProblem");
            type("settingsYLow", "3");
            QVERIFY(problem->isVisible() && problem->text().contains("begin below"));
            QCOMPARE(shown->yRange(), (Interval{0.25, 2}));
            type("settingsYLow", "nought");
            QVERIFY(problem->text().contains("nought"));
            type("settingsYLow", "0.25");
            QVERIFY(!problem->isVisible());
            type("settingsTitle", "Accuracy");
            QCOMPARE(shown->title(), QString("Accuracy"));
            QCOMPARE(shown->usualTitle(), QString("test/acc"));
            QTest::mouseClick(dialog->findChild<QCheckBox*>("settingsLegend"), Qt::LeftButton, {}, {8, 8});
            dialog->findChild<QDoubleSpinBox*>("settingsLineWidth")->setValue(4);
            QVERIFY(!shown->picture().legend);
            // Both limits emptied: everything again.
            field("settingsXLow")->clear();
            type("settingsXHigh", "");
            QVERIFY(shown->link().isFollowing() && shown->hasChosenY());
            state = shown->save();
            QTest::keyClick(dialog, Qt::Key_Escape);
            QTRY_VERIFY(!shown->findChild<ChartSettingsDialog*>());
        }
        const auto again = chart({key(first_), key(second_)});
        again->restore(state);
        QVERIFY(settled(*again));
        QCOMPARE(again->title(), QString("Accuracy"));
        QCOMPARE(again->yRange(), (Interval{0.25, 2}));
        QCOMPARE(again->style(), (ChartStyle{"Accuracy", 4, false}));
        // A figure begins with what was chosen for the chart.
        FigureDialog figure(*workspace_, again->picture(), {}, nullptr);
        QCOMPARE(figure.settings().line_pt, 3.0);
        QVERIFY(figure.settings().title && !figure.settings().legend);
        const int ink = inkedPixels(*again);
        again->editSettings();
        QTest::mouseClick(again->findChild<QPushButton*>("settingsReset"), Qt::LeftButton);
        QCOMPARE(again->style(), ChartStyle());
        QVERIFY(again->isFollowing() && !again->hasChosenY());
        QVERIFY(inkedPixels(*again) < ink);  // thinner lines
        again->restore({{"lineWidth", 1e9}, {"title", 7}});
        QCOMPARE(again->style().lineWidth_px, ChartStyle::thickest_px);
    }

    void emptyChartsSayWhy() {
        const auto shown = chart({key(first_)}, "no/such");
        QVERIFY(settled(*shown));
        QVERIFY(shown->picture().curves.empty());
        QVERIFY(shown->summary().contains("no values"));
        const auto gone = chart({key(99)});
        QVERIFY(settled(*gone));
        QVERIFY(gone->picture().curves.empty());
    }

    void themeChangesAreFollowed() {
        const auto shown = chart({key(first_)});
        QVERIFY(settled(*shown));
        workspace_->theme.setMode(Theme::Mode::Light);
        const auto ground = [&] { return shown->plot().grab().toImage().pixelColor(3, 3); };
        QTRY_COMPARE(ground(), colour(palette(Appearance::Light).ground));
        workspace_->theme.setMode(Theme::Mode::Dark);
        QTRY_COMPARE(ground(), colour(palette(Appearance::Dark).ground));
        workspace_->theme.setMode(Theme::Mode::Light);
    }

    void aLongSeriesIsReadAgainWhenZoomedAndTheWindowStaysFree() {
        StoreFixture fixture;
        const auto run = fixture.add("long", [](store::RunWriter& writer) {
            for (int step = 0; step < 100'000; ++step)
                writer.scalar("train/loss", std::sin(step * 0.001) + (step == 54'321 ? 9 : 0), {step, 0});
        });
        const QString file = workspace_->stores.open(fixture.file())->path();
        const auto shown = chart({{file, run}}, "train/loss");
        QVERIFY(settled(*shown));
        QVERIFY(shown->findChild<QLabel*>("chartNote")->text().contains("min-max of"));
        QVERIFY(shown->yRange().high > 8);
        Watchdog watchdog(50);
        shown->zoomX({54'000, 54'500});
        QVERIFY(settled(*shown));
        QCOMPARE(shown->findChild<QLabel*>("chartNote")->text(), QString());
        const auto& vertices = shown->picture().curves[0].vertices;
        QVERIFY(std::count_if(vertices.begin(), vertices.end(),
                              [](const Vertex& v) { return v.x >= 54'000 && v.x <= 54'500; }) == 501);
        const QPointF middle = shown->plot().area().center();
        drag(shown->plot(), middle, middle - QPointF(200, 0));
        QVERIFY(settled(*shown));
        QVERIFY2(watchdog.stalls().empty(), qPrintable(QString::number(watchdog.longest_ms())));
    }

    void everyControlHasAName() {
        const auto shown = chart({key(first_)});
        for (const QWidget* child : shown->findChildren<QAbstractButton*>()) {
            const auto* button = qobject_cast<const QAbstractButton*>(child);
            QVERIFY2(!button->accessibleName().isEmpty() || button->text().size() > 1,
                     qPrintable(button->objectName()));
            QVERIFY(!button->objectName().isEmpty());
        }
    }
};

QTEST_MAIN(MetricChartTest)
#include "test_metric_chart.moc"
