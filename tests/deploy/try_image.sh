#!/usr/bin/env bash
# Builds the Dockerfile and runs the image beside a simulated exchange, without a container engine's daemon
# and without an image registry: buildah, podman and runc, on a base made here. Needs root; `make try-image`.
# The base is a look-alike of the Dockerfile's: Debian with a Python of pyenv under /usr/local where there is
# one (3.12), else Debian's own.
#   RIG=/var/tmp/alertd-rig   where base and images are kept between runs (about 1.5 GB)
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/deploy/rig.sh
RIG=${RIG:-/var/tmp/alertd-rig}
needs debootstrap=debootstrap buildah=buildah podman=podman runc=runc
mkdir -p "$RIG"
BASE=docker.io/library/python:3.12-slim

# No systemd here, fewer rights than podman expects, and crun refuses hybrid cgroups.
cat >"$RIG/containers.conf" <<END
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
END
export CONTAINERS_CONF=$RIG/containers.conf
STORE=(--root "$RIG/store" --runroot "$RIG/run" --storage-driver vfs)
podman_() { podman "${STORE[@]}" "$@" 2>>"$RIG/podman.log"; }

pyenv_python() { # its prefix, if there is a 3.12
  command -v pyenv >/dev/null || return 1
  pyenv prefix "$(pyenv versions --bare | grep -E '^3\.12\.' | tail -1)" 2>/dev/null
}

make_base() {
  podman_ image exists "$BASE" && return
  local root=$RIG/base prefix
  make_root bookworm "$root" ca-certificates,tzdata,python3,python3-venv,libssl3,libsqlite3-0,libffi8,libbz2-1.0,liblzma5,libreadline8,libncursesw6,zlib1g,libuuid1,libexpat1
  if prefix=$(pyenv_python) && [ -n "$prefix" ]; then
    echo "Python: $prefix"
    tar -C "$prefix" --exclude=test --exclude=__pycache__ --exclude='lib/python3.12/site-packages/*' -c bin include lib share | tar -C "$root/usr/local" -x
    cp -a "$prefix"/lib/python3.12/site-packages/pip* "$root/usr/local/lib/python3.12/site-packages/"
    ln -sf python3.12 "$root/usr/local/bin/python3"
    chroot "$root" ldconfig
  fi
  tar -C "$root" --exclude=./var/cache/apt --exclude=./.made -c . | podman_ import --change 'ENV LANG=C.UTF-8' --change 'CMD ["python3"]' \
    --change 'ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin' - "$BASE" >/dev/null
}

say "base"
make_base
say "build"
copy_checkout "$RIG/context"
# pip in the build trusts what this machine trusts; given as a bind, the Dockerfile stays untouched.
printf '[global]\ncert = %s\n' "$CA_BUNDLE" >"$RIG/pip.conf"
cp -L "$CA_BUNDLE" "$RIG/ca.crt"
buildah "${STORE[@]}" bud --isolation chroot --network host --pull-never --format docker --layers=false \
  -v "$RIG/pip.conf:/etc/pip.conf:ro" -v "$RIG/ca.crt:$CA_BUNDLE:ro" -t alertd:try "$RIG/context" >"$RIG/build.log" 2>&1 ||
  { tail -20 "$RIG/build.log"; exit 1; }
podman_ images --format '{{.Repository}}:{{.Tag}} {{.Size}}' localhost/alertd

