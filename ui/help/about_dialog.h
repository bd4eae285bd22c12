// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QThreadPool>

#include "ui/base/theme.h"

class QLabel;

namespace filigree::ui {

/// Version, this computer and its drivers, and the licences of everything the program is made of.
class AboutDialog : public QDialog {
    Q_OBJECT
  public:
    AboutDialog(const Theme& theme, QWidget* parent);
    ~AboutDialog() override;

    /// For a report: versions, system, processor, memory, devices. No names of files, hosts or people.
    QString diagnostics() const;

  private:
    void findDevices();

    const Theme& theme_;
    QLabel* device_;
    QString devices_;
    QThreadPool worker_;
};

}  // namespace filigree::ui
