#!/usr/bin/env bash
# Installs what the lab needs and is missing: Debian packages and npm modules.
# Usage: setup.sh [test]   `test` adds what only the tests need.
set -euo pipefail

fail() {
  printf 'Unable to set up NixMox: %s. %s\n' "$1" "$2" >&2
  exit 1
}

((EUID == 0)) || fail 'the lab makes containers, which takes root' 'Run it as root, or with sudo.'
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v apt-get >/dev/null || fail 'this is not Debian' \
  'Install lxc, mmdebstrap, nftables, iproute2, openssh-client and openssl by hand, or use a Debian 12 machine.'
command -v go >/dev/null || fail 'there is no Go, which the lab is built with' \
  'Install Go 1.26 or later and put it on PATH.'

packages=(lxc mmdebstrap nftables iproute2 openssh-client openssl ca-certificates zstd)
if [[ ${1:-} == test ]]; then
  packages+=(nix-bin dnsutils curl chromium libnss3-tools postgresql-client python3-pip shellcheck)
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q '^install ok' ||
    missing+=("$package")
done
if ((${#missing[@]})); then
  echo "Installing ${missing[*]}"
  log=$(mktemp)
  { apt-get update --quiet && DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    fail 'apt-get failed (above)' 'Check the network and /etc/apt/sources.list, then try again.'
  }
  rm -f "$log"
fi

if ! [[ node_modules/.package-lock.json -nt package-lock.json ]]; then
  echo 'Installing npm modules'
  npm ci --loglevel=error --no-audit --no-fund --ignore-scripts ||
    fail 'npm ci failed (above)' 'Check the network, then try again.'
  touch node_modules/.package-lock.json
fi
