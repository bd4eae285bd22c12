// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QLineEdit>
#include <QListWidget>
#include <QRegularExpression>
#include <QScrollBar>
#include <QSet>
#include <QTest>
#include <QTextBlock>
#include <QTextBrowser>
#include <QTextTable>
#include <QToolButton>

#include "run/shared_schema.h"
#include "ui/help/help_dock.h"
#include "ui/help/help_document.h"

using namespace filigree;
using namespace filigree::ui;

class TestHelp : public QObject {
    Q_OBJECT

    static std::vector<HelpPage> pages() {
        return HelpLibrary::readFolder(FILIGREE_SOURCE_DIR "/assets/help");
    }
    static HelpStyle style() {
        return {palette(Appearance::Light), QGuiApplication::font(),
                QFont(QStringLiteral("DejaVu Sans Mono"))};
    }
    static const HelpPage* find(const std::vector<HelpPage>& all, const QString& topic) {
        for (const HelpPage& page : all)
            if (page.topic == topic) return &page;
        return nullptr;
    }

  private slots:
    void initTestCase() { qputenv("FILIGREE_ASSETS", FILIGREE_SOURCE_DIR "/assets"); }

    void everyLinkOfEveryPageLeadsSomewhere() {
        const std::vector<HelpPage> all = pages();
        QVERIFY(all.size() >= 8);
        int links = 0;
        for (const HelpPage& page : all) {
            const auto document = makeHelpDocument(page, style());
            for (QTextBlock block = document->begin(); block.isValid(); block = block.next()) {
                for (auto at = block.begin(); !at.atEnd(); ++at) {
                    const QString link = at.fragment().charFormat().anchorHref();
                    if (link.isEmpty()) continue;
                    ++links;
                    const HelpTarget target = HelpLibrary::resolve(page.topic, link);
                    const QString where = page.topic + ": " + link;
                    if (!target.external.isEmpty()) {
                        QVERIFY2(target.external.startsWith("http"), qPrintable(where));
                        continue;
                    }
                    const HelpPage* found = find(all, target.topic);
                    QVERIFY2(found, qPrintable(where));
                    bool anchor = target.anchor.isEmpty();
                    for (const HelpHeading& heading : found->headings)
                        anchor |= heading.anchor == target.anchor;
                    QVERIFY2(anchor, qPrintable(where));
                }
            }
        }
        QVERIFY(links >= 10);
    }

    /// Of those that the manual's build draws, light and dark.
    void everyPictureIsThereInBothThemes() {
        HelpStyle dark = style();
        dark.dark = true;
        dark.pictureWidth = 300;
        int pictures = 0, pairs = 0;
        for (const HelpPage& page : pages()) {
            const auto document = makeHelpDocument(page, style());
            const auto darker = makeHelpDocument(page, dark);
            QTextBlock other = darker->begin();
            for (QTextBlock block = document->begin(); block.isValid();
                 block = block.next(), other = other.next()) {
                for (auto at = block.begin(), twin = other.begin(); !at.atEnd(); ++at, ++twin) {
                    if (!at.fragment().charFormat().isImageFormat()) continue;
                    const QString name = at.fragment().charFormat().toImageFormat().name();
                    const auto imageIn = [&](QTextDocument& of) {
                        return of.resource(QTextDocument::ImageResource, QUrl(name)).value<QImage>();
                    };
                    const QImage shown = imageIn(*document), shownDark = imageIn(*darker);
                    QVERIFY2(!shown.isNull(), qPrintable(page.topic + ": " + name));
                    const double width = twin.fragment().charFormat().toImageFormat().width();
                    QVERIFY2(width > 0 && width <= 300, qPrintable(name));
                    ++pictures;
                    if (!name.endsWith("-light.png")) continue;
                    ++pairs;
                    QVERIFY2(qGray(shown.pixel(0, 0)) > 200 && qGray(shownDark.pixel(0, 0)) < 60,
                             qPrintable(name));
                }
            }
        }
        QVERIFY(pictures >= 12 && pairs >= 10);
    }

