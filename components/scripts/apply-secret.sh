#!/usr/bin/env bash
# Runs the command that makes a service use a secret that was written to its file.
# Usage: apply-secret.sh SERVICE SECRET COMMAND VERSION
# VERSION is not read, but with another one the command runs again. What the command prints to its
# standard output is dropped, since nothing may show a secret.
set -euo pipefail

service=$1 secret=$2 text=$3
status=0
sh -c "$text" </dev/null >/dev/null || status=$?
((status)) || exit 0
printf 'Unable to apply the secret %s of %s: its command exited with status %s (above). %s.\n' \
  "$secret" "$service" "$status" \
  "Correct interface.secrets.$secret.apply in the manifest, or the service, and run pulumi up again" >&2
exit 1
