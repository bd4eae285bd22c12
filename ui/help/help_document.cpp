// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help/help_document.h"

#include <QDir>
#include <QImage>
#include <QTextBlock>
#include <QTextCursor>
#include <QTextFrame>
#include <QTextList>
#include <QTextTable>
#include <QUrl>
#include <algorithm>

#include "ui/base/theme.h"

namespace filigree::ui {
namespace {

constexpr int margin = 16;
constexpr double lineHeight = 135;  // percent

/// Calls `change(cursor, format)` for every run of text in the block that is `wanted`.
template <typename Wanted, typename Change>
void forFragments(const QTextBlock& block, Wanted wanted, Change change) {
    // Changing a format splits and merges fragments: collect first.
    struct Piece {
        int position, length;
        QTextCharFormat format;
    };
    std::vector<Piece> pieces;
    for (auto at = block.begin(); !at.atEnd(); ++at)
        if (const QTextFragment fragment = at.fragment(); wanted(fragment.charFormat()))
            pieces.push_back({fragment.position(), fragment.length(), fragment.charFormat()});
    QTextCursor cursor(block);
    for (Piece& piece : pieces) {
        cursor.setPosition(piece.position);
        cursor.setPosition(piece.position + piece.length, QTextCursor::KeepAnchor);
        change(piece.format);
        cursor.setCharFormat(piece.format);
    }
}

void setHeading(const QTextBlock& block, const HelpHeading* heading, const HelpStyle& style) {
    const int level = block.blockFormat().headingLevel();
    const double scale = level == 1 ? 1.5 : level == 2 ? 1.2 : 1.05;
    QTextBlockFormat format = block.blockFormat();
    format.setTopMargin(level == 1 ? 0 : level == 2 ? 20 : 14);
    format.setBottomMargin(6);
    QTextCursor cursor(block);
    cursor.setBlockFormat(format);
    forFragments(
        block, [](const QTextCharFormat&) { return true; },
        [&](QTextCharFormat& text) {
            text.setFontPointSize(style.text.pointSizeF() * scale);
            text.setFontWeight(QFont::DemiBold);
            text.clearProperty(QTextFormat::FontSizeAdjustment);
            text.setForeground(colour(style.palette.text));
            if (heading) {
                text.setAnchor(true);
                text.setAnchorNames({heading->anchor});
            }
        });
}

bool isCode(const QTextBlock& block) {
    const QTextBlockFormat format = block.blockFormat();
    return format.hasProperty(QTextFormat::BlockCodeFence) ||
           format.hasProperty(QTextFormat::BlockCodeLanguage) || format.nonBreakableLines();
}

void setCode(const QTextBlock& block, const HelpStyle& style) {
    QTextBlockFormat format = block.blockFormat();
    format.setBackground(colour(style.palette.panel));
    format.setLeftMargin(8);
    format.setRightMargin(0);
    format.setTopMargin(isCode(block.previous()) ? 0 : 6);
    format.setBottomMargin(isCode(block.next()) ? 0 : 12);
    format.setNonBreakableLines(false);
    QTextCursor cursor(block);
    cursor.setBlockFormat(format);
    forFragments(
        block, [](const QTextCharFormat&) { return true; },
        [&](QTextCharFormat& text) {
            text.setFontFamilies({style.monospaced.family()});
            text.setFontPointSize(style.monospaced.pointSizeF() * 0.92);
            text.setForeground(colour(style.palette.text));
        });
}

void setParagraph(const QTextBlock& block, const HelpStyle& style, bool inTable) {
    QTextBlockFormat format = block.blockFormat();
    format.setLineHeight(lineHeight, QTextBlockFormat::ProportionalHeight);
    if (!inTable) format.setBottomMargin(block.textList() ? 4 : 10);
    if (!inTable) format.setTopMargin(0);
    QTextCursor cursor(block);
    cursor.setBlockFormat(format);
    forFragments(
        block, [](const QTextCharFormat& text) { return text.fontFixedPitch() || text.isAnchor(); },
        [&](QTextCharFormat& text) {
            if (text.fontFixedPitch()) {
                text.setFontFamilies({style.monospaced.family()});
                text.setFontPointSize(style.monospaced.pointSizeF() * 0.92);
                if (!inTable) text.setBackground(colour(style.palette.panel));
            }
            if (text.isAnchor()) {
                text.setForeground(colour(style.palette.accent));
                text.setFontUnderline(false);
            }
        });
}

/// True if no cell of the first row has text: Markdown has no tables without a heading.
bool headingIsEmpty(const QTextTable* table) {
    for (int column = 0; column < table->columns(); ++column)
        if (!table->cellAt(0, column).firstCursorPosition().block().text().trimmed().isEmpty()) return false;
    return true;
}

void setTable(QTextTable* table, const HelpStyle& style) {
    QTextTableFormat format = table->format();
    format.setBorder(1);
    format.setBorderStyle(QTextFrameFormat::BorderStyle_Solid);
    format.setBorderBrush(colour(style.palette.border));
    format.setBorderCollapse(true);
    format.setCellPadding(5);
    format.setCellSpacing(0);
    format.setTopMargin(4);
    format.setBottomMargin(14);
    format.setWidth(QTextLength(QTextLength::PercentageLength, 100));
    table->setFormat(format);
    if (table->rows() > 1 && headingIsEmpty(table)) {
        table->removeRows(0, 1);
        return;
    }
    for (int column = 0; column < table->columns(); ++column) {
        QTextTableCell cell = table->cellAt(0, column);
        QTextCharFormat ground = cell.format();
        ground.setBackground(colour(style.palette.panel));
        cell.setFormat(ground);
        for (auto at = cell.begin(); !at.atEnd(); ++at)
            if (const QTextBlock block = at.currentBlock(); block.isValid())
                forFragments(
                    block, [](const QTextCharFormat&) { return true; },
                    [](QTextCharFormat& text) { text.setFontWeight(QFont::DemiBold); });
    }
}

/// The file that a page calls `name`.
QString pictureFile(const HelpPage& page, const QString& name, bool dark) {
    const QDir folder(page.folder);
    if (dark) {
        const QString darker = QString(name).replace(QLatin1String("-light."), QLatin1String("-dark."));
        if (folder.exists(darker)) return folder.filePath(darker);
    }
    return folder.filePath(name);
}

void setPictures(QTextDocument& document, const HelpPage& page, const HelpStyle& style) {
    for (QTextBlock block = document.begin(); block.isValid(); block = block.next())
        forFragments(
            block, [](const QTextCharFormat& text) { return text.isImageFormat(); },
            [&](QTextCharFormat& text) {
                QTextImageFormat format = text.toImageFormat();
                const QImage image(pictureFile(page, format.name(), style.dark));
                if (image.isNull()) return;
                document.addResource(QTextDocument::ImageResource, QUrl(format.name()), image);
                const int width = std::min(image.width(), style.pictureWidth);
                format.setWidth(width);
                format.setHeight(static_cast<double>(image.height()) * width / image.width());
                text = format;
            });
}

}  // namespace

std::unique_ptr<QTextDocument> makeHelpDocument(const HelpPage& page, const HelpStyle& style) {
    auto document = std::make_unique<QTextDocument>();
    document->setUndoRedoEnabled(false);
    document->setDefaultFont(style.text);
    document->setDocumentMargin(margin);
    document->setMarkdown(page.markdown, QTextDocument::MarkdownDialectGitHub);
    std::size_t heading = 0;
    for (QTextBlock block = document->begin(); block.isValid(); block = block.next()) {
        const bool inTable = QTextCursor(block).currentTable() != nullptr;
        if (block.blockFormat().headingLevel() > 0) {
            const HelpHeading* found = heading < page.headings.size() ? &page.headings[heading] : nullptr;
            ++heading;
            setHeading(block, found, style);
        } else if (isCode(block)) {
            setCode(block, style);
        } else {
            setParagraph(block, style, inTable);
        }
    }
    setPictures(*document, page, style);
    // A bar in a cell is escaped; Qt leaves the escape in code.
    for (QTextCursor at(document.get()); !(at = document->find(QStringLiteral("\\|"), at)).isNull();)
        if (at.currentTable()) at.insertText(QStringLiteral("|"), at.charFormat());
    for (QTextFrame* frame : document->rootFrame()->childFrames())
        if (auto* table = qobject_cast<QTextTable*>(frame)) setTable(table, style);
    return document;
}

}  // namespace filigree::ui
