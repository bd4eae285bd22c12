// SPDX-License-Identifier: Apache-2.0
#include "methods/run_queue.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/platform.h"

namespace filigree::methods {
namespace fs = std::filesystem;

std::string WeightsFolder::put(const train::Checkpoint& weights) const {
    fs::create_directories(folder_);
    // The name is known only when the bytes are. Processes of equal runs may write at the same time.
    const fs::path temporary = folder_ / (".writing-" + std::to_string(platform::processId()));
    const std::string digest = weights.write(temporary);
    fs::rename(temporary, folder_ / (digest + ".safetensors"));
    return digest;
}

train::Checkpoint WeightsFolder::get(const std::string& digest) const {
    // It comes from a configuration, and becomes part of a path.
    const bool plain = digest.size() == 64 && std::all_of(digest.begin(), digest.end(), [](unsigned char c) {
                           return std::isxdigit(c) != 0;
                       });
    if (!plain)
        throw Error(ErrorKind::Usage, "\"" + digest + "\" is no SHA-256", "soup.start",
                    "leave it to the program");
    const fs::path path = folder_ / (digest + ".safetensors");
    if (!fs::exists(path))
        throw Error(ErrorKind::Data, "the weights that this run starts from are missing", path.string(),
                    "start the run that needs it again: it writes them anew");
    if (train::sha256OfFile(path) != digest)
        throw Error(ErrorKind::Data, "the bytes of the weights are not those that were written",
                    path.string(), "delete the file; the run that needs it writes it anew");
    return train::Checkpoint::read(path);
}

}  // namespace filigree::methods
