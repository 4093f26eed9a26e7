#!/usr/bin/env bash
# Writes the secret that comes on stdin to a file, and restarts the units that read it.
# Usage: write-secret.sh PATH OWNER MODE [UNIT...]
# Prints a version that changes only when the file is written. The same value with the same rights
# is not written again; a unit that has not started since then is still restarted. If OWNER does not
# exist yet, root owns the file until the host's configuration creates that user.
# A unit that does not start again is left to the health check: what it talks to, or its own
# configuration, may have to change first.
set -euo pipefail

path=$1 owner=$2 mode=$3
shift 3

directory=$(dirname -- "$path")
[[ -d $directory ]] || install -d -m 0711 -- "$directory"
# For root alone until its rights are set.
new=$(mktemp -- "$directory/.new.XXXXXX")
trap 'rm -f -- "$new"' EXIT
cat >"$new"
if [[ $owner != root ]] && id -u -- "$owner" >/dev/null 2>&1; then
  chown -- "$owner" "$new"
fi
chmod -- "$mode" "$new"

# An earlier run may have ended between the file and the restart.
is_older() {
  local since
  since=$(systemctl show --timestamp=unix --property=ActiveEnterTimestamp --value -- "$1")
  [[ $since =~ ^@[0-9]+$ ]] && ((${since#@} < $(stat -c %Y -- "$path")))
}

written=
if ! cmp -s -- "$new" "$path" || [[ $(stat -c %U:%a -- "$new") != "$(stat -c %U:%a -- "$path")" ]]; then
  mv -fT -- "$new" "$path"
  written=yes
fi
for unit in "$@"; do
  [[ -n $written ]] || is_older "$unit" || continue
  # A stopped unit reads the file when it starts.
  case $(systemctl show --property=ActiveState --value -- "$unit") in
    active | activating | reloading | failed)
      # It may have failed too often for systemd to start it again.
      systemctl reset-failed -- "$unit" || true
      systemctl restart -- "$unit" ||
        printf 'Warning: %s does not start with the new %s (above); its health check comes later.\n' \
          "$unit" "$path" >&2
      ;;
  esac
done
stat -c %.9Y.%i -- "$path"
