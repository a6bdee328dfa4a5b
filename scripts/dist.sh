#!/bin/sh
# Makes a release in target/packages/: an archive with a static binary, manual pages, completions, examples and licences,
# a .deb of the same, and their sha256. Linux on this processor with musl, unless OFFPRINT_TARGET names another target of
# rustc; on macOS and Windows the archive alone, as .tar.gz and .zip. OFFPRINT_PROFILE=dev in place of dist for a trial;
# OFFPRINT_BINARY packs one that was built elsewhere.
set -eu

cd "$(dirname -- "$0")/.."
target=${OFFPRINT_TARGET:-$(uname -m | sed s/arm64/aarch64/)-unknown-linux-musl}
profile=${OFFPRINT_PROFILE:-dist}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -1)
name="offprint-$version-$target"
out=target/packages

fail() {
    echo "dist: $*" >&2
    exit 1
}

case ${OFFPRINT_BINARY:-}:$target in
:*-musl)
    command -v musl-gcc >/dev/null 2>&1 || fail "musl-gcc is missing: install musl-tools"
    rustup target list --installed | grep -qx "$target" || rustup target add "$target" >/dev/null 2>&1 ||
        fail "rustup cannot add $target"
    export "CC_$(echo "$target" | tr - _)=musl-gcc"
    ;;
esac
# jemalloc is built for a size of pages: kernels for ARM have them of 4 to 64 KiB.
case $target in aarch64-*) export JEMALLOC_SYS_WITH_LG_PAGE=16 ;; esac
# musl copies and compares memory slowly on x86-64: other functions take the place of its own.
set --
case ${OFFPRINT_BINARY:-}:$target in
:x86_64-*-musl)
    mkdir -p target/musl
    musl-gcc -O3 -std=gnu11 -fPIC -ffreestanding -fno-builtin -fno-tree-loop-distribute-patterns \
        -c scripts/musl/memory.c -o target/musl/memory.o
    set -- -C "link-arg=$PWD/target/musl/memory.o"
    for function in memcpy memmove memset memcmp bcmp; do
        set -- "$@" -C "link-arg=-Wl,--wrap=$function"
    done
    ;;
esac
case $target in *-windows-*) suffix=.exe ;; *) suffix= ;; esac
case $profile in dev) built=debug ;; *) built=$profile ;; esac
binary=${OFFPRINT_BINARY:-${CARGO_TARGET_DIR:-target}/$target/$built/offprint$suffix}
[ -n "${OFFPRINT_BINARY:-}" ] ||
    cargo rustc --quiet --locked --profile "$profile" --features jemalloc --target "$target" --bin offprint -- "$@"

rm -rf "${out:?}/$name" "$out/deb"
mkdir -p "$out/$name/completions" "$out/$name/systemd" "$out/deb"
install -m 755 "$binary" "$out/$name/offprint$suffix"
[ "$profile" = dist ] || strip "$out/$name/offprint$suffix"
offprint="$out/$name/offprint$suffix"
"$offprint" man --quiet -o "$out/$name/man/man1"
"$offprint" completions bash >"$out/$name/completions/offprint"
"$offprint" completions zsh >"$out/$name/completions/_offprint"
"$offprint" completions fish >"$out/$name/completions/offprint.fish"
"$offprint" completions powershell >"$out/$name/completions/offprint.ps1"
cp examples/systemd/offprint.service examples/systemd/offprint.timer "$out/$name/systemd/"
cp README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT offprint.example.toml examples/cron/offprint.cron "$out/$name/"
{
    echo "# Packages in the binary, and their licences"
    cargo tree --locked --target "$target" --edges normal --prefix none --format '{p}: {l}' |
        sed 's/ (\*)$//; s/ (proc-macro)//; s/ (\/[^)]*)//' | sort -u
} >"$out/$name/LICENCES.txt"

epoch=$(git log -1 --format=%ct 2>/dev/null || echo 0)
case $target in
*-linux-*) ;;
*)
    case $target in *-windows-*) archive="$name.zip" ;; *) archive="$name.tar.gz" ;; esac
    python=$(command -v python3 || command -v python) || fail "python3 is missing"
    "$python" scripts/archive.py "$out/$name" "$out/$archive" "$epoch"
    echo "$out/$archive"
    exit
    ;;
esac

# The same again as it lies in a Debian system.
gzip -9nc CHANGELOG.md >"$out/deb/changelog.gz"
mkdir -p "$out/deb/man"
for page in "$out/$name"/man/man1/*.1; do
    gzip -9nc "$page" >"$out/deb/man/$(basename "$page").gz"
done
for file in systemd/offprint.service cron/offprint.cron; do
    sed 's,/usr/local/bin/,/usr/bin/,' "examples/$file" >"$out/deb/$(basename "$file")"
done
ln -sfn "$name" "$out/current"

tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$epoch" -C "$out" -c "$name" | zstd -q -12 -f -o "$out/$name.tar.zst"

made="$name.tar.zst"
if cargo-deb --version >/dev/null 2>&1; then
    rm -f "$out"/*.deb
    cargo-deb --quiet --no-build --no-strip --target "$target" --output "$out/"
    made="$made $(cd "$out" && ls -- *.deb)"
else
    echo "dist: cargo-deb is not installed (cargo install --locked cargo-deb): no .deb is made" >&2
fi
# shellcheck disable=SC2086 # a list of names
(cd "$out" && sha256sum $made >SHA256SUMS && cat SHA256SUMS)
