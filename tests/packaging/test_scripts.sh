#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The scripts in packaging/ against stand-ins for apt-get, dpkg-query, sudo, cmake, ctest and filigree, which write down
# how they were called. Nothing is installed or built.
set -euo pipefail

source_dir="${1:?usage: test_scripts.sh SOURCE_DIR}"
work="$(mktemp -d)"
trap 'rm -rf -- "$work"' EXIT

# A copy of the scripts, in a folder whose name has spaces.
root="$work/my sources/filigree"
mkdir -p "$root" "$work/tools" "$work/elsewhere"
cp -R "$source_dir/packaging" "$root/packaging"
mkdir -p "$root/.ci" && cp "$source_dir/.ci/run" "$root/.ci/run"

# What a bare system has, without its package manager.
for tool in bash env sh true sed grep cat dirname mkdir rm nproc cp; do
    ln -s "$(type -P "$tool")" "$work/tools/$tool"
done

calls="$work/calls"
failures=0

stand_in() {  # stand_in NAME LINE...: a program that notes its call and then does the lines
    local name="$1"
    shift
    {
        echo '#!/usr/bin/env bash'
        echo "{ printf '%s' '$name'; for a in \"\$@\"; do printf ' <%s>' \"\$a\"; done; echo; } >>'$calls'"
        printf '%s\n' "$@"
    } >"$work/stubs/$name"
    chmod +x "$work/stubs/$name"
}

all_packages="$(sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$root/packaging/dependencies-debian.txt")"

# A Debian system where root has everything installed but the packages named.
debian() {
    rm -rf "$work/stubs" "$calls" && mkdir "$work/stubs" && : >"$calls"
    : >"$work/installed"
    local package
    for package in $all_packages; do
        case " $* " in *" $package "*) ;; *) echo "installed $package" >>"$work/installed" ;; esac
    done
    # Like the real one: prints what it knows, fails when it does not know all.
    stand_in dpkg-query "cat '$work/installed'" "exit 1"
    sed -i 2d "$work/stubs/dpkg-query"  # its calls are of no interest
    stand_in apt-get
    stand_in id 'echo 0'
    sed -i 2d "$work/stubs/id"
    stand_in cmake
    stand_in ctest
}

run() {  # run COMMAND...: sets status, output (both streams)
    status=0
    output="$(cd "$work/elsewhere" && env -i HOME="${home-$work/home}" PATH="$work/stubs:$work/tools" \
        ${environment:+"$environment"} "$@" </dev/null 2>&1)" || status=$?
}

check() {  # check WHAT CONDITION...
    local what="$1"
    shift
    if "$@"; then echo "ok   $what"; else
        failures=$((failures + 1))
        printf 'FAIL %s\n  status: %s\n  output: %s\n  calls:\n' "$what" "$status" "$output"
        sed 's/^/    /' "$calls"
    fi
}
says() { grep --quiet --fixed-strings -e "$1" <<<"$output"; }
called() { grep --quiet --line-regexp --fixed-strings -e "$1" "$calls"; }
not() { ! "$@"; }

# --- install-dependencies.sh
install="$root/packaging/install-dependencies.sh"
options="<--quiet> <--yes> <-o> <DPkg::Lock::Timeout=300>"

debian
run "$install"
check "nothing is missing: success" test "$status" -eq 0
check "nothing is missing: says nothing" test -z "$output"
check "nothing is missing: apt-get is not called" not grep --quiet apt-get "$calls"

debian ninja-build libzstd-dev
run "$install"
check "missing packages are installed, after one update" test "$(cat "$calls")" = \
    "apt-get $options <update>
apt-get $options <install> <--no-install-recommends> <ninja-build> <libzstd-dev>"
check "missing packages: success" test "$status" -eq 0

debian ninja-build
sed -i 's/^installed ccache$/config-files ccache/' "$work/installed"
run "$install"
check "a package of which only settings are left is missing" \
    called "apt-get $options <install> <--no-install-recommends> <ninja-build> <ccache>"

debian ninja-build
stand_in apt-get "case \"\$*\" in *update*) exit 100 ;; esac"
run "$install"
check "an unreachable source does not stop the installation" test "$status" -eq 0
check "an unreachable source: the rest is installed" \
    called "apt-get $options <install> <--no-install-recommends> <ninja-build>"

