#!/bin/sh
# Metadata by converters and readers of others: commonmeta, jats-xml, pyarrow, DuckDB, bagit.py.
set -eu
. scripts/interop/lib.sh

need python3-venv python3 -c 'import ensurepip'
here=$PWD/scripts/interop
venv=$TOOLS/interop-metadata
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" --quiet --disable-pip-version-check install \
    commonmeta-py==0.312 pyarrow==26.0.1 duckdb==2.0.1 bagit==1.9.0 pymarc==5.4.0 rispy==0.10.0 >&2
node=$TOOLS/interop-node
[ -d "$node/node_modules/jats-xml" ] ||
    npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix "$node" jats-xml@1.1.1 >&2
sample_store

for format in csl bibtex datacite; do
    "$OFFPRINT" export "$format" --quiet --status live -o "a.$format"
done
"$venv/bin/python" "$here/commonmeta_reader.py" . >commonmeta || { cat commonmeta; fail "commonmeta misreads an export"; }
while read -r format count; do
    case $format in
        datacite) expected=133 ;;
        *) expected=265 ;;
    esac
    [ "$count" -eq "$expected" ] || fail "commonmeta reads $count of $expected entries of $format"
    result "$format" commonmeta "$count entries read with title and DOI"
done <commonmeta

"$OFFPRINT" export jats --quiet -o jats/
read_jats=$(node "$here/jats_reader.mjs" "$node/node_modules" jats)
case $read_jats in
    '{"files":265,"title":265,"authors":265,"journal":265,'*'"date":265,'*) ;;
    *) fail "jats-xml reads $read_jats" ;;
esac
result jats jats-xml "265 files read with title, authors, journal and date"

"$OFFPRINT" export parquet --quiet -o a.parquet
"$OFFPRINT" export csv --quiet -o a.csv
"$OFFPRINT" export marc --quiet --status live -o a.mrc
"$OFFPRINT" export ris --quiet -o a.ris
"$venv/bin/python" "$here/tables.py" >tables || { cat tables; fail "a table or list is misread"; }
while IFS='|' read -r format receiver checked; do
    result "$format" "$receiver" "$checked"
done <tables

"$OFFPRINT" snapshot pages -o bag --quiet >/dev/null 2>&1 || "$OFFPRINT" snapshot "$("$OFFPRINT" status --json | sed -n 's/.*"name":[[:space:]]*"\([^"]*\)".*/\1/p' | head -1)" -o bag --quiet
"$venv/bin/bagit.py" --validate bag >bagit.log 2>&1 || { tail -3 bagit.log; fail "bagit.py refuses the snapshot"; }
result snapshot bagit.py "the bag is valid"
