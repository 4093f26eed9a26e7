#!/usr/bin/env bash
# Waits until this host, which may have been rebooted for it, runs a system, and prints its path.
# Usage: await-boot.sh SYSTEM_PATH SECONDS
# Settings, for tests: NIXMOX_ETC (/etc).
set -euo pipefail

system=$1 seconds=$2
# The links below /run name what was to be booted; this one names what was activated.
active=${NIXMOX_ETC:-/etc}/static

wanted=$(readlink -e "$system/etc") || wanted=''
for ((; SECONDS < seconds; )); do
  if [[ -n $wanted && $(readlink -f "$active") == "$wanted" ]] &&
    [[ $(systemctl is-system-running) != @(initializing|starting) ]]; then
    printf '%s\n' "$system"
    exit
  fi
  sleep 1
done
found=$(readlink -f "$active") || found='nothing'
printf 'Unable to boot %s: this host still starts, or runs %s. %s.\n' "$system" "$found" \
  'Look at journalctl --boot on it; systemctl reboot tries again. Then run pulumi up again' >&2
exit 1
