#!/bin/sh
# Checks licences, sources and advisories with cargo-deny, which scripts/setup.sh installs. Advisories need a network:
# without one they are left out, and that is said.
set -eu

cd "$(dirname -- "$0")/.."
PATH="$PWD/.tools/deny/bin:$PATH"
if ! command -v cargo-deny >/dev/null 2>&1; then
    echo "deny: cargo-deny is missing: run scripts/setup.sh" >&2
    exit 1
fi
cargo deny --all-features check --hide-inclusion-graph bans licenses sources
# target-lexicon, which only the build of the Python module uses, has a licence of its own.
cargo deny --manifest-path python/Cargo.toml --config python/deny.toml check --hide-inclusion-graph licenses sources
if cargo deny fetch db >/dev/null 2>&1; then
    cargo deny --all-features check --hide-inclusion-graph --disable-fetch advisories
else
    echo "deny: the advisory database cannot be reached; advisories are not checked"
fi
