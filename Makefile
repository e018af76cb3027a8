# Two commands matter: `make demo` shows Daicho, `make test` proves it. `make help` lists the rest.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Arguments of `daicho demo`, such as DEMO_ARGS="--listen 127.0.0.1:9000 --staff 800".
DEMO_ARGS ?=

CARGO_TEST := $(if $(shell command -v cargo-nextest),cargo nextest run --workspace --locked,cargo test --workspace --all-targets --locked)
CHROMIUM := $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 12

.PHONY: demo
demo: assets ## build a sample agency on embedded SQLite and serve it
	cargo run --locked --profile demo --bin daicho -- demo $(DEMO_ARGS)

.PHONY: test
test: lint test-assets packs test-doc ## everything that must hold before a change lands
	@$(if $(CHROMIUM),$(MAKE) --no-print-directory e2e,echo 'SKIPPED: browser stories (no chromium found)')
	@$(MAKE) --no-print-directory test-rust

.PHONY: lint
lint: assets ## format, clippy, names in docs/
	cargo fmt --all --check
	docs/check-names
	cargo clippy --workspace --all-targets --locked -- -D warnings

.PHONY: test-rust
test-rust: assets ## Rust tests on both databases
	.ci/with-postgres $(CARGO_TEST)

.PHONY: test-doc
test-doc: assets ## the examples in doc comments
	.ci/with-postgres cargo test --workspace --doc --locked --quiet

.PHONY: test-assets
test-assets: assets/node_modules ## type check and unit tests of the script
	npm --prefix assets test

.PHONY: packs
packs: assets ## every mistake in packs/, with file and line
	cargo run --locked --quiet --bin daicho -- packs check packs

.PHONY: e2e
e2e: assets e2e/node_modules ## browser stories with axe, in chromium
	cargo build --locked --bin daicho
	CHROMIUM='$(CHROMIUM)' npm --prefix e2e test

.PHONY: bench
bench: assets ## measurements side by side with other systems
	bench/run

.PHONY: deny
deny: ## licences, bans and sources of every dependency (needs cargo-deny)
	cargo deny --locked check --hide-inclusion-graph licenses bans sources

.PHONY: assets
assets: assets/dist assets/fonts/node_modules ## style sheet, script and fonts that the program embeds

assets/dist: assets/node_modules $(shell find assets/src assets/build.mjs -type f)
	npm --prefix assets run build
	@touch $@

# npm records what it installed; the folder is renewed when the lock file changes.
%/node_modules: %/package.json %/package-lock.json
	npm --prefix $* ci --no-audit --no-fund
	@touch $@

FUZZ_SECONDS ?= 400
FUZZERS = $(patsubst fuzz/targets/%.rs,%,$(wildcard fuzz/targets/*.rs))
fuzz: ## every reader of outside input, FUZZ_SECONDS each (needs cargo-fuzz)
	for reader in $(FUZZERS); do \
	  RUSTC_BOOTSTRAP=1 cargo fuzz run --fuzz-dir fuzz --sanitizer none --features fuzzing $$reader \
	    -- -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 || exit 1; \
	done
