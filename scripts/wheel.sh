#!/bin/sh
# Builds the wheel of this machine in target/wheels with maturin, which is installed from PyPI into .tools/maturin where it
# is missing. Options go to `maturin build`.
set -eu

cd "$(dirname -- "$0")/.."
maturin=maturin
maturin_version=1.16.0
if ! command -v maturin >/dev/null 2>&1; then
    maturin=.tools/maturin/bin/maturin
    if [ "$("$maturin" --version 2>/dev/null)" != "maturin $maturin_version" ]; then
        python3 -m venv --clear .tools/maturin
        .tools/maturin/bin/pip install --quiet --disable-pip-version-check "maturin==$maturin_version"
    fi
fi
cp LICENSE-MIT LICENSE-APACHE python/
rm -f target/wheels/offprint-*.whl
"$maturin" build --locked --quiet --manifest-path python/Cargo.toml --out target/wheels "$@"
ls target/wheels/*.whl
