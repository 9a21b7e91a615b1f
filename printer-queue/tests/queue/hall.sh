#!/bin/sh
# A hall for real printing programs: a bus and a DNS-SD daemon of its own in the folder $1, without which ippeveprinter does
# not start. Says "ready" and lives until its standard input ends, however that comes about.
# Only one DNS-SD daemon can be on a machine, so whoever comes second waits.
set -eu
folder=$1
exec 9>/tmp/panbot-print-hall.lock
flock 9
cat > "$folder/bus.conf" <<CONF
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=$folder/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
  </policy>
</busconfig>
CONF
cat > "$folder/avahi.conf" <<CONF
[server]
use-ipv4=yes
use-ipv6=no
allow-interfaces=lo
enable-dbus=yes
disallow-other-stacks=no
[publish]
[reflector]
[rlimits]
CONF
dbus-daemon --config-file="$folder/bus.conf" --nofork --nopidfile 9>&- 2>"$folder/bus.log" &
bus=$!
finish() {
  kill "${dnssd:-}" "$bus" 2>/dev/null || true
  wait 2>/dev/null || true
}
trap finish EXIT
for _ in $(seq 100); do [ -S "$folder/bus" ] && break; sleep 0.05; done
export DBUS_SYSTEM_BUS_ADDRESS="unix:path=$folder/bus"
avahi-daemon -f "$folder/avahi.conf" --no-drop-root --no-rlimits --no-chroot >"$folder/avahi.log" 2>&1 9>&- &
dnssd=$!
for _ in $(seq 100); do grep -q "Server startup complete" "$folder/avahi.log" && break; sleep 0.05; done
echo ready
cat >/dev/null
