// SPDX-License-Identifier: GPL-3.0-or-later
#include <QMenuBar>
#include <QtTest>

#include "ui/shell/menus.h"

using namespace filigree::ui;

class MenusTest : public QObject {
    Q_OBJECT

    static QStringList texts(const QMenu* menu) {
        QStringList result;
        for (const QAction* action : menu->actions())
            result << (action->isSeparator() ? "-" : action->text());
        return result;
    }
    static QMenu* menu(const QMenuBar& bar, const QString& title) {
        for (QAction* action : bar.actions())
            if (action->text() == title) return action->menu();
        return nullptr;
    }

  private slots:
    void actionsComeByGroupsBetweenSeparators() {
        ActionTable table;
        QWidget window;
        QMenuBar bar;
        table.add(&window, {"b", MenuId::File, 1, "second", "", {}}, [] {});
        table.add(&window, {"a", MenuId::File, 0, "first", "", {}}, [] {});
        Menus menus(table, &bar);
        QCOMPARE(texts(menu(bar, "&File")), (QStringList{"first", "-", "second"}));
        // Those that come later find their place too.
        table.add(&window, {"c", MenuId::File, 0, "also first", "", {}}, [] {});
        QTRY_COMPARE(texts(menu(bar, "&File")), (QStringList{"first", "also first", "-", "second"}));
    }

    void emptyMenusAreNotShown() {
        ActionTable table;
        QWidget window;
        QMenuBar bar;
        Menus menus(table, &bar);
        for (const QAction* action : bar.actions()) QVERIFY(!action->isVisible());
        table.add(&window, {"x", MenuId::Analyse, 0, "x", "", {}}, [] {});
        QTRY_VERIFY(menu(bar, "&Analyse")->menuAction()->isVisible());
        QVERIFY(!menu(bar, "&Edit")->menuAction()->isVisible());
    }
};

QTEST_MAIN(MenusTest)
#include "test_menus.moc"
