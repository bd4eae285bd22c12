// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QObject>
#include <QString>
#include <QUndoStack>
#include <memory>
#include <optional>
#include <vector>

#include "base/error.h"
#include "config/run_file.h"
#include "ui/start/field_text.h"

namespace filigree::ui {

/// An experiment while a person edits it: the text of every field as it was typed, what it was before, and
/// whether it can be run. Knows no widgets; every edit can be undone.
///
/// Fields are the keys of the method's schema, and two more: "name" and "seeds".
class ExperimentDraft : public QObject {
    Q_OBJECT
  public:
    explicit ExperimentDraft(QObject* parent = nullptr);

    /// Begins anew with `file`; "changed" means different from `base` (the pristine preset, or the file
    /// itself). Forgets all undo steps.
    void begin(const config::RunFile& file, const config::RunFile& base);
    bool isEmpty() const { return !now_.base; }

    /// The same as one undoable step: another preset, an edit of the TOML text.
    void replace(const config::RunFile& file, const config::RunFile& base, const QString& what);

    const config::Schema& schema() const { return now_.base->config.schema(); }
    const config::RunFile& base() const { return *now_.base; }
    const std::string& method() const { return now_.base->method; }

    const QString& text(const QString& key) const;
    void setText(const QString& key, const QString& text);
    /// What `text` was in the base.
    QString baseText(const QString& key) const;
    bool isChanged(const QString& key) const;
    /// Keys that differ from the base, in the order of the schema.
    QStringList changedKeys() const;
    /// Why the text of the field is no value of it; empty if it is.
    QString problem(const QString& key) const;

    /// The first field that cannot be read, in the order of the form; empty if all can.
    QString firstProblemKey() const;
    /// The experiment without seeds, if every field can be read.
    std::optional<config::RunFile> file() const;
    /// One per seed; empty if any field cannot be read. Several get their seed into their name.
    std::vector<config::RunFile> runs() const;

    /// The file as TOML: every key, or only those that are not at the schema's default. Empty if a field
    /// cannot be read. `parseRunFile` gives `file()` back either way.
    QString toToml(bool everyKey) const;
    /// Takes a whole file over as one undo step; several in a row are one step. Throws Error (Usage) with
    /// line and column.
    void readToml(const QString& toml);

    QUndoStack& edits() { return edits_; }
    /// The next edit of the same field is a step of its own (the focus has moved).
    void endStep() { ++serial_; }

    /// Everything, the invalid texts too.
    QJsonObject save() const;
    /// False, and nothing changed, if the draft is none of this version's schemas.
    bool restore(const QJsonObject& state);

  signals:
    /// One field has another text.
    void changed(const QString& key);
    /// All may have: another file, maybe of another method.
    void replaced();

  private:
    struct Content {
        std::shared_ptr<const config::RunFile> base;
        std::string title, description, preset;
        double minutes = 0;
        QString name, seeds;
        std::vector<QString> texts;  ///< in the order of the schema
    };
    class SetText;
    class Replace;

    static Content contentOf(const config::RunFile& file, const config::RunFile& base);
    QString* place(const QString& key);
    const QString* place(const QString& key) const;
    void put(const QString& key, const QString& text);
    void put(const Content& content);

    Content now_;
    QUndoStack edits_;
    int serial_ = 0;
};

}  // namespace filigree::ui
