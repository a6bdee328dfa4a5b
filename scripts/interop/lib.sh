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

# How often a pattern stands in a file.
count() {
    grep -c -- "$1" "$2" || true
}
