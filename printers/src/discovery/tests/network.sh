#!/bin/sh
# A network of two hosts that nobody else is in, a cable between two namespaces: runs the test $2 of the program $1 as the
# printers at one end and as the counter at the other.
set -eu
test=$1
name=$2
role() { PANBOT_TEST_ROLE=$1 exec "$test" --exact "$name" --nocapture; }
ip link set lo up
PANBOT_TEST_ROLE=printers unshare --net "$test" --exact "$name" --nocapture >/dev/null &
printers=$!
trap 'kill "$printers" 2>/dev/null || true' EXIT
mine=$(readlink /proc/self/ns/net)
for _ in $(seq 100); do
  [ "$(readlink "/proc/$printers/ns/net")" != "$mine" ] && break
  sleep 0.05
done
ip link add counter type veth peer name printers netns "$printers"
there() { nsenter --target "$printers" --net ip "$@"; }
there address add 10.77.0.2/24 broadcast + dev printers
there address add 10.77.0.3/24 broadcast + dev printers
there link set printers up
ip address add 10.77.0.1/24 broadcast + dev counter
ip link set counter up
(role counter)
