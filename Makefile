# `make test` is all that is needed on a fresh machine: it installs what is missing and runs everything.

.PHONY: help setup test fmt lint unit sim api browser audit bench bench-peers faults soak small-machine fuzz pictures browser-figures clean

help: ## What can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

setup: ## Install what building and testing need
	@scripts/setup

test: setup fmt lint unit sim api browser ## Install what is missing, then check and test everything

fmt: ## Check the formatting
	cargo fmt --check

lint: ## Check with clippy
	cargo clippy --all-targets --locked -- -D warnings

unit: ## Run the tests of the crate, the crash and fault tests included
	cargo test --locked

sim: ## Play the engine with crashes between any two statements; STEADING_SIM_SECONDS=3600 for longer
	STEADING_SIM_SECONDS=$${STEADING_SIM_SECONDS:-120} cargo test --locked --lib kernel::sim:: -- --nocapture

api: ## Let schemathesis try every operation of the API
	cargo build --locked
	tests/api/run.sh target/debug/steading

browser: setup ## Go through the dashboard with Chromium
	cargo build --locked
	tests/browser/run.sh target/debug/steading

pictures: setup ## Make the pictures of the README anew
	cargo build --locked
	cd tests/browser && PICTURES=1 JOURNEY=bakery STEADING=$(CURDIR)/target/debug/steading node --test journeys.test.js

audit: ## Check licences, sources and known advisories of the dependencies
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny check licenses bans sources
	@if cargo deny fetch db; then cargo deny check advisories; \
	else echo "The advisory database could not be fetched; run this where the network allows it."; fi

fuzz: ## Try tokens, inputs and requests that nobody thought of, for ten minutes
	STEADING_FUZZ_SECONDS=600 cargo test --release --locked --test it fuzz:: -- --nocapture

bench: ## Measure this machine
	cargo run --release --locked -- bench

bench-peers: ## Measure others with the same work; PEERS="--quick" for a short run
	@benches/peers/setup
	benches/peers/node_modules/.bin/node benches/peers/run.js $(PEERS)

faults: ## Kill the server, cut its power and spoil its disk under load, for a minute; a part of `unit`
	cargo test --locked --test faults

soak: ## The same for an hour, or STEADING_SOAK_MINUTES, and write down what came of it
	STEADING_SOAK_MINUTES=$${STEADING_SOAK_MINUTES:-60} STEADING_FAULTS_REPORT=docs/benchmarks/soak.json \
		cargo test --release --locked --test faults nothing_acknowledged -- --nocapture

small-machine: ## The load on one processor with 256 MB and a slow disk, for ten minutes
	STEADING_SMALL_MACHINE_MINUTES=$${STEADING_SMALL_MACHINE_MINUTES:-10} \
		STEADING_FAULTS_REPORT=docs/benchmarks/small-machine.json \
		cargo test --release --locked --test faults a_small_machine -- --nocapture

browser-figures: setup ## Measure the dashboard with a million jobs and events behind it; ROWS=20000 for fewer
	cargo build --release --locked
	cd tests/browser && STEADING=$(CURDIR)/target/release/steading node figures/run.js $(or $(ROWS),1000000)
	cd tests/browser && STEADING=$(CURDIR)/target/release/steading node figures/tabs.js

clean: ## Remove what was built
	cargo clean
	rm -rf .venv benches/peers/.venv benches/peers/node_modules tests/browser/node_modules
