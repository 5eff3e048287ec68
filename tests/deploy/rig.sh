# Shared by the rigs: checks that count, a root file system, and this checkout as a user would have it.
# shellcheck shell=bash

# ensurepip and pip inside a root trust what this machine trusts.
readonly CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
failures=0

say() { printf '\n== %s\n' "$*"; }

needs() { # needs PACKAGE=COMMAND...: stop with the cure
  local pair missing=()
  [ "$(id -u)" = 0 ] || { echo "this rig needs root"; exit 2; }
  for pair in "$@"; do command -v "${pair#*=}" >/dev/null || missing+=("${pair%%=*}"); done
  [ ${#missing[@]} -eq 0 ] || { echo "missing: apt-get install --no-install-recommends ${missing[*]}"; exit 2; }
}

check() { # check WHAT WANTED GOT: WANTED is an extended regular expression for the whole text
  if [[ "$3" =~ ^($2)$ ]]; then printf 'ok    %s: %s\n' "$1" "$3"
  else printf 'FAIL  %s: wanted %s, got %s\n' "$1" "$2" "$3"; failures=$((failures + 1)); fi
}

until_ok() { # until_ok SECONDS COMMAND...: poll until it succeeds
  local ends=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $ends ] || return 1; sleep 0.2; done
}

verdict() { if [ "$failures" = 0 ]; then say "all checks passed"; else say "$failures checks failed"; exit 1; fi; }

make_root() { # make_root SUITE FOLDER PACKAGES: a Debian, made once
  [ -e "$2/.made" ] && return
  say "making a Debian $1 in $2"
  rm -rf "$2"; debootstrap --variant=minbase ${3:+--include="$3"} "$1" "$2" >"$2.log" 2>&1 || { tail -5 "$2.log"; exit 1; }
  mkdir -p "$2/etc/ssl/certs"; cp -L "$CA_BUNDLE" "$2/etc/ssl/certs/"; cp -L /etc/hosts /etc/resolv.conf "$2/etc/"
  : >"$2/etc/machine-id"; touch "$2/.made"
}

copy_checkout() { # copy_checkout FOLDER: what git knows, as it stands now
  rm -rf "$1"; mkdir -p "$1"
  git ls-files -z --cached --others --exclude-standard | xargs -0 sh -c 'for f; do [ -e "$f" ] && printf "%s\0" "$f"; done' sh |
    tar --null --files-from=- -c | tar -C "$1" -x
}
