#!/usr/bin/env bash
# Our receipts a second as lines of JSON, {"peer","case","ops","cpu","bytes"}, for a table that somebody else makes:
#   scripts/bench-peer.sh SECONDS [FOLDER with receipt.rl, receipt.mustache, order.json, logo.png]
set -euo pipefail
folder=$(realpath "${2:-${PEERS_DIR:-$(dirname "$0")/../templates/benches/receipts/paper}}")
cd "$(dirname "$0")/.."
exec cargo bench --locked --quiet -p templates --bench receipts -- --lines "${1:-1}" "$folder"
