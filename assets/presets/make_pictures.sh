#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Draws the pictures of the gallery's cards: trains every preset (or those named) as it is shipped and draws
# <name>.png and <name>-dark.png beside its file. Takes as long as the presets do.
set -euo pipefail

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)"
cmake --build "$root/build/release" --target filigree preset_picture
program="$root/build/release/bin/filigree"
draw="$root/build/release/bin/preset_picture"
# Runs that are there already are drawn again, not trained again.
store="${PICTURES_STORE:-$root/build/preset-pictures.filigree}"
export QT_QPA_PLATFORM=offscreen

presets=("$@")
if [ ${#presets[@]} -eq 0 ]; then
    mapfile -t presets < <(cd "$root/assets/presets" && ls -- */*.toml | sed 's/\.toml$//')
fi
for preset in "${presets[@]}"; do
    name="picture-${preset//\//-}"
    if ! "$program" show "$name" --store "$store" >/dev/null 2>&1; then
        "$program" run "$preset" --name "$name" --store "$store"
    fi
    for theme in light dark; do
        suffix=""
        if [ "$theme" = dark ]; then suffix="-dark"; fi
        "$draw" "$store" "$name" "$theme" "$root/assets/presets/$preset$suffix.png"
    done
done
