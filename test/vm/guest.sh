#!/usr/bin/env bash
# Runs in the machine of watchdog.sh, as root. Lines with @ are its findings.
say() { echo "@ $*"; }
now() { cut -d' ' -f1 /proc/uptime; }
took() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f s", b - a }'; }
property() { systemctl show --property="$1" --value koine.service; }
restarts() { property NRestarts; }

# Waits until a command succeeds; gives up after two minutes.
until_true() {
  local from
  from=$(now)
  until "$@" >/dev/null 2>&1; do
    sleep 0.2
    awk -v a="$from" -v b="$(now)" 'BEGIN { exit b - a < 120 }' && { say "gave up on: $*"; return 1; }
  done
  return 0
}
is_ready_again() { [ "$(restarts)" -gt "$1" ] && [ "$(property ActiveState)" = active ]; }
# What became of the service, in s since a moment.
story() {
  journalctl -u koine -o short-monotonic -g 'Watchdog timeout|Main process exited|Scheduled restart|Starting|Started' |
    tr -d '[]' | awk -v a="$1" '$1 >= a { at = $1 - a; $1 = $2 = $3 = ""; printf "@   %5.1f s %s\n", at, $0 }'
}
lives_again() {
  until_true is_ready_again "$1" && say "$2: ready again after $(took "$3")"
  story "$3"
}

systemctl is-system-running --wait >/dev/null
say "$(systemctl --version | head -n 1), started $(now) s after power-on"

from=$(now)
koine service install 2>&1 | sed 's/^/@ install: /'
say "installed and ready after $(took "$from")"
koine service install 2>&1 | sed 's/^/@ again: /'
koine service status 2>&1 | sed 's/^/@ status: /'
koine service status >/dev/null && say "status: exit 0"
say "security: $(systemd-analyze security --no-pager koine.service | tail -n 1)"
say "rights: $(stat -c '%A %U:%G %n' /etc/koine /etc/koine/* /var/lib/koine | paste -sd' ')"
koine health 2>&1 | sed 's/^/@ health: /'
say "watchdog pings after 25 s: $(sleep 25; property WatchdogTimestampMonotonic) us"
say "refused by the sandbox: $(journalctl -u koine -o cat | grep -ciE 'operation not permitted|EPERM|EACCES')"

say plug
until_true test -e /dev/ttyUSB0 && udevadm settle
say "port: $(stat -c '%A %U:%G' /dev/ttyUSB0)"
usb=$(dirname "$(grep -l 0403 /sys/bus/usb/devices/*/idVendor | head -n 1)")
say "ModemManager is kept off: $(udevadm info --query=property --property=ID_MM_DEVICE_IGNORE "$usb" | paste -sd' ')"
say "authorized: $(stat -c '%A %U:%G' "$usb/authorized")"
echo "$usb/authorized" >/run/koine/open
until_true test -e /run/koine/opened && sed 's/^/@ from within: /' /run/koine/opened

before=$(restarts) from=$(now)
touch /run/koine/spin
lives_again "$before" "event loop blocked" "$from"

sleep 5
before=$(restarts) from=$(now)
kill -STOP "$(property MainPID)"
lives_again "$before" "process stopped" "$from"

before=$(restarts) from=$(now)
kill -KILL "$(property MainPID)"
lives_again "$before" "process killed" "$from"
koine service status 2>&1 | sed 's/^/@ status: /'

from=$(now)
systemctl stop koine
say "stopped after $(took "$from"): result $(property Result), exit $(property ExecMainStatus)"
cp /etc/koine/koine.yaml /tmp/koine.yaml
echo 'adapters: 5' >/etc/koine/koine.yaml
systemctl start koine 2>/dev/null
sleep 10
say "wrong configuration: $(property ActiveState), exit $(property ExecMainStatus), restarts $(restarts)"
cp /tmp/koine.yaml /etc/koine/koine.yaml
koine service uninstall 2>&1 | sed 's/^/@ uninstall: /'
say "left: $(ls /etc/systemd/system/koine.service /etc/udev/rules.d/60-koine.rules /etc/sysusers.d/koine.conf 2>/dev/null | wc -l) files, data $(stat -c %U /var/lib/koine)"
say "all done"
systemctl poweroff
