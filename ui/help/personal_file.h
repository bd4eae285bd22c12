// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace filigree::ui {

/// The person's filigree.toml: what the command line and the window both go by ("store", "data_dir", …). One
/// key is read or written; every other line stays as it is, comments too.
class PersonalFile {
  public:
    explicit PersonalFile(const QString& path) : path_(path) {}
    /// The file in the settings folder of this person.
    static QString defaultPath();

    /// The text of a top-level key; empty if it is not there. Throws Error (Usage) if the file cannot be read
    /// as TOML.
    QString text(const QString& key) const;
    /// An empty text takes the key out. Throws Error if the file cannot be read or written.
    void setText(const QString& key, const QString& text);

    const QString& path() const { return path_; }

  private:
    QString read() const;

    QString path_;
};

}  // namespace filigree::ui
