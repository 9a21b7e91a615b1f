#!/usr/bin/env bash
# Everything but the window: the Rust workspace with the journeys, generated files, the front end, its screens in
# Chromium, the official realtime client against our hub, and our layout beside that of npm receiptline.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build window browser paper printers senders
mkdir -p dist

say() { printf '\n\033[1m== %s\033[0m\n' "$*"; }

kept=$(mktemp -d)
database=""
finish() {
  [ -z "$database" ] || scripts/postgres.sh stop "$database" || true
  rm -rf "$kept"
}
trap finish EXIT

if [ -z "${PANBOT_TEST_POSTGRES_URL:-}" ] && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
  database=$(mktemp -d)
  PANBOT_TEST_POSTGRES_URL=$(scripts/postgres.sh start "$database")
  export PANBOT_TEST_POSTGRES_URL
fi
[ -n "${PANBOT_TEST_POSTGRES_URL:-}" ] || say "PostgreSQL is not installed: the server's tests run on SQLite alone"

export PANBOT_FONTS=$PWD/fonts
generated=(src/bindings.ts api/openapi.json)
for file in "${generated[@]}"; do cp "$file" "$kept/$(basename "$file")"; done

say "Rust: units, journeys, generated files"
cargo test --locked --workspace

say "Generated files are as committed"
changed=0
for file in "${generated[@]}"; do
  diff -u "$kept/$(basename "$file")" "$file" || { echo "$file was out of date; it has been written anew: commit it."; changed=1; }
done
[ $changed -eq 0 ]

say "Front end: types, units"
npm run --silent check
npm run --silent test

say "Screens in Chromium"
npm run --silent test:ui

say "The official realtime client against our hub"
cargo build --locked --quiet -p server --examples --bins
npm run --silent test:realtime

say "Our layout beside receiptline's"
cargo build --locked --quiet -p templates --example sheet
npm run --silent test:receipts

say "All tests have run."
