// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "config/schema.h"
#include "ui/base/theme.h"
#include "ui/start/experiment_draft.h"

class QLabel;
class QCheckBox;
class QComboBox;
class QGridLayout;
class QLineEdit;
class QToolButton;

namespace filigree::ui {

class ClampedLabel;

/// One field of the form: label, the control that fits its type, a hint (unit, range, default), an arrow that
/// takes a change back; below it why its text is wrong, and what it is for while it has the focus. The
/// control's objectName is the key.
class FieldRow : public QWidget {
    Q_OBJECT
  public:
    FieldRow(const Theme& theme, ExperimentDraft& draft, const config::Field& field, QWidget* parent);
    /// A row for "name" or "seeds", which are no fields of the schema.
    FieldRow(const Theme& theme, ExperimentDraft& draft, const QString& key, const QString& label,
             const QString& hint, const QString& help, QWidget* parent);

    const QString& key() const { return key_; }
    QWidget* control() const { return control_; }
    /// Shows what the draft holds now.
    void refresh();
    /// Shows the help line.
    void setActive(bool active);
    /// What the search looks at, in lower case.
    QString searchedText() const;

  signals:
    void helpWanted(const QString& key);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void makeControl(const config::Field* field);
    void assemble(const QString& label, const QString& hint);
    void setBold(bool bold);
    bool step(int direction);

    const Theme& theme_;
    ExperimentDraft& draft_;
    QString key_;
    QString help_;
    bool isInteger_ = false;
    QWidget* control_ = nullptr;
    QLineEdit* line_ = nullptr;
    QCheckBox* check_ = nullptr;
    QComboBox* combo_ = nullptr;
    QGridLayout* grid_;
    QLabel* label_ = nullptr;
    ClampedLabel* hint_ = nullptr;
    QToolButton* reset_ = nullptr;
    QLabel* problem_ = nullptr;    ///< made when first needed
    QWidget* helpLine_ = nullptr;  ///< likewise
};

}  // namespace filigree::ui
