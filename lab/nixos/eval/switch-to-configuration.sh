#!/bin/bash
# Goes from the active system to this one, as NixOS does: units that are gone stop, changed ones
# restart or reload, new ones start. Exits with 1 if a check refuses the system, 2 if activating it
# failed, 4 if units failed, 11 if another one runs, and 100 if the system takes effect at a reboot.
# Usage: switch-to-configuration check|switch|boot|test|dry-activate
set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
system=@system@
action=${1-}

case $action in
  check | switch | boot | test | dry-activate) ;;
  *)
    echo "Usage: ${0##*/} check|switch|boot|test|dry-activate" >&2
    exit 1
    ;;
esac

mkdir -p /run/nixos
exec 9>>/run/nixos/switch-to-configuration.lock
flock --nonblock 9 || {
  echo 'Could not acquire lock' >&2
  exit 11
}
if [[ ${NIXOS_NO_CHECK-} != 1 ]] && ! @checks@ "$system" "$action"; then
  echo 'Pre-switch checks failed' >&2
  exit 1
fi
# The profile names what comes up next.
[[ $action != check && $action != boot ]] || exit 0
init=/run/current-system/init-interface-version
if [[ -e $init ]] && ! cmp --silent "$init" "$system/init-interface-version"; then
  echo "Warning: the new configuration takes effect when you reboot the system." >&2
  exit 100
fi

old=$(readlink -f /etc/static || true)
unit_files() {
  if [[ -d $1/systemd/system ]]; then
    find "$1/systemd/system" -maxdepth 1 -type f \( -name '*.service' -o -name '*.timer' \) -printf '%f\n' | LC_ALL=C sort
  fi
}
says() { grep -qx "$2" "$system/etc/systemd/system/$1"; }
is_active() {
  [[ $(systemctl show --property ActiveState --value "$1") =~ ^(active|activating|reloading)$ ]]
}
# A change to nothing but its reload triggers asks for a reload.
same_but_reload() {
  cmp --silent <(grep -v '^X-Reload-Triggers=' "$1") <(grep -v '^X-Reload-Triggers=' "$2")
}

stop=() start=() restart=() reload=() skip=()
for unit in $(unit_files "$old"); do
  [[ -e $system/etc/systemd/system/$unit ]] || ! is_active "$unit" || stop+=("$unit")
done
for unit in $(unit_files "$system/etc"); do
  was=$old/systemd/system/$unit is=$system/etc/systemd/system/$unit
  # Not of the old system, but running: the base system's own.
  [[ -e $was ]] || was=/dev/null
  if cmp --silent "$was" "$is" || ! is_active "$unit"; then
    continue
  elif says "$unit" X-ReloadIfChanged=true || same_but_reload "$was" "$is"; then
    reload+=("$unit")
  elif says "$unit" X-RestartIfChanged=false; then
    skip+=("$unit")
  elif says "$unit" X-StopIfChanged=false; then
    restart+=("$unit")
  else
    stop+=("$unit")
    start+=("$unit")
  fi
done

would=
[[ $action == dry-activate ]] && would='would be '
tell() {
  local what=$1
  shift
  (($# == 0)) || echo "$what: $*" >&2
}
tell "${would}stopping the following units" "${stop[@]}"
tell "${would}NOT restarting the following changed units" "${skip[@]}"
if [[ $action == dry-activate ]]; then
  tell 'would be restarting the following units' "${start[@]}" "${restart[@]}"
  tell 'would be reloading the following units' "${reload[@]}"
  exit 0
fi

active() {
  systemctl list-units --plain --no-legend --no-pager --type=service --state=active |
    cut -d' ' -f1 | LC_ALL=C sort
}

code=0
before=$(active)
if ((${#stop[@]})); then systemctl stop "${stop[@]}" || code=4; fi
echo 'activating the configuration...' >&2
"$system/activate" || code=2
systemctl reset-failed
systemctl daemon-reload
systemd-tmpfiles --create /etc/tmpfiles.d/00-nixos.conf || code=4
if ((${#reload[@]})); then
  tell 'reloading the following units' "${reload[@]}"
  systemctl reload "${reload[@]}" || code=4
fi
if ((${#restart[@]})); then
  tell 'restarting the following units' "${restart[@]}"
  systemctl restart "${restart[@]}" || code=4
fi
if ((${#start[@]})); then
  tell 'starting the following units' "${start[@]}"
  # Not `restart`, which would stop those that have begun to start and are part of another one.
  systemctl start "${start[@]}" || code=4
fi
# Whatever the targets want that is not up yet.
systemctl start multi-user.target timers.target || code=4
mapfile -t started < <(LC_ALL=C comm -13 <(echo "$before") <(active))
tell 'the following new units were started' "${started[@]}"

mapfile -t failed < <(
  systemctl list-units --all --plain --no-legend --no-pager --state=failed,auto-restart |
    cut -d' ' -f1
)
if ((${#failed[@]})); then
  echo "warning: the following units failed: ${failed[*]}" >&2
  systemctl status --no-pager --full --lines 10 "${failed[@]}" >&2 || true
  code=4
fi
exit "$code"
