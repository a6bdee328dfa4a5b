# The pages for people in a browser: what it makes of them, with scripts switched off by the pages' own policy.
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
echo "6 pages in $(chromium --version 2>/dev/null | cut -d' ' -f1,2)"
