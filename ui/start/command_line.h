// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

#include "config/run_file.h"

namespace filigree::ui {

enum class Shell { Posix, PowerShell };
/// The one that people of this system use.
Shell usualShell();

/// One argument as the shell needs it to arrive unchanged; plain words stay as they are.
QString quoted(const QString& argument, Shell shell);

/// The arguments after `filigree` that make a run with exactly the configuration, name and seed of `wanted`,
/// starting from `preset` (pristine, with its name in `preset.preset`, of the same method):
/// run dst_ee/digits --set sparsity.density=0.05 --seed 3
QStringList runArguments(const config::RunFile& preset, const config::RunFile& wanted);

/// "filigree run …", quoted.
QString commandLine(const config::RunFile& preset, const config::RunFile& wanted, Shell shell);

}  // namespace filigree::ui
