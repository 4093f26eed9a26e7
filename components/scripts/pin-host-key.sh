#!/usr/bin/env bash
# Waits until a host answers over SSH and lets the key in, then prints its host key and nothing else.
# Usage: pin-host-key.sh ADDRESS PRIVATE_KEY_FILE TIMEOUT_SECONDS [HOST_KEY]
#   PRIVATE_KEY_FILE  the one of the configuration; a run may have its own copy (NIXMOX_SSH_KEY_FILE)
#   HOST_KEY  the only key to accept: its fingerprint, SHA256:..., or the key itself
# Stdin: SERVICE VMID COMMENT on one line. Proxmox VE wrote COMMENT into the new container's
# /root/.ssh/authorized_keys, as the comment of a key. It is read from there and compared here, and
# nothing secret is sent. Who answers without it is refused, except with HOST_KEY or with the key
# that was printed before (PULUMI_COMMAND_STDOUT).
# NIXMOX_PROXY_JUMP names a host to go through, as USER@HOST:PORT, and NIXMOX_PROXY_KNOWN_HOSTS is its
# line of known_hosts.
set -euo pipefail

address=$1 key_file=${NIXMOX_SSH_KEY_FILE:-$2} timeout=$3 chosen=${4:-}
pinned=${PULUMI_COMMAND_STDOUT:-}
read -r service vmid comment || true

# What came from the host may hold escape sequences, and may be long.
printable() {
  tr '\n' ' ' <<<"$1" | tr -dc '[:print:]' | cut -c 1-500 | sed 's/ *$//'
}

fail() {
  printf 'Unable to %s host %s: %s. %s.\n' "$1" "$address" "$(printable "$2")" "$3" >&2
  exit 1
}

for program in ssh ssh-keyscan ssh-keygen; do
  command -v "$program" >/dev/null ||
    fail reach "this machine has no $program" "Install OpenSSH's client here and run pulumi up again"
done

jump=${NIXMOX_PROXY_JUMP:-} jump_known=${NIXMOX_PROXY_KNOWN_HOSTS:-}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
known_hosts=$folder/known_hosts config=none
if [[ -n $jump ]]; then
  # The connection to the jump host gets this file, and no option of the command line.
  config=$folder/config
  printf 'Host %s\n  ProxyJump %s\nHost *\n  IdentityFile "%s"\n' "$address" "$jump" "$key_file" >"$config"
  printf '  %s\n' 'IdentitiesOnly yes' 'IdentityAgent none' 'BatchMode yes' 'ConnectTimeout 5' \
    'LogLevel ERROR' 'StrictHostKeyChecking yes' 'GlobalKnownHostsFile /dev/null' \
    "UserKnownHostsFile \"$known_hosts\"" >>"$config"
fi
ed25519='^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}$'
host_key='' refused=0
why='no answer on port 22'

# Asks for the host's key through the jump host, where ssh-keyscan cannot go: ssh notes it before it
# logs in, which is not tried.
scan_behind() {
  local found=$folder/found said=''
  : >"$found"
  printf '%s' "$jump_known" >"$known_hosts"
  said=$(timeout 30 ssh -F "$config" -o PreferredAuthentications=none -o HostKeyAlgorithms=ssh-ed25519 \
    -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile="$found" -o HashKnownHosts=no \
    "root@$address" true 2>&1 </dev/null) || true
  if [[ -s $found ]]; then
    cat "$found"
    return
  fi
  # The jump host will not change its mind.
  case $said in
    *'Host key verification failed'* | *"IDENTIFICATION HAS CHANGED"*)
      fail reach "it is behind $jump, whose host key is not the one that is known" \
        'Find out what answers there, or correct nixmox:sshProxyHostKey (or ~/.ssh/known_hosts)' ;;
    *"${jump%%:*}: Permission denied"*)
      fail reach "it is behind $jump, which refuses the SSH key $key_file" \
        "Add $key_file.pub to that user's ~/.ssh/authorized_keys there" ;;
  esac
  printf '%s' "$said" >"$folder/why"
}

