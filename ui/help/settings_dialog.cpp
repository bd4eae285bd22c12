// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/help/settings_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QThread>
#include <QVBoxLayout>

#include "base/platform.h"
#include "store/store.h"
#include "ui/base/error_bar.h"
#include "ui/base/icon.h"
#include "ui/base/text.h"
#include "ui/help/shortcut_table.h"

namespace filigree::ui {
namespace {

constexpr int controlWidth = 240;
constexpr int listWidth = 168;

}  // namespace

SettingsDialog::SettingsDialog(Workspace& workspace, Shortcuts& shortcuts, QWidget* parent,
                               const QString& personalFile)
    : QDialog(parent),
      workspace_(workspace),
      shortcuts_(shortcuts),
      file_(personalFile),
      errors_(new ErrorBar(this)) {
    setObjectName(QStringLiteral("settingsDialog"));
    setWindowTitle(tr("Settings"));
    resize(820, 560);
    setMinimumSize(640, 420);

    search_ = new QLineEdit(this);
    search_->setObjectName(QStringLiteral("settingsSearch"));
    search_->setPlaceholderText(tr("Search settings"));
    search_->setAccessibleName(tr("Search settings"));
    search_->setClearButtonEnabled(true);
    search_->addAction(icon(workspace.theme, QStringLiteral("search"), Ink::Secondary),
                       QLineEdit::LeadingPosition);
    search_->setMaximumWidth(320);
    connect(search_, &QLineEdit::textChanged, this, &SettingsDialog::applySearch);
    list_ = new QListWidget(this);
    list_->setObjectName(QStringLiteral("settingsPages"));
    list_->setAccessibleName(tr("Pages"));
    list_->setFixedWidth(listWidth);
    list_->setStyleSheet(
        QStringLiteral("QListWidget { background: transparent; } QListWidget::item { padding: 8px 12px; "
                       "border-radius: 4px; }"));
    stack_ = new QStackedWidget(this);
    connect(list_, &QListWidget::currentRowChanged, stack_, &QStackedWidget::setCurrentIndex);
    reset_ = new QPushButton(tr("Reset this page"), this);
    reset_->setObjectName(QStringLiteral("resetPage"));
    reset_->setToolTip(tr("Puts every setting of the page back to its default"));
    connect(reset_, &QPushButton::clicked, this, &SettingsDialog::resetPage);
    auto* close = new QPushButton(tr("Close"), this);
    close->setObjectName(QStringLiteral("closeSettings"));
    close->setDefault(true);
    connect(close, &QPushButton::clicked, this, &QDialog::accept);

    makeGeneral();
    makeAppearance();
    makeCompute();
    makeData();
    makeShortcuts();
    for (const SettingsPage& page : pages_) list_->addItem(page.title);
    list_->setCurrentRow(0);

    auto* middle = new QHBoxLayout;
    middle->setContentsMargins(12, 12, 0, 0);
    middle->setSpacing(12);
    middle->addWidget(list_);
    middle->addWidget(stack_, 1);
    auto* top = new QHBoxLayout;
    top->setContentsMargins(16, 16, 16, 0);
    top->addWidget(search_, 1);
    top->addStretch(1);
    auto* bottom = new QWidget(this);
    bottom->setProperty("role", "footer");
    auto* buttons = new QHBoxLayout(bottom);
    buttons->setContentsMargins(16, 8, 16, 8);
    buttons->addWidget(reset_);
    buttons->addStretch(1);
    buttons->addWidget(close);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(errors_);
    column->addLayout(top);
    column->addLayout(middle, 1);
    column->addWidget(bottom);
    showAll();
    connect(&workspace_.theme, &Theme::changed, this, &SettingsDialog::showAll);
}

SettingsDialog::SettingsPage& SettingsDialog::addPage(const QString& id, const QString& title) {
    auto* body = new QWidget;
    auto* column = new QVBoxLayout(body);
    column->setContentsMargins(12, 4, 24, 16);
    column->setSpacing(20);
    auto* scroll = new QScrollArea(stack_);
    scroll->setObjectName(QStringLiteral("settings_") + id);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(body);
    stack_->addWidget(scroll);
    pages_.push_back({id, title, scroll, column, {}});
    return pages_.back();
}

void SettingsDialog::addRow(SettingsPage& page, const QString& label, const QString& help,
                            const QString& standard, QWidget* control, std::function<void()> reset,
                            std::function<void()> show) {
    auto* row = new QWidget(page.layout->parentWidget());
    auto* name = new QLabel(label, row);
    name->setBuddy(control);
    name->setFont(workspace_.theme.font(1, true));
    auto* about = new QLabel(standard.isEmpty() ? help : tr("%1 Default: %2.").arg(help, standard), row);
    about->setProperty("role", "secondary");
    about->setFont(workspace_.theme.font(0.9));
    about->setWordWrap(true);
    control->setAccessibleName(label);
    control->setAccessibleDescription(about->text());
    auto* texts = new QVBoxLayout;
    texts->setSpacing(2);
    texts->addWidget(name);
    texts->addWidget(about);
    auto* across = new QHBoxLayout(row);
    across->setContentsMargins(0, 0, 0, 0);
    across->setSpacing(24);
    across->addLayout(texts, 1);
    across->addWidget(control, 0, Qt::AlignTop);
    page.layout->addWidget(row);
    page.rows.push_back(
        {row, (page.title + ' ' + label + ' ' + help).toLower(), std::move(reset), std::move(show)});
}

void SettingsDialog::addChoice(SettingsPage& page, const QString& name, const QString& label,
                               const QString& help, const std::vector<Choice>& choices,
                               const QJsonValue& standard, std::function<QJsonValue()> get,
                               std::function<void(const QJsonValue&)> set) {
    auto* combo = new QComboBox;
    combo->setObjectName(name);
    combo->setFixedWidth(controlWidth);
    QString standardText;
    for (const Choice& choice : choices) {
        combo->addItem(choice.text, choice.value.toVariant());
        if (choice.value == standard) standardText = choice.text;
    }
    connect(combo, &QComboBox::activated, this,
            [combo, set](int index) { set(QJsonValue::fromVariant(combo->itemData(index))); });
    addRow(
        page, label, help, standardText, combo, [set, standard] { set(standard); },
        [combo, get] {
            const QSignalBlocker quiet(combo);
            combo->setCurrentIndex(combo->findData(get().toVariant()));
        });
}

void SettingsDialog::addSwitch(SettingsPage& page, const QString& name, const QString& label,
                               const QString& help, bool standard, std::function<bool()> get,
                               std::function<void(bool)> set) {
    auto* box = new QCheckBox;
    box->setObjectName(name);
    connect(box, &QCheckBox::toggled, this, set);
    addRow(
        page, label, help, standard ? tr("on") : tr("off"), box, [set, standard] { set(standard); },
        [box, get] {
            const QSignalBlocker quiet(box);
            box->setChecked(get());
        });
}

void SettingsDialog::addPath(SettingsPage& page, const QString& name, const QString& label,
                             const QString& help, const QString& key, const QString& standard, bool folder) {
    auto* field = new QWidget;
    field->setFixedWidth(controlWidth);
    auto* line = new QLineEdit(field);
    line->setObjectName(name);
    line->setAccessibleName(label);
    line->setPlaceholderText(standard);
    auto* choose = new QPushButton(tr("Choose…"), field);
    choose->setObjectName(name + QStringLiteral("Choose"));
    auto* column = new QVBoxLayout(field);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(line);
    column->addWidget(choose, 0, Qt::AlignRight);
    field->setFocusProxy(line);

    const auto show = [this, line, key] {
        try {
            line->setText(file_.text(key));
            line->setEnabled(true);
        } catch (const Error& error) {
            line->setEnabled(false);
            errors_->show(error);
        }
        line->setToolTip(line->text());
    };
    const auto set = [this, key, show](const QString& text) {
        try {
            if (text != file_.text(key)) file_.setText(key, text);
            errors_->clear();
        } catch (const Error& error) {
            errors_->show(error);
        }
        show();
    };
    connect(line, &QLineEdit::editingFinished, this, [line, set] { set(line->text().trimmed()); });
    connect(choose, &QPushButton::clicked, this, [this, label, folder, set] {
        auto* dialog = new QFileDialog(this, label, {}, tr("Filigree stores (*.filigree)"));
        dialog->setAttribute(Qt::WA_DeleteOnClose);
        dialog->setFileMode(folder ? QFileDialog::Directory : QFileDialog::AnyFile);
        if (!folder) {
            dialog->setAcceptMode(QFileDialog::AcceptSave);
            dialog->setOption(QFileDialog::DontConfirmOverwrite);
            dialog->setDefaultSuffix(QStringLiteral("filigree"));
            dialog->setLabelText(QFileDialog::Accept, tr("Use"));
        }
        connect(dialog, &QFileDialog::fileSelected, this, set);
        dialog->open();
    });
    addRow(
        page, label, help, standard, field, [set] { set({}); }, show);
}

void SettingsDialog::addNote(SettingsPage& page, const QString& text) {
    auto* note = new QLabel(text, page.layout->parentWidget());
    note->setProperty("role", "secondary");
    note->setWordWrap(true);
    page.layout->addWidget(note);
}

void SettingsDialog::makeGeneral() {
    SettingsPage& page = addPage(QStringLiteral("general"), tr("General"));
    addSwitch(
        page, QStringLiteral("restoreSession"), tr("Restore the last session"),
        tr("Open the stores, pages and drafts of last time when the window starts."), true,
        [this] { return workspace_.session.value(QStringLiteral("restore")).toBool(true); },
        [this](bool on) { workspace_.session.setValue(QStringLiteral("restore"), on); });
    addPath(page, QStringLiteral("defaultStore"), tr("Default store"),
            tr("The file that runs go to when no store is open; the command line uses it too. Holds from the "
               "next "
               "start on."),
            QStringLiteral("store"), QString::fromStdU16String(store::defaultStorePath().u16string()), false);
    addNote(
        page,
        tr("Privacy: nothing leaves this computer. Data sets are downloaded only when you ask for one, and "
           "a link in the manual opens in your browser only when you click it."));
    page.layout->addStretch(1);
}

void SettingsDialog::makeAppearance() {
    SettingsPage& page = addPage(QStringLiteral("appearance"), tr("Appearance"));
    addChoice(
        page, QStringLiteral("themeChoice"), tr("Theme"),
        tr("Colours of the window. Exported figures are light unless asked."),
        {{tr("As the system"), QStringLiteral("system")},
         {tr("Light"), QStringLiteral("light")},
         {tr("Dark"), QStringLiteral("dark")}},
        QStringLiteral("system"),
        [this] {
            const Theme::Mode mode = workspace_.theme.mode();
            return QJsonValue(mode == Theme::Mode::Dark    ? QStringLiteral("dark")
                              : mode == Theme::Mode::Light ? QStringLiteral("light")
                                                           : QStringLiteral("system"));
        },
        [this](const QJsonValue& value) {
            workspace_.session.setValue(QStringLiteral("theme"), value);
            workspace_.theme.setMode(value.toString() == QLatin1String("dark")    ? Theme::Mode::Dark
                                     : value.toString() == QLatin1String("light") ? Theme::Mode::Light
                                                                                  : Theme::Mode::System);
        });
    std::vector<Choice> sizes{{tr("As the system"), 0}};
    for (int size = 9; size <= 16; ++size) sizes.push_back({tr("%1 pt").arg(size), size});
    addChoice(
        page, QStringLiteral("sizeChoice"), tr("Text size"), tr("Base size of all text in the window."),
        sizes, 0, [this] { return QJsonValue(workspace_.theme.baseSize()); },
        [this](const QJsonValue& value) {
            workspace_.session.setValue(QStringLiteral("baseSize"), value);
            workspace_.theme.setBaseSize(value.toInt());
        });
    addSwitch(
        page, QStringLiteral("reducedMotion"), tr("Reduce motion"), tr("Nothing eases or plays by itself."),
        false, [this] { return workspace_.theme.reducedMotion(); },
        [this](bool on) {
            workspace_.session.setValue(QStringLiteral("reducedMotion"), on);
            workspace_.theme.setReducedMotion(on);
            showAll();
        });
    addNote(page, tr("Colour maps and the colours of runs keep apart for every kind of colour vision, and "
                     "shapes, dashes "
                     "or labels say the same: there is nothing to switch."));
    page.layout->addStretch(1);
}

void SettingsDialog::makeCompute() {
    SettingsPage& page = addPage(QStringLiteral("compute"), tr("Compute"));
    std::vector<Choice> counts{{tr("One per processor"), 0}};
    for (int count = 1; count <= std::max(2, QThread::idealThreadCount()); ++count)
        counts.push_back({count == 1 ? tr("1 thread") : tr("%1 threads").arg(count), count});
    addChoice(
        page, QStringLiteral("threadsChoice"), tr("Threads of new runs"),
        tr("For runs that are started here and do not say a number themselves. A run keeps the number it "
           "began with."),
        counts, 0,
        [this] { return QJsonValue(workspace_.session.value(QStringLiteral("compute.threads")).toInt(0)); },
        [this](const QJsonValue& value) {
            workspace_.session.setValue(QStringLiteral("compute.threads"), value);
            showAll();
        });
    auto* device = new QLabel(tr("%1, %2 processors, %3")
                                  .arg(QString::fromStdString(platform::processorName()))
                                  .arg(QThread::idealThreadCount())
                                  .arg(formatBytes(platform::physicalMemoryBytes())));
    device->setObjectName(QStringLiteral("deviceText"));
    device->setWordWrap(true);
    device->setFixedWidth(controlWidth);
    addRow(
        page, tr("Device"), tr("What trains: the processor of this computer."), {}, device, [] {}, [] {});
    page.layout->addStretch(1);
}

void SettingsDialog::makeData() {
    SettingsPage& page = addPage(QStringLiteral("data"), tr("Data"));
    addPath(page, QStringLiteral("dataFolder"), tr("Folder of data sets"),
            tr("Where data sets are looked for first, by the window's runs and the command line alike."),
            QStringLiteral("data_dir"), tr("none"), true);
    page.layout->addStretch(1);
}

void SettingsDialog::makeShortcuts() {
    SettingsPage& page = addPage(QStringLiteral("shortcuts"), tr("Shortcuts"));
    table_ = new ShortcutTable(workspace_.theme, workspace_.actions, shortcuts_, true,
                               page.layout->parentWidget());
    table_->setMinimumHeight(300);
    page.layout->setSpacing(8);
    addNote(page, tr("Enter or a double click on a row, then press the new keys."));
    page.layout->addWidget(table_, 1);
    page.rows.push_back(
        {table_, tr("shortcuts keys keyboard").toLower(), [this] { shortcuts_.resetAll(); }, [] {}});
}

void SettingsDialog::openPage(const QString& id) {
    for (std::size_t i = 0; i < pages_.size(); ++i)
        if (pages_[i].id == id) list_->setCurrentRow(static_cast<int>(i));
}

void SettingsDialog::applySearch() {
    const QStringList words = search_->text().toLower().split(' ', Qt::SkipEmptyParts);
    int first = -1;
    for (std::size_t i = 0; i < pages_.size(); ++i) {
        bool any = false;
        for (const Row& row : pages_[i].rows) {
            bool fits = true;
            for (const QString& word : words) fits = fits && row.searched.contains(word);
            row.widget->setVisible(fits);
            any |= fits;
        }
        list_->item(static_cast<int>(i))->setHidden(!any);
        if (any && first < 0) first = static_cast<int>(i);
    }
    const bool hidden = list_->currentRow() < 0 || list_->item(list_->currentRow())->isHidden();
    if (hidden && first >= 0) list_->setCurrentRow(first);
    stack_->setVisible(first >= 0);
}

void SettingsDialog::resetPage() {
    const int index = list_->currentRow();
    if (index < 0) return;
    for (const Row& row : pages_[static_cast<std::size_t>(index)].rows) row.reset();
    showAll();
}

void SettingsDialog::showAll() {
    for (const SettingsPage& page : pages_)
        for (const Row& row : page.rows) row.show();
}

}  // namespace filigree::ui
