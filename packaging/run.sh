#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and opens the window; without a screen it trains a sparse network instead.
set -euo pipefail

usage() {
    cat <<'END'
usage: packaging/run.sh [FILE|PRESET...]                        opens the window
       packaging/run.sh --headless [PRESET|FILE.toml] [OPTION...]   trains without a window

Installs what is missing (Debian, Ubuntu) and builds the release preset first. Where there is no screen it trains
without being asked to. Training without a name is fashion-mlp: DST-EE on Fashion-MNIST, 90 % sparse; its options go
to `filigree run`, for example:

  packaging/run.sh --headless --seed 2 --threads 2
  packaging/run.sh --headless digits --set train.epochs=5
END
}

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"
headless=
[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || headless=yes
store_given="${FILIGREE_STORE:-}"
words=()
for word in "$@"; do
    case "$word" in
        -h | --help) usage; exit 0 ;;
        --headless) headless=yes; continue ;;
        --store | --store=*) store_given=yes ;;
    esac
    words+=("$word")
done
# Options are for training; the window has none of them.
case "${words[0]:-}" in -*) headless=yes ;; esac
[ "${#words[@]}" -le 1 ] || case "${words[1]}" in -*) headless=yes ;; esac

if [ -n "$headless" ]; then
    experiment=fashion-mlp
    case "${words[0]:-}" in
        "" | -*) options=(${words[@]+"${words[@]}"}) ;;
        *) experiment="${words[0]}"; options=("${words[@]:1}") ;;
    esac
    command=(run "$experiment" ${options[@]+"${options[@]}"})
    "$root/packaging/build.sh" release filigree
else
    command=(gui ${words[@]+"${words[@]}"})
    "$root/packaging/build.sh" release filigree filigree-workbench
fi

# The store lives in the user's data folder; where there is none (or it cannot be written), beside the build.
if [ -z "$store_given" ]; then
    # A service may come without HOME; the program then asks the table of users, as here.
    if [ -z "${HOME:-}" ] && command -v getent >/dev/null; then
        HOME="$(getent passwd "$(id -u)" | cut -d: -f6)"
    fi
    data="${XDG_DATA_HOME:-${HOME:-}/.local/share}/filigree"
    if { [ -z "${XDG_DATA_HOME:-}" ] && [ -z "${HOME:-}" ]; } ||
        ! mkdir -p "$data" 2>/dev/null || [ ! -w "$data" ]; then
        command+=(--store "$root/build/runs.filigree")
        echo "Your data folder cannot be written; runs go to $root/build/runs.filigree" >&2
    fi
fi

exec "$root/build/release/bin/filigree" "${command[@]}"
