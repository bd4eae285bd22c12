// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "app/commands/render.h"
#include "store/reader.h"
#include "ui/canvas/offscreen.h"
#include "ui/canvas/scene.h"
#include "ui/views/render_command.h"

/// How a command of render makes its picture: open the run, load a painter, draw, write. Only in a program
/// with views (FILIGREE_WINDOW).
namespace filigree::app {

struct PictureSize {
    int width = 0;
    int height = 0;
};

/// A store opened for reading and a run of it, after the files to be written were found free.
struct PictureSource {
    /// `single`: the picture is one file. Throws Error (Usage) for a malformed size, a file that is there or
    /// an unknown run.
    PictureSource(Context& context, const PictureOptions& options, bool single = true);

    /// A request for a picture of this run.
    template <typename Request>
    Request request() const {
        Request made;
        made.run = run;
        made.appearance = appearance;
        made.width = size.width;
        made.height = size.height;
        return made;
    }

    PictureSize size;
    ui::Appearance appearance;
    store::Store store;
    store::Reader reader;
    std::int64_t run;
};

/// What is written into a file beside its pixels: the program, and the command that makes it.
ui::PictureText pictureTexts(const std::string& command);

/// Writes the table that --csv asks for, if it does.
void writePictureTable(const PictureOptions& options, const std::function<std::string()>& csv);

/// Draws what `request` is of, writes it and says so: `facts` are for --json.
template <typename Request>
int writePicture(Context& context, const PictureOptions& options, ui::View& view, const Request& request,
                 nlohmann::json facts) {
    const ui::Picture picture =
        ui::render(view, request.width, request.height, static_cast<float>(options.scale), request.appearance,
                   options.device);
    ui::writePng(picture, options.file, pictureTexts(ui::commandOf(request)), options.colours);
    facts["run"] = request.run;
    facts["file"] = options.file;
    return reportFile(context, options.file, std::move(facts));
}

}  // namespace filigree::app
