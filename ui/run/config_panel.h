// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "config/run_file.h"
#include "store/run_row.h"
#include "ui/run/panel.h"
#include "ui/run/rows_model.h"

class QLabel;
class QLineEdit;
class QPushButton;

namespace filigree::ui {

/// One key of a run's configuration beside what the preset (or the method's default) says.
struct ConfigLine {
    std::string key;
    std::string value;   ///< as TOML writes it
    std::string preset;  ///< likewise
    std::string help;
    bool differs = false;
};

/// Every key of `config`; those that differ from `base` first, in both parts in the order of the schema.
std::vector<ConfigLine> configLines(const config::Config& config, const config::Config& base);
/// The command that repeats the run: `filigree run PRESET --set key=value … --seed N`, quoted for a shell.
std::string commandFor(const store::RunInfo& run, const std::vector<ConfigLine>& lines);

/// The configuration: differences first and bold; copied as TOML or as a command.
class ConfigPanel : public RunPanel {
    Q_OBJECT
  public:
    ConfigPanel(Workspace& workspace, QWidget* parent);
    void focusFilter();

  protected:
    void reset() override;
    void load(StoreSource& source) override;

  private:
    struct Loaded {
        store::RunInfo run;
        std::string toml;
    };
    void apply(const Loaded& loaded);
    void fill();

    RowsModel* model_;
    QLineEdit* filter_;
    QLabel* note_;
    QPushButton *copyToml_, *copyCommand_;
    std::vector<ConfigLine> lines_;
    QString toml_, command_;
    bool hadPresets_ = false;  ///< when the differences were looked for
};

}  // namespace filigree::ui
