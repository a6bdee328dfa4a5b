#!/bin/sh
# Runs the Rust tests as if it were another date, and in another time zone. None of them may depend on either.
# Needs Debian's faketime and cargo-nextest. CLOCK_FILTER chooses tests, in the language of `cargo nextest run -E`.
set -eu

cd "$(dirname -- "$0")/.."
# Called by nextest: runs one test so many seconds ahead, with the commands that it starts.
if [ -n "${CLOCK_AHEAD:-}" ]; then
    export LD_PRELOAD="$CLOCK_LIBRARY" FAKETIME="+${CLOCK_AHEAD}s"
    exec "$@"
fi
for tool in faketime cargo-nextest; do
    command -v "$tool" >/dev/null 2>&1 || {
        echo "clock: $tool is missing" >&2
        exit 1
    }
done
filter=${CLOCK_FILTER:-all()}
library=$(faketime -m -f +0s printenv LD_PRELOAD)
host=$(rustc -vV | sed -n 's/^host: //p' | tr 'a-z-' 'A-Z_')

run() {
    echo "clock: $*"
    env "$@" cargo nextest run --all-features --no-fail-fast -E "$filter"
}

# Timers keep the true time, and files their dates.
for date in '2026-12-31 00:30:00' '2026-12-31 23:30:00' '2028-02-29 12:00:00'; do
    ahead=$(($(date -u -d "$date" +%s) - $(date +%s)))
    run TZ=UTC FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 CLOCK_AHEAD="$ahead" CLOCK_LIBRARY="$library" \
        "CARGO_TARGET_${host}_RUNNER=$PWD/scripts/clock.sh"
done
run TZ=Pacific/Kiritimati
