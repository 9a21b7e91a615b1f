#!/usr/bin/env bash
# Kills the print queue at random moments for TORTURE_MINUTES (10) while its printers fail and orders keep coming, then
# compares orders with paper; TORTURE_SEED repeats a run's faults.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build
export TORTURE_MINUTES=${TORTURE_MINUTES:-10}
exec cargo test --locked --quiet -p journeys --test torture
