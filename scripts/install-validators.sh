#!/bin/sh
# Installs what the tests validate exports with, into .tools/: the JATS DTDs (npm) and, where it is missing,
# xmllint (Debian's libxml2-utils). Quiet, and does nothing when all is there.
set -eu

dtds='@jats4r/dtds@0.0.10'
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
catalog="$root/.tools/node_modules/@jats4r/dtds/schema/catalog.xml"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Runs a command; its output is shown only when it fails.
quietly() {
    if ! "$@" >"$log" 2>&1; then
        cat "$log" >&2
        echo "install-validators: failed: $*" >&2
        exit 1
    fi
}

if ! command -v xmllint >/dev/null 2>&1; then
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "install-validators: xmllint is missing; install libxml2's command line tools" >&2
        exit 1
    fi
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root=sudo
    quietly $as_root apt-get update -qq
    quietly $as_root apt-get install -qq -y --no-install-recommends libxml2-utils
fi

if [ ! -f "$catalog" ]; then
    if ! command -v npm >/dev/null 2>&1; then
        echo "install-validators: npm is missing; it fetches the JATS DTDs" >&2
        exit 1
    fi
    mkdir -p "$root/.tools"
    quietly npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix "$root/.tools" "$dtds"
fi

[ -f "$catalog" ] || { echo "install-validators: $dtds brought no catalog" >&2; exit 1; }
