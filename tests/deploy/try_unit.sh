#!/usr/bin/env bash
# Installs alertd as docs/operations.md says and starts its unit under a real systemd (systemd-nspawn, no
# network but loopback), with a simulated exchange beside it. Needs root; `make try-unit`.
#   SUITE=trixie   the Debian to try: trixie (systemd 257) or bookworm (252)
#   RIG=/var/tmp/alertd-rig   where its root file system is kept between runs (about 350 MB)
set -euo pipefail
cd "$(dirname "$0")/../.."
. tests/deploy/rig.sh
SUITE=${SUITE:-trixie} RIG=${RIG:-/var/tmp/alertd-rig}
ROOT=$RIG/unit-$SUITE
needs debootstrap=debootstrap systemd-container=systemd-nspawn procps=pgrep util-linux=nsenter
mkdir -p "$RIG"

make_root "$SUITE" "$ROOT" systemd,systemd-sysv,dbus,python3,python3-venv,iproute2,procps

say "installing this checkout with its constraints"
copy_checkout "$ROOT/usr/src/alertd"
rm -rf "$ROOT/opt/alertd" "$ROOT/etc/alertd"
chroot "$ROOT" env -i PATH=/usr/bin:/bin PIP_CERT="$CA_BUNDLE" sh -ec "cd /usr/src/alertd
  python3 -m venv /opt/alertd
  /opt/alertd/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt .
  install -m 644 deploy/systemd/alertd.service /etc/systemd/system/
  install -d -m 755 /etc/alertd && install -m 644 config/alertd.toml /etc/alertd/"

say "booting"
# The overlay keeps ROOT clean; no machined and no systemd of the host are needed.
setsid systemd-nspawn -q -D "$ROOT" --boot --machine="alertd-rig-$$" --register=no --keep-unit --console=pipe \
  --volatile=overlay --private-network </dev/null >"$RIG/console.log" 2>&1 &
NSPAWN=$!
LEADER=
halt_machine() { kill -TERM "$NSPAWN" 2>/dev/null || true; wait "$NSPAWN" 2>/dev/null || true; }
trap halt_machine EXIT
in_() { nsenter -t "$LEADER" -m -u -i -n -p -C -- "$@"; }
show() { in_ systemctl show -P "$1" alertd; }
found_leader() { LEADER=$(pgrep -P "$NSPAWN" -x systemd); }
booted() { in_ systemctl is-system-running 2>/dev/null | grep -Eq 'running|degraded'; }
until_ok 30 found_leader || { tail "$RIG/console.log"; exit 1; }
until_ok 60 booted || { tail "$RIG/console.log"; exit 1; }
in_ ip link set lo up
in_ systemctl --version | head -1

say "a simulated exchange and a webhook beside it"
in_ systemd-run --quiet --unit=okx /opt/alertd/bin/alertd simulate okx --json --port 8790
in_ systemd-run --quiet --unit=catcher -p StandardOutput=journal \
  /opt/alertd/bin/python /usr/src/alertd/tests/deploy/catcher.py 8791
okx_line() { in_ journalctl -u okx -o cat --no-pager | grep -m1 '^{'; }
until_ok 20 okx_line
OKX=$(okx_line)
key() { in_ /opt/alertd/bin/python -c 'import json, sys; print(json.loads(sys.argv[1])["environment"][sys.argv[2]])' "$OKX" "$1"; }
in_ install -d -m 700 /etc/alertd/credentials
for name in api_key api_secret passphrase; do
  key "ALERTD_ACCOUNTS__MAIN__$(echo "$name" | tr '[:lower:]' '[:upper:]')" |
    in_ sh -c "umask 077; cat >/etc/alertd/credentials/accounts.main.$name"
done
echo "json://127.0.0.1:8791/alerts" | in_ sh -c 'umask 077; cat >/etc/alertd/credentials/sinks.phone.url'
in_ sed -i '/^exchange = "okx"/a private_ws_url = "ws://127.0.0.1:8790/ws/v5/private"\nbusiness_ws_url = "ws://127.0.0.1:8790/ws/v5/business"\nrest_url = "http://127.0.0.1:8790"' /etc/alertd/alertd.toml

