# What the scripts of this folder share.

fail() {
    echo "$*" >&2
    exit 1
}

# Installs a Debian package where a check for what it brings fails: need PACKAGE CHECK…
need() {
    package=$1
    shift
    "$@" >/dev/null 2>&1 && return
    as_root=
    [ "$(id -u)" -eq 0 ] || as_root='sudo -n'
    log=$(mktemp)
    {
        $as_root apt-get update -qq &&
            $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$package"
    } >"$log" 2>&1 || { cat "$log" >&2; fail "$package is missing, and could not be installed"; }
    rm -f "$log"
}

# A store with the sample journal, in $WORK.
sample_store() {
    mkdir "$WORK/pages"
    cp samples/ojs-3.4-cac/cac-identify.xml samples/ojs-3.4-cac/cac-listrecords-oai_dc-page[123].xml "$WORK/pages/"
    cd "$WORK"
    "$OFFPRINT" harvest pages --quiet
}

# Serves the sample journal after its three harvests: serve_demo ARGUMENT…; its base URL is then in $WORK/url.
serve_demo() {
    "$OFFPRINT" --quiet demo -o "$WORK/demo" >/dev/null
    "$OFFPRINT" --store "$WORK/demo/demo.db" serve --listen 127.0.0.1:0 "$@" >"$WORK/url" 2>"$WORK/log" &
    server=$!
    trap 'kill $server 2>/dev/null || true' EXIT
    n=0
    until [ -s "$WORK/url" ]; do
        n=$((n + 1))
        [ $n -lt 300 ] || { cat "$WORK/log" >&2; fail "the server does not start"; }
        sleep 0.2
    done
}

# How often a pattern stands in a file.
count() {
    grep -c -- "$1" "$2" || true
}

# Notes what a receiver made of a format, for the table of the manual: result FORMAT RECEIVER CHECKED.
result() {
    printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"${RESULTS:-/dev/null}"
    echo "$2: $1: $3"
}
