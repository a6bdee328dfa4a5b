#!/bin/sh
# Holds exports and services against the programs that take them in, those that are too slow or too heavy for
# `make test`. One script a concern beside this one: each gets OFFPRINT, the command to try, and WORK, a folder of its
# own; it says in one line what it found, and fails when something is wrong or missing.
#
#   scripts/interop/run.sh [CONCERN…]
#
# When all of them have passed, the table of receivers in docs/exports.md is written anew.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
cd "$root"
OFFPRINT=${OFFPRINT:-${CARGO_TARGET_DIR:-$root/target}/debug/offprint}
[ -x "$OFFPRINT" ] || cargo build --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=
RESULTS=$work/results.tsv
export RESULTS
: >"$RESULTS"
all=
if [ $# -eq 0 ]; then
    all=yes
    for script in scripts/interop/*.sh; do
        name=$(basename "$script" .sh)
        case $name in run | lib) ;; *) set -- "$@" "$name" ;; esac
    done
fi
for concern in "$@"; do
    mkdir "$work/$concern"
    if said=$(OFFPRINT="$OFFPRINT" WORK="$work/$concern" TOOLS="$root/.tools" sh "scripts/interop/$concern.sh" 2>&1); then
        echo "interop: $concern: $said"
    else
        echo "interop: $concern: FAILED"
        echo "$said"
        failed="$failed $concern"
    fi
done
[ -z "$failed" ] || { echo "interop: failed:$failed" >&2; exit 1; }
[ -z "$all" ] || python3 scripts/interop/table.py "$RESULTS"
