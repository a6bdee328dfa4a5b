# `make` lists what there is.

CARGO ?= cargo
# Warnings fail the checks, but not a build in the middle of work.
CLIPPY := $(CARGO) clippy --quiet --all-targets --all-features -- -D warnings
# The build that is shipped and measured.
DIST := $(CARGO) build --profile dist --features jemalloc --quiet
NEXTEST := $(shell command -v cargo-nextest 2>/dev/null)

# Modules of tests/it/ that need more than Rust and a C compiler: validators, shells, a browser, PostgreSQL.
NEEDS_TOOLS := cli_terminal demo engines export_citations export_csv export_deposits export_jats export_marc export_native \
	export_parquet export_stored export_ways fleet hostile manual::shells report_page snapshot store_postgres
empty :=
space := $(empty) $(empty)

.PHONY: help setup test lint unit all features api deny accuracy demo bench bench-duplicates bench-fleet bench-peers gate journals parts world clock crash deltas fleet interop load kills many scaling soak fuzz book dist image wheel dist-test bench-python lint-packaging semver

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what the tests need and this machine lacks
	@./scripts/setup.sh

test: setup lint all features deny ## Everything that must pass: checks, tests, doctests, feature sets, licences

lint: ## Formatting, clippy, documentation, shape and prose, without warnings
	$(CARGO) fmt --check
	$(CLIPPY)
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --quiet --no-deps --all-features
	./scripts/shape.py --check
	./scripts/prose.py --check

unit: ## The tests that need Rust and a C compiler alone: the inner loop
ifdef NEXTEST
	$(CARGO) nextest run --all-features --no-fail-fast -E 'not test(/^($(subst $(space),|,$(strip $(NEEDS_TOOLS))))::/)'
else
	$(CARGO) test --quiet --all-features --lib --test it --no-fail-fast -- $(addprefix --skip=,$(addsuffix ::,$(NEEDS_TOOLS)))
endif
	@echo "unit: left out, since they need other tools (make test installs them): $(strip $(NEEDS_TOOLS))"

all: ## All tests, examples and doctests
ifdef NEXTEST
	$(CARGO) nextest run --all-features --no-fail-fast
else
	$(CARGO) test --quiet --all-features --all-targets --no-fail-fast
endif
	$(CARGO) test --quiet --all-features --doc

features: ## The library and the command with each feature alone
	@for set in "" postgres parquet arrow cli serve cli,postgres; do \
		echo "features: $${set:-none}"; \
		$(CARGO) check --quiet --no-default-features --features "$$set" || exit 1; \
	done

api: ## Record the public items of the library in docs/reference/library-api.txt
	$(CARGO) doc --quiet --no-deps --all-features
	./scripts/public-api.py

deny: ## Licences, sources and advisories of the dependencies; needs cargo-deny, which `make setup` installs
	@./scripts/deny.sh

accuracy: ## Field by field: the sample journal's articles against its database; GOLD=DIR: records whose values were read by hand
	$(CARGO) test --quiet --test it accuracy:: -- --nocapture
	$(if $(GOLD),$(CARGO) build --quiet && python3 $(GOLD)/gold.py $${CARGO_TARGET_DIR:-target}/debug/offprint $(or $(SET),a) --show)

demo: ## Harvest and export the sample journal
	$(CARGO) run --quiet -- demo

bench: ## What harvest and export cost beside curl and zstd; OFFPRINT_BENCH="records=10000 runs=1"
	$(DIST)
	$(CARGO) run --release --quiet --manifest-path benches/Cargo.toml --target-dir target -- target/dist/offprint

bench-peers: ## The same pages through other harvesters, in environments that are thrown away
	$(DIST)
	CARGO=$(CARGO) ./scripts/bench-peers.sh

bench-fleet: ## Four workers over PostgreSQL beside one, and records a second; OFFPRINT_FLEET_BENCH="all=1000000"
	$(DIST)
	OFFPRINT_BENCH_STAGE=fleet $(CARGO) run --release --quiet --manifest-path benches/Cargo.toml --target-dir target -- target/dist/offprint

bench-duplicates: ## `duplicates` over ten sources of 100,000 articles that overlap wholly; OFFPRINT_BENCH="records=10000"
	$(DIST)
	OFFPRINT_BENCH_STAGE=duplicates $(CARGO) run --release --quiet --manifest-path benches/Cargo.toml --target-dir target -- target/dist/offprint

gate: ## Instructions of each stage beside benches/instructions.txt; fails on a change of 5 %; needs valgrind
	$(DIST)
	OFFPRINT_BENCH_STAGE=gate $(CARGO) run --release --quiet --manifest-path benches/Cargo.toml --target-dir target -- target/dist/offprint

journals: ## Instructions of deriving a source of many journals beside one journal; OFFPRINT_BENCH="records=8000 journals=2000"
	$(DIST)
	OFFPRINT_BENCH_STAGE=journals OFFPRINT_BENCH="$${OFFPRINT_BENCH:-records=8000 journals=2000}" $(CARGO) run --release --quiet --manifest-path benches/Cargo.toml --target-dir target -- target/dist/offprint

scaling: ## Instructions of 68 hostile shapes against their size; fails where ten times the size costs more than fifteen times; needs valgrind
	$(CARGO) bench --quiet --profile scaling --manifest-path benches/Cargo.toml --target-dir target --bench scaling

parts: ## Micro benches: reader, repair, normalizer, each exporter, store
	$(CARGO) bench --quiet --manifest-path benches/Cargo.toml --target-dir target --bench parts

