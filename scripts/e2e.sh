#!/usr/bin/env bash
# The real app in a real window, against a real backend and printers without paper. Screenshots: tests/e2e/shots/.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh build window desktop
target=${CARGO_TARGET_DIR:-$PWD/target}
export PATH=$target/tools/bin:$PWD/target/tools/bin:$PATH
export PANBOT_FONTS=$PWD/fonts

cargo build --locked --quiet -p server -p virtual-printer
npx tauri build --debug --no-bundle -- --locked

home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
mkdir -p "$home/run" "$home/data"
chmod 700 "$home/run"
# A session of its own, with a keyring of its own: the keyring of whoever runs this is not touched.
run=(env XDG_RUNTIME_DIR="$home/run" XDG_DATA_HOME="$home/data" XDG_CONFIG_HOME="$home/config" XDG_CACHE_HOME="$home/cache"
  APP_HOME="$home" TARGET="$target/debug" dbus-run-session -- bash -c
  'printf test | gnome-keyring-daemon --unlock --components=secrets >/dev/null && exec node --test --test-concurrency=1 tests/e2e/*.test.mjs')
if [ -n "${DISPLAY:-}" ]; then
  "${run[@]}"
else
  echo "No display here: the window opens in Xvfb."
  xvfb-run -a -s "-screen 0 1440x900x24" "${run[@]}"
fi
