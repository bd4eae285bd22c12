// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/context.h"

#include <istream>
#include <ostream>

#include "base/error.h"

namespace filigree::app {

const Settings& Context::settings() {
    if (!settings_) settings_ = Settings::load(options_);
    return *settings_;
}

store::Store Context::openStore(store::Mode mode) {
    if (auto opened = openStoreIfAny(mode)) return std::move(*opened);
    throw Error(ErrorKind::Usage, "there are no runs yet", settings().store().string(),
                "make one with: filigree run digits");
}

std::optional<store::Store> Context::openStoreIfAny(store::Mode mode) {
    const std::filesystem::path path = settings().store();
    std::error_code ignored;
    if (settings().storeIsDefault() && !std::filesystem::exists(path, ignored)) return std::nullopt;
    return store::Store::open(path, mode);
}

bool Context::confirm(const std::string& question) {
    const Streams& streams = output_.streams();
    if (!streams.inIsTerminal)
        throw Error(ErrorKind::Usage, "this cannot be undone", "",
                    "add --yes if you mean it, or --dry-run to see more");
    streams.err << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(streams.in, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace filigree::app
