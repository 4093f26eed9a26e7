#!/usr/bin/env bash
# Activates a NixOS system that has been built, makes it the newest generation, and prints its path.
# If that fails, the host goes back to the generation before: Pulumi keeps the last system that was
# activated, so undoing the change that failed would otherwise run nothing here.
# Usage: switch-system.sh SYSTEM_PATH
# Settings, for tests: NIXMOX_PROFILE (/nix/var/nix/profiles/system).
set -euo pipefail

system=$1
profile=${NIXMOX_PROFILE:-/nix/var/nix/profiles/system}

fail() {
  printf 'Unable to activate %s: %s (above). %s.\n' "$system" "$1" "$2" >&2
  exit "$status"
}

# An IPv4 address as a number.
number() {
  local IFS=. bytes
  read -ra bytes <<<"$1"
  echo $((bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3]))
}

# Whether the new system's firewall lets in SSH from the address that this comes from. IPv6 is never let in.
admits() {
  local address=$1 network bits
  [[ $address =~ ^[0-9]+(\.[0-9]+){3}$ ]] || return 1
  while IFS=/ read -r network bits; do
    if ((($(number "$address") ^ $(number "$network")) >> (32 - bits) == 0)); then return 0; fi
  done <"$sources"
  return 1
}

# Puts the host back on the system that was active before, and says so.
go_back() {
  if [[ -z $previous || $previous == "$system" ]]; then
    echo 'There is no previous generation to go back to.'
  elif nix-env --profile "$profile" --set "$previous" >&2 &&
    "$previous/bin/switch-to-configuration" switch >&2; then
    echo 'The host is back on the previous generation.'
  else
    printf 'Going back to %s failed too, so the host is in between.\n' "$previous"
  fi
}

# Units that have failed, and those that failed and will be started again.
unsettled() {
  systemctl list-units --all --state=failed,auto-restart --plain --no-legend --no-pager
}

client=${SSH_CONNECTION:-} sources=$system/etc/nixmox/ssh-from
client=${client%% *}
if [[ -n $client && -r $sources ]] && ! admits "${client#::ffff:}"; then
  printf 'Unable to activate %s: it would refuse SSH from %s, where this comes from. %s.\n' \
    "$system" "$client" 'Add it to network.ssh_from in the manifest and run pulumi up again' >&2
  exit 1
fi

status=0
previous=$(readlink -e "$profile") || previous=''
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
if ((status)); then
  outcome=$(go_back)
  fail "switch-to-configuration exited with status $status" \
    "$outcome Look at what is named there, correct it and run pulumi up again"
fi
printf '%s\n' "$system"
