#!/bin/sh
# BibTeX by biber and bibtool; CSL-JSON and BibTeX by pandoc's citeproc.
set -eu
. scripts/interop/lib.sh

need biber command -v biber
need bibtool command -v bibtool
need pandoc command -v pandoc
sample_store
"$OFFPRINT" export bibtex --status live --quiet -o all.bib
entries=$(count '^@article{' all.bib)
[ "$entries" -eq 265 ] || fail "$entries entries, not 265"

biber --tool --validate-datamodel --output-file checked.bib all.bib >biber.log 2>&1 || { cat biber.log; fail "biber refuses it"; }
# Its data model knows no publisher of an article; Crossref's BibTeX and reference managers have it all the same.
grep -E '^(WARN|ERROR)' biber.log | grep -v "Invalid field 'publisher' for entrytype 'article'" >warned || true
[ ! -s warned ] || { head -n 20 warned; fail "biber warns"; }
[ "$(count '^@ARTICLE{' checked.bib)" -eq "$entries" ] || fail "biber has other entries"

bibtool <all.bib >tool.bib 2>tool.log || fail "bibtool refuses it"
[ ! -s tool.log ] || { cat tool.log; fail "bibtool warns"; }
[ "$(count '^@Article{' tool.bib)" -eq "$entries" ] || fail "bibtool has other entries"

# One article as the journal cites it; the same of every form.
for form in csljson:json bibtex:bib; do
    "$OFFPRINT" export --quiet "$(echo "$form" | sed 's/csljson.*/csl/; s/bibtex.*/bibtex/')" \
        --id oai:ojs.ca-c.test:article/643 -o "one.${form#*:}"
    pandoc --from "${form%:*}" --to plain --wrap none --citeproc "one.${form#*:}" >cited
    for part in 'Burnashev, I' '2004' 'KAZAKHSTAN-BELARUS' 'CENTRAL ASIA AND THE CAUCASUS' '103'; do
        grep -iq -- "$part" cited || { cat cited; fail "pandoc cites ${form%:*} without $part"; }
    done
done
echo "biber, bibtool and pandoc read $entries articles"
