#!/bin/sh
# Builds the container image from the static binary of `make dist`, with podman, buildah or docker. Its name is offprint;
# OFFPRINT_IMAGE is another. With --stage it only lays out what goes in, in target/packages/image.
set -eu

cd "$(dirname -- "$0")/.."
binary=target/packages/current/offprint
stage=target/packages/image
certificates=${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}

fail() {
    echo "image: $*" >&2
    exit 1
}

[ -x "$binary" ] || fail "$binary is missing: run make dist"
[ -r "$certificates" ] || fail "$certificates is missing: install ca-certificates, or name another file with SSL_CERT_FILE"
rm -rf "$stage"
mkdir -p "$stage/usr/bin" "$stage/etc/ssl/certs" "$stage/data" "$stage/tmp"
install -m 755 "$binary" "$stage/usr/bin/offprint"
install -m 644 "$certificates" "$stage/etc/ssl/certs/ca-certificates.crt"
echo 'offprint:x:65532:65532:offprint:/data:/sbin/nologin' >"$stage/etc/passwd"
echo 'offprint:x:65532:' >"$stage/etc/group"
# An empty folder is not copied by every builder.
: >"$stage/data/.keep"
: >"$stage/tmp/.keep"
[ "${1:-}" != --stage ] || exit 0

for builder in podman buildah docker; do
    command -v "$builder" >/dev/null 2>&1 || continue
    "$builder" build --file Containerfile --tag "${OFFPRINT_IMAGE:-offprint}" .
    exit
done
fail "podman, buildah or docker is needed"
