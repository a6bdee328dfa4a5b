#!/bin/sh
# Installs the .deb of target/packages/ into a clean Debian, runs it there, and takes it out again. Needs root and
# debootstrap. OFFPRINT_ROOT keeps the clean system for the next time.
set -eu

cd "$(dirname -- "$0")/.."
deb=$(ls target/packages/*.deb)
root=${OFFPRINT_ROOT:-$(mktemp -d)}
[ "$(id -u)" -eq 0 ] || { echo "test-deb: run as root, for chroot" >&2; exit 1; }
if [ -z "${OFFPRINT_ROOT:-}" ]; then
    trap 'rm -rf "$root"' EXIT
    chmod 755 "$root" # the user offprint works in it too
fi
if [ ! -x "$root/usr/bin/dpkg" ]; then
    debootstrap --variant=minbase --include=ca-certificates bookworm "$root" >"$root.log" 2>&1 ||
        { tail -n 20 "$root.log" >&2; exit 1; }
    rm -f "$root.log"
fi

within() {
    chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"
}

cp "$deb" "$root/tmp/offprint.deb"
within dpkg --install /tmp/offprint.deb >/dev/null
within offprint --version
within getent passwd offprint >/dev/null
within offprint config check
# As cron and the service run it: a journal is added, and harvested by the user offprint into its own folder.
within sh -c 'rm -f /tmp/url; offprint demo --serve >/tmp/url & serves=$!
    until [ -s /tmp/url ]; do sleep 0.1; done
    offprint --quiet --config /etc/offprint/offprint.toml add "$(cat /tmp/url)" &&
        su --shell /bin/sh --command "offprint --config /etc/offprint/offprint.toml --store /var/lib/offprint/offprint.db run --quiet" offprint
    code=$?; kill "$serves"; exit "$code"'
[ "$(within stat --format '%a %U:%G' /etc/offprint/offprint.toml)" = "640 root:offprint" ] ||
    { echo "test-deb: others can read the configuration" >&2; exit 1; }
[ -s "$root/var/lib/offprint/offprint.db" ] || { echo "test-deb: a run has left no store" >&2; exit 1; }
for file in /usr/share/man/man1/offprint-harvest.1.gz /usr/share/bash-completion/completions/offprint \
    /lib/systemd/system/offprint.timer /etc/offprint/offprint.toml /usr/share/doc/offprint/LICENCES.txt; do
    # minbase leaves out manual pages where dpkg is told to.
    [ -e "$root$file" ] || { echo "test-deb: $file is not there" >&2; exit 1; }
done
within sh -c 'cd /tmp && rm -rf offprint-demo && offprint demo --quiet && offprint --store offprint-demo/demo.db export marc >catalog.mrc'
[ -s "$root/tmp/catalog.mrc" ]
rm -f "$root"/var/lib/offprint/*
within dpkg --purge offprint >/dev/null
[ ! -e "$root/usr/bin/offprint" ] && [ ! -e "$root/var/lib/offprint" ] && [ ! -e "$root/etc/offprint/offprint.toml" ]
echo "test-deb: installed, ran and left no trace"
