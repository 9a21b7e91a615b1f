#!/usr/bin/env bash
# Formatting, clippy with warnings denied, documentation, and the types and imports of the front end.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build window
mkdir -p dist # the desktop crate embeds this folder; what is in it does not matter to a linter
cargo fmt --all -- --check
cargo clippy --locked --workspace --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --quiet
npm run --silent check
npm run --silent lint