http() { in_ /opt/alertd/bin/python -c 'import sys, urllib.request as r
request = r.Request(sys.argv[1], data=sys.argv[2].encode() if sys.argv[2:] else None, headers={"Content-Type": "application/json"})
print(r.urlopen(request, timeout=5).read().decode().strip())' "$@"; }
is_live() { [[ $(show StatusText) == *"2 live streams"* ]]; }
is_active() { [ "$(show ActiveState)" = active ]; }
caught() { in_ journalctl -u catcher -o cat --no-pager | grep -c "^caught.*$1"; }

say "start"
check "systemd-analyze verify" '' "$(in_ systemd-analyze verify --man=no /etc/systemd/system/alertd.service 2>&1 || true)"
in_ systemctl start alertd || in_ journalctl -u alertd -o cat --no-pager
check "active" active "$(show ActiveState)"
until_ok 20 is_live || true
check "status" '1 accounts, 2 live streams, [0-9]+ open alerts' "$(show StatusText)"
check "/healthz" ok "$(http http://127.0.0.1:8787/healthz)"
check "/readyz" ready "$(http http://127.0.0.1:8787/readyz)"
check "/metrics" '[1-9][0-9]*' "$(http http://127.0.0.1:8787/metrics | grep -c '^alertd_')"
check "the store belongs to a user of its own" '600 [1-9][0-9]{4}' "$(in_ stat -c '%a %u' /var/lib/private/alertd/alertd.db)"
check "the state directory" 700 "$(in_ stat -c %a /var/lib/private/alertd)"
check "no secret in the journal" 0 "$(in_ journalctl -u alertd -o cat --no-pager | grep -cF "$(key ALERTD_ACCOUNTS__MAIN__API_SECRET)" || true)"
check "the journal is JSON" '[1-9][0-9]*' "$(in_ journalctl -u alertd -o cat --no-pager | grep -c '"event": "ready"')"

say "an alert"
http http://127.0.0.1:8790/simulator/position '{"instId": "BTC-USDT-SWAP", "size": 1, "lever": 10}'
http http://127.0.0.1:8790/simulator/warning '{"instId": "BTC-USDT-SWAP", "mgnRatio": "1.4"}'
until_ok 10 caught '140 %' || true
check "the warning is delivered" '[1-9][0-9]*' "$(caught '140 %' || true)"

say "reloaded"
OLD=$(show MainPID)
check "systemctl reload" 0 "$(in_ systemctl reload alertd >/dev/null 2>&1; echo $?)"
check "the same process, live" "$OLD active 1 accounts, 2 live streams.*" "$(show MainPID) $(show ActiveState) $(show StatusText)"
in_ sh -c 'cp /etc/alertd/alertd.toml /tmp/good.toml; echo "pace_per_minut = 3" >>/etc/alertd/alertd.toml'
in_ systemctl reload alertd 2>/dev/null || true
check "a wrong configuration changes nothing" "$OLD active [1-9][0-9]*" "$(show MainPID) $(show ActiveState) $(in_ journalctl -u alertd -o cat --no-pager | grep -c pace_per_minut)"
in_ cp /tmp/good.toml /etc/alertd/alertd.toml
in_ systemctl reload alertd

say "killed, it comes back and goes on"
BEFORE=$(caught '140 %' || true)
in_ systemctl kill -s KILL alertd
came_back() { [ "$(show NRestarts)" = 1 ] && is_active && is_live; }
until_ok 30 came_back || true
check "restarts" 1 "$(show NRestarts)"
check "active again" active "$(show ActiveState)"
http http://127.0.0.1:8790/simulator/push-regular '{}'
sleep 2
check "another process" '[1-9][0-9]*' "$(show MainPID | grep -vx "$OLD" || true)"
check "the alert is told once" "$BEFORE" "$(caught '140 %' || true)"

say "stopped by the user"
STOPPED_AT=$SECONDS
in_ systemctl stop alertd
check "seconds to stop" '[0-9]' $((SECONDS - STOPPED_AT))
check "result" success "$(show Result)"
check "exit status" 0 "$(show ExecMainStatus)"

say "hung, the watchdog ends it"
in_ mkdir -p /run/systemd/system/alertd.service.d
printf '[Service]\nWatchdogSec=4\n' | in_ sh -c 'cat >/run/systemd/system/alertd.service.d/rig.conf'
in_ systemctl daemon-reload
in_ systemctl start alertd
in_ systemctl kill -s STOP alertd
watched() { in_ journalctl -u alertd -o cat --no-pager | grep -q 'Watchdog timeout'; }
until_ok 20 watched || true
check "watchdog" '.*Watchdog timeout.*' "$(in_ journalctl -u alertd -o cat --no-pager | grep -m1 'Watchdog timeout' || true)"
back() { is_active && [ "$(show NRestarts)" -ge 1 ]; }
until_ok 30 back || true
check "active again" active "$(show ActiveState)"
in_ systemctl stop alertd

say "what starting again does not mend"
in_ sh -c 'echo "pace_per_minut = 3" >>/etc/alertd/alertd.toml'
in_ systemctl reset-failed alertd 2>/dev/null || true
in_ systemctl start alertd 2>/dev/null || true
sleep 7
check "wrong configuration: failed" 'failed exit-code 2 0' "$(show ActiveState) $(show Result) $(show ExecMainStatus) $(show NRestarts)"
check "and named" '.*/etc/alertd/alertd.toml.*pace_per_minut.*' "$(in_ journalctl -u alertd -o cat --no-pager | grep -m1 '^error:.*pace_per_minut' || true)"
in_ cp /tmp/good.toml /etc/alertd/alertd.toml
in_ rm /etc/alertd/credentials/sinks.phone.url
in_ systemctl reset-failed alertd
in_ systemctl start alertd 2>/dev/null || true
sleep 7
check "missing credential: failed" 'failed exit-code 243 0' "$(show ActiveState) $(show Result) $(show ExecMainStatus) $(show NRestarts)"

say "hardening"
in_ systemd-analyze security --no-pager alertd 2>/dev/null | tail -1
verdict
