// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QThreadPool>
#include <vector>

#include "base/error.h"
#include "config/run_file.h"

namespace filigree::ui {

/// A preset as lists show it.
struct PresetEntry {
    config::RunFile file;  ///< `file.preset` is its name: "dst_ee/digits"
    QString methodTitle;   ///< "DST-EE"
    QString path;          ///< of the TOML file
    QString picture;       ///< of the PNG beside it for light ground; empty if there is none
    QString darkPicture;
    bool own = false;     ///< the person's, not one that came with the program
    QString missingData;  ///< how to get the data set if it is not on this computer; else empty

    QString name() const { return QString::fromStdString(file.preset); }
    QString title() const { return QString::fromStdString(file.title.empty() ? file.preset : file.title); }
};

/// The presets that came with the program and the person's own, read on a worker.
class PresetList : public QObject {
    Q_OBJECT
  public:
    explicit PresetList(QObject* parent = nullptr);
    ~PresetList() override;

    /// Reads them (again); `loaded` follows. The old ones stay until then.
    void load();
    /// As `load`, unless they are there or on their way.
    void need();

    bool isLoaded() const { return loaded_; }
    const std::vector<PresetEntry>& entries() const { return entries_; }
    const PresetEntry* find(const QString& name) const;  ///< nullptr if there is none
    /// What could not be read: one line per file.
    const QStringList& problems() const { return problems_; }

    /// Writes `file` as the person's own preset `<method>/<name>` and loads anew; returns its path. Throws
    /// Error (Usage) for a name that is no plain word or that a shipped preset has.
    QString save(const config::RunFile& file, const QString& name);

  signals:
    void loaded();

  private:
    bool loading_ = false;
    bool loaded_ = false;
    std::vector<PresetEntry> entries_;
    QStringList problems_;
    QThreadPool worker_;
};

}  // namespace filigree::ui
