// SPDX-License-Identifier: GPL-3.0-or-later
#ifdef FILIGREE_WINDOW
#include "app/commands/render_picture.h"

#include <fmt/format.h>

#include <charconv>

#include "base/platform.h"
#include "base/version.h"

namespace filigree::app {
namespace {

/// "1200x800"
PictureSize parseSize(const std::string& text) {
    const char* end = text.data() + text.size();
    PictureSize size;
    const auto width = std::from_chars(text.data(), end, size.width);
    if (width.ec == std::errc() && width.ptr != end && *width.ptr == 'x') {
        const auto height = std::from_chars(width.ptr + 1, end, size.height);
        if (height.ec == std::errc() && height.ptr == end && size.width >= 64 && size.height >= 64 &&
            size.width <= 16384 && size.height <= 16384)
            return size;
    }
    throw Error(ErrorKind::Usage, fmt::format("\"{}\" is not a size", text), "filigree render --size",
                "give width and height in pixels, 64 to 16384 each, for example 1200x800");
}

PictureSize freeSize(const PictureOptions& options, bool single) {
    if (single) requireFree(options.file, options.overwrite);
    if (!options.table.empty()) requireFree(options.table, options.overwrite);
    return parseSize(options.size);
}

}  // namespace

PictureSource::PictureSource(Context& context, const PictureOptions& options, bool single)
    : size(freeSize(options, single)),
      appearance(options.theme == "dark" ? ui::Appearance::Dark : ui::Appearance::Light),
      store(context.openStore(store::Mode::ReadOnly)),
      reader(store),
      run(reader.find(options.run)) {}

ui::PictureText pictureTexts(const std::string& command) {
    return {{"Software", "Filigree " + std::string(version())}, {"Source", command}};
}

void writePictureTable(const PictureOptions& options, const std::function<std::string()>& csv) {
    if (options.table.empty()) return;
    const std::string text = csv();
    platform::writeFileDurably(options.table, text.data(), text.size());
}

}  // namespace filigree::app
#endif
