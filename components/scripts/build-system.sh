#!/usr/bin/env bash
# Builds a NixOS configuration of the flake that comes on stdin, and prints the system's store path.
# Usage: build-system.sh CONFIGURATION ATTEMPTS DELAY_SECONDS
# The flake is a tree of JSON objects: a folder is an object, a file is its text.
# The release whose defaults the host's data was created with is decided by its first build, kept in
# NIXMOX_STATE/state-version, and part of the flake of each later one (nixos/modules/base/release.nix).
# Settings, for tests: NIXMOX_STATE (/var/lib/nixmox), NIXMOX_FLAKE (/etc/nixos, where the flake is
# kept), NIXMOX_CGROUP (/sys/fs/cgroup).
set -euo pipefail

configuration=$1 attempts=$2 delay=$3
flake=${NIXMOX_FLAKE:-/etc/nixos}
state=${NIXMOX_STATE:-/var/lib/nixmox}
build=$state/build
kept=$state/state-version
cgroup=${NIXMOX_CGROUP:-/sys/fs/cgroup}

fail() {
  printf 'Unable to build %s: %s. %s.\n' "$configuration" "$1" "$2" >&2
  exit 1
}

# How many processes on this host the kernel has killed because memory ran out.
killed_for_memory() {
  awk '$1 == "oom_kill" { print $2 }' "$cgroup/memory.events" 2>/dev/null || true
}

# Says so if little is left of the disk, which Nix's own words bury. In KiB.
name_full_disk() {
  local left
  left=$(df --output=avail "$build" 2>/dev/null | tail -n 1)
  if [[ $left =~ ^[[:space:]]*([0-9]+)$ ]] && ((BASH_REMATCH[1] < 131072)); then
    printf 'The disk of %s is full: give it more (%s), or run nix-collect-garbage on it.\n' \
      "$configuration" 'resources.disk_gb, which grows in place' >&2
  fi
}

# Prints that release; nothing before the host's first build.
state_version() {
  local built=result/etc/nixmox/state-version
  if [[ -s $kept ]]; then
    cat "$kept"
  elif [[ -s $built ]]; then
    cat "$built"
  elif [[ -L result ]]; then
    # From before hosts kept it, when it was this one for all.
    echo 25.05
  fi
}

umask 022
mkdir -p "$build"
cd "$build"
# A build whose connection broke may still be running here.
exec 9>lock
if ! flock --nonblock 9; then
  echo 'Waiting for another build on this host' >&2
  flock 9
fi

cat >flake.json
rm -rf unpacked
nix --extra-experimental-features nix-command eval --impure --write-to "$PWD/unpacked" \
  --expr 'builtins.fromJSON (builtins.readFile ./flake.json)' >&2 || {
  name_full_disk
  fail 'Nix cannot unpack the flake (above)' \
    'Check the disk and the Nix store of this host, then run pulumi up again'
}
frozen=$(state_version)
if [[ -n $frozen ]]; then
  mkdir -p unpacked/nixos
  printf '%s\n' "$frozen" >unpacked/nixos/state-version
fi
rm -rf "$flake"
mv -T unpacked "$flake"
rm flake.json

killed=$(killed_for_memory)
tries=1
# If the container gives Nix no namespaces of its own, builds run without a sandbox.
until nixos-rebuild build --flake "$flake#$configuration" --option sandbox-fallback true >&2; do
  status=$?
  # The exit status alone does not tell: the nixos-rebuild written in Python exits with 1 then.
  if ((status == 137)) || [[ $(killed_for_memory) != "$killed" ]]; then
    printf 'The build was killed, most likely because memory ran out: give %s more (%s).\n' \
      "$configuration" 'resources.memory, at least 2048' >&2
  fi
  name_full_disk
  ((tries < attempts)) ||
    fail "nixos-rebuild failed with exit status $status (above)" 'Correct the configuration and run pulumi up again'
  tries=$((tries + 1))
  echo "Trying again in $delay s ($tries of $attempts)" >&2
  sleep "$delay"
done
# The manifest may have named another one.
cp result/etc/nixmox/state-version "$kept.new"
mv "$kept.new" "$kept"
# Also for a build that somebody starts here by hand.
mkdir -p "$flake/nixos"
cp "$kept" "$flake/nixos/state-version"
readlink -f result
