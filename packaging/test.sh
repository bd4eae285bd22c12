#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, and runs every test.
set -euo pipefail

usage() {
    cat <<'END'
usage: packaging/test.sh [release|debug|asan|tsan] [CTEST OPTION...]

Installs what is missing (Debian, Ubuntu), builds the preset (default: release) and runs all tests.
Further options go to ctest, for example:  packaging/test.sh asan -R store
Results also land in build/PRESET/test-results.xml (JUnit).
END
}

root="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"
preset=release
case "${1:-}" in
    release | debug | asan | tsan) preset="$1"; shift ;;
    -h | --help) usage; exit 0 ;;
    "" | -*) ;;
    *) echo "unknown preset: $1" >&2; usage >&2; exit 2 ;;
esac

"$root/packaging/build.sh" "$preset"

# Qt and the tests read UTF-8 names.
case "${LC_ALL:-${LC_CTYPE:-${LANG:-}}}" in
    *.UTF-8 | *.utf8 | *.utf-8) ;;
    *) export LC_ALL=C.UTF-8 ;;
esac

# Sanitizers lay out their shadow memory at fixed addresses; a kernel that randomises more bits than they know of makes
# them fail at start, so randomisation is off for them (where that is allowed).
fixed_layout=()
if [ "$preset" = asan ] || [ "$preset" = tsan ]; then
    if setarch --addr-no-randomize true 2>/dev/null; then fixed_layout=(setarch --addr-no-randomize); fi
    export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}"
    export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
    # The path is taken from the program that is tested; the tests start processes, which is a fork with threads alive.
    export TSAN_OPTIONS="${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1:die_after_fork=0:suppressions=../../../tests/tsan.supp}"
fi

# Tests of the window open it on a screen in memory, never on the one in front of a person.
screen=()
if command -v xvfb-run >/dev/null && command -v xauth >/dev/null; then
    screen=(xvfb-run --auto-servernum --server-args "-screen 0 1440x900x24 -dpi 96")
fi

cd "$root"
exec ${screen[@]+"${screen[@]}"} ${fixed_layout[@]+"${fixed_layout[@]}"} ctest --preset "$preset" --output-on-failure --parallel 2 \
    --no-tests=error --output-junit test-results.xml "$@"
