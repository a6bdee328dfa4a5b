#!/bin/sh
# Prints the section of CHANGELOG.md for a tag: `scripts/release-notes.sh v0.1.0`.
set -eu

cd "${OFFPRINT_ROOT:-$(dirname -- "$0")/..}"
version=${1:?name the tag: scripts/release-notes.sh v0.1.0}
awk -v version="${version#v}" '
    /^## / { inside = index($2, version) == 1 || index($2, "[" version "]") == 1; next }
    inside { print; found = 1 }
    END { exit !found }
' CHANGELOG.md
