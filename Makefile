# What a person types. Each target does its own set-up; nothing is installed without saying so first.
.DEFAULT_GOAL := help
SHELL := /bin/bash

.PHONY: help demo dev test e2e bench torture fuzz paper generate lint windows deny package setup

help: ## lists the targets
	@grep -hE '^[a-z0-9]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /  make \1\t/' | expand -t 20

demo: ## a whole restaurant on this PC: backend, two printers without paper, the app
	@exec scripts/demo.sh

dev: ## the app with live reload, against the backend of `make demo`
	@scripts/setup.sh build window
	@exec npx tauri dev

test: ## everything but the window: Rust, front end, journeys, generated files
	@exec scripts/test.sh

e2e: ## the real app in a real window (Xvfb when there is no display)
	@exec scripts/e2e.sh

bench: ## from order to paper (by stage), what the print queue costs, and receipts a second beside other libraries
	@scripts/setup.sh build
	@cargo bench --locked -p journeys --bench order_to_paper
	@cargo bench --locked -p printer-queue --bench queue
	@exec cargo bench --locked -p templates --bench receipts

torture: ## kills counters and server, lets lines and printers fail, compares orders with paper: TORTURE_MINUTES=10, TORTURE_SEED=…, TORTURE_PART=queue|business
	@exec scripts/torture.sh

fuzz: ## any bytes against everything that reads: RUNS=…, SECONDS_EACH=…, TARGETS="markup mustache escpos_reader image status ipp_answer"
	@exec scripts/fuzz.sh

paper: ## draws every ticket of the house anew: docs/paper, and the snapshots of its markup and commands
	@scripts/setup.sh build
	@UPDATE_PAPER=1 INSTA_UPDATE=always cargo test --locked -p templates -q --test paper
	@INSTA_UPDATE=always cargo test --locked -p templates -q --lib render::

generate: ## writes src/bindings.ts and api/openapi.json anew
	@scripts/setup.sh build window
	@cargo test --locked -p panbot-desktop -q the_windows_types_are_written_from_ours
	@UPDATE_GENERATED=1 cargo test --locked -p server -q openapi

lint: ## formatting, clippy with warnings denied, types and imports of the front end
	@exec scripts/lint.sh

windows: ## whether drivers and print queue compile for Windows, its spooler among it (with Debian's mingw; nothing is run)
	@scripts/setup.sh windows
	@cargo clippy --locked --quiet --target x86_64-pc-windows-gnu -p printers -p printer-queue -- -D warnings

deny: ## licences, sources and bans of every dependency (needs cargo-deny)
	cargo deny --locked check bans licenses sources

package: ## a .deb for this PC
	@scripts/setup.sh build window
	@exec npx tauri build --bundles deb

setup: ## installs what all of the above need
	@exec scripts/setup.sh build window browser desktop paper printers senders
