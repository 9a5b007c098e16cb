#!/usr/bin/env bash
# Builds the image and holds it against docs/docker.md. Prints one JSON line of figures; ends other than 0 when
# anything is not as it says there. With a Docker engine it uses that, otherwise buildah and podman, and where no
# registry answers, images of the same names that are made from Debian's and npm's packages.
set -euo pipefail
cd "$(dirname "$0")/.."

image=koine-test
tag=koine-test-$$
work=$(mktemp -d)
chmod 711 "$work"
engine=()
flags=()

fail() {
  echo "docker/test.sh: $*" >&2
  for name in "$tag" "$tag-demo" "$tag-ble"; do
    [ "${#engine[@]}" = 0 ] || ask logs "$name" 2>/dev/null | tail -n 20 >&2 || true
  done
  exit 1
}
# Podman tells on stderr that there is no systemd to run health checks by itself; that is no news here.
ask() { "${engine[@]}" "$@" 2>>"$work/engine.log"; }
now() { date +%s%3N; }

clean() {
  [ "${#engine[@]}" = 0 ] || {
    ask rm -f "$tag" "$tag-demo" "$tag-ble" || true
    ask volume rm "$tag" || true
  } >/dev/null
  rm -rf "$work"
}
trap clean EXIT

choose_engine() {
  if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
    engine=(docker)
  elif [ "$(id -u)" = 0 ] && command -v podman >/dev/null && command -v buildah >/dev/null && command -v runc >/dev/null; then
    # As much as a machine without systemd and without CAP_SYS_RESOURCE needs.
    engine=(podman --runtime runc --cgroup-manager cgroupfs)
    flags=(--ulimit nofile=4096:4096 --ulimit nproc=4096:4096)
  else
    echo "skipped: neither a Docker engine nor, for root, buildah, podman and runc are here"
    exit 0
  fi
}

# What the registry would give: Debian without documents, and that with Node.js, its headers and npm.
make_stand_ins() {
  local node debian node_image debian_image container root arch
  node=$(sed -n 's/^ARG NODE=//p' docker/Dockerfile)
  debian=$(sed -n 's/^ARG DEBIAN=//p' docker/Dockerfile)
  node_image=docker.io/library/node:$node-$debian-slim
  debian_image=docker.io/library/debian:$debian-slim
  podman image exists "$node_image" && podman image exists "$debian_image" && return
  podman pull -q "$node_image" >/dev/null 2>&1 && podman pull -q "$debian_image" >/dev/null 2>&1 && return
  command -v debootstrap >/dev/null || { echo "skipped: no registry answers, and debootstrap is not here"; exit 0; }
  arch=$(node -p process.arch)
  (cd "$work" && npm pack --silent "node-linux-$arch@$node" npm@11) >"$work/packed" &
  # dpkg waits for the disk after each file; nobody needs these after a power cut.
  root=$work/debian
  debootstrap --variant=minbase --include=ca-certificates "$debian" "$root" "${KOINE_DEBIAN_MIRROR:-http://deb.debian.org/debian}" \
    >"$work/debootstrap.log" 2>&1 || { tail -n 5 "$work/debootstrap.log" >&2; echo "skipped: no registry answers, and debootstrap cannot make $debian"; exit 0; }
  wait $! || fail "npm has no node-linux-$arch@$node"
  rm -rf "$root"/usr/share/{doc,man,locale,info}/* "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*
  tar -C "$root" -c . | podman import -q - "$debian_image" >/dev/null
  rm -rf "$root"
  container=$(buildah from --pull-never "$debian_image")
  root=$(buildah mount "$container")
  mkdir -p "$root/usr/local/lib/node_modules/npm" "$root/usr/local/etc" "$work/node"
  tar -xzf "$work"/node-linux-*.tgz -C "$work/node" --strip-components 1
  cp -r "$work"/node/{bin,include} "$root/usr/local/"
  tar -xzf "$work"/npm-*.tgz -C "$root/usr/local/lib/node_modules/npm" --strip-components 1
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  printf 'registry=%s\ncache=/npm-cache\nprefer-offline=true\n' "$(npm config get registry)" >"$root/usr/local/etc/npmrc"
  # Where a proxy stands before the registry: whom this machine trusts, npm in the image trusts, too.
  if [ -f "${NODE_EXTRA_CA_CERTS:-}" ]; then
    cp "$NODE_EXTRA_CA_CERTS" "$root/usr/local/etc/npm-ca.pem"
    echo 'cafile=/usr/local/etc/npm-ca.pem' >>"$root/usr/local/etc/npmrc"
  fi
  buildah umount "$container" >/dev/null
  buildah commit -q "$container" "$node_image" >/dev/null
  buildah rm "$container" >/dev/null
}

build() {
  if [ "${engine[0]}" = docker ]; then
    docker build -q -f docker/Dockerfile -t "$image" . >"$work/build.log" 2>&1
    return
  fi
  mkdir -p "$(npm config get cache)"
  buildah bud --isolation chroot --pull-never --format docker -v "$(npm config get cache):/npm-cache" \
    -f docker/Dockerfile -t "$image" . >"$work/build.log" 2>&1
}

# start NAME WORD...: a container as docker/compose.yaml runs it.
start() {
  local name=$1
  shift
  ask run -d --name "$name" "${flags[@]}" --network host --read-only --tmpfs /tmp:size=16m,mode=1777 \
    --memory 768m "$@" >/dev/null || { tail -n 3 "$work/engine.log" >&2; fail "the container does not start"; }
}

until_true() {
  local until=$(($(now) + $1 * 1000))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$(now)" -lt "$until" ] || return 1
    sleep 0.2
  done
}

healthy() { ask exec "$1" koine health; }
running() { [ "$(ask inspect -f '{{.State.Running}}' "$1")" = true ]; }

# stop NAME: prints how long it took; fails when that is over 5 s, or the exit code is not 0.
stop() {
  local at code took
  at=$(now)
  ask stop -t 10 "$1" >/dev/null
  took=$(($(now) - at))
  code=$(ask inspect -f '{{.State.ExitCode}}' "$1")
  [ "$code" = 0 ] || fail "$1 ended with exit code $code, not 0"
  [ "$took" -le 5000 ] || fail "$1 took $took ms to stop, more than 5000"
  echo "$took"
}

# status NAME FIELD: of the daemon, which is the child of the init, as the kernel tells it.
status() {
  ask exec "$1" sh -c 'cat $(grep -l "^PPid:.1$" /proc/[0-9]*/status)' | awk -v field="$2:" '$1 == field { print $2; exit }'
}

