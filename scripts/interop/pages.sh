# The pages for people in a browser: their content, with scripts switched off by their own policy, and how accessible they are.
. scripts/interop/lib.sh

need chromium chromium --version
serve_demo
site=$(sed 's|/oai$||' "$WORK/url")

look() { # PATH TEXT… : a page as the browser has it must hold these texts
    page=$1
    shift
    chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking \
        --no-first-run --user-data-dir="$WORK/profile" --dump-dom "$site$page" >"$WORK/page" 2>"$WORK/chromium.log" ||
        { cat "$WORK/chromium.log" >&2; fail "chromium failed on $page"; }
    for text in "$@"; do
        grep -qF -- "$text" "$WORK/page" || { cat "$WORK/page" >&2; fail "$page does not show: $text"; }
    done
    ! grep -i 'refused to\|violates the following' "$WORK/chromium.log" >&2 || fail "$page breaks its own policy"
}

look / 'CENTRAL ASIA AND THE CAUCASUS' 'ListRecords' '<h2>'
look '/search?q=caspian' 'class="hits"' '/article?identifier='
article=$(grep -o '/article?identifier=[^"]*' "$WORK/page" | head -1 | sed 's/&amp;/\&/g')
look "$article" '<h1>' 'bibtex' 'GetRecord' 'Abstract'
look /report 'What the collection holds'
look '/search?q=%3Cscript%3Ealert(1)%3C/script%3E' '&lt;script&gt;'
# The base URL itself leads people on.
look /oai 'For harvesters'
# An answer of the provider is a page too.
look '/oai?verb=ListRecords&metadataPrefix=oai_dc' 'Next page' '<dt>title</dt>'

# The same pages at two widths, light and dark, and the report and the report card as files: no violation of axe-core.
need npm npm --version
wanted='axe-core@4.14.1 puppeteer-core@25.16.0'
if [ "$(cat "$TOOLS/pages/installed" 2>/dev/null)" != "$wanted" ]; then
    mkdir -p "$TOOLS/pages"
    # shellcheck disable=SC2086 # a list of words
    npm install --silent --no-audit --no-fund --no-save --ignore-scripts --prefix "$TOOLS/pages" $wanted >"$WORK/npm.log" 2>&1 ||
        { cat "$WORK/npm.log" >&2; fail "axe-core could not be installed"; }
    echo "$wanted" >"$TOOLS/pages/installed"
fi
"$OFFPRINT" --quiet --store "$WORK/demo/demo.db" report -o "$WORK/report.html"
"$OFFPRINT" --quiet --store "$WORK/demo/demo.db" report -o "$WORK/report/"
"$OFFPRINT" --quiet --store "$WORK/demo/demo.db" check cac -o "$WORK/card.html"
cp "$WORK/demo/demo.db" "$WORK/two.db"
"$OFFPRINT" --quiet --store "$WORK/two.db" harvest samples/ojs-3.4-cac >/dev/null 2>&1 || fail "the second source could not be harvested"
"$OFFPRINT" --quiet --store "$WORK/two.db" report -o "$WORK/two.html"
looks=$(node scripts/interop/pages/look.mjs "$TOOLS/pages" "home=$site/" "search=$site/search?q=kazakhstan" \
    "narrowed=$site/search?q=kazakhstan&year=2003" "source=$site/source?name=cac" "year=$site/source?name=cac&year=2003" \
    "article=$site$article" "served-report=$site/report" "missing=$site/none" "report=file://$WORK/report.html" \
    "folder=file://$WORK/report/index.html" "two=file://$WORK/two.html" "card=file://$WORK/card.html") || fail "see above"
echo "7 pages and $looks without a violation in $(chromium --version 2>/dev/null | cut -d' ' -f1,2)"
