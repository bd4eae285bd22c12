// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <map>
#include <string>

#include "config/schema.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace filigree::ui {

/// A small window under a button: changes one value of a run while it goes on. Only fields that the schema
/// calls schedulable can be chosen, and what is typed is checked against it.
class SetValuePopover : public QFrame {
    Q_OBJECT
  public:
    /// `values`: what the run has now, by key.
    SetValuePopover(const config::Schema& schema, const std::map<std::string, double>& values,
                    QWidget* parent);

    static bool hasFields(const config::Schema& schema);
    void choose(const QString& key);

  signals:
    void chosen(const QString& key, const QString& value);

  private:
    void showField();
    void check();
    void apply();

    const config::Schema& schema_;
    std::map<std::string, double> values_;
    QComboBox* key_;
    QLineEdit* value_;
    QLabel *help_, *problem_;
    QPushButton* set_;
};

}  // namespace filigree::ui
