#!/bin/sh
# Measures other harvesters over the pages of the bench, each in an environment that is thrown away. What is not to be
# had here (no PHP, no network) is left out, and said.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT INT TERM
commands="$place/commands"
: >"$commands"

missing() { echo "left out: $1" >&2; }

if python3 -m venv "$place/venv" && "$place/venv/bin/pip" install --quiet --disable-pip-version-check sickle==0.7.0 oaipmh-scythe==0.16.0; then
	# Under names of their own, or they would be taken for the modules.
	cat >"$place/peer-sickle.py" <<'PYTHON'
import sys
from sickle import Sickle
print(sum(1 for record in Sickle(sys.argv[1]).ListRecords(metadataPrefix="oai_dc") if record.header.deleted or record.metadata))
PYTHON
	cat >"$place/peer-scythe.py" <<'PYTHON'
import sys
from oaipmh_scythe import Scythe
with Scythe(sys.argv[1]) as scythe:
    print(sum(1 for record in scythe.list_records(metadata_prefix="oai_dc") if record.header.deleted or record.metadata))
PYTHON
	printf 'sickle 0.7\t%s %s\n' "$place/venv/bin/python" "$place/peer-sickle.py" >>"$commands"
	printf 'oaipmh-scythe 0.16\t%s %s\n' "$place/venv/bin/python" "$place/peer-scythe.py" >>"$commands"
else
	missing "sickle and oaipmh-scythe: they need python3 with venv, and PyPI"
fi

mkdir -p "$place/crate/src"
cat >"$place/crate/Cargo.toml" <<'TOML'
[package]
name = "peer"
version = "0.0.0"
edition = "2024"

[dependencies]
oai-pmh = "=0.5.1"
tokio = { version = "1", features = ["macros", "rt-multi-thread"] }

[workspace]
TOML
cat >"$place/crate/src/main.rs" <<'RUST'
use oai_pmh::{Client, ListRecordsArgs, Result};

#[tokio::main]
async fn main() -> Result<()> {
    let url = std::env::args().nth(1).unwrap_or_default();
    let mut pages = 0;
    let client = Client::new(&url)?;
    let mut stream = client.list_records(ListRecordsArgs::new("oai_dc")).await?;
    while stream.try_next().await?.is_some() {
        pages += 1;
    }
    println!("{pages} pages");
    Ok(())
}
RUST
if cargo build --release --quiet --manifest-path "$place/crate/Cargo.toml" --target-dir "$place/target"; then
	printf 'crate oai-pmh 0.5\t%s\n' "$place/target/release/peer" >>"$commands"
else
	missing "the crate oai-pmh: it could not be built"
fi

if command -v php >/dev/null && command -v composer >/dev/null &&
	composer --quiet --working-dir="$place" require vufind-org/vufindharvest; then
	mkdir -p "$place/harvested"
	printf 'vufindharvest\tphp %s --ini=%s --url={url} --metadataPrefix=oai_dc %s\n' \
		"$place/vendor/vufind-org/vufindharvest/bin/harvest_oai.php" /dev/null "$place/harvested" >>"$commands"
else
	missing "vufindharvest: it needs php and composer"
fi

OFFPRINT_BENCH_STAGE=peers OFFPRINT_PEERS="$commands" ${CARGO:-cargo} run --release --quiet \
	--manifest-path benches/Cargo.toml --target-dir target -- target/dist/offprint
