#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what Filigree needs and is missing (packaging/dependencies-debian.txt). Does nothing when nothing is.
# Exit code 2 when a person has to install something: the message says exactly what.
set -euo pipefail

here="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)"
list="$here/dependencies-debian.txt"

# The names alone: no comments, no empty lines.
mapfile -t packages < <(sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$list")

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    {
        echo "Filigree installs its dependencies by itself on Debian and Ubuntu only."
        echo "Please install these (Debian's names; your system's may differ a little):"
        sed -e '/^#/d' -e '/^$/d' -e 's/^/  /' "$list"
        echo "On Windows and macOS, vcpkg reads them from vcpkg.json. Then build with:"
        echo "  cmake --preset release && cmake --build --preset release && ctest --preset release"
    } >&2
    exit 2
fi

# dpkg-query fails when it does not know one of the names; what it does know it still prints.
installed="$(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true)"
missing=()
for package in "${packages[@]}"; do
    grep --quiet --line-regexp --fixed-strings "installed $package" <<<"$installed" || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then exit 0; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null; then
        as_root=(sudo)
        # Nobody can type a password when there is no terminal: fail at once instead of waiting.
        [ -t 0 ] || as_root+=(--non-interactive)
    fi
    if [ ${#as_root[@]} -eq 0 ] || { [ ! -t 0 ] && ! "${as_root[@]}" true 2>/dev/null; }; then
        {
            echo "Filigree needs some packages that only root can install. Please run as root:"
            echo "  apt-get update && apt-get install --no-install-recommends ${missing[*]}"
        } >&2
        exit 2
    fi
fi

echo "Installing: ${missing[*]}" >&2
apt() {
    ${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 \
        apt-get --quiet --yes -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2
}
# One unreachable source must not matter as long as the packages are found in another.
apt update || echo "Some package lists could not be read; going on with those that could." >&2
if ! apt install --no-install-recommends "${missing[@]}"; then
    {
        echo "apt-get could not install everything (its own message is above)."
        echo "Filigree needs Debian 12, Ubuntu 24.04 or newer; on Ubuntu the component \"universe\" must be on."
    } >&2
    exit 2
fi
