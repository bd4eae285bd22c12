// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTemporaryDir>
#include <filesystem>
#include <functional>
#include <string>

#include "store/reader.h"
#include "store/writer.h"

/// A store in a folder of its own.
class StoreFixture {
  public:
    std::filesystem::path path() const { return folder_.filePath("runs.filigree").toStdU16String(); }
    QString file() const { return folder_.filePath("runs.filigree"); }
    QString other(const QString& name) const { return folder_.filePath(name); }

    /// A finished run whose records `fill` writes. Returns its id.
    std::int64_t add(const std::string& name, const std::function<void(filigree::store::RunWriter&)>& fill,
                     bool finish = true) {
        filigree::store::NewRun run;
        run.name = name;
        run.totalSteps = 1000;
        auto writer = filigree::store::RunWriter::createRun(path(), run);
        const std::int64_t id = writer->run();
        fill(*writer);
        if (finish)
            writer->finish({});
        else
            writer->flush();
        return id;
    }

  private:
    QTemporaryDir folder_;
};