debian ninja-build
stand_in apt-get 'exit 100'
run "$install"
check "a failed installation is exit code 2" test "$status" -eq 2

debian ninja-build libfmt-dev
stand_in id 'echo 1000'
run "$install"
check "not root, no sudo: exit code 2" test "$status" -eq 2
check "not root, no sudo: says what to type" says "apt-get install --no-install-recommends ninja-build libfmt-dev"
check "not root, no sudo: apt-get is not called" not grep --quiet apt-get "$calls"

debian ninja-build
stand_in id 'echo 1000'
stand_in sudo '[ "$1" = --non-interactive ] && shift' 'exec "$@"'
run "$install"
check "not root, sudo: success" test "$status" -eq 0
check "not root, sudo: never waits for a password without a terminal" not grep --quiet '^sudo <env>' "$calls"
check "not root, sudo: installs" called "apt-get $options <install> <--no-install-recommends> <ninja-build>"

debian ninja-build
stand_in id 'echo 1000'
stand_in sudo 'exit 1'
run "$install"
check "not root, sudo refuses: exit code 2 and says what to type" \
    eval 'test "$status" -eq 2 && says "apt-get install --no-install-recommends ninja-build"'

debian
rm "$work/stubs/apt-get" "$work/stubs/dpkg-query"
run "$install"
check "another system: exit code 2" test "$status" -eq 2
for package in $all_packages; do check "another system: names $package" says "$package"; done

# --- run.sh
debian
mkdir -p "$root/build/release/bin"
program="$root/build/release/bin/filigree"
{
    echo '#!/usr/bin/env bash'
    echo "{ printf 'filigree in %s:' \"\$PWD\"; for a in \"\$@\"; do printf ' <%s>' \"\$a\"; done; echo; } >>'$calls'"
} >"$program"
chmod +x "$program"
here="$work/elsewhere"

home="$work/home"
run "$root/packaging/run.sh"
check "run.sh without a screen configures and builds the program in release" \
    eval 'called "cmake <--preset> <release>" && grep --quiet "^cmake <--build> <--preset> <release> .*<--target> <filigree>$" "$calls"'
check "run.sh without a screen runs fashion-mlp, in the folder it was called from" \
    called "filigree in $here: <run> <fashion-mlp>"

debian
environment=DISPLAY=:7
run "$root/packaging/run.sh"
check "run.sh with a screen builds the window too" \
    grep --quiet "^cmake <--build> .*<--target> <filigree> <filigree-workbench>$" "$calls"
check "run.sh with a screen opens the window" called "filigree in $here: <gui>"
debian
run "$root/packaging/run.sh" "my runs.filigree" digits
check "run.sh hands files to the window" called "filigree in $here: <gui> <my runs.filigree> <digits>"
debian
run "$root/packaging/run.sh" --headless digits
check "run.sh --headless trains although there is a screen" called "filigree in $here: <run> <digits>"
debian
run "$root/packaging/run.sh" digits --seed 2
check "run.sh with options of a training trains" called "filigree in $here: <run> <digits> <--seed> <2>"
environment=

debian
run "$root/packaging/run.sh" --headless --set "train.epochs=1" --name "two words"
check "run.sh passes options on as they are, without --headless" \
    called "filigree in $here: <run> <fashion-mlp> <--set> <train.epochs=1> <--name> <two words>"

debian
run "$root/packaging/run.sh" digits --seed 2
check "run.sh takes another preset" called "filigree in $here: <run> <digits> <--seed> <2>"

debian
home=/dev/null/nowhere
run "$root/packaging/run.sh"
check "run.sh without a writable home keeps store and compiler cache beside the build" \
    called "filigree in $here: <run> <fashion-mlp> <--store> <$root/build/runs.filigree>"
debian
environment=DISPLAY=:7
run "$root/packaging/run.sh"
check "the window too" called "filigree in $here: <gui> <--store> <$root/build/runs.filigree>"
environment=
debian
run "$root/packaging/run.sh" --store here.filigree
check "run.sh leaves a store that was named" called "filigree in $here: <run> <fashion-mlp> <--store> <here.filigree>"
debian
home=
run "$root/packaging/run.sh"
check "run.sh works without HOME" \
    called "filigree in $here: <run> <fashion-mlp> <--store> <$root/build/runs.filigree>"
