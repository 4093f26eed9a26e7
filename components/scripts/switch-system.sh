#!/usr/bin/env bash
# Activates a NixOS system that has been built, makes it the newest generation, and prints its path.
# Usage: switch-system.sh SYSTEM_PATH
# Settings, for tests: NIXMOX_PROFILE (/nix/var/nix/profiles/system).
set -euo pipefail

system=$1
profile=${NIXMOX_PROFILE:-/nix/var/nix/profiles/system}

fail() {
  printf 'Unable to activate %s: %s (above). %s.\n' "$system" "$1" "$2" >&2
  exit "$status"
}

# Units that have failed, and those that failed and will be started again.
unsettled() {
  systemctl list-units --all --state=failed,auto-restart --plain --no-legend --no-pager
}

status=0
nix-env --profile "$profile" --set "$system" || status=$?
((status == 0)) ||
  fail "$profile cannot be set to it" \
    'Check the disk and the Nix store of this host, then run pulumi up again'

"$system/bin/switch-to-configuration" switch >&2 || status=$?
# Exit status 4 says that units failed, which may be over by now: look again before giving up.
if ((status == 4)); then
  for _ in {1..10}; do
    units=$(unsettled)
    [[ -n $units ]] || break
    sleep 1
  done
  failed=$(awk '$3 == "failed"' <<<"$units")
  if [[ -n $failed ]]; then
    printf '%s\n' "$failed" >&2
  else
    status=0
  fi
fi
((status == 0)) ||
  fail "switch-to-configuration exited with status $status" \
    'Look at the units named there and run pulumi up again'
printf '%s\n' "$system"
