#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Takes pictures of every page of the window, light and dark, on a screen in memory:
#   make.sh [FOLDER [WIDTHxHEIGHT...]]
# FOLDER is build/screenshots unless named, the size 1440x900; of several sizes each has a folder of its own.
# Two pictures are in the README (assets/help/pictures).
set -euo pipefail

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)"
folder="${1:-$root/build/screenshots}"
"$root/packaging/build.sh" release filigree_screenshots
sizes=("${@:2}")
[ ${#sizes[@]} -gt 0 ] || sizes=(1440x900)
mkdir -p "$folder"
runs="$(mktemp -d)"
trap 'rm -rf "$runs"' EXIT
for size in "${sizes[@]}"; do
    pictures="$folder"
    [ ${#sizes[@]} -eq 1 ] || pictures="$folder/$size"
    mkdir -p "$pictures"
    xvfb-run --auto-servernum --server-args "-screen 0 ${size}x24 -dpi 96" \
        "$root/build/release/bin/filigree_screenshots" "$pictures" "$runs/experiments.filigree"
done
