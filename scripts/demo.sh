#!/usr/bin/env bash
# A whole restaurant on this PC: a backend, two printers without paper, and the counter.
# All that it keeps lies under .demo/. Ctrl-C stops everything that it started.
set -euo pipefail
cd "$(dirname "$0")/.."

demo=$PWD/.demo
server_port=${DEMO_SERVER_PORT:-8787}
roll_port=${DEMO_ROLL_PORT:-8788}
counter_printer_port=${DEMO_COUNTER_PRINTER_PORT:-19100}
kitchen_printer_port=${DEMO_KITCHEN_PRINTER_PORT:-19101}
order_every=${DEMO_ORDER_EVERY:-20}
target=${CARGO_TARGET_DIR:-$PWD/target}/debug

say() { printf '\033[1m%s\033[0m\n' "$*"; }

children=()
stop() {
  trap - EXIT
  trap '' INT TERM HUP # one Ctrl-C is enough; a second one must not leave anything behind
  # Last started, first stopped: the app ends its tickets in order while its printers still answer.
  local child watchdog
  for ((i = ${#children[@]} - 1; i >= 0; i--)); do
    child=${children[i]}
    kill -TERM "$child" 2>/dev/null || continue
    (sleep 15 && kill -KILL "$child") >/dev/null 2>&1 &
    watchdog=$!
    wait "$child" 2>/dev/null || true
    # It ignores the polite signals, as this script does by now.
    pkill -KILL -P "$watchdog" 2>/dev/null || true
    kill -KILL "$watchdog" 2>/dev/null || true
    wait "$watchdog" 2>/dev/null || true
  done
  say "Stopped. What it kept is in .demo/; delete that folder to begin anew."
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Starts a program in a session of its own, so that Ctrl-C reaches only this script, which stops all in order.
start() { # LOG-FILE COMMAND...
  local log=$1
  shift
  setsid "$@" >"$log.out" 2>"$log.log" &
  children+=($!)
}
# The same for the one program that needs the secrets: nobody else finds them in its environment.
start_with_secrets() { # LOG-FILE COMMAND...
  local log=$1
  shift
  (
    set -a
    # shellcheck disable=SC1091
    . "$demo/secrets.env"
    exec setsid "$@"
  ) >"$log.out" 2>"$log.log" &
  children+=($!)
}
# The same with a text on its standard input: arguments can be read by everybody.
start_with_input() { # TEXT LOG-FILE COMMAND...
  local text=$1 log=$2
  shift 2
  setsid "$@" <<<"$text" >"$log.out" 2>"$log.log" &
  children+=($!)
}
# Waits for the JSON line by which a program says that it is ready.
ready() { # LOG-FILE PID NAME
  for _ in $(seq 300); do
    if [ -s "$1.out" ] && head -n1 "$1.out" | grep -q '"ready"'; then return 0; fi
    kill -0 "$2" 2>/dev/null || break
    sleep 0.1
  done
  say "$3 did not start. Its last words:"
  tail -n 12 "$1.log" "$1.out" >&2
  say "If a port is taken, choose others: DEMO_SERVER_PORT=… DEMO_ROLL_PORT=… DEMO_COUNTER_PRINTER_PORT=… DEMO_KITCHEN_PRINTER_PORT=… make demo"
  exit 1
}
field() { node -e 'const line=require("fs").readFileSync(process.argv[1],"utf8").split("\n")[0];let v=JSON.parse(line);for(const k of process.argv[2].split("."))v=v?.[k];console.log(v??"")' "$@"; }

window=no
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then window=yes; fi

if [ $window = yes ]; then scripts/setup.sh build window; else scripts/setup.sh build; fi

say "Building (the first time takes some minutes)"
cargo build --locked --quiet -p server -p virtual-printer -p client
app=$target/panbot-desktop
if [ $window = yes ]; then
  # The app embeds its screens; it is built anew only when something that goes into it is newer.
  if [ ! -x "$app" ] || [ ! -f "$app.demo" ] || [ -n "$(find src src-tauri/src src-tauri/*.json src-tauri/Cargo.toml api/src templates printers/src sqlite/src supervision/src printer-queue/src client/src index.html vite.config.ts package-lock.json Cargo.lock -newer "$app.demo" -print -quit)" ]; then
    npx tauri build --debug --no-bundle -- --locked
    touch "$app.demo"
  fi
fi

mkdir -p "$demo/logs" "$demo/roll"
chmod 700 "$demo"
if [ ! -s "$demo/secrets.env" ]; then
  (
    umask 077
    for name in PANBOT_JWT_SECRET PANBOT_REALTIME_SECRET PANBOT_REALTIME_SUB_SECRET; do
      printf '%s=%s\n' "$name" "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
    done >"$demo/secrets.env"
  )
fi
# Also those that the caller's own environment may hold.
unset PANBOT_JWT_SECRET PANBOT_REALTIME_SECRET PANBOT_REALTIME_SUB_SECRET PANBOT_CENTRIFUGO_API_KEY
export PANBOT_FONTS=$PWD/fonts

say "Starting"
start "$demo/logs/virtual-printer" "$target/virtual-printer" \
  --escpos "Counter=127.0.0.1:$counter_printer_port" --escpos "Kitchen=127.0.0.1:$kitchen_printer_port" \
  --web "127.0.0.1:$roll_port" --roll "$demo/roll"
ready "$demo/logs/virtual-printer" "${children[-1]}" "The virtual printer"
start_with_secrets "$demo/logs/server" "$target/panbot-server" --listen "127.0.0.1:$server_port" --database "sqlite:$demo/server.sqlite" --demo \
  --printer "Counter=tcp://127.0.0.1:$counter_printer_port" --printer "Kitchen=tcp://127.0.0.1:$kitchen_printer_port" --order-every "$order_every"
ready "$demo/logs/server" "${children[-1]}" "The server"

server=$(field "$demo/logs/server.out" url)
email=$(field "$demo/logs/server.out" demo.staff.email)
password=$(field "$demo/logs/server.out" demo.staff.password)
export PANBOT_DATA=$demo/counter PANBOT_SERVER=$server PANBOT_FIND=loopback
if [ $window = yes ]; then
  start "$demo/logs/app" "$app"
else
  start_with_input "$password" "$demo/logs/counter" \
    "$target/panbot" counter --server "$server" --email "$email" --password-stdin --data "$PANBOT_DATA"
fi

say ""
say "The restaurant is open."
if [ $window = yes ]; then
  printf '  The app         is in its window: sign in as below, and orders print by themselves\n'
else
  printf '  The counter     runs without a window, since there is no display here; its log is .demo/logs/counter.log\n'
fi
cat <<MSG
  The paper       $(field "$demo/logs/virtual-printer.out" web)   (also as files in .demo/roll/)
  Place an order  $(field "$demo/logs/server.out" demo.page)   (and a new one comes every $order_every s)
  Staff           $email   $password
  Owner           $(field "$demo/logs/server.out" demo.owner.email)   $(field "$demo/logs/server.out" demo.owner.password)
  Ctrl-C stops all of it.
MSG

# Ends when a part ends: when the window is closed, or something died, which is then said.
set +e
wait -n "${children[@]}"
code=$?
if [ $window = yes ] && ! kill -0 "${children[-1]}" 2>/dev/null && [ $code -eq 0 ]; then
  say "The window was closed."
  exit 0
fi
for log in "$demo"/logs/*.log; do tail -n 3 "$log" | sed "s|^|$(basename "$log"): |"; done
say "A part of the demo ended by itself; its log is in .demo/logs/."
exit 1
