#!/usr/bin/env bash
# Waits until a host answers over SSH and lets the key in, then prints its host key.
# Usage: pin-host-key.sh ADDRESS PRIVATE_KEY_FILE TIMEOUT_SECONDS
# A key that was printed before (PULUMI_COMMAND_STDOUT) must still be the host's.
set -euo pipefail

address=$1 key_file=$2 timeout=$3
pinned=${PULUMI_COMMAND_STDOUT:-}
known_hosts=$(mktemp)
trap 'rm -f "$known_hosts"' EXIT

fail() {
  printf 'Unable to reach host %s: %s. %s\n' "$address" "$1" "$2" >&2
  exit 1
}

log_in() {
  ssh -i "$key_file" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes \
    -o UserKnownHostsFile="$known_hosts" -o GlobalKnownHostsFile=/dev/null \
    -o ConnectTimeout=5 -o LogLevel=ERROR "root@$address" true 2>&1 </dev/null
}

refused=0
why='no answer on port 22'
end=$((SECONDS + timeout))
while ((SECONDS < end)); do
  host_key=$(ssh-keyscan -T 5 -t ed25519 "$address" 2>/dev/null | cut -d ' ' -f 2-) || host_key=''
  if [[ -n $host_key ]]; then
    if [[ -n $pinned && $host_key != "$pinned" ]]; then
      fail 'its host key is not the one that was pinned' \
        'If you made the host anew, run pulumi up --replace with the URN of this resource; if not, find out who answers there'
    fi
    printf '%s %s\n' "$address" "$host_key" >"$known_hosts"
    if why=$(log_in); then
      printf '%s' "$host_key"
      exit 0
    fi
    # A host that is still booting may refuse for a moment; one that keeps refusing has another key.
    if [[ $why == *'Permission denied'* ]] && ((++refused >= 5)); then
      fail "it refuses the SSH key $key_file" \
        "Add $key_file.pub to /root/.ssh/authorized_keys there, or set nixmox:sshPrivateKeyFile to a key that it knows"
    fi
  fi
  sleep 1
done
fail "$(printf '%s after %d s' "${why:-no answer}" "$timeout" | tr '\n' ' ')" \
  'Look at the container in Proxmox VE (is it running, has it this address?), then run pulumi up again'
