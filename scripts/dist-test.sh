#!/bin/sh
# Installs a wheel into a new virtual environment, and runs the command and the tests of python/ there:
# `scripts/dist-test.sh target/wheels/offprint-*.whl`. OFFPRINT_TESTS=-k name narrows the tests.
set -eu

wheel=${1:?name the wheel}
case $wheel in /*) ;; *) wheel=$PWD/$wheel ;; esac
cd "$(dirname -- "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT INT TERM
python=$(command -v python3 || command -v python)
"$python" -m venv "$place/venv"
programs="$place/venv/bin"
[ -d "$programs" ] || programs="$place/venv/Scripts"

# The wheel alone needs nothing else.
"$programs/python" -m pip install --quiet --disable-pip-version-check --no-index "$wheel"
"$programs/offprint" --version
(cd "$place" && "$programs/offprint" demo --quiet -o demo && [ -s demo/demo.db ])
"$programs/python" -m pip install --quiet --disable-pip-version-check "${wheel}[test]"
# A copy, so that the module comes from the wheel.
cp -r python/tests python/pyproject.toml "$place/"
OFFPRINT_MANUAL="$PWD/docs"
export OFFPRINT_MANUAL
cd "$place"
# shellcheck disable=SC2086 # a list of options
"$programs/python" -m pytest ${OFFPRINT_TESTS:-}
