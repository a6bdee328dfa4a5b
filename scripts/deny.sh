#!/bin/sh
# Checks licences, sources and advisories with cargo-deny, where it is installed. Advisories need a network:
# without one they are left out, and that is said.
set -eu

if ! command -v cargo-deny >/dev/null 2>&1; then
    echo "deny: cargo-deny is not installed; licences and advisories are not checked"
    exit 0
fi
cargo deny --all-features check --hide-inclusion-graph bans licenses sources
if cargo deny fetch db >/dev/null 2>&1; then
    cargo deny --all-features check --hide-inclusion-graph --disable-fetch advisories
else
    echo "deny: the advisory database cannot be reached; advisories are not checked"
fi
