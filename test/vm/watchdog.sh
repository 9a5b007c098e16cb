#!/usr/bin/env bash
# A machine of its own that systemd runs: installs the service there, blocks its event loop, stops it
# dead, plugs a serial port in, and prints what came of it, a line each. Emulated, so all is slow:
# about ten minutes, and five more the first time. Not part of the tests.
#
# Needs Debian, root, and: apt-get install qemu-system-x86 mmdebstrap socat
# KOINE_VM_DIR keeps the parts of the machine from one run to the next.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=${KOINE_VM_DIR:-$(mktemp -d)}
mkdir -p "$work"
suite=${KOINE_VM_SUITE:-bookworm}
packages=systemd,systemd-sysv,udev,dbus,kmod,linux-image-amd64,initramfs-tools,procps

[ -e "$work/rootfs.tar" ] ||
  mmdebstrap --variant=minbase --include="$packages" "$suite" "$work/rootfs.tar"

echo "== the machine's disk"
rm -rf "$work/root" && mkdir "$work/root"
tar -C "$work/root" -xf "$work/rootfs.tar"
install -m 0755 "$(readlink -f "$(command -v node)")" "$work/root/usr/bin/node"
(cd "$root" && npm run --silent build && npm pack --silent --pack-destination "$work" >/dev/null)
mkdir "$work/root/opt/koine"
echo '{"private":true}' >"$work/root/opt/koine/package.json"
npm --prefix "$work/root/opt/koine" install --silent --no-audit --no-fund --omit=optional "$work"/koine-*.tgz
ln -s /opt/koine/node_modules/koine/dist/src/main.js "$work/root/usr/local/bin/koine"
chmod -R go+rX "$work/root/opt/koine"
install -D -m 0644 "$here/koine.yaml" "$work/root/etc/koine/koine.yaml"
install -m 0644 "$here/spin.mjs" "$work/root/etc/koine/spin.mjs"
echo 'trial: nothing' >"$work/root/etc/koine/secrets.yaml"
install -m 0755 "$here/guest.sh" "$work/root/usr/local/bin/guest.sh"
install -m 0644 "$here/trial.service" "$work/root/etc/systemd/system/trial.service"
mkdir -p "$work/root/etc/systemd/system/multi-user.target.wants"
ln -s /etc/systemd/system/trial.service "$work/root/etc/systemd/system/multi-user.target.wants/"
# It would take the line away on which the findings come.
ln -s /dev/null "$work/root/etc/systemd/system/serial-getty@ttyS0.service"
rm -f "$work/disk.img"
mke2fs -q -t ext4 -d "$work/root" "$work/disk.img" 3G

echo "== the trial"
rm -f "$work/monitor" "$work/serial.log"
qemu-system-x86_64 -accel tcg,thread=multi -cpu max -smp 2 -m 1024 -nic none -display none -no-reboot \
  -kernel "$work"/root/boot/vmlinuz-* -initrd "$work"/root/boot/initrd.img-* \
  -append "root=/dev/vda rw console=ttyS0 quiet" \
  -drive "file=$work/disk.img,format=raw,if=virtio" -device qemu-xhci -chardev null,id=wire \
  -monitor "unix:$work/monitor,server=on,wait=off" -serial "file:$work/serial.log" &
machine=$!
trap 'kill "$machine" 2>/dev/null || true' EXIT

isPlugged=0
for ((second = 0; second < ${KOINE_VM_SECONDS:-1500}; second++)); do
  sleep 1
  if [ "$isPlugged" = 0 ] && grep -qa '^@ plug' "$work/serial.log"; then
    echo 'device_add usb-serial,id=port,chardev=wire,always-plugged=on' | socat - "UNIX-CONNECT:$work/monitor" >/dev/null
    isPlugged=1
  fi
  kill -0 "$machine" 2>/dev/null || break
done
tr -d '\r' <"$work/serial.log" | grep -a '^@ ' | cut -c3-
grep -qa '^@ all done' "$work/serial.log"