world: ## Harvest 1,000 made-up journals, some dead and some broken; OFFPRINT_WORLD="endpoints=10000 size=0.1 time=0.1"
	$(DIST)
	OFFPRINT_BENCH_STAGE=world $(CARGO) run --release --quiet --manifest-path benches/Cargo.toml --target-dir target -- target/dist/offprint

clock: ## The Rust tests at midnight, on a leap day and in another time zone; needs faketime
	@./scripts/clock.sh

crash: ## Kill a harvest at 200 random moments, and finish it each time
	OFFPRINT_KILLS=200 $(CARGO) test --quiet --test it crash:: -- --nocapture

kills: ## Kill exports, reports, snapshots, backups, copies and the rebuilding of a store at 200 random moments each
	OFFPRINT_KILLS=200 $(CARGO) test --quiet --test it stopping:: -- --nocapture

fleet: ## Workers over one PostgreSQL store, killed and stopped at work: 8, with 500 hosts and 2,000 journals
	OFFPRINT_FLEET="$${OFFPRINT_FLEET:-workers=8 hosts=500 journals=2000 rate=2 kills=60}" $(CARGO) test --quiet --test it fleet:: -- --nocapture
	@if [ "$$(id -u)" = 0 ] && ip netns list >/dev/null 2>&1; then \
		OFFPRINT_FLEET="workers=4 hosts=24 journals=96 machines=1" $(CARGO) test --quiet --test it fleet:: -- --nocapture; \
	else echo "fleet: workers as machines of their own need root and iproute2"; fi
	$(CARGO) test --quiet --test it store_postgres::tests::records_a_second -- --ignored --nocapture

deltas: ## 200 random rounds of change, harvest and export, some killed: what applies the changes has the whole
	OFFPRINT_ROUNDS=200 $(CARGO) test --quiet --test it deltas:: -- --nocapture

interop: ## Exports and the provider by the programs that take them in, those too heavy for `make test`
	$(CARGO) build --quiet
	@./scripts/interop/run.sh

load: ## 200 clients at once listing 100,000 records of `serve`; OFFPRINT_LOAD="records=10000 clients=50"
	$(DIST)
	$(CARGO) run --release --quiet --manifest-path benches/Cargo.toml --target-dir target --bin load -- target/dist/offprint

many: ## What looking at 3,000 sources costs: report, status, findings, pages of serve; OFFPRINT_MANY="sources=3000 records=20"
	$(DIST)
	OFFPRINT=$(CURDIR)/target/dist/offprint $(CARGO) test --quiet --test it many:: -- --ignored --nocapture

soak: ## The memory of a harvest: a million records, one of 10 MB, a page of 200 MB; each under 150 MB
	OFFPRINT_RECORDS=1000000 $(CARGO) test --quiet --test it soak:: -- --include-ignored --nocapture

# Targets of fuzz/, and how long each runs.
FUZZ_TARGETS ?= page record values article format html list landing_page
# With AddressSanitizer, for they reach what is written in C.
FUZZ_ADDRESS_TARGETS ?= saved
FUZZ_SECONDS ?= 600
# Longest time for one input, seconds.
FUZZ_TIMEOUT ?= 10

# AddressSanitizer needs nightly Rust.
fuzz: ## Fuzz each reader for FUZZ_SECONDS (600); needs cargo-fuzz and nightly Rust
	@cargo fuzz --version >/dev/null 2>&1 || $(CARGO) install --quiet --locked cargo-fuzz
	@for target in $(FUZZ_TARGETS) $(FUZZ_ADDRESS_TARGETS); do \
		case " $(FUZZ_ADDRESS_TARGETS) " in \
			*" $$target "*) sanitizer=address toolchain=+nightly ;; *) sanitizer=none toolchain= ;; esac; \
		mkdir -p fuzz/found/$$target fuzz/corpus/$$target && \
		$(CARGO) $$toolchain fuzz run --sanitizer $$sanitizer $$target fuzz/found/$$target fuzz/corpus/$$target \
			samples/ojs-3.4-cac samples/landing -- \
			-max_total_time=$(FUZZ_SECONDS) -timeout=$(FUZZ_TIMEOUT) -max_len=65536 -print_final_stats=1 || exit 1; \
	done

book: ## The manual as a site in target/book
	@./scripts/book.sh

dist: ## An archive with a static binary, and a .deb, in target/packages
	@cargo-deb --version >/dev/null 2>&1 || $(CARGO) install --quiet --locked cargo-deb
	./scripts/dist.sh

image: dist ## A container image of the static binary; needs podman, buildah or docker
	@./scripts/image.sh

wheel: ## The Python wheel of this machine, with the module and the command, in target/wheels
	@./scripts/wheel.sh --release

dist-test: wheel ## The wheel in a new virtual environment: the command, and the tests of python/
	@./scripts/dist-test.sh target/wheels/offprint-*.whl

bench-python: wheel ## The same list through sickle and the Python module, and faults in its middle
	@place=$$(mktemp -d) && trap 'rm -rf "$$place"' EXIT && python3 -m venv "$$place" && \
		"$$place/bin/pip" install --quiet --disable-pip-version-check sickle==0.7.0 target/wheels/offprint-*.whl && \
		"$$place/bin/python" scripts/bench-python.py

lint-packaging: ## Workflows, issue forms, Containerfile and scripts, by the tools made for them; needs npm
	@./scripts/lint-packaging.sh

semver: ## Whether the library breaks what the last tag promised; needs cargo-semver-checks
	@cargo semver-checks --version >/dev/null 2>&1 || $(CARGO) install --quiet --locked cargo-semver-checks
	@tag=$$(git describe --tags --abbrev=0 2>/dev/null) || { echo "semver: no tag yet, nothing is promised"; exit 0; }; \
		$(CARGO) semver-checks check-release --baseline-rev "$$tag"
