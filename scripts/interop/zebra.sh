#!/bin/sh
# MARCXML in Zebra, the search engine of Koha: indexed by the fields that Koha documents, and found by authors, titles,
# ISSN and control number, in every script.
set -eu
. scripts/interop/lib.sh

need idzebra-2.0-utils command -v zebraidx
need idzebra-2.0-common test -f /usr/share/idzebra-2.0/tab/bib1.att
need libidzebra-2.0-modules sh -c 'ls /usr/lib/*/idzebra-2.0/modules/mod-dom.so'
need yaz command -v yaz-client
settings=$PWD/scripts/interop/zebra
sample_store
# An author whose name is in three scripts.
"$OFFPRINT" harvest "$settings/scripts.xml" --prefix jats --name scripts --quiet
modules=$(dirname "$(ls /usr/lib/*/idzebra-2.0/modules/mod-dom.so)")
cp "$settings/dom.xml" "$settings/index.xsl" .
cat >zebra.cfg <<END
profilePath: .:/usr/share/idzebra-2.0/tab
modulePath: $modules
index: icu.idx
encoding: UTF-8
attset: bib1.att
recordType: dom.dom.xml
register: register:1G
END
mkdir -p register
"$OFFPRINT" export marcxml --profile koha --status live --quiet -o catalog.xml
zebraidx -c zebra.cfg init >zebra.log 2>&1 && zebraidx -c zebra.cfg update catalog.xml >>zebra.log 2>&1 ||
    { tail -5 zebra.log; fail "Zebra does not index the records"; }
grep -q 'Records: 266' zebra.log || { tail -5 zebra.log; fail "Zebra has not 266 records"; }
zebrasrv -c zebra.cfg unix:zebra.sock >zebrasrv.log 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
n=0
until [ -S zebra.sock ]; do
    n=$((n + 1))
    [ $n -lt 100 ] || { cat zebrasrv.log; fail "Zebra does not start"; }
    sleep 0.1
done
hits() { # ATTRIBUTE WORDS : how many records Zebra finds
    printf 'open unix:zebra.sock\nfind @attr 1=%s @attr 4=6 "%s"\nquit\n' "$1" "$2" |
        yaz-client 2>&1 | sed -n 's/^Number of hits: \([0-9]*\).*/\1/p'
}
finds() { # ATTRIBUTE WORDS COUNT
    found=$(hits "$1" "$2")
    [ "$found" = "$3" ] || fail "Zebra finds $found records, not $3, for $2"
}
id=$("$OFFPRINT" export jsonl --id oai:ojs.ca-c.test:article/643 --quiet | sed 's/.*"id":"\([^"]*\)".*/\1/')
finds 12 "$id" 1
finds 8 2002-3839 265
authors=$("$OFFPRINT" export csv --fields authors --quiet | grep -ic burnashev)
finds 1003 Burnashev "$authors"
finds 4 'KAZAKHSTAN-BELARUS' 1
for name in Ванская Wangskaya; do
    finds 1003 "$name" 1
done
result marcxml Zebra "266 records indexed as Koha does; found by control number, ISSN, title, and author in each script"
# A deletion has its control number and leader byte 5; Koha matches it by 001.
"$OFFPRINT" export marcxml --profile koha --status deleted --quiet -o gone.xml
[ "$(grep -c '<leader>     d' gone.xml)" -eq 6 ] || fail "the deletions are not marked"
