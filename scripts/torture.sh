#!/usr/bin/env bash
# Kills a print queue, and then the counters and the server of a business, at random moments for TORTURE_MINUTES (10)
# while printers and lines fail and orders keep coming, then compares orders with paper. TORTURE_SEED repeats a run's
# faults, TORTURE_PART=queue or business runs one part alone.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build
export TORTURE_MINUTES=${TORTURE_MINUTES:-10}
exec cargo test --locked --quiet -p journeys --test torture