expect_status() {
  local found
  found=$(status "$1" "$2")
  [ "$found" = "$3" ] || fail "$2 of $1 is \"$found\", not \"$3\""
}

choose_engine
at=$(now)
[ "${engine[0]}" = docker ] || make_stand_ins
base_s=$((($(now) - at) / 1000))
at=$(now)
build || { tail -n 20 "$work/build.log" >&2; fail "the image cannot be built"; }
build_s=$((($(now) - at) / 1000))
image_mib=$(($(ask image inspect -f '{{.Size}}' "$image") / 1048576))
[ "$image_mib" -le 260 ] || fail "the image has $image_mib MiB, more than 260"

found=$(ask run --rm "${flags[@]}" --user 0 --network host --cap-drop ALL --cap-add DAC_READ_SEARCH --entrypoint sh "$image" \
  -c 'find / -xdev -type f -perm /6000; for tool in npm gcc g++ make python3; do command -v $tool; done; true')
[ -z "$found" ] || fail "the image has what it should not have: $found"

# The gateway: rights, health, a volume that outlives the container, the end.
hardened=(--cap-drop ALL --security-opt no-new-privileges)
port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
ask volume create "$tag" >/dev/null
printf 'bus:\n  listen: [tcp://127.0.0.1:%s]\n' "$port" |
  ask run -i --rm "${flags[@]}" --network host -v "$tag:/data" --entrypoint sh "$image" -c 'cat > /data/koine.yaml'
