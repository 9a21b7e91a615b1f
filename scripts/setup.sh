#!/usr/bin/env bash
# Installs what is missing, and says so first. Words name what is to be done:
#   build    compile Rust and the front end        window   build the desktop app
#   browser  test screens in Chromium              desktop  run the app in a test's own session
#   database a PostgreSQL for tests                     paper    read our paper with other people's programs
#   printers test against printers of other people and with their tools
#   senders  print with other people's programs
#   fuzz     a nightly compiler and cargo-fuzz              windows  compile what is for Windows alone
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

command -v cargo >/dev/null || { say "Rust is missing: install it from https://rustup.rs and try again."; exit 1; }
command -v node >/dev/null && command -v npm >/dev/null || { say "Node.js 20 or newer is missing: install it from https://nodejs.org and try again."; exit 1; }
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 20 ]; then say "Node.js 20 or newer is needed; this is $(node --version)."; exit 1; fi

packages=()
for word in "$@"; do
  case "$word" in
    build) packages+=(build-essential pkg-config fonts-noto-core) ;;
    window) packages+=(libwebkit2gtk-4.1-dev libgtk-3-dev libayatana-appindicator3-dev) ;;
    browser) packages+=(chromium fonts-noto-core fonts-noto-cjk) ;;
    desktop) packages+=(dbus xvfb xauth webkit2gtk-driver gnome-keyring fonts-noto-core fonts-noto-cjk) ;;
    database) packages+=(postgresql) ;;
    fuzz) ;;
    windows) packages+=(gcc-mingw-w64-x86-64) ;;
    senders) packages+=(python3 python3-venv) ;;
    printers) packages+=(cups-ipp-utils cups cups-daemon cups-client cups-filters avahi-daemon dbus socat iproute2) ;;
    paper) packages+=(cups-filters poppler-utils qpdf file zbar-tools) ;;
    *) say "setup.sh does not know '$word'"; exit 2 ;;
  esac
done

missing=()
if command -v dpkg-query >/dev/null; then
  for package in $(printf '%s\n' "${packages[@]:-}" | sort -u); do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
elif [ "${#packages[@]}" -gt 0 ]; then
  say "This is no Debian or Ubuntu: make sure that you have what these packages hold: ${packages[*]}"
fi
if [ "${#missing[@]}" -gt 0 ]; then
  say "Installing with apt: ${missing[*]}"
  sudo=""
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { say "That needs root. Run: apt-get install ${missing[*]}"; exit 1; }
    sudo=sudo
  fi
  # Tests start a database of their own; Debian's is not to be made and started by the way.
  if [[ " ${missing[*]} " == *" postgresql "* ]]; then
    $sudo mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  # Nor is any other service: tests start what they need, where they need it.
  kept_still=""
  if [ ! -e /usr/sbin/policy-rc.d ] && [ -d /usr/sbin ]; then
    kept_still=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' | $sudo tee "$kept_still" >/dev/null
    $sudo chmod +x "$kept_still"
  fi
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
  [ -z "$kept_still" ] || $sudo rm -f "$kept_still"
fi

if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  say "Installing npm packages (npm ci)"
  npm ci --no-audit --no-fund --loglevel=error >&2
  touch node_modules/.package-lock.json
fi
node scripts/fonts.mjs

for word in "$@"; do
  if [ "$word" = desktop ] && ! { [ -x target/tools/bin/tauri-driver ] || command -v tauri-driver >/dev/null; }; then
    say "Installing tauri-driver (cargo install, into target/tools)"
    cargo install tauri-driver --version 2.1.0 --locked --quiet --root target/tools
  fi
  if [ "$word" = senders ] && ! cmp -s scripts/senders.txt target/tools/senders/installed.txt; then
    say "Installing python-escpos (pip, into target/tools/senders)"
    rm -rf target/tools/senders
    python3 -m venv target/tools/senders
    target/tools/senders/bin/pip install --quiet --disable-pip-version-check --no-deps -r scripts/senders.txt >&2
    cp scripts/senders.txt target/tools/senders/installed.txt
  fi
  if [ "$word" = windows ] && ! rustup target list --installed 2>/dev/null | grep -qx x86_64-pc-windows-gnu; then
    command -v rustup >/dev/null || { say "The standard library for Windows is needed, and rustup to get it: https://rustup.rs"; exit 1; }
    say "Installing the standard library for Windows (rustup)"
    rustup target add x86_64-pc-windows-gnu >&2
  fi
  if [ "$word" = fuzz ]; then
    if ! rustup toolchain list 2>/dev/null | grep -q '^nightly'; then
      command -v rustup >/dev/null || { say "A nightly compiler is needed, and rustup to get it: https://rustup.rs"; exit 1; }
      say "Installing a nightly compiler (rustup)"
      rustup toolchain install nightly --profile minimal >&2
    fi
    if ! { [ -x target/tools/bin/cargo-fuzz ] || command -v cargo-fuzz >/dev/null; }; then
      say "Installing cargo-fuzz (cargo install, into target/tools)"
      cargo install cargo-fuzz --version 0.13.2 --locked --quiet --root target/tools
    fi
  fi
done
