#!/usr/bin/env bash
# Activates a NixOS system that has been built, makes it the newest generation, and prints its path.
# That runs in a unit of its own, the one that nixos-rebuild has for it, so that it goes on to its end
# though this connection breaks. What runs already is waited for, and counts if it is the same.
# Usage: switch-system.sh SYSTEM_PATH never|when_needed <activate-system.sh
#   never, when_needed  whether the host may reboot if the system cannot be activated without
# Settings, for tests: NIXMOX_PROFILE (/nix/var/nix/profiles/system), NIXMOX_RUN (/run/nixmox-switch).
set -euo pipefail

system=$1 reboot=$2
run=${NIXMOX_RUN:-/run/nixmox-switch}
unit=nixos-rebuild-switch-to-configuration.service
description="NixMox activates $system"

fail() {
  printf 'Unable to activate %s: %s. %s.\n' "$system" "$1" "$2" >&2
  exit 1
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

property() { systemctl show --property "$1" --value "$unit"; }
is_running() { [[ $(property ActiveState) =~ ^(active|activating|deactivating)$ ]]; }

start() {
  local script
  install --directory --mode=0700 "$run"
  rm -f "$run"/activate.* "$run/status"
  : >"$run/log"
  script=$(mktemp "$run/activate.XXXXXX")
  cat >"$script"
  # Without --pipe, which would tie it to this connection: it writes to a file.
  systemd-run --collect --no-ask-password --quiet --service-type=exec --unit="$unit" \
    --description="$description" --setenv=PATH="$PATH" --setenv=HOME=/root \
    ${LOCALE_ARCHIVE:+--setenv=LOCALE_ARCHIVE="$LOCALE_ARCHIVE"} \
    ${NIXMOX_PROFILE:+--setenv=NIXMOX_PROFILE="$NIXMOX_PROFILE"} \
    --setenv=NIXMOX_RUN="$run" "$BASH" "$script" "$system" "$reboot" >&2
}

# Shows what the unit says until it has ended.
follow() {
  local log
  exec {log}<"$run/log"
  while is_running; do
    cat <&"$log" >&2
    sleep 0.3
  done
  cat <&"$log" >&2
}

client=${SSH_CONNECTION:-} sources=$system/etc/nixmox/ssh-from
client=${client%% *}
if [[ -n $client && -r $sources ]] && ! admits "${client#::ffff:}"; then
  fail "it would refuse SSH from $client, where this comes from" \
    'Add it to network.ssh_from in the manifest and run pulumi up again'
fi

is_ours=''
if is_running; then
  if [[ $(property Description) == "$description" ]]; then
    is_ours=yes
    echo 'It is being activated already, since a connection broke.' >&2
  else
    echo "Waiting for $unit, which changes this host." >&2
    while is_running; do sleep 1; done
  fi
fi
if [[ -z $is_ours ]]; then
  start || fail "systemd cannot start $unit (above)" \
    'Look at systemctl status on this host, then run pulumi up again'
fi
follow
status=$(cat "$run/status" 2>/dev/null) ||
  fail 'its activation was ended from outside' \
    "Look at $run/log and journalctl on this host, then run pulumi up again"
if ((status)); then exit "$status"; fi
printf '%s\n' "$system"