at=$(now)
start "$tag" "${hardened[@]}" -v "$tag:/data" "$image"
until_true 60 healthy "$tag" || fail "it is not healthy within 60 s"
start_ms=$(($(now) - at))
[ "${engine[0]}" = docker ] || ask healthcheck run "$tag" || fail "the image's health check says that it is not healthy"
expect_status "$tag" Uid 1000
for set in CapEff CapPrm CapInh CapBnd CapAmb; do expect_status "$tag" "$set" 0000000000000000; done
expect_status "$tag" NoNewPrivs 1
rss_mib=$(($(status "$tag" VmRSS) / 1024))
! ask exec "$tag" touch /tmp/x /etc/x || fail "its root can be written"
ask exec "$tag" sh -c '(sleep 0.2 &); sleep 1; ! grep -l "^State:.Z" /proc/[0-9]*/status' || fail "nobody reaps what has ended"
ask exec "$tag" koine user add anna --role reader --generate >/dev/null || fail "no user can be added"
stop_ms=$(stop "$tag")
ask rm "$tag" >/dev/null
start "$tag" "${hardened[@]}" -v "$tag:/data" "$image"
until_true 60 healthy "$tag" || fail "it is not healthy within 60 s after a restart"
ask exec "$tag" koine user list | grep -q '^anna .*reader' || fail "what was in the volume is gone after a restart"
stop "$tag" >/dev/null

# The demo: a subscriber outside of the container sees its devices.
start "$tag-demo" "${hardened[@]}" --no-healthcheck "$image" demo
has_greeted() { ask logs "$tag-demo" | grep -q "Ctrl-C"; }
until_true 60 has_greeted || fail "the demo is not ready within 60 s"
demo_port=$(ask logs "$tag-demo" | sed -n 's|^  MQTT *tcp://127.0.0.1:\([0-9]*\).*|\1|p')
node --input-type=module - "mqtt://127.0.0.1:$demo_port" <<'SCRIPT' || fail "the demo's devices are not seen outside of it"
import { connect } from "mqtt";
const wanted = ["wifi", "zigbee", "ble"];
const seen = new Set();
setTimeout(() => {
  console.error(`seen of the demo within 60 s: ${[...seen].join(", ") || "nothing"}`);
  process.exit(1);
}, 60_000);
const client = connect(process.argv[2]);
client.subscribe("koine/1/+/description");
client.on("message", (_, payload) => {
  const { adapter, simulated } = JSON.parse(payload.toString());
  if (simulated === true) seen.add(adapter);
  if (wanted.every((one) => seen.has(one))) process.exit(0);
});
SCRIPT
stop "$tag-demo" >/dev/null

# Bluetooth: exactly two capabilities for somebody who is not root, by what docker/compose.yaml starts.
as_bluetooth=(setpriv-bluetooth --inh-caps=+net_raw,+net_admin --ambient-caps=+net_raw,+net_admin --no-new-privs)
start "$tag-ble" --cap-drop ALL --cap-add NET_ADMIN --cap-add NET_RAW --entrypoint tini "$image" -- "${as_bluetooth[@]}" koine demo
has_capabilities() { [ "$(status "$tag-ble" CapEff)" = 0000000000003000 ] && [ "$(status "$tag-ble" NoNewPrivs)" = 1 ]; }
until_true 30 has_capabilities || fail "the gateway with Bluetooth has other capabilities than the two: $(status "$tag-ble" CapEff)"
expect_status "$tag-ble" Uid 1000
expect_status "$tag-ble" CapBnd 0000000000003000
stop "$tag-ble" >/dev/null
if [ "${engine[0]}" = podman ]; then
  # Podman gives them to a user by itself. Docker only allows them, as here.
  mkdir "$work/bundle"
  (
    cd "$work/bundle"
    runc spec
    node -e '
      const { readFileSync, writeFileSync } = require("node:fs");
      const config = JSON.parse(readFileSync("config.json", "utf8"));
      const [root, ...args] = process.argv.slice(1);
      Object.assign(config.root, { path: root, readonly: true });
      const capabilities = { bounding: ["CAP_NET_RAW", "CAP_NET_ADMIN"] };
      const user = { uid: 1000, gid: 1000 };
      Object.assign(config.process, { args, user, capabilities, terminal: false, noNewPrivileges: false, rlimits: [] });
      writeFileSync("config.json", JSON.stringify(config));
    ' "$(ask image mount "$image")" "${as_bluetooth[@]}" grep CapEff /proc/self/status
    runc run "$tag"
  ) >"$work/capabilities" 2>&1 || true
  ask image umount "$image" >/dev/null
  grep -q '0000000000003000' "$work/capabilities" || fail "where only the bounding set has them: $(cat "$work/capabilities")"
fi

printf '{"build_s":%s,"base_s":%s,"image_mib":%s,"start_ms":%s,"rss_mib":%s,"stop_ms":%s}\n' \
  "$build_s" "$base_s" "$image_mib" "$start_ms" "$rss_mib" "$stop_ms"
