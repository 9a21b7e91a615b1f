#!/usr/bin/env bash
# A private PostgreSQL for tests: `start DIR` prints its URL, `stop DIR` ends it and deletes DIR.
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n1)
dir=${2:?start DIR | stop DIR}
# The server refuses to run as root.
as() { if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
case "$1" in
  start)
    [ "$(id -u)" -ne 0 ] || chown postgres "$dir"
    as "$bin/initdb" -D "$dir/data" -U panbot --auth=trust --no-sync >"/dev/null"
    port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
    as "$bin/pg_ctl" -D "$dir/data" -w -s -o "-h 127.0.0.1 -p $port -k '' -c fsync=off -c max_connections=300" -l "$dir/log" start >/dev/null
    echo "postgres://panbot@127.0.0.1:$port/postgres"
    ;;
  stop)
    as "$bin/pg_ctl" -D "$dir/data" -m immediate -s stop
    rm -rf "$dir"
    ;;
  *) echo "start DIR | stop DIR" >&2; exit 2 ;;
esac
