#!/usr/bin/env bash
# Waits until a service is up (STARTUP) and serves requests (READINESS): shell text that exits with 0.
# Usage: check-health.sh SERVICE UNIT INTERVAL TIMEOUT RETRIES DEADLINE STARTUP READINESS [VERSION...]
#   INTERVAL   seconds between two tries of a check
#   TIMEOUT    seconds that one try may take
#   RETRIES    tries of a check after its first one
#   DEADLINE   seconds that all of it may take
#   VERSION    what was written or activated; not read, but with another one the checks run again
# Gives up at once where waiting is pointless: UNIT has failed for good, a check cannot be run, or it
# asks systemd for a UNIT that does not exist.
set -euo pipefail

service=$1 unit=$2 interval=$3 timeout=$4 retries=$5 deadline=$6 startup=$7 readiness=$8
SECONDS=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT

# Failed, and neither a job nor another unit that triggers it will start it again. While systemd
# restarts a unit by itself, its substate is a different one.
failed_for_good() {
  local key value state='' job='' starters=''
  while IFS='=' read -r key value; do
    case $key in
      SubState) state=$value ;;
      Job) job=$value ;;
      TriggeredBy | UpheldBy) starters+=" $value" ;;
    esac
  done < <(systemctl show --property=SubState,Job,TriggeredBy,UpheldBy -- "$1")
  [[ $state == failed && ${job:-0} == 0 ]] || return 1
  for value in $starters; do
    ! systemctl is-active --quiet -- "$value" || return 1
  done
}

# A check may hide from its own status that the shell did not find one of its programs, as a
# pipeline does.
lacks_program() {
  grep -Eq '^sh: (line )?[0-9]+: .*: (command )?not found$' "$output"
}

# Whether a check asks systemd for another unit, which does not exist.
asks_for_missing() {
  local word asks=0 words
  read -ra words <<<"$text"
  for word in "${words[@]}"; do
    case $word in
      is-active | is-failed | status) asks=1 ;;
      -*) ;;
      *.service | *.socket | *.target | *.timer | [a-z]*)
        ((asks)) || continue
        missing=${word%%[;|&)]*}
        [[ $missing == *.* ]] || missing+=.service
        ! is_missing "$missing" || return 0
        asks=0 ;;
      *) asks=0 ;;
    esac
  done
  return 1
}

is_missing() {
  [[ $(systemctl show --property=LoadState --value -- "$1") == not-found ]]
}

indent() {
  sed 's/^/  /' >&2
}

show_journal() {
  printf 'The last lines of the journal of %s:\n' "$1" >&2
  journalctl --no-pager --quiet --lines "$2" --unit "$1" 2>&1 | indent
}

# Gives up on a check: shows its output, its unit's journal, and what to do.
give_up() {
  printf 'Unable to confirm that %s is healthy: %s: %s\n' "$service" "$1" "$text" >&2
  if [[ -s $output ]]; then
    echo 'The last lines of its output:' >&2
    tail -n 10 "$output" | indent
  fi
  if is_missing "$unit"; then
    printf 'This host has no unit %s (unit of %s in the manifest).\n' "$unit" "$service" >&2
  else
    show_journal "$unit" 25
  fi
  printf '%s, and run pulumi up again.\n' "$2" >&2
  exit 1
}

# One attempt at the check, which ends at the deadline at the latest.
try() {
  local began=$SECONDS limit=$((deadline - SECONDS))
  ((limit > 0)) || limit=1
  ((limit < timeout)) || limit=$timeout
  status=0
  # If it takes SIGKILL to end the check, `timeout` dies with it, which bash would report.
  { timeout --kill-after=1 "$limit" sh -c "$text" </dev/null >"$output" 2>&1; } 2>/dev/null ||
    status=$?
  if ((status == 124 || (status == 137 && SECONDS - began >= limit))); then
    printf 'It did not end within %s s.\n' "$limit" >>"$output"
  fi
}

check() {
  local name=$1 text=$2 tries=0 status second said missing=''
  while try && ((status)); do
    tries=$((tries + 1))
    said="its $name check exited with status $status"
    if ((status == 126 || status == 127)) || lacks_program; then
      give_up "$said, so it cannot be run" \
        "Correct interface.health.$name of $service in the manifest, or add the program to its host"
    elif failed_for_good "$unit"; then
      give_up "$unit has failed, and $said" "Correct the service"
    elif [[ $text == *systemctl*"${unit%.service}"* ]] && is_missing "$unit"; then
      give_up "there is no $unit, and $said" \
        "Define it in the NixOS configuration of $service, or correct its unit in the manifest"
    elif [[ $text == *systemctl* ]] && asks_for_missing; then
      give_up "there is no $missing, and $said" \
        "Define it in the NixOS configuration of $service, or correct interface.health.$name in the manifest"
    elif ((tries > retries || SECONDS + interval >= deadline)); then
      give_up "$said (tries: $tries, in $SECONDS s)" \
        "Correct the service, or interface.health.$name of $service in the manifest"
    fi
    for ((second = 0; second < interval; second++)); do
      ! failed_for_good "$unit" || break
      sleep 1
    done
  done
}

# A service may answer while something else on its host has failed: an import, a mount, its backup.
check_other_units() {
  local each units failed=()
  units=$(systemctl list-units --all --state=failed,auto-restart --plain --no-legend --no-pager)
  while read -r each _; do
    [[ -n $each ]] || continue
    if failed_for_good "$each"; then
      failed+=("$each")
    else
      printf 'Warning: %s has failed on the host of %s; systemd will start it again.\n' \
        "$each" "$service" >&2
    fi
  done <<<"$units"
  ((${#failed[@]})) || return 0
  printf 'Unable to confirm that %s is healthy: its checks pass, but units of its host have failed: %s\n' \
    "$service" "${failed[*]}" >&2
  for each in "${failed[@]}"; do
    show_journal "$each" 10
  done
  echo 'Correct these units or disable them, and run pulumi up again.' >&2
  exit 1
}

check startup "$startup"
check readiness "$readiness"
check_other_units
