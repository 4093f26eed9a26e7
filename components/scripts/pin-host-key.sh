#!/usr/bin/env bash
# Waits until a host answers over SSH and lets the key in, then prints its host key and nothing else.
# Usage: pin-host-key.sh ADDRESS PRIVATE_KEY_FILE TIMEOUT_SECONDS
# A key that was printed before (PULUMI_COMMAND_STDOUT) must still be the host's.
set -euo pipefail

address=$1 key_file=$2 timeout=$3
pinned=${PULUMI_COMMAND_STDOUT:-}

fail() {
  printf 'Unable to reach host %s: %s. %s.\n' "$address" "$1" "$2" >&2
  exit 1
}

for program in ssh ssh-keyscan ssh-keygen; do
  command -v "$program" >/dev/null ||
    fail "this machine has no $program" "Install OpenSSH's client here and run pulumi up again"
done

known_hosts=$(mktemp)
trap 'rm -f "$known_hosts"' EXIT
ed25519='^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}$'
host_key='' refused=0
why='no answer on port 22'

# One line `ADDRESS ssh-ed25519 BASE64` is the key. ssh-keyscan's comment line goes to stderr up to
# OpenSSH 9.7 and to stdout from 9.8 on; anything else is not taken for a key.
scan() {
  local output
  output=$(ssh-keyscan -T 5 -t ed25519 "$address" 2>/dev/null | grep -v '^#') || true
  [[ -n $output ]] || return
  host_key=${output#"$address "}
  if [[ $output != "$address "* || ! $host_key =~ $ed25519 ]]; then
    why="ssh-keyscan printed something other than its ed25519 host key ($output)"
    return 1
  fi
}

# With the given key alone, as the deployment will: no agent, none of the user's settings.
log_in() {
  printf '%s %s\n' "$address" "$host_key" >"$known_hosts"
  ssh -F none -i "$key_file" -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes \
    -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$known_hosts" \
    -o GlobalKnownHostsFile=/dev/null -o ConnectTimeout=5 -o LogLevel=ERROR \
    "root@$address" true 2>&1 </dev/null
}

# As `SHA256:...`, or the text itself if it is not a key.
fingerprint() {
  local line
  if line=$(ssh-keygen -lf - <<<"$1" 2>/dev/null); then
    cut -d ' ' -f 2 <<<"$line"
  else
    printf '%s' "$1"
  fi
}

end=$((SECONDS + timeout))
while ((SECONDS < end)); do
  if scan; then
    if [[ -n $pinned && $host_key != "$pinned" ]]; then
      keys="pinned: $(fingerprint "$pinned"), found: $(fingerprint "$host_key")"
      fail "its host key is not the one that was pinned ($keys)" \
        'If you recreated the host, run pulumi up --replace with the URN of this resource; if not, find out what answers there'
    fi
    if why=$(log_in); then
      printf '%s' "$host_key"
      exit 0
    fi
    # A host that is still booting may refuse for a moment; one that keeps refusing has another key.
    if [[ $why == *'Permission denied'* ]] && ((++refused >= 5)); then
      fail "it refuses the SSH key $key_file" \
        "Add $key_file.pub to /root/.ssh/authorized_keys there, or set nixmox:sshPrivateKeyFile to a key that it accepts"
    fi
  fi
  sleep 1
done
fail "$(printf '%s after %d s' "${why:-no answer}" "$timeout" | tr -d '\r' | tr '\n' ' ')" \
  'Look at the container in Proxmox VE (is it running, does it have this address?), then run pulumi up again'