home="$work/home"

debian
stand_in cmake 'echo "Could not find fmt"' 'exit 1'
run "$root/packaging/run.sh"
check "a failed configuration stops run.sh and shows why" \
    eval 'test "$status" -eq 1 && says "Could not find fmt" && not grep --quiet "^filigree" "$calls"'

debian
run "$root/packaging/run.sh" --help
check "run.sh --help does nothing else" eval 'test "$status" -eq 0 && says usage && test ! -s "$calls"'

# --- build.sh
debian
mkdir -p "$root/build/debug"
printf 'CMAKE_GENERATOR:INTERNAL=Ninja\nCMAKE_HOME_DIRECTORY:INTERNAL=%s\n' "$root" >"$root/build/debug/CMakeCache.txt"
run "$root/packaging/build.sh" debug
check "a build folder is continued" called "cmake <--preset> <debug>"
debian
sed -i 's/Ninja/Unix Makefiles/' "$root/build/debug/CMakeCache.txt"
run "$root/packaging/build.sh" debug
check "a build folder of another generator is made anew" called "cmake <--preset> <debug> <--fresh>"
debian
printf 'CMAKE_GENERATOR:INTERNAL=Ninja\nCMAKE_HOME_DIRECTORY:INTERNAL=/old/place\n' >"$root/build/debug/CMakeCache.txt"
run "$root/packaging/build.sh" debug
check "a build folder of a tree that has moved is made anew" called "cmake <--preset> <debug> <--fresh>"

# --- test.sh and .ci/run
debian
run "$root/packaging/test.sh"
tests="<--output-on-failure> <--parallel> <2> <--no-tests=error> <--output-junit> <test-results.xml>"
check "test.sh builds everything in release" \
    eval 'called "cmake <--preset> <release>" && not grep --quiet "target" "$calls"'
check "test.sh runs all tests" called "ctest <--preset> <release> $tests"

debian
stand_in xauth
stand_in xvfb-run 'shift 3' 'exec "$@"'
run "$root/packaging/test.sh"
check "test.sh runs them on a screen in memory" \
    eval 'grep --quiet "^xvfb-run <--auto-servernum> <--server-args> <[^>]*> <ctest> " "$calls" && called "ctest <--preset> <release> $tests"'

debian
run "$root/packaging/test.sh" debug -R store
check "test.sh takes a preset and options of ctest" called "ctest <--preset> <debug> $tests <-R> <store>"

debian
stand_in ctest 'exit 8'
run "$root/packaging/test.sh"
check "failed tests are a failure" test "$status" -eq 8

debian
run "$root/packaging/test.sh" fastest
check "an unknown preset is exit code 2 and builds nothing" eval 'test "$status" -eq 2 && test ! -s "$calls"'

debian
run "$root/.ci/run"
check "continuous integration runs test.sh" called "ctest <--preset> <release> $tests"

# --- vcpkg.json
declare -A elsewhere=([libfmt-dev]=fmt [nlohmann-json3-dev]=nlohmann-json [libtomlplusplus-dev]=tomlplusplus
    [libdnnl-dev]=onednn [libeigen3-dev]=eigen3 [libsqlite3-dev]=sqlite3
    [libzstd-dev]=zstd [libxxhash-dev]=xxhash [libssl-dev]=openssl [libcurl4-openssl-dev]=curl [zlib1g-dev]=zlib
    [libcli11-dev]=cli11 [qt6-base-dev]=qtbase
    [qt6-svg-dev]=qtsvg [libqcustomplot-dev]=qcustomplot [libimgui-dev]=imgui [libvulkan-dev]=vulkan-headers
    [libvulkan-volk-dev]=volk [libpng-dev]=libpng [libjpeg-dev]=libjpeg-turbo)
for package in $all_packages; do
    case "$package" in
        *-dev)
            check "vcpkg.json has what Debian calls $package" \
                grep --quiet "\"${elsewhere[$package]-missing in test_scripts.sh}\"" "$source_dir/vcpkg.json"
            ;;
    esac
done

echo "$failures failed"
[ "$failures" -eq 0 ]
