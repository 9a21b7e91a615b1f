#!/usr/bin/env bash
# Runs the fuzz targets, one after another: RUNS executions or SECONDS_EACH each (a minute if neither is given), TARGETS
# chooses among them. Inputs that fail are kept in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build fuzz
export PATH=$PWD/target/tools/bin:$PATH

bounds=()
[ -z "${RUNS:-}" ] || bounds+=("-runs=$RUNS")
[ -z "${SECONDS_EACH:-}" ] || bounds+=("-max_total_time=$SECONDS_EACH")
[ "${#bounds[@]}" -gt 0 ] || bounds+=("-max_total_time=60")

# The crates forbid unsafe code, so that a sanitizer would only cost time; comparisons are traced by the seeds.
build=(--sanitizer none --no-trace-compares)
for target in ${TARGETS:-markup mustache escpos_reader image status ipp_answer}; do
  printf '\n\033[1m== %s\033[0m\n' "$target"
  mkdir -p "fuzz/corpus/$target"
  cargo +nightly fuzz run "${build[@]}" "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- \
    "${bounds[@]}" -max_len=4096 -timeout=10 -rss_limit_mb=256 -print_final_stats=1
done
