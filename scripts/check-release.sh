#!/bin/sh
# Fails while RELEASING.md lists something to fill in, and where the files that state the version disagree with one another
# or with the tag: `scripts/check-release.sh v0.1.0`. Without a tag only the versions are compared.
# OFFPRINT_ROOT names another checkout.
set -eu

cd "${OFFPRINT_ROOT:-$(dirname -- "$0")/..}"
tag=${1:-}
failures=0

complain() {
    echo "check-release: $*" >&2
    failures=$((failures + 1))
}

first() {
    sed -n "s/$1/\\1/p" "$2" | head -n 1
}

version=$(first '^version = "\(.*\)"' Cargo.toml)
[ -n "$version" ] || complain "Cargo.toml states no version"
agrees() {
    [ "$2" = "$version" ] || complain "$1 states version ${2:-none}, Cargo.toml $version"
}
agrees python/Cargo.toml "$(first '^version = "\(.*\)"' python/Cargo.toml)"
agrees CITATION.cff "$(first '^version: *\(.*\)' CITATION.cff)"

if [ -n "$tag" ]; then
    [ "$tag" = "v$version" ] || complain "the tag is $tag, Cargo.toml states $version"
    grep -q "^## \[\{0,1\}$version" CHANGELOG.md || complain "CHANGELOG.md has no section for $version"
    open=$(grep '^- \[ \]' RELEASING.md || true)
    if [ -n "$open" ]; then
        complain "RELEASING.md lists what is still to be filled in:"
        printf '%s\n' "$open" >&2
    fi
fi
[ "$failures" -eq 0 ]