NAME=alertd-try-$$
clean_up() { podman_ rm -f -t 0 "$NAME" "$NAME-catcher" "$NAME-okx" >/dev/null || true; podman_ volume rm "$NAME-state" >/dev/null || true; }
trap clean_up EXIT
in_() { podman_ exec "$NAME" "$@"; }
http() { in_ python3 -c 'import sys, urllib.request as r
request = r.Request(sys.argv[1], data=sys.argv[2].encode() if sys.argv[2:] else None, headers={"Content-Type": "application/json"})
print(r.urlopen(request, timeout=5).read().decode().strip())' "$@"; }
logs() { podman "${STORE[@]}" logs "$1" 2>&1; }
inspect() { podman_ inspect "$NAME" --format "$1"; }

say "a simulated exchange and a webhook in one network of their own"
podman_ run -d --name "$NAME-okx" --network none --health-interval=disable localhost/alertd:try simulate okx --json --port 8790 >/dev/null
podman_ run -d --name "$NAME-catcher" --network "container:$NAME-okx" --health-interval=disable --entrypoint python3 \
  -v "$PWD/tests/deploy/catcher.py:/catcher.py:ro" localhost/alertd:try /catcher.py 8791 >/dev/null
okx_line() { logs "$NAME-okx" | grep -m1 '^{'; }
until_ok 20 okx_line
OKX=$(okx_line)

rm -rf "${RIG:?}/etc" "${RIG:?}/secrets"
install -d "$RIG/etc"
install -d -m 500 -o 10001 "$RIG/secrets"
sed '/^exchange = "okx"/a private_ws_url = "ws://127.0.0.1:8790/ws/v5/private"\nbusiness_ws_url = "ws://127.0.0.1:8790/ws/v5/business"\nrest_url = "http://127.0.0.1:8790"' config/alertd.toml >"$RIG/etc/alertd.toml"
secret() { install -m 400 -o 10001 /dev/stdin "$RIG/secrets/$1"; }
for name in api_key api_secret passphrase; do
  variable=ALERTD_ACCOUNTS__MAIN__$(echo "$name" | tr '[:lower:]' '[:upper:]')
  sed -E "s/.*\"$variable\": \"([^\"]*)\".*/\1/" <<<"$OKX" | secret "accounts.main.$name"
done
echo "json://127.0.0.1:8791/alerts" | secret sinks.phone.url

say "run"
start() {
  podman_ run -d --name "$NAME" --network "container:$NAME-okx" --health-interval=disable --read-only --tmpfs /tmp \
    --cap-drop ALL --security-opt no-new-privileges --memory 256m \
    -v "$NAME-state:/var/lib/alertd" -v "$RIG/etc:/etc/alertd:ro" -v "$RIG/secrets:/run/secrets:ro" localhost/alertd:try >/dev/null
}
is_live() { [ "$(http http://127.0.0.1:8787/metrics | grep -c '^alertd_stream_live.* 1.0')" = 2 ]; }
start
until_ok 20 is_live || logs "$NAME"
healthy() { podman_ healthcheck run "$NAME" >/dev/null && echo healthy; }
check "health check" healthy "$(healthy || true)"
check "/readyz" ready "$(http http://127.0.0.1:8787/readyz || true)"
check "live streams" 2 "$(http http://127.0.0.1:8787/metrics | grep -c '^alertd_stream_live.* 1.0' || true)"
check "user" 10001 "$(in_ id -u)"
check "root is read-only" '.*Read-only file system' "$(in_ sh -c 'touch /planted 2>&1' || true)"
check "state is writable, the store private" '600 10001' "$(in_ stat -c '%a %u' /var/lib/alertd/alertd.db)"
check "capabilities" 'CapEff: 0+' "$(in_ grep CapEff /proc/1/status | tr -s '\t' ' ')"
check "no new privileges" 'NoNewPrivs: 1' "$(in_ grep NoNewPrivs /proc/1/status | tr -s '\t' ' ')"
SECRET=$(cat "$RIG/secrets/accounts.main.api_secret")
check "no secret in the log" 0 "$(logs "$NAME" | grep -cF "$SECRET" || true)"
check "the safety text is told" '[1-9]' "$(logs "$NAME" | grep -ci 'not affiliated' || true)"
check "the log is JSON" '[1-9]' "$(logs "$NAME" | grep -c '"event": "ready"' || true)"

say "an alert"
http http://127.0.0.1:8790/simulator/position '{"instId": "BTC-USDT-SWAP", "size": 1, "lever": 10}'
http http://127.0.0.1:8790/simulator/warning '{"instId": "BTC-USDT-SWAP", "mgnRatio": "1.4"}'
caught() { logs "$NAME-catcher" | grep -c '^caught.*140 %'; }
until_ok 10 caught || true
check "the warning is delivered" '[1-9]' "$(caught || true)"
check "memory in MiB of 256" '[0-9]{2,3}' "$(($(in_ awk '/VmRSS/ {print $2}' /proc/1/status) / 1024))"

say "stop, and start anew on the same volume"
STOPPED_AT=$SECONDS
podman_ stop -t 30 "$NAME" >/dev/null
check "seconds to stop" '[0-9]' $((SECONDS - STOPPED_AT))
check "exit code" 0 "$(inspect '{{.State.ExitCode}}')"
check "killed for memory" false "$(inspect '{{.State.OOMKilled}}')"
podman_ rm "$NAME" >/dev/null
BEFORE=$(caught || true)
start
until_ok 20 is_live || logs "$NAME"
http http://127.0.0.1:8790/simulator/push-regular '{}'
sleep 2
check "the alert is told once" "$BEFORE" "$(caught || true)"
check "the safety text is not told again" 0 "$(logs "$NAME" | grep -ci 'not affiliated' || true)"
podman_ stop -t 30 "$NAME" >/dev/null
check "exit code" 0 "$(inspect '{{.State.ExitCode}}')"
verdict
