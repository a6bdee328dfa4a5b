#!/bin/sh
# Runs the Rust tests as if it were another date, and in another time zone. None of them may depend on either.
# Needs Debian's faketime. CLOCK_FILTER chooses tests, in the language of `cargo nextest run -E`.
set -eu

cd "$(dirname -- "$0")/.."
command -v faketime >/dev/null 2>&1 || {
    echo "clock: faketime is missing: apt-get install faketime" >&2
    exit 1
}
filter=${CLOCK_FILTER:-all()}
cargo nextest run --all-features --no-run

# Timers keep the true time, and files their dates, so that cargo builds nothing again.
for date in '2026-12-31 00:30:00' '2026-12-31 23:30:00' '2028-02-29 12:00:00'; do
    echo "clock: $date UTC"
    TZ=UTC FAKETIME_DONT_FAKE_MONOTONIC=1 NO_FAKE_STAT=1 faketime -f "@$date" \
        cargo nextest run --all-features --no-fail-fast -E "$filter"
done
echo "clock: Pacific/Kiritimati"
TZ=Pacific/Kiritimati cargo nextest run --all-features --no-fail-fast -E "$filter"
