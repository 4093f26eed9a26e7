# shellcheck shell=bash
# Runs Authentik's own command with the environment, the user and the credentials of its server:
#   nixmox-ak COMMAND [ARGUMENT...]      such as: nixmox-ak create_recovery_key 60 akadmin
if (($# == 0)); then
  echo 'Usage: nixmox-ak COMMAND [ARGUMENT...]' >&2
  exit 2
fi
unit=nixmox-ak-$$.service
server=$(systemctl show --property=ExecStart --value authentik.service)
program=${server#*path=}
properties=()
for name in User Group LoadCredential WorkingDirectory Environment; do
  while IFS= read -r line; do
    # Specifiers are for unit files alone: %d is the directory of a unit's credentials.
    [[ $line == "$name="?* ]] && properties+=("--property=${line//%d//run/credentials/$unit}")
  done < <(systemctl cat authentik.service)
done
exec systemd-run --unit="$unit" --quiet --pipe --wait --collect "${properties[@]}" -- "${program%% *}" "$@"
