#!/bin/sh
# BibTeX by biber and bibtool; CSL-JSON and BibTeX by pandoc's citeproc.
set -eu
. scripts/interop/lib.sh

here=$PWD/scripts/interop
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
result bibtex "biber $(biber --version | sed 's/.*: //')" "$entries entries without a warning of its data model"
result bibtex bibtool "$entries entries without a warning"
result bibtex pandoc "article 643 cited with author, year, title, journal and page"
result csl pandoc "article 643 cited with author, year, title, journal and page"

# citeproc-js, as reference managers run it: the article of the sample journal in APA.
"$OFFPRINT" export --quiet csl --id oai:ojs.ca-c.test:article/643 -o apa.json
cited=$(node "$here/../../tests/it/validators/apa.js" "$TOOLS/node_modules" <apa.json | tr '–' '-' | tr -s ' ' | sed 's/^ //')
case $cited in
    'BURNASHEV, I. (2004). SPECIFIC FEATURES OF KAZAKHSTAN-BELARUS RELATIONS IN POLITICS, ECONOMICS AND CULTURE. CENTRAL ASIA AND THE CAUCASUS, 5(6), 103'*'110. http'*) ;;
    *) fail "citeproc-js cites $cited" ;;
esac
result csl citeproc-js "article 643 in APA, word for word"
