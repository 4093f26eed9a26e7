#!/bin/bash
# Makes a system's files those of this host: what is below its etc appears below /etc.
# With `at-boot`, systemd has already loaded units, and reloads them if they have changed.
set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
system=@system@

before=$(readlink /etc/static || true)

list() { if [[ -d $1 ]]; then (cd "$1" && find . ! -type d -printf '%P\n' | LC_ALL=C sort); fi; }

new=$(list "$system/etc")
# What an earlier generation put there and this one does not.
while IFS= read -r file; do
  [[ -z $file ]] && continue
  if [[ $(readlink "/etc/$file" || true) == "/etc/static/$file" ]]; then rm "/etc/$file"; fi
done < <(LC_ALL=C comm -23 <(list "${before:-/nonexistent}") <(echo "$new"))

ln -sfn "$system/etc" /etc/static
while IFS= read -r file; do
  if [[ $(readlink "/etc/$file" || true) != "/etc/static/$file" ]]; then
    mkdir -p "/etc/$(dirname "$file")"
    ln -sfnT "/etc/static/$file" "/etc/$file"
  fi
done <<<"$new"

# shellcheck source=/dev/null
. @snippets@

# What is set before systemd runs is lost in a container of Proxmox VE; it is up to NixOS.
if [[ ${1-} != at-boot ]]; then
  ln -sfn "$system" /run/current-system
else
  if [[ $before != "$system/etc" ]]; then
    systemctl daemon-reload
    systemctl --no-block start default.target
  fi
fi
