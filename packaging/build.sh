#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the dependencies, configures and builds:  build.sh PRESET [TARGET...]
# A second call does only what changed.
set -euo pipefail

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"
preset="${1:?usage: build.sh PRESET [TARGET...]}"
shift
build="$root/build/$preset"

"$root/packaging/install-dependencies.sh"

# ccache keeps its files where the user wants them; where that is not possible (no home folder, or one that cannot be
# written), beside the build and small.
if [ -z "${CCACHE_DIR:-}" ]; then
    cache="${XDG_CACHE_HOME:-${HOME:-}/.cache}"
    if [ -z "${HOME:-}" ] || ! mkdir -p "$cache/ccache" 2>/dev/null || [ ! -w "$cache/ccache" ]; then
        export CCACHE_DIR="$root/build/ccache"
        export CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-1G}"
    fi
fi

# A build folder of another generator, or of a source tree that has moved, cannot be continued.
fresh=()
cache="$build/CMakeCache.txt"
if [ -f "$cache" ] && { ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache" ||
                        ! grep -qxF "CMAKE_GENERATOR:INTERNAL=Ninja" "$cache"; }; then
    fresh=(--fresh)
fi

# Each compiler process may need 1.5 GB: on a machine with many cores and little memory, memory is the limit.
jobs="$(nproc)"
available_kb="$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo 2>/dev/null || true)"
if [ -n "$available_kb" ]; then
    fitting=$((available_kb / 1500000))
    [ "$fitting" -ge 1 ] || fitting=1
    [ "$jobs" -le "$fitting" ] || jobs="$fitting"
fi

cd "$root"
configured="$(cmake --preset "$preset" ${fresh[@]+"${fresh[@]}"} 2>&1)" || {
    printf '%s\n' "$configured" >&2
    exit 1
}
targets=()
[ $# -eq 0 ] || targets=(--target "$@")
cmake --build --preset "$preset" --parallel "$jobs" ${targets[@]+"${targets[@]}"} >&2