# One line `ADDRESS ssh-ed25519 BASE64` is the key. ssh-keyscan's comment line goes to stderr up to
# OpenSSH 9.7 and to stdout from 9.8 on; anything else is not taken for a key.
scan() {
  local output
  if [[ -n $jump ]]; then
    output=$(scan_behind) || exit
    [[ -n $output ]] || why="no answer through $jump: $(<"$folder/why")"
  else
    output=$(ssh-keyscan -T 5 -t ed25519 "$address" 2>/dev/null | grep -v '^#') || true
  fi
  [[ -n $output ]] || return
  host_key=${output#"$address "}
  if [[ $output != "$address "* || ! $host_key =~ $ed25519 ]]; then
    why="ssh-keyscan printed something other than its ed25519 host key ($output)"
    return 1
  fi
}

# With the given key alone, as the deployment will: no agent, none of the user's settings. The
# client's signature is bound to the host's key, so nobody in between can log in on to the host.
# Prints what may log in there, or why it could not be read. The host may be anyone: it gets 30
# seconds, and 64 KiB are read.
log_in() {
  printf '%s %s\n%s' "$address" "$host_key" "$jump_known" >"$known_hosts"
  timeout 30 ssh -F "$config" -i "$key_file" -o IdentitiesOnly=yes -o IdentityAgent=none -o BatchMode=yes \
    -o StrictHostKeyChecking=yes -o UserKnownHostsFile="$known_hosts" \
    -o GlobalKnownHostsFile=/dev/null -o ConnectTimeout=5 -o LogLevel=ERROR \
    "root@$address" 'cat /root/.ssh/authorized_keys 2>/dev/null; true' 2>&1 </dev/null |
    head -c 65536 | tr -d '\0'
}

# Whether a key that may log in there has the comment.
has_comment() {
  local line
  [[ -n $comment ]] || return 1
  while read -r line; do
    [[ $line != *" $comment" ]] || return 0
  done <<<"$1"
  return 1
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

check_key() {
  local keys
  if [[ -n $chosen ]]; then
    keys="set: $(fingerprint "$chosen"), found: $(fingerprint "$host_key")"
    [[ $(fingerprint "$chosen") == "$(fingerprint "$host_key")" ]] ||
      fail trust "its host key is not the one in nixmox:hostKeys ($keys)" \
        'Find out what answers there, or correct the setting'
  elif [[ -n $pinned && $host_key != "$pinned" ]]; then
    keys="pinned: $(fingerprint "$pinned"), found: $(fingerprint "$host_key")"
    fail reach "its host key is not the one that was pinned ($keys)" \
      'If you recreated the host, run pulumi up --replace with the URN of this resource; if not, find out what answers there'
  fi
}

# At the first contact, the host has to show that it is the container.
check_host() {
  local found
  [[ $host_key != "$pinned" ]] || return 0
  found=$(fingerprint "$host_key")
  if [[ -z $chosen ]] && ! has_comment "$1"; then
    fail trust "nothing shows that it is container ${vmid:-VMID}: it lacks what Proxmox VE writes into a new one, and its host key is $found" \
      "Nothing was sent to it. Read the container's own key on its node, with \`pct pull ${vmid:-VMID} /etc/ssh/ssh_host_ed25519_key.pub key.pub && ssh-keygen -lf key.pub\`. If it is the same, run \`pulumi config set --path 'nixmox:hostKeys.${service:-SERVICE}' FINGERPRINT\` and pulumi up again; if not, find out what answers there"
  fi
  printf 'Pinned the host key of %s: %s\n' "${service:-$address}" "$found" >&2
}

end=$((SECONDS + timeout))
while ((SECONDS < end)); do
  if scan; then
    check_key
    if why=$(log_in); then
      check_host "$why"
      printf '%s' "$host_key"
      exit 0
    fi
    # A host that is still booting may refuse for a moment; one that keeps refusing has another key.
    if [[ $why == *'Permission denied'* ]] && ((++refused >= 5)); then
      fail reach "it refuses the SSH key $key_file" \
        "Add $key_file.pub to /root/.ssh/authorized_keys there, or set nixmox:sshPrivateKeyFile to a key that it accepts"
    fi
  fi
  sleep 1
done
fail reach "${why:-no answer} after $timeout s" \
  'Look at the container in Proxmox VE (is it running, does it have this address?), then run pulumi up again'
