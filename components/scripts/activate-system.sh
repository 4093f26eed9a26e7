#!/usr/bin/env bash
# What switch-system.sh runs in a unit of its own: makes a system the newest generation and activates
# it. If that fails, the host goes back to the generation before: Pulumi keeps the last system that was
# activated, so undoing the change that failed would otherwise run nothing here.
# Says what it does in NIXMOX_RUN/log, and how it ended in NIXMOX_RUN/status.
# Usage: activate-system.sh SYSTEM_PATH never|when_needed
# Settings, for tests: NIXMOX_PROFILE (/nix/var/nix/profiles/system), NIXMOX_RUN (/run/nixmox-switch).
set -euo pipefail

system=$1 reboot=$2
profile=${NIXMOX_PROFILE:-/nix/var/nix/profiles/system}
run=${NIXMOX_RUN:-/run/nixmox-switch}

note_status() {
  echo "$1" >"$run/status.new"
  mv "$run/status.new" "$run/status"
}
trap 'note_status $?' EXIT
exec >>"$run/log" 2>&1 </dev/null

# Gives up with the status of what failed.
fail() {
  printf 'Unable to activate %s: %s. %s.\n' "$system" "$1" "$2"
  exit "$status"
}

set_profile() { nix-env --profile "$profile" --set "$1"; }

# Puts the host back on the system that was active before, with `boot` if that still runs, and says so.
go_back() {
  if [[ -z $previous || $previous == "$system" ]]; then
    outcome='There is no previous generation to go back to'
  elif set_profile "$previous" && "$previous/bin/switch-to-configuration" "$1"; then
    outcome='The host is back on the previous generation'
  else
    outcome="Going back to $previous failed too, so the host is in between"
  fi
}

# Units that have failed, and those that failed and will be started again.
unsettled() {
  systemctl list-units --all --state=failed,auto-restart --plain --no-legend --no-pager
}

# Exit status 4 says that units failed, which may be over by now: look again before giving up.
name_failed_units() {
  local units
  for _ in {1..10}; do
    units=$(unsettled)
    [[ -n $units ]] || break
    sleep 1
  done
  failed=$(awk '$3 == "failed" { print $1 }' <<<"$units" | paste -sd ' ')
}

# Makes the system the one that the next boot takes, closes SSH until then, and reboots soon: what
# started this can still end well, and what comes next waits until the host is back.
boot_into() {
  set_profile "$system" && "$system/bin/switch-to-configuration" boot || status=$?
  if ((status)); then
    go_back boot
    fail 'it cannot be made the one to boot (above)' "$outcome. Correct it and run pulumi up again"
  fi
  nft --file - <<'END' || true
table inet nixmox-reboot {
  chain input {
    type filter hook input priority filter - 20; policy accept;
    tcp dport 22 ct state new drop
  }
}
END
  if ! systemd-run --quiet --on-active=3 --timer-property=AccuracySec=100ms systemctl reboot; then
    status=1
    nft delete table inet nixmox-reboot || true
    fail 'the host cannot be rebooted (above), which it needs' 'Reboot it, then run pulumi up again'
  fi
  echo 'The host reboots into it.'
  exit 0
}

# The system can only be booted: refuses that, with the reason, or does it.
needs_reboot() {
  if [[ $reboot == when_needed ]]; then
    echo "It takes a reboot: $1."
    status=0
    boot_into
  fi
  fail "it takes a reboot, since $1" "${outcome-Nothing was changed}. Set reboot = \"when_needed\" for this \
service in the manifest, or at its top for all hosts, and run pulumi up again"
}

status=0
previous=$(readlink -e "$profile") || previous=''

# What NixOS checks before a switch, before anything is changed.
checked=$("$system/bin/switch-to-configuration" check 2>&1) || status=$?
printf '%s\n' "$checked"
if ((status)); then
  if grep --quiet "check 'switchInhibitors' failed" <<<"$checked"; then
    parts=$(sed --quiet 's/ : .* -> .*//p' <<<"$checked" | paste -sd ' ')
    needs_reboot "a running system cannot exchange its ${parts:-critical components}"
  fi
  fail 'its checks before the switch refuse it (above)' \
    'Nothing was changed. Correct what they name and run pulumi up again'
fi

set_profile "$system" || status=$?
((status == 0)) ||
  fail "$profile cannot be set to it (above)" \
    'Check the disk and the Nix store of this host, then run pulumi up again'

"$system/bin/switch-to-configuration" switch || status=$?
failed=''
if ((status == 4)); then
  name_failed_units
  if [[ -z $failed ]]; then status=0; fi
fi
case $status in
  0) ;;
  2)
    go_back switch
    fail 'its activation script failed (above)' \
      "$outcome. Correct the user, file or script that is named there and run pulumi up again"
    ;;
  4)
    go_back switch
    fail "units failed: $failed" \
      "$outcome. Look at journalctl --unit NAME on this host, correct the cause and run pulumi up again"
    ;;
  # NixOS reports what it cannot lock by the number of the error, EAGAIN.
  11)
    if [[ -n $previous ]]; then set_profile "$previous" || true; fi
    fail 'something else switches this host at this moment' \
      'Nothing was changed. Run pulumi up again once it has ended'
    ;;
  100)
    if [[ $reboot != when_needed ]]; then go_back boot; fi
    needs_reboot 'its init differs from the running one'
    ;;
  *)
    go_back switch
    fail "switch-to-configuration exited with status $status (above)" \
      "$outcome. Look at what is named there, correct it and run pulumi up again"
    ;;
esac
