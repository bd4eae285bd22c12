#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Takes pictures of every page of the window, light and dark, on a screen in memory:  make.sh [FOLDER]
# FOLDER is build/screenshots unless named; two of them are in the README (assets/help/pictures).
set -euo pipefail

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)"
folder="${1:-$root/build/screenshots}"
"$root/packaging/build.sh" release filigree_screenshots
mkdir -p "$folder"
exec xvfb-run --auto-servernum --server-args "-screen 0 1440x900x24 -dpi 96" \
    "$root/build/release/bin/filigree_screenshots" "$folder"