    /// F1 in the form asks for "config#<table>".
    void everyTableOfTheConfigurationHasAnAnchor() {
        const std::vector<HelpPage> all = pages();
        const HelpPage* config = find(all, "config");
        QVERIFY(config);
        QSet<QString> anchors;
        for (const HelpHeading& heading : config->headings) anchors.insert(heading.anchor);
        for (const methods::Method& method : methods::all())
            for (const config::Schema::Group& group : run::schemaOf(std::string(method.name)).groups())
                QVERIFY2(anchors.contains(QString::fromStdString(group.table)), group.table.c_str());
    }

    void headingsOfThePageBecomeAnchorsOfTheDocument() {
        HelpPage page;
        page.topic = "t";
        page.markdown = "# One\n\ntext `code`\n\n```sh\n# no heading\n```\n\n## Two words, `x`\n\n## One\n";
        const QDir folder(QDir::temp().filePath("filigree-help-test"));
        folder.mkpath(".");
        QFile file(folder.filePath("t.md"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(page.markdown.toUtf8());
        file.close();
        const std::vector<HelpPage> read = HelpLibrary::readFolder(folder.path());
        QVERIFY(file.remove());
        QCOMPARE(read.size(), std::size_t{1});
        QStringList anchors;
        for (const HelpHeading& heading : read[0].headings) anchors.append(heading.anchor);
        QCOMPARE(anchors, (QStringList{"one", "two-words-x", "one-1"}));
        const auto document = makeHelpDocument(read[0], style());
        QStringList made;
        for (QTextBlock block = document->begin(); block.isValid(); block = block.next())
            if (block.blockFormat().headingLevel() > 0)
                made += block.begin().fragment().charFormat().anchorNames();
        QCOMPARE(made, anchors);
    }

    void tablesCodeAndEmptyHeadings() {
        HelpPage page;
        page.markdown =
            "| A | B |\n|---|---|\n| `x\\|y` | 2 |\n\n| | |\n|---|---|\n| c | d |\n\n```\ncode\n```\n";
        const auto document = makeHelpDocument(page, style());
        QList<QTextTable*> tables;
        for (QTextFrame* frame : document->rootFrame()->childFrames())
            if (auto* table = qobject_cast<QTextTable*>(frame)) tables.append(table);
        QCOMPARE(tables.size(), 2);
        QCOMPARE(tables[0]->rows(), 2);
        QCOMPARE(tables[0]->cellAt(1, 0).firstCursorPosition().block().text(), QString("x|y"));
        QCOMPARE(tables[1]->rows(), 1);
        QCOMPARE(tables[1]->cellAt(0, 0).firstCursorPosition().block().text(), QString("c"));
        bool code = false;
        for (QTextBlock block = document->begin(); block.isValid(); block = block.next())
            if (block.text() == "code") {
                code = true;
                QCOMPARE(block.begin().fragment().charFormat().fontFamilies().toStringList(),
                         QStringList{"DejaVu Sans Mono"});
            }
        QVERIFY(code);
    }

    void resolvesLinks() {
        const auto is = [](const HelpTarget& target, const char* topic, const char* anchor,
                           const char* external) {
            return target.topic == topic && target.anchor == anchor && target.external == external;
        };
        QVERIFY(is(HelpLibrary::resolve("runs", "config.md#sparsity"), "config", "sparsity", ""));
        QVERIFY(is(HelpLibrary::resolve("runs", "#states"), "runs", "states", ""));
        QVERIFY(is(HelpLibrary::resolve("methods/dst_ee", "../config.md"), "config", "", ""));
        QVERIFY(is(HelpLibrary::resolve("methods/dst_ee", "set.md"), "methods/set", "", ""));
        QVERIFY(is(HelpLibrary::resolve("runs", "methods/dst_ee.md"), "methods/dst_ee", "", ""));
        QVERIFY(is(HelpLibrary::resolve("runs", "https://a.b/c#d"), "", "", "https://a.b/c#d"));
    }

    void opensPagesAndGoesBackAndForward() {
        Workspace workspace({});
        HelpDock dock(workspace, nullptr);
        dock.resize(420, 600);
        dock.show();
        dock.open("runs");  // before the pages are read
        auto* browser = dock.findChild<QTextBrowser*>("helpBrowser");
        const auto shows = [&](const QString& words) { return browser->toPlainText().contains(words); };
        QTRY_VERIFY(shows("A run is one training"));
        QCOMPARE(dock.current(), QString("runs"));
        dock.open("config#rewire");
        QTRY_VERIFY(shows("rewire.growth"));
        QTRY_VERIFY(browser->verticalScrollBar()->value() > 0);
        QTest::mouseClick(dock.findChild<QToolButton*>("helpBack"), Qt::LeftButton);
        QTRY_VERIFY(shows("A run is one training"));
        QTest::mouseClick(dock.findChild<QToolButton*>("helpForward"), Qt::LeftButton);
        QTRY_VERIFY(shows("rewire.growth"));
        dock.open("no-such-page");
        QTRY_VERIFY(shows("There is no help page on “no-such-page”."));
        dock.back();
        QTRY_VERIFY(shows("rewire.growth"));
        // Another theme renders the page anew and stays on it.
        workspace.theme.setMode(Theme::Mode::Dark);
        QTRY_VERIFY(shows("rewire.growth"));
        QCOMPARE(dock.current(), QString("config#rewire"));
        workspace.theme.setMode(Theme::Mode::System);
    }

    void followsALinkOnThePage() {
        Workspace workspace({});
        HelpDock dock(workspace, nullptr);
        dock.show();
        dock.open("getting-started");
        auto* browser = dock.findChild<QTextBrowser*>("helpBrowser");
        QTRY_VERIFY(browser->toPlainText().contains("Where to go"));
        emit browser->anchorClicked(QUrl("runs.md#states"));
        QTRY_COMPARE(dock.current(), QString("runs#states"));
        QTRY_VERIFY(browser->toPlainText().contains("no process yet"));
    }

    void searchesAllPages() {
        Workspace workspace({});
        HelpDock dock(workspace, nullptr);
        dock.show();
        QTRY_VERIFY(dock.library().isLoaded());
        const std::vector<HelpHit> hits = dock.library().search("CHECKPOINT resum");
        QVERIFY(!hits.empty());
        for (const HelpHit& hit : hits) {
            const HelpPage* page = dock.library().find(hit.topic);
            QVERIFY(page->markdown.contains("checkpoint", Qt::CaseInsensitive));
        }
        QVERIFY(dock.library().search("checkpoint zebrafish").empty());
        QVERIFY(dock.library().search("  ").empty());
        // A word of a title finds its page first.
        QCOMPARE(dock.library().search("developing").front().topic, QString("developing"));
        auto* results = dock.findChild<QListWidget*>("helpResults");
        auto* search = dock.findChild<QLineEdit*>("helpSearch");
        search->setText("schedulable");
        QVERIFY(results->isVisible() && results->count() > 0);
        QTest::keyClick(search, Qt::Key_Return);
        auto* browser = dock.findChild<QTextBrowser*>("helpBrowser");
        QTRY_VERIFY(browser->isVisible() && browser->toPlainText().contains("schedulable"));
        QVERIFY(!browser->extraSelections().isEmpty());
        search->setText("zebrafish");
        QVERIFY(results->item(0)->text().contains("No page has"));
        QTest::keyClick(search, Qt::Key_Escape);
        QVERIFY(browser->isVisible());
        dock.showIndex();
        QCOMPARE(results->count(), static_cast<int>(dock.library().pages().size()));
        QCOMPARE(results->item(0)->text(), QString("Getting started"));
    }
};

QTEST_MAIN(TestHelp)
#include "test_help.moc"
