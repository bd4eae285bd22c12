#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and trains a sparse network.
set -euo pipefail

usage() {
    cat <<'END'
usage: packaging/run.sh [PRESET|FILE.toml] [--headless] [OPTION...]

Installs what is missing (Debian, Ubuntu), builds the release preset and starts a run.
Without a name it is fashion-mlp: DST-EE on Fashion-MNIST, 90 % sparse.
Options go to `filigree run`, for example:

  packaging/run.sh --seed 2 --threads 2
  packaging/run.sh digits --set train.epochs=5
END
}

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"
experiment=fashion-mlp
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    "" | -*) ;;
    *) experiment="$1"; shift ;;
esac

options=()
store_given="${FILIGREE_STORE:-}"
for option in "$@"; do
    case "$option" in
        --headless) continue ;;  # Every run is, for now.
        --store | --store=*) store_given=yes ;;
    esac
    options+=("$option")
done

"$root/packaging/build.sh" release filigree

# The store lives in the user's data folder; where there is none (or it cannot be written), beside the build.
if [ -z "$store_given" ]; then
    # A service may come without HOME; the program then asks the table of users, as here.
    if [ -z "${HOME:-}" ] && command -v getent >/dev/null; then
        HOME="$(getent passwd "$(id -u)" | cut -d: -f6)"
    fi
    data="${XDG_DATA_HOME:-${HOME:-}/.local/share}/filigree"
    if { [ -z "${XDG_DATA_HOME:-}" ] && [ -z "${HOME:-}" ]; } ||
        ! mkdir -p "$data" 2>/dev/null || [ ! -w "$data" ]; then
        options+=(--store "$root/build/runs.filigree")
        echo "Your data folder cannot be written; the run goes to $root/build/runs.filigree" >&2
    fi
fi

exec "$root/build/release/bin/filigree" run "$experiment" ${options[@]+"${options[@]}"}
