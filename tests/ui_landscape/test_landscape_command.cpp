// SPDX-License-Identifier: GPL-3.0-or-later
#include <QtTest>

#include "ui/landscape/landscape_command.h"

using namespace filigree;
using namespace filigree::ui;
using Words = std::vector<std::string>;

class LandscapeCommandTest : public QObject {
    Q_OBJECT

  private slots:
    void whatIsUsualIsNotNamed() {
        run::LandscapeRequest request;
        request.networks = {"3"};
        QCOMPARE(wordsOf(request, "runs.filigree"),
                 (Words{"analyze", "landscape", "3", "--store", "runs.filigree"}));
    }

    void everyChoiceIsNamed() {
        run::LandscapeRequest request;
        request.networks = {"3@400"};
        request.dimensions = 1;
        request.resolution = 101;
        request.range = {-0.5, 1.25};
        request.samples = 0;
        request.data = "both";
        request.normalization = analysis::Normalization::UnitFilter;
        request.outsideMask = true;
        request.seed = 7;
        QCOMPARE(wordsOf(request, "r"),
                 (Words{"analyze", "landscape", "3@400", "--dimensions", "1", "--resolution", "101",
                        "--range=-0.5:1.25", "--samples", "0", "--data", "both", "--normalize", "dfilter",
                        "--outside-mask", "--seed", "7", "--store", "r"}));
    }

    void networksHaveTheDimensionsOfTheirNumberAndNoNormalisation() {
        run::LandscapeRequest request;
        request.networks = {"3", "4"};
        request.along = run::Along::Networks;
        request.dimensions = 1;
        request.normalization = analysis::Normalization::Layer;
        QCOMPARE(wordsOf(request, "r"),
                 (Words{"analyze", "landscape", "3", "4", "--along", "networks", "--store", "r"}));
        request.networks = {"3"};
        request.along = run::Along::Trajectory;
        request.dimensions = 2;
        QCOMPARE(wordsOf(request, "r"),
                 (Words{"analyze", "landscape", "3", "--along", "trajectory", "--store", "r"}));
    }

    void theLineIsQuotedForAShell() {
        run::LandscapeRequest request;
        request.networks = {"3"};
        QCOMPARE(lineOf(request, "it's here.filigree"),
                 std::string("filigree analyze landscape 3 --store 'it'\\''s here.filigree'"));
    }
};

QTEST_GUILESS_MAIN(LandscapeCommandTest)
#include "test_landscape_command.moc"
